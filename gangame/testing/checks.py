"""The checks of a rule: each asks one thing of a `Trial`, and raises an AssertionError with a sentence."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from gangame.calculus import field, symmetric_product
from gangame.core import PyTree
from gangame.testing.trial import NUM_STEPS, RATE, Trial, is_random


def _signature(tree: PyTree) -> PyTree:
    return jax.tree.map(lambda leaf: (jnp.shape(leaf), jnp.result_type(leaf)), tree)


def _same_signature(one: PyTree, other: PyTree, what: str) -> None:
    assert _signature(one) == _signature(other), (
        f"{what} changed structure, shapes or dtypes in a step: from {_signature(other)} to {_signature(one)}."
    )


def _close(trial: Trial, one: PyTree, other: PyTree, what: str) -> None:
    """Asserts equality up to the order of summation, and of counters and flags exact equality.

    Another program may add the `terms` terms of a sum in another order and contract a product and a sum into one
    operation; each costs up to eps per term, relative to the size of the terms. A step has a handful of such sums in a
    row (two layers, forward and backward, at most six times), hence the 100. Where a rule solves a linear system up to
    a relative residual `tol`, rounding may change where in that range it ends, and with it a step, which is of the size
    of the learning rate.
    """
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        if not jnp.issubdtype(left.dtype, jnp.inexact):
            assert np.array_equal(left, right), f"{what} differ in a counter or flag."
            continue
        scale = 1 + np.abs(right).max(initial=0)
        bound = NUM_STEPS * (100 * trial.terms * np.finfo(left.dtype).eps + RATE * trial.tol) * scale
        gap = np.abs(left - right).max(initial=0)
        assert gap <= bound, f"{what} differ by {gap:.1e}, and rounding explains {bound:.1e}."


def _equal(one: PyTree, other: PyTree, what: str) -> None:
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        assert np.array_equal(left, right), f"{what} differ by up to {np.abs(left - right).max()}."


def keeps_structure(trial: Trial) -> None:
    """Players and state come out with the structure, shapes and dtypes with which they went in."""
    players, _, state = trial.loop(trial.keys[0])
    _same_signature(players, trial.players, "The players")
    _same_signature(state, trial.state, "The state")
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(players)), (
        f"{NUM_STEPS} steps at the rate {RATE} are not finite."
    )


def keeps_single_precision(trial: Trial) -> None:
    """Players of float32 stay float32, and so does what the rule remembers."""
    if isinstance(trial.single, Exception):
        raise trial.single
    before, after = trial.single
    _same_signature(after, before, "In float32, players or state")


def compiles_once(trial: Trial) -> None:
    """Another key or rate is another input of the same program, and the same key gives the same run."""
    once = trial.loop(trial.keys[0])
    count = len(trial.traces)
    trial.step(trial.game, RATE / 2, trial.players, trial.state, trial.keys[1])
    _equal(trial.loop(trial.keys[0]), once, "Two runs with one key")
    assert len(trial.traces) == count, "Another key made JAX trace again: the rule has read a value of its input."


def moves(trial: Trial) -> None:
    """Somebody moves, unless the game is a pure rotation; and where it has randomness, another key is another run.

    The latter in the players or in what the rule remembers: variance reduction cancels noise that only adds.
    """
    (moved, _, state), (another, _, other_state) = (trial.loop(key) for key in trial.keys)
    if not _differ(moved, trial.players):
        batch = trial.game.sample(trial.keys[0])
        symmetric = symmetric_product(trial.game, trial.players, batch, field(trial.game)(trial.players, batch))
        assert not _differ(symmetric, jax.tree.map(jnp.zeros_like, symmetric)), "Nobody has moved."
    elif is_random(trial.game):
        assert _differ((moved, state), (another, other_state)), (
            "Two keys gave the same run; the rule has to sample with its key."
        )


def _differ(one: PyTree, other: PyTree) -> bool:
    return any(np.any(left != right) for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


def scan_is_a_loop(trial: Trial) -> None:
    """Played by `play`, the rule does what a Python loop of its updates does."""
    _lane_is_a_loop(trial, 0, "A scan and a loop of the same steps")


def vmap_is_separate_runs(trial: Trial) -> None:
    """A vmap over seeds gives the runs one by one, as far as the second of them shows."""
    _lane_is_a_loop(trial, 1, "A vmap over seeds and single runs")


def _lane_is_a_loop(trial: Trial, lane: int, what: str) -> None:
    runs = jax.device_get(trial.runs(trial.keys))
    players, _, state = trial.loop(trial.keys[lane])
    alone = jax.tree.map(lambda leaf: leaf[lane], (runs.players, runs.state))
    _close(trial, alone, (players, state), what)


def stays_at_rest(trial: Trial) -> None:
    """At the rate zero nobody moves, nor at an equilibrium where no loss changes to first order, whoever moves.

    Where a loss does change as others move, rules that shape the others' steps leave the equilibrium, as they should.
    """
    key = trial.keys[0]
    rested, _, _ = trial.step(trial.game, 0.0, trial.players, trial.state, key)
    _equal(rested, trial.players, "Players before and after steps of rate zero")
    if trial.game.equilibrium is None:
        return
    there = jax.tree.map(lambda leaf, like: jnp.asarray(leaf, like.dtype), trial.game.equilibrium, trial.players)
    slopes = jax.device_get(trial.slopes(there, trial.game.sample(key)))
    if max(np.abs(leaf).max() for leaf in jax.tree.leaves(slopes)) > 1e-3:
        return  # or noise moves players at what is an equilibrium in the mean
    moved, _, _ = trial.step(trial.game, RATE, there, trial.rule.init(there), key)
    _close(trial, moved, there, "The equilibrium and where the rule goes from it")


def differentiates(trial: Trial) -> None:
    """A step has a finite derivative with respect to the learning rate, other than zero where players move."""
    players, _, state = trial.loop(trial.keys[0])
    _, slope, _ = trial.step(trial.game, RATE, players, state, trial.keys[1])
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(slope)), (
        "The derivative of a step with respect to the learning rate is not finite."
    )
    still = not _differ(players, trial.players)
    assert still or _differ(slope, jax.tree.map(jnp.zeros_like, slope)), (
        "The derivative of a step with respect to the learning rate is zero."
    )


CHECKS: dict[str, Callable[[Trial], None]] = {
    "structure": keeps_structure,
    "float32": keeps_single_precision,
    "one program": compiles_once,
    "moves": moves,
    "scan = loop": scan_is_a_loop,
    "vmap = runs": vmap_is_separate_runs,
    "rests": stays_at_rest,
    "gradient": differentiates,
}
"""All checks, by a short name."""
