"""Target networks and replay: the rule itself in the limit, how a lag drives outward, and what is remembered."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from theory.first_order_radii import target_network_polynomial

import gangame as gg
from gangame import games, rules
from gangame.core import UpdateRule

KEY = jax.random.key(0)


def at_the_second_key(rule):
    """The rule with the key that is left of a step's after the draw."""
    return UpdateRule(
        rule.init, lambda game, players, state, key: rule.update(game, players, state, jax.random.split(key)[1])
    )


WITHOUT = {
    "target": (lambda rule: rule, lambda rule: rules.target_network(rule, decay=0.0)),
    "replay": (at_the_second_key, lambda rule: rules.opponent_replay(rule, share=0.0, capacity=3, every=2)),
}
"""By wrapper: the rule as it is by itself, and wrapped without a past."""


@pytest.mark.parametrize("wrapper", WITHOUT)
@pytest.mark.parametrize("inside", ["alternating", "unrolled", "consensus"])
def test_without_a_past_it_is_the_rule_itself(wrapper, inside):
    game = games.noisy_bilinear()
    rule = rules.RULES[inside](optax.sgd(0.1, momentum=0.5))

    def both(key):
        return [gg.play(game, make(rule), key, 7).players for make in WITHOUT[wrapper]]

    plain, wrapped = jax.jit(both)(KEY)
    for one, other in zip(jax.tree.leaves(plain), jax.tree.leaves(wrapped), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14)


def test_a_lag_drives_outward_to_the_second_order():
    for beta in (0.0, 0.5, 0.9):
        eta = 1e-3 * (1 - beta)
        radius = np.abs(np.roots(target_network_polynomial(beta)(eta))).max()
        assert (radius - 1) / eta**2 == pytest.approx(1 / 2 + beta**2 / (1 - beta), rel=1e-3)


def test_in_turn_the_generator_faces_the_new_average_of_the_discriminator():
    """Polyak's average by hand, on V = xy: y learns from x itself, then x from the average of y."""
    eta, beta, x, y, mean = 0.3, 0.7, 0.4, -0.2, -0.2
    rule = rules.target_network(rules.alternating(eta, order=("y", "x")), of=("y",), decay=beta)
    players = {"x": jnp.array(x), "y": jnp.array(y)}
    state = rule.init(players)
    for _ in range(5):
        players, state = rule.update(games.bilinear(), players, state, KEY)
        y = y + eta * x
        mean = beta * mean + (1 - beta) * y
        x = x - eta * mean
        np.testing.assert_allclose([players["x"], players["y"], state.mean["y"]], [x, y, mean], rtol=1e-13)
    assert set(state.mean) == {"y"}


def test_what_is_remembered_is_where_the_players_were():
    rule = rules.opponent_replay(rules.simultaneous(0.1), capacity=3, every=2, share=0.0)
    run = jax.jit(lambda key: gg.play(games.bilinear(), rule, key, 11, lambda players, key: players))(KEY)
    start = games.bilinear().init(jax.random.split(KEY, 3)[0])
    where = np.concatenate([[start["x"]], run.records["x"]])
    # Slot i has the latest of the points after 2 (3 k + i) steps.
    np.testing.assert_array_equal(run.state.past["x"], where[[6, 8, 10]])


def test_a_buffer_of_one_is_the_opponent_as_it_was_and_only_others_meet_it():
    eta, share, x, y = 0.3, 0.25, 0.4, -0.2
    rule = rules.opponent_replay(rules.simultaneous(eta), of=("x",), capacity=1, every=3, share=share)
    players, before = {"x": jnp.array(x), "y": jnp.array(y)}, x
    state = rule.init(players)
    for t in range(1, 8):
        players, state = rule.update(games.bilinear(), players, state, KEY)
        x, y = x - eta * y, y + eta * ((1 - share) * x + share * before)
        before = x if t % 3 == 0 else before
        np.testing.assert_allclose([players["x"], players["y"]], [x, y], rtol=1e-13)


def test_all_of_the_past_is_drawn_alike():
    rule = rules.opponent_replay(rules.simultaneous(1.0), of=("x",), capacity=4, every=1, share=1.0)
    game, players = games.bilinear(), {"x": jnp.array(0.0), "y": jnp.array(0.0)}
    state = rule.init(players)._replace(past={"x": jnp.arange(4.0)}, age=jnp.array(100, jnp.int32))
    step = jax.jit(jax.vmap(lambda key: rule.update(game, players, state, key)[0]["y"]))
    met = np.asarray(step(jax.random.split(KEY, 4000))).astype(int)  # y moves by the x that it met
    # A share of 4,000 has a standard deviation of 0.007.
    np.testing.assert_allclose(np.bincount(met, minlength=4) / 4000, 0.25, atol=0.03)


def test_the_draw_and_the_rule_have_keys_of_their_own():
    """At any capacity: `fold_in(key, K)` would be the K-th of the keys that a rule of many moves splits off."""
    seen = []

    def update(game, players, state, key):
        seen.append(key)
        return players, state

    rule = rules.opponent_replay(UpdateRule(lambda players: None, update), capacity=2)
    players = {"x": jnp.array(0.4), "y": jnp.array(-0.2)}
    rule.update(games.bilinear(), players, rule.init(players), KEY)
    assert seen == [jax.random.split(KEY)[1]]


@pytest.mark.parametrize("num_players", [1, 3])
def test_any_number_of_players_and_a_strength_that_is_traced(num_players):
    game = games.quadratic(players=num_players, seed=1) if num_players > 1 else alone()

    @jax.jit
    def play(strength):
        made = (
            rules.target_network(rules.alternating(0.1), decay=strength),
            rules.opponent_replay(rules.alternating(0.1), share=strength, every=1, capacity=2),
        )
        return [gg.play(game, rule, KEY, 5).players for rule in made]

    plain, others = play(0.0), play(0.5)
    for before, after in zip(plain, others, strict=True):
        assert len(after) == num_players
        same = jax.tree.map(lambda one, other: bool((one == other).all()), before, after)
        assert all(same.values()) == (num_players == 1)  # who is alone has nobody's past to face


def alone():
    """One player, who goes down a parabola."""
    return gg.Game(lambda key: {"x": jnp.array(1.0)}, lambda key: None, lambda players, _: {"x": players["x"] ** 2})


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda rule: rules.target_network(rule, decay=1.5), "decay is 1.5; it has to be from 0 to 1"),
        (lambda rule: rules.opponent_replay(rule, capacity=0), "capacity is 0; it has to be 1 or more"),
        (lambda rule: rules.opponent_replay(rule, share=-1), "share is -1; it has to be from 0 to 1"),
        (lambda rule: rules.target_network(rule, of=("z",)).init({"x": 0.0}), "'z' is no player of this game"),
        (lambda rule: rules.opponent_replay(rule, of=("z",)).init({"x": 0.0}), "'z' is no player of this game"),
        (lambda rule: rules.target_network(rule, of="x").init({"x": 0.0}), "'x' is one text; give a sequence of names"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(rules.simultaneous(0.1))
