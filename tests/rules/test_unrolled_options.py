import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, rules

KEY = jax.random.key(0)


# One noisy game shows who saw which sample: y climbs along the sample, x descends along the y that it imagines.
def noisy():
    return gg.Game(
        init=lambda key: {"x": jnp.array(0.0), "y": jnp.array(2.0)},
        sample=jax.random.normal,
        losses=lambda players, batch: {"x": players["x"] * players["y"], "y": -batch * players["y"]},
    )


def what_each_saw(**options):
    """Returns the sample of y's real step, and the mean sample of the three that x imagined."""
    moved, _ = rules.unrolled({"x": 1.0, "y": 0.1}, depth=3, **options).update(
        noisy(), noisy().init(KEY), {"x": optax.sgd(1.0).init(0.0), "y": optax.sgd(0.1).init(0.0)}, KEY
    )
    start = float(moved["y"]) if options.get("alternating") else 2.0
    return (float(moved["y"]) - 2) / 0.1, (-float(moved["x"]) - start) / 0.3


def test_by_default_one_sample_serves_all():
    real, imagined = what_each_saw()
    assert imagined == pytest.approx(real, rel=1e-12)


@pytest.mark.parametrize("options", [{"fresh": True}, {"own_sample": True}, {"alternating": True}])
def test_fresh_own_and_alternating_samples_are_other_samples(options):
    real, imagined = what_each_saw(**options)
    assert abs(real - imagined) > 1e-3


def test_fresh_samples_differ_from_each_other():
    seen = []

    def losses(players, batch):
        jax.debug.callback(lambda b: seen.append(float(b)), batch)
        return {"x": players["x"] * players["y"], "y": -batch * players["y"]}

    game = noisy()._replace(losses=losses)
    for fresh, expected in ((False, 1), (True, 5)):  # y's own step, three inner ones and the leader's loss
        seen.clear()
        rule = rules.unrolled(0.1, depth=3, fresh=fresh, own_sample=fresh)
        jax.block_until_ready(rule.update(game, game.init(KEY), rule.init(game.init(KEY)), KEY))
        jax.effects_barrier()
        assert len(set(seen)) == expected


def test_in_alternating_order_the_leader_unrolls_from_where_the_followers_have_gone(one_step_matrix):
    eta, depth = 0.2, 3
    M = one_step_matrix(games.bilinear(), rules.unrolled(eta, leader="x", depth=depth, alternating=True))
    # y⁺ = y + ηx, and then x⁺ = x − η(y⁺ + 2kηx).
    np.testing.assert_allclose(M, [[1 - (2 * depth + 1) * eta**2, -eta], [eta, 1]], rtol=1e-14)


@pytest.mark.parametrize(("moments", "memory"), [("live", 4.0), ("fresh", 0.0)])
def test_the_inner_optimiser_starts_from_the_live_moments_or_from_fresh_ones(moments, memory):
    game = gg.Game(
        init=lambda key: {"x": jnp.array(0.0), "y": jnp.array(2.0)},
        sample=lambda key: None,
        losses=lambda players, batch: {"x": players["x"] * players["y"], "y": 3 * players["y"]},
    )
    rule = rules.unrolled({"x": 1.0, "y": optax.sgd(0.1, momentum=0.5)}, depth=2, moments=moments)
    players = game.init(KEY)
    state = {**rule.init(players), "y": jax.tree.map(lambda leaf: jnp.full_like(leaf, 4.0), rule.init(players)["y"])}
    moved, _ = rule.update(game, players, state, KEY)
    m1 = 0.5 * memory + 3
    m2 = 0.5 * m1 + 3
    assert -moved["x"] == pytest.approx(2 - 0.1 * (m1 + m2), rel=1e-14)
    assert moved["y"] == pytest.approx(2 - 0.1 * (0.5 * 4 + 3), rel=1e-14)  # the real step is with the live ones


def test_an_inner_optimiser_of_its_own_starts_fresh_and_moves_in_imagination_only():
    rule = rules.unrolled(0.1, leader="x", depth=2, inner={"y": optax.sgd(0.5, momentum=0.5)}, through=False)
    players = {"x": jnp.array(1.0), "y": jnp.array(2.0)}
    moved, _ = rule.update(games.bilinear(), players, rule.init(players), KEY)
    assert moved["x"] == pytest.approx(1 - 0.1 * (2 + 0.5 * (1 + 1.5)), rel=1e-14)
    assert moved["y"] == pytest.approx(2.1, rel=1e-14)


def test_keep_leaves_the_followers_where_the_leader_imagined_them():
    players = {"x": jnp.array(1.0), "y": jnp.array(2.0)}
    optimizer = {"x": 0.1, "y": optax.sgd(0.1, momentum=0.5)}
    thrown, kept = (rules.unrolled(optimizer, depth=3, keep=keep) for keep in (False, True))
    (lost, _), (moved, state) = (
        rule.update(games.bilinear(), players, rule.init(players), KEY) for rule in (thrown, kept)
    )
    assert moved["x"] == lost["x"]
    traces = [1, 1.5, 1.75]  # of −∂V/∂y = x = 1, which momentum adds up
    assert moved["y"] == pytest.approx(2 + 0.1 * sum(traces), rel=1e-14)
    assert jax.tree.leaves(state["y"])[0] == pytest.approx(-traces[-1], rel=1e-14)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"depth": -1}, "depth is -1; it has to be a whole number, 0 or more"),
        ({"depth": 2.0}, "depth is 2.0"),
        ({"depth": True}, "depth is True"),
        ({"moments": "warm"}, "moments is 'warm'; it has to be 'live' or 'fresh'"),
        ({"keep": True, "inner": 0.1}, "needs one leader, moments='live', no inner optimiser, depth of 1 or more"),
        ({"keep": True, "moments": "fresh"}, "it needs one leader"),
        ({"keep": True, "leader": ("x", "y")}, "it needs one leader"),
    ],
)
def test_the_factory_refuses_bad_options(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.unrolled(0.1, **options)


def test_a_leader_who_does_not_play_is_refused():
    with pytest.raises(ValueError, match="'generator' is no player of this game; its players are x, y"):
        gg.start(games.bilinear(), rules.unrolled(0.1, leader="generator"), KEY)


def test_the_leader_is_the_generator_where_there_is_one_else_the_first_by_name():
    players = {"generator": jnp.array(1.0), "discriminator": jnp.array(0.5)}
    default, named = (rules.unrolled(0.1, leader=leader) for leader in (None, "generator"))
    moved = [rule.update(games.dirac(), players, rule.init(players), KEY)[0] for rule in (default, named)]
    assert moved[0] == moved[1]
    other = rules.unrolled(0.1, leader="discriminator").update(games.dirac(), players, default.init(players), KEY)[0]
    assert other["discriminator"] != moved[0]["discriminator"]
