"""Every rule plays every game; both are read from the catalogues."""

import functools
import inspect
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame.games import GAMES, finite_sum
from gangame.rules import RULES

# Sizes only: whoever has such an argument gets a small one.
SMALL = {"hidden": (8,), "discriminator_hidden": (8,), "latent_dim": 3, "batch_size": 8, "num_terms": 6}
NUM_STEPS = 4
RATE = 0.05

# What is asked here holds however hard the compiler tries, and it is compiling that takes the time.
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@functools.cache
def small(name):
    """Returns a game at its small size, and players to start from.

    With randomness it is the finite sum of a few ready batches: some rules ask for that, and generators of random
    numbers would be half of what there is to compile.
    """
    factory = GAMES[name]
    names = inspect.signature(factory).parameters
    game = gg.portable(factory(**{name: size for name, size in SMALL.items() if name in names}))
    players = jit(game.init)(jax.random.key(3))
    if randomness(game) and not hasattr(game.sample, "num_terms"):
        game = finite_sum(game, SMALL["num_terms"], jax.random.key(4))
    return game, players


def randomness(game):
    return jax.tree.leaves(jax.eval_shape(game.sample, jax.random.key(0)))


def is_for_two_players(rule):
    """Tells whether a rule is for two players only, by what it says to three."""
    try:
        rule.init({name: jnp.zeros(()) for name in "abc"})
    except ValueError as error:
        return "two players" in str(error)


def signature(tree):
    return jax.tree.map(lambda leaf: (jnp.shape(leaf), jnp.result_type(leaf)), tree)


def assert_same_bits(one, other):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(left, right, strict=True)


def assert_same_to_rounding(one, other, terms):
    """Asserts equality up to the order of summation, and of what is no sum exact equality.

    Another program may add the `terms` terms of a sum in another order and contract a product and a sum into one
    operation; each costs up to eps per term, relative to the size of the terms. A step has a handful of such sums in a
    row (two layers, forward and backward, at most six times), hence the 100.
    """
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        if not jnp.issubdtype(left.dtype, jnp.inexact):  # counters and flags
            np.testing.assert_array_equal(left, right)
            continue
        scale = 1 + np.abs(right).max(initial=0)
        np.testing.assert_allclose(left, right, rtol=0, atol=100 * NUM_STEPS * terms * np.finfo(left.dtype).eps * scale)


def differ(one, other):
    return any(np.any(left != right) for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


class Pair(NamedTuple):
    game: gg.Game
    players: dict
    traces: list
    make: object  # from a learning rate to the rule
    terms: int


@pytest.fixture
def pair(rule, game, counted, make_rule):
    def make(learning_rate):
        return make_rule(rule, optax.sgd(learning_rate, momentum=0.5), learning_rate)  # with a state where it can be

    game, players = small(game)
    counting, traces = counted(game)
    batch = jax.eval_shape(game.sample, jax.random.key(0))
    terms = max(leaf.size for leaf in jax.tree.leaves((players, batch)))
    return Pair(counting, players, traces, make, terms)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_plays_a_game(pair):
    game, players, traces, make, terms = pair
    rule = make(RATE)
    keys = jax.random.split(jax.random.key(7), 2)
    if is_for_two_players(rule) and len(players) > 2:
        with pytest.raises(ValueError, match="two players"):
            rule.init(players)
        return
    start = gg.start(game, rule, keys[0], players)
    assert set(jax.eval_shape(game.losses, players, jax.eval_shape(game.sample, keys[0]))) == set(players)

    # A loop of single updates, each with the key that (key, t) give; the game is an argument, its arrays are inputs.
    update = jit(rule.update)

    def loop(key):
        _, key_steps, _ = jax.random.split(key, 3)
        players, state = start.players, start.state
        for t in range(NUM_STEPS):
            players, state = update(game, players, state, jax.random.fold_in(key_steps, t))
        return players, state

    looped = [loop(key) for key in keys]
    num_traces = len(traces)
    assert num_traces > 0
    assert_same_bits(loop(keys[0]), looped[0])
    for moved, state in looped:
        assert signature(moved) == signature(start.players)
        assert signature(state) == signature(start.state)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(moved))
        assert differ(moved, start.players)
    if randomness(game):
        assert differ(looped[0][0], looped[1][0])

    # At an equilibrium nobody wants to move: the field is zero up to the rounding of its own terms. With noise that
    # holds in the mean only, which the tests of these games look at.
    if game.equilibrium is not None and not randomness(game):
        there = jax.tree.map(jnp.asarray, game.equilibrium)
        rested, _ = update(game, there, rule.init(there), keys[0])
        assert_same_to_rounding(rested, there, terms)
    assert len(traces) == num_traces
    assert update._cache_size() == 1

    # One program of scans over traced learning rates and seeds, with the derivative in the rate, is these very loops.
    @jit
    def sweep(rates):
        def play(rate, key):
            return gg.play(game, make(rate), key, NUM_STEPS, players=players).players

        def play_and_derive(rate, key):
            return jax.jvp(lambda rate: play(rate, key), (rate,), (jnp.ones_like(rate),))

        return jax.vmap(jax.vmap(play_and_derive, (None, 0)), (0, None))(rates, keys)

    swept, slopes = sweep(jnp.array([0.0, RATE]))
    for seed in range(2):
        assert_same_to_rounding(jax.tree.map(lambda leaf, s=seed: leaf[1, s], swept), looped[seed][0], terms)
        assert_same_bits(jax.tree.map(lambda leaf, s=seed: leaf[0, s], swept), start.players)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(slopes))
    assert any(np.any(leaf != 0) for leaf in jax.tree.leaves(slopes))


@pytest.mark.parametrize("game", ["quadratic"])
@pytest.mark.parametrize("rule", RULES)
def test_a_run_differentiates_backwards_and_compiles_once_around_a_game(pair):
    game, players, traces, make, _ = pair

    def distance(learning_rate, key):
        moved = gg.play(game, make(learning_rate), key, 2, players=players).players
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(moved))

    slope = jit(jax.value_and_grad(distance))
    value, derivative = slope(RATE, jax.random.key(3))
    num_traces = len(traces)
    slope(RATE / 2, jax.random.key(4))
    assert len(traces) == num_traces
    assert slope._cache_size() == 1
    assert np.isfinite(value)
    assert np.isfinite(derivative)
    assert derivative != 0


@pytest.mark.parametrize(
    ("rule", "game"),
    [
        *((rule, game) for rule in RULES for game in ("quadratic", "mixture")),
        *(("simultaneous", game) for game in GAMES),
    ],
)
def test_float32_stays_float32(rule, game, make_rule):
    with jax.enable_x64(False):
        made, _ = small.__wrapped__(game)
        rule = make_rule(rule, optax.sgd(RATE, momentum=0.5), RATE)
        before = jax.eval_shape(lambda key: gg.start(made, rule, key), jax.random.key(0))
        after = jax.eval_shape(lambda run: gg.advance(made, rule, run, 2), before)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(before.players))
    assert signature((after.players, after.state)) == signature((before.players, before.state))
