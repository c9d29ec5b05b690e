"""Does a rule keep the contract? It plays every game of the catalogue, and each check asks one thing of it.

    from gangame import testing
    print(testing.table(testing.check_rule(my_rule)))     # my_rule(learning_rate) returns an UpdateRule

A check is a function of a `Trial`, one rule at one game, and raises an AssertionError with a sentence. `CHECKS` is the
catalogue of checks; the tests of gangame make the same ones of every rule at every game.
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.calculus import field, symmetric_product
from gangame.core import Array, Game, Key, Players, PyTree, UpdateRule, portable
from gangame.games import GAMES, finite_sum
from gangame.play import Run, advance, play, start

Make = Callable[[Any], UpdateRule]
"""From a learning rate, which may be traced, to the rule."""

RATE = 0.05
NUM_STEPS = 4
SMALL: dict[str, Any] = {"hidden": (8,), "discriminator_hidden": (8,), "latent_dim": 3, "batch_size": 8, "num_terms": 6}
"""Sizes of the small games: whoever has such an argument gets this one."""

# What is asked here holds however hard the compiler tries, and a program for each rule at each game is compiled.
_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


class Trial(NamedTuple):
    """One rule at one game, ready to be asked. Two programs answer all checks but the one of single precision.

    Attributes:
      make: from a learning rate to the rule.
      game: the game, which adds to `traces` whenever its losses are traced.
      players: where every run starts.
      keys: two keys, `[2]`.
      traces: grows by one entry with each trace of the losses.
      step: compiled; `step(game, rate, players, state, key)` returns the players after one step, their derivative in
        the rate, and the state.
      runs: compiled; from the keys to the runs of `NUM_STEPS` steps, vmapped over them.
      tol: relative residual at which the rule's linear solves end, 0 where it has none.
    """

    make: Make
    game: Game
    players: Players
    keys: Key
    traces: list
    step: Callable[..., tuple[Players, Players, PyTree]]
    runs: Callable[[Key], Run]
    tol: float

    @property
    def rule(self) -> UpdateRule:
        """The rule at the rate of all checks."""
        return self.make(RATE)

    @property
    def terms(self) -> int:
        """The largest number of terms in a sum: what rounding grows with."""
        batch = jax.eval_shape(self.game.sample, self.keys[0])
        return max(leaf.size for leaf in jax.tree.leaves((self.players, batch)))

    @property
    def state(self) -> PyTree:
        """What the rule remembers at the start."""
        return self.rule.init(self.players)

    def loop(self, key: Key) -> tuple[Players, Players, PyTree]:
        """Returns what `NUM_STEPS` single steps come to: players, the last derivative, and state."""
        _, key_steps, _ = jax.random.split(key, 3)
        players, state = self.players, self.state
        for t in range(NUM_STEPS):
            players, slope, state = self.step(self.game, RATE, players, state, jax.random.fold_in(key_steps, t))
        return players, slope, state


def small_game(name: str) -> Game:
    """Returns a game of the catalogue in a size for tests.

    With randomness it is the finite sum of a few ready samples: some rules ask for that, and generators of random
    numbers would be half of what there is to compile.

    Example:
      >>> small_game("mixture").sample.num_terms
      6
    """
    taken = inspect.signature(GAMES[name]).parameters
    game = GAMES[name](**{argument: size for argument, size in SMALL.items() if argument in taken})
    if _random(game) and not hasattr(game.sample, "num_terms"):
        game = finite_sum(game, SMALL["num_terms"], jax.random.key(4))
    return portable(game)


def _random(game: Game) -> bool:
    return bool(jax.tree.leaves(jax.eval_shape(game.sample, jax.random.key(0))))


def trial(make: Make, game: Game, tol: float = 0.0) -> Trial:
    """Returns a rule at a game, with programs that compile when they are first called.

    Args:
      make: from a learning rate to the rule.
      game: the game.
      tol: relative residual at which the rule's linear solves end, 0 where it has none.

    Raises:
      ValueError: the rule says that it does not play this game.
    """
    traces: list[None] = []

    def losses(inner: Callable, players: Players, batch: PyTree) -> dict[str, Array]:
        traces.append(None)
        return inner(players, batch)

    game = portable(game)
    counting = game._replace(losses=Partial(losses, game.losses))
    players = jax.tree.map(jnp.asarray, _jit(game.init)(jax.random.key(3)))
    keys = jax.random.split(jax.random.key(7), 2)
    # Traced once before it is played: a rule that does not play the game says so, and one that remembers its traces in
    # Python plays otherwise than a fresh one does.
    rule = make(RATE)
    jax.eval_shape(rule.update, game, players, rule.init(players), keys[0])

    def step(game: Game, rate: Array, players: Players, state: PyTree, key: Key) -> tuple[Players, Players, PyTree]:
        def update(rate: Array) -> tuple[Players, PyTree]:
            return make(rate).update(game, players, state, key)

        return jax.jvp(update, (rate,), (jnp.ones_like(rate),), has_aux=True)

    runs = jax.vmap(lambda key: play(counting, rule, key, NUM_STEPS, players=players))
    return Trial(make, counting, players, keys, traces, _jit(step), _jit(runs), tol)


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

    def in_single(leaf: Array) -> Array:
        return leaf.astype(jnp.float32) if jnp.issubdtype(jnp.result_type(leaf), jnp.floating) else leaf

    with jax.enable_x64(False):
        game, players = jax.tree.map(in_single, (trial.game, trial.players))
        before = jax.eval_shape(lambda key: start(game, trial.rule, key, players), trial.keys[0])
        after = jax.eval_shape(lambda run: advance(game, trial.rule, run, 1), before)
    _same_signature((after.players, after.state), (before.players, before.state), "In float32, players or state")


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
    elif _random(trial.game):
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
    runs = trial.runs(trial.keys)
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
    batch = trial.game.sample(key)
    slopes = jax.jacrev(lambda players: trial.game.losses(players, batch))(there)
    if max(float(jnp.abs(leaf).max()) for leaf in jax.tree.leaves(slopes)) > 1e-3:
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


def check_rule(make: Make, games: Mapping[str, Game] | None = None, tol: float = 0.0) -> dict[str, dict[str, str]]:
    """Plays a rule on every game and makes every check.

    Args:
      make: from a learning rate, which may be traced, to the rule.
      games: games by name; by default the whole catalogue, in a small size.
      tol: relative residual at which the rule's linear solves end, 0 where it has none.

    Returns:
      For each game and check what is wrong, an empty text where nothing is. A game that the rule refuses with a
      ValueError, or whose data are not installed, has the one entry "not played" with the reason.

    Example:
      >>> from gangame import games, rules
      >>> found = check_rule(rules.simultaneous, {"V = xy": games.bilinear()})
      >>> any(found["V = xy"].values())
      False
    """
    known = games or {}
    return {name: dict(_checked(make, name, known.get(name), tol)) for name in games or GAMES}


def _checked(make: Make, name: str, game: Game | None, tol: float) -> Iterator[tuple[str, str]]:
    try:
        ready = trial(make, small_game(name) if game is None else game, tol)
    except (ValueError, ImportError) as error:
        yield "not played", str(error)
        return
    for name, check in CHECKS.items():
        try:
            check(ready)
        except AssertionError as error:
            yield name, str(error)
        except Exception as error:  # whatever a rule of somebody else's does wrong is a finding
            yield name, f"{type(error).__name__}: {error}"
        else:
            yield name, ""


def table(found: Mapping[str, Mapping[str, str]]) -> str:
    """Returns what `check_rule` found as text: a row for each game, a column for each check, and then what is wrong."""
    width = max(map(len, found), default=0) + 2
    lines = [" " * width + "  ".join(CHECKS)]
    wrong = []
    for game, results in found.items():
        marks = ("not played" in results and ["not played"]) or [
            ("✗" if results[name] else "✓").center(len(name)) for name in CHECKS
        ]
        lines.append(game.ljust(width) + "  ".join(marks))
        wrong += [f"{game}, {name}: {text}" for name, text in results.items() if text]
    return "\n".join(line.rstrip() for line in [*lines, *wrong])
