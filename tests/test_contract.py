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
from gangame.games import GAMES
from gangame.rules import RULES

# Sizes only: whoever has such an argument gets a small one.
SMALL = {"hidden": (8,), "discriminator_hidden": (8,), "latent_dim": 3, "batch_size": 8}
NUM_STEPS = 4
RATE = 0.05

# What is asked here holds however hard the compiler tries, and hundreds of programs are compiled.
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@functools.cache
def small(name):
    """Returns a game at its small size, and players to start from."""
    factory = GAMES[name]
    names = inspect.signature(factory).parameters
    game = gg.portable(factory(**{name: size for name, size in SMALL.items() if name in names}))
    return game, jit(game.init)(jax.random.key(3))


def signature(tree):
    return jax.tree.map(lambda leaf: (jnp.shape(leaf), jnp.result_type(leaf)), tree)


def assert_same_bits(one, other):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(left, right, strict=True)


def assert_same_to_rounding(one, other, terms, tol=0.0):
    """Asserts equality up to the order of summation.

    Another program may add the `terms` terms of a sum in another order and contract a product and a sum into one
    operation; each costs up to eps per term, relative to the size of the terms. A step has a handful of such sums in a
    row (two layers, forward and backward, at most six times), hence the 100.

    Where a rule solves a linear system up to a relative residual `tol`, rounding may change where in that range it
    ends, and with it a step, which is of the size of the learning rate.
    """
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        scale = 1 + np.abs(right).max(initial=0)
        eps = np.finfo(left.dtype).eps if np.issubdtype(left.dtype, np.floating) else 0  # counters are equal
        rounding = 100 * NUM_STEPS * terms * eps
        np.testing.assert_allclose(left, right, rtol=0, atol=(rounding + NUM_STEPS * RATE * tol) * scale)


def differ(one, other):
    return any(np.any(left != right) for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


class Pair(NamedTuple):
    game: gg.Game
    players: dict
    traces: list
    make: object  # from a learning rate to the rule
    terms: int
    tol: float  # of the rule's linear solves, 0 without


@pytest.fixture(params=[f"{rule}-{game}" for rule in RULES for game in GAMES])
def pair(request, counted, make_rule):
    rule, game = request.param.split("-")

    def make(learning_rate):
        return make_rule(rule, optax.sgd(learning_rate, momentum=0.5), learning_rate)  # with a state where it can be

    game, players = small(game)
    counting, traces = counted(game)
    batch = jax.eval_shape(game.sample, jax.random.key(0))
    terms = max(leaf.size for leaf in jax.tree.leaves((players, batch)))
    tol = inspect.signature(RULES[rule]).parameters.get("tol")
    return Pair(counting, players, traces, make, terms, tol.default if tol else 0.0)


def test_a_rule_plays_a_game(pair):
    game, players, traces, make, terms, tol = pair
    rule = make(RATE)
    keys = jax.random.split(jax.random.key(7), 2)
    start = gg.start(game, rule, keys[0], players)

    # One compilation, with the game as an argument: its arrays are inputs, another key is another input.
    @jit
    def play(game, key):
        return gg.play(game, rule, key, NUM_STEPS, lambda players, key: players, every=2, players=players)

    whole = play(game, keys[0])
    num_traces = len(traces)
    assert num_traces > 0
    another = play(game, keys[1])
    assert_same_bits(play(game, keys[0]).players, whole.players)
    assert len(traces) == num_traces
    assert play._cache_size() == 1

    # Structure, shapes and dtypes are kept; another key is another run.
    assert signature(whole.players) == signature(start.players)
    assert signature(whole.state) == signature(start.state)
    assert signature(whole.records) == jax.tree.map(
        lambda leaf: ((NUM_STEPS // 2, *leaf.shape), leaf.dtype), start.players
    )
    assert set(jax.eval_shape(game.losses, players, jax.eval_shape(game.sample, keys[0]))) == set(players)
    assert int(whole.step) == NUM_STEPS
    assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(whole.players))
    if jax.tree.leaves(jax.eval_shape(game.sample, keys[0])):
        assert differ(whole.players, another.players)
    assert differ(whole.players, start.players)

    # Cut into single steps, or whole and observed on the way, the run has the same bits.
    advance = jit(lambda game, run: gg.advance(game, rule, run, 1))
    run = start
    for _ in range(NUM_STEPS):
        run = advance(game, run)
    assert_same_bits((run.players, run.state, run.step), (whole.players, whole.state, whole.step))

    # A scan is a Python loop of updates with the keys that (key, t) give; to rounding, since it is another program.
    update = jit(rule.update)
    _, key_steps, _ = jax.random.split(keys[0], 3)
    stepped = players, start.state
    for t in range(NUM_STEPS):
        stepped = update(game, *stepped, jax.random.fold_in(key_steps, t))
    assert_same_to_rounding(stepped, (whole.players, whole.state), terms, tol)

    # A sweep over traced learning rates and seeds is separate runs; zero rate moves nobody.
    from_here = game._replace(init=lambda key: players)
    sweep = jit(
        lambda rates: gg.sweep(
            from_here, lambda learning_rate: make(learning_rate), keys, NUM_STEPS, grid={"learning_rate": rates}
        )
    )
    swept = sweep(jnp.array([0.0, RATE])).players
    for seed, separate in enumerate([whole, another]):
        assert_same_to_rounding(jax.tree.map(lambda leaf, s=seed: leaf[1, s], swept), separate.players, terms, tol)
    assert_same_bits(jax.tree.map(lambda leaf: leaf[0, 0], swept), start.players)

    # At an equilibrium nobody wants to move: the field is zero up to the rounding of its own terms.
    if game.equilibrium is not None:
        rested = advance(game, gg.start(game, rule, keys[0], players=game.equilibrium))
        assert_same_to_rounding(rested.players, game.equilibrium, terms)


def test_a_run_differentiates_with_respect_to_the_learning_rate_and_compiles_once_around_a_game(pair):
    game, players, traces, make, *_ = pair

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


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("game", GAMES)
def test_float32_stays_float32(rule, game, make_rule):
    with jax.enable_x64(False):
        made, _ = small.__wrapped__(game)
        rule = make_rule(rule, optax.sgd(RATE, momentum=0.5), RATE)
        before = jax.eval_shape(lambda key: gg.start(made, rule, key), jax.random.key(0))
        after = jax.eval_shape(lambda run: gg.advance(made, rule, run, 2), before)
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(before.players))
    assert signature((after.players, after.state)) == signature((before.players, before.state))
