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
from jax import lax
from jax.tree_util import Partial

from gangame.calculus import field
from gangame.core import Array, Game, Key, Players, PyTree, UpdateRule, portable
from gangame.games import GAMES
from gangame.play import Run, advance, play, start, sweep

Make = Callable[[Any], UpdateRule]
"""From a learning rate, which may be traced, to the rule."""

RATE = 0.05
NUM_STEPS = 4
SMALL: dict[str, Any] = {"hidden": (8,), "discriminator_hidden": (8,), "latent_dim": 3, "batch_size": 8, "num_terms": 6}
"""Sizes of the small games: whoever has such an argument gets this one."""

# What is asked here holds however hard the compiler tries, and a program for each rule at each game is compiled.
_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


class Trial(NamedTuple):
    """One rule at one game, ready to be asked.

    Attributes:
      make: from a learning rate to the rule.
      game: the game, which adds to `traces` whenever its losses are traced.
      players: where every run starts.
      keys: two keys, `[2]`.
      traces: grows by one entry with each trace of the losses.
      play: compiled; from a game and a key to the run of `NUM_STEPS` steps, players recorded after every second.
      update: compiled; one step, `update(game, players, state, key)`.
    """

    make: Make
    game: Game
    players: Players
    keys: Key
    traces: list
    play: Callable[[Game, Key], Run]
    update: Callable[..., tuple[Players, PyTree]]

    @property
    def rule(self) -> UpdateRule:
        """The rule at the rate of all checks."""
        return self.make(RATE)

    @property
    def terms(self) -> int:
        """The largest number of terms in a sum: what rounding grows with."""
        batch = jax.eval_shape(self.game.sample, self.keys[0])
        return max(leaf.size for leaf in jax.tree.leaves((self.players, batch)))


def small_game(name: str) -> Game:
    """Returns a game of the catalogue in a size for tests.

    Example:
      >>> small_game("mixture").sample.batch_size
      8
    """
    taken = inspect.signature(GAMES[name]).parameters
    return portable(GAMES[name](**{argument: size for argument, size in SMALL.items() if argument in taken}))


