import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gangame as gg
from gangame import games, rules

NUM_TERMS = 8
RATE = 0.2


def noisy(offsets_only):
    """V = ξxy + ax − by with random ξ around 1, or 1, and random a and b, as a sum of eight terms."""

    def sample(key):
        scale, a, b = jax.random.normal(key, (3,))
        return {"scale": 1.0 + (0.0 if offsets_only else 0.5) * scale, "a": a, "b": b}

    def value(players, batch):
        x, y = players["x"], players["y"]
        return batch["scale"] * x * y + batch["a"] * x - batch["b"] * y

    game = gg.zero_sum(value, sample=sample, init=lambda key: {"x": jnp.array(1.0), "y": jnp.array(0.5)})
    return games.finite_sum(game, NUM_TERMS, jax.random.key(11))


def solution(game):
    terms = game.sample.batches
    scale = terms["scale"].mean()
    return {"x": terms["b"].mean() / scale, "y": -terms["a"].mean() / scale}


def distance(game, rule, num_steps, players=None):
    """How far from the solution eight seeds are, `[8]`."""

    def run(key):
        moved, goal = gg.play(game, rule, key, num_steps, players=players).players, solution(game)
        return jnp.hypot(moved["x"] - goal["x"], moved["y"] - goal["y"])

    return np.asarray(jax.jit(jax.vmap(run))(jax.random.split(jax.random.key(2), 8)))


@pytest.mark.parametrize("period", [None, 1, 5])
def test_where_terms_differ_by_a_constant_it_is_extragradient_on_all_of_them(period, trajectory):
    game = noisy(offsets_only=True)
    mean = {name: leaf.mean() for name, leaf in game.sample.batches.items()}
    whole = game._replace(sample=lambda key: mean)
    np.testing.assert_allclose(
        trajectory(game, rules.variance_reduced(RATE, period=period), 20),
        trajectory(whole, rules.extragradient(RATE), 20),
        rtol=0,
        atol=1e-14,  # of coordinates of size 1
    )


def test_it_converges_to_the_solution_where_extragradient_keeps_its_noise():
    game = noisy(offsets_only=False)
    for period in (None, 10):
        assert distance(game, rules.variance_reduced(RATE, period=period), 3000).max() < 1e-12
    assert distance(game, rules.extragradient(RATE), 3000).min() > 1e-3


def test_at_the_solution_its_variance_vanishes():
    game = noisy(offsets_only=False)
    assert distance(game, rules.variance_reduced(RATE), 1, solution(game)).max() < 1e-15
    assert distance(game, rules.extragradient(RATE), 1, solution(game)).min() > 1e-3


def test_a_snapshot_serves_for_its_period_or_by_chance():
    game = noisy(offsets_only=False)

    def renewals(rule, num_steps):
        run, count = gg.start(game, rule, jax.random.key(3)), []
        advance = jax.jit(lambda run: gg.advance(game, rule, run, 1))
        for t in range(num_steps):
            run = advance(run)
            count += [t] * (int(run.state.age) == 1)
        return count

    at = renewals(rules.variance_reduced(RATE, period=3), 12)
    assert at == [0, 3, 6, 9]
    # Each of these is a field of all terms, and a step has four more.
    stated = rules.cost_of(rules.variance_reduced, period=3, num_terms=NUM_TERMS)
    assert stated.gradients == pytest.approx(4 + len(at) * NUM_TERMS / 12)
    assert rules.cost_of(rules.variance_reduced).gradients == 5
    by_chance = renewals(rules.variance_reduced(RATE), 400)
    assert by_chance[0] == 0
    assert abs(len(by_chance) / 400 - 1 / NUM_TERMS) < 5 * np.sqrt(1 / NUM_TERMS / 400)  # five standard errors


def test_a_game_that_draws_without_end_is_refused():
    game = gg.zero_sum(lambda players, batch: batch * players["x"] * players["y"], sample=jax.random.normal)
    with pytest.raises(ValueError, match="needs a game of finitely many terms, and this one draws without end"):
        gg.play(game, rules.variance_reduced(0.1), jax.random.key(0), 1)


@pytest.mark.parametrize("period", [0, 1.5, True])
def test_wrong_arguments_are_refused(period):
    with pytest.raises(ValueError, match=f"period is {period}; it has to be a whole number, 1 or more, or None"):
        rules.variance_reduced(0.1, period=period)