def trial(make: Make, game: Game) -> Trial:
    """Returns a rule at a game, with programs that compile when they are first called.

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
    rule = make(RATE)
    jax.eval_shape(lambda key: advance(game, rule, start(game, rule, key, players), 1), keys[0])

    def watch(players: Players, key: Key) -> Players:
        del key
        return players

    return Trial(
        make, counting, players, keys, traces,
        _jit(lambda game, key: play(game, rule, key, NUM_STEPS, watch, every=2, players=players)),
        _jit(rule.update),
    )  # fmt: skip


def _signature(tree: PyTree) -> PyTree:
    return jax.tree.map(lambda leaf: (jnp.shape(leaf), jnp.result_type(leaf)), tree)


def _same_signature(one: PyTree, other: PyTree, what: str) -> None:
    assert _signature(one) == _signature(other), (
        f"{what} changed structure, shapes or dtypes in a step: from {_signature(other)} to {_signature(one)}."
    )


def _close(one: PyTree, other: PyTree, terms: int, what: str) -> None:
    """Asserts equality up to the order of summation.

    Another program may add the `terms` terms of a sum in another order and contract a product and a sum into one
    operation; each costs up to eps per term, relative to the size of the terms. A step has a handful of such sums in a
    row (two layers, forward and backward, at most six times), hence the 100.
    """
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        if not jnp.issubdtype(left.dtype, jnp.inexact):
            assert np.array_equal(left, right), f"{what} differ in a counter or flag."
            continue
        scale = 1 + np.abs(right).max(initial=0)
        gap, bound = np.abs(left - right).max(initial=0), 100 * NUM_STEPS * terms * np.finfo(left.dtype).eps * scale
        assert gap <= bound, f"{what} differ by {gap:.1e}, and rounding explains {bound:.1e}."


def _equal(one: PyTree, other: PyTree, what: str) -> None:
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        assert np.array_equal(left, right), f"{what} differ by up to {np.abs(left - right).max()}."


def keeps_structure(trial: Trial) -> None:
    """Players and state come out with the structure, shapes and dtypes with which they went in."""
    before = start(trial.game, trial.rule, trial.keys[0], trial.players)
    after = trial.play(trial.game, trial.keys[0])
    _same_signature(after.players, before.players, "The players")
    _same_signature(after.state, before.state, "The state")
    assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(after.players)), (
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
    """Another key is another input of the same program, and the same key gives the same run."""
    whole = trial.play(trial.game, trial.keys[0])
    count = len(trial.traces)
    trial.play(trial.game, trial.keys[1])
    _equal(trial.play(trial.game, trial.keys[0]).players, whole.players, "Two runs with one key")
    assert len(trial.traces) == count, "Another key made JAX trace again: the rule has read a value of its input."


def moves(trial: Trial) -> None:
    """Somebody moves; and where the game has randomness, another key is another run."""
    whole, another = (trial.play(trial.game, key).players for key in trial.keys)
    assert _differ(whole, trial.players), "Nobody has moved."
    if jax.tree.leaves(jax.eval_shape(trial.game.sample, trial.keys[0])):
        assert _differ(whole, another), "Two keys gave the same run; the rule has to sample with its key."


def _differ(one: PyTree, other: PyTree) -> bool:
    return any(np.any(left != right) for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


def scan_is_a_loop(trial: Trial) -> None:
    """Played by `play`, the rule does what a Python loop of its updates does."""
    whole = trial.play(trial.game, trial.keys[0])
    stepped = trial.players, start(trial.game, trial.rule, trial.keys[0], trial.players).state
    _, key_steps, _ = jax.random.split(trial.keys[0], 3)
    for t in range(NUM_STEPS):
        stepped = trial.update(trial.game, *stepped, jax.random.fold_in(key_steps, t))
    _close(stepped, (whole.players, whole.state), trial.terms, "A scan and a loop of the same steps")


def sweep_is_separate_runs(trial: Trial) -> None:
    """A vmap over seeds and traced learning rates gives the runs one by one; at the rate zero nobody moves."""
    from_here = trial.game._replace(init=Partial(lambda players, key: players, trial.players))
    swept = _jit(
        lambda rates: sweep(
            from_here, lambda learning_rate: trial.make(learning_rate), trial.keys, NUM_STEPS,
            grid={"learning_rate": rates},
        ).players
    )(jnp.asarray([0.0, RATE]))  # fmt: skip
    for seed, key in enumerate(trial.keys):
        separate = trial.play(trial.game, key).players
        _close(jax.tree.map(lambda leaf, s=seed: leaf[1, s], swept), separate, trial.terms, "A sweep and single runs")
    _equal(jax.tree.map(lambda leaf: leaf[0, 0], swept), trial.players, "Players before and after steps of rate zero")


def equilibrium_stays(trial: Trial) -> None:
    """At an equilibrium where no sample makes anybody want to move, nobody moves, up to the rounding of the field."""
    if trial.game.equilibrium is None:
        return
    rest = jax.tree.map(lambda leaf, like: jnp.asarray(leaf, like.dtype), trial.game.equilibrium, trial.players)
    samples = jax.vmap(trial.game.sample)(trial.keys)
    wishes = jax.vmap(lambda batch: field(trial.game)(rest, batch), axis_size=len(trial.keys))(samples)
    if max(float(jnp.abs(leaf).max()) for leaf in jax.tree.leaves(wishes)) > 1e-3:
        return  # noise moves players at an equilibrium, which is one in the mean
    moved, _ = trial.update(trial.game, rest, start(trial.game, trial.rule, trial.keys[0], rest).state, trial.keys[0])
    _close(moved, rest, trial.terms, "The equilibrium and where the rule goes from it")


def differentiates(trial: Trial) -> None:
    """Two steps have a finite derivative, other than zero, with respect to the learning rate."""

    def distance(learning_rate: Array) -> Array:
        rule = trial.make(learning_rate)
        carry = trial.players, rule.init(trial.players)
        (moved, _), _ = lax.scan(lambda carry, key: (rule.update(trial.game, *carry, key), None), carry, trial.keys)
        return jax.tree.reduce(jnp.add, jax.tree.map(lambda leaf: jnp.sum(leaf**2), moved))

    slope = float(_jit(jax.grad(distance))(jnp.asarray(RATE)))
    assert 0 < abs(slope) < np.inf, f"The derivative with respect to the learning rate is {slope}."


CHECKS: dict[str, Callable[[Trial], None]] = {
    "structure": keeps_structure,
    "float32": keeps_single_precision,
    "one program": compiles_once,
    "moves": moves,
    "scan = loop": scan_is_a_loop,
    "vmap = runs": sweep_is_separate_runs,
    "rests": equilibrium_stays,
    "gradient": differentiates,
}
"""All checks, by a short name."""


def check_rule(make: Make, games: Mapping[str, Game] | None = None) -> dict[str, dict[str, str]]:
    """Plays a rule on every game and makes every check.

    Args:
      make: from a learning rate, which may be traced, to the rule.
      games: games by name; by default the whole catalogue, in a small size.

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
    return {name: dict(_checked(make, name, known.get(name))) for name in games or GAMES}


def _checked(make: Make, name: str, game: Game | None) -> Iterator[tuple[str, str]]:
    try:
        ready = trial(make, small_game(name) if game is None else game)
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
