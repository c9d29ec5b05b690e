"""What is asked: one rule at one game, with the programs that answer."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

from gangame.core import Array, Game, Key, Players, PyTree, UpdateRule, portable
from gangame.games import GAMES, finite_sum
from gangame.play import Run, advance, start

Make = Callable[[Any], UpdateRule]
"""From a learning rate, which may be traced, to the rule."""

RATE = 0.05
NUM_STEPS = 4
SMALL: dict[str, Any] = {
    "hidden": (), "discriminator_hidden": (8,), "attacker_hidden": (), "predictor_hidden": (), "latent_dim": 3,
    "batch_size": 8, "num_terms": 6, "num_points": 4, "length": 3, "num_bits": 2, "code_dim": 2, "width": 1,
    "kernel_size": 1, "norm": "none",
}  # fmt: skip
"""Sizes of the small games: whoever has such an argument gets this one."""

# What is asked here holds however hard the compiler tries, and a program for each rule at each game is compiled.
_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@_jit
def _begin(init: Callable[[Key], Players], key: Key) -> Players:
    """Returns where a game begins, by one program for all rules."""
    return init(key)


@jax.jit
def _evaluate(losses: Callable, players: Players, batch: PyTree) -> dict[str, Array]:
    """Returns the losses, whose program and its derivatives JAX keeps: all rules at a game have them in common."""
    return losses(players, batch)


@_jit
def _differentiate(losses: Callable, players: Players, batch: PyTree) -> dict[str, Players]:
    """Returns the derivatives of all losses, by one program for all rules at a game."""
    return jax.jacrev(losses)(players, batch)


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
      single: players and state in float32, and what a step makes of them, as shapes; or what went wrong there.
      terms: the largest number of terms in a sum: what rounding grows with.
      tol: relative residual at which the rule's linear solves end, 0 where it has none.
    """

    make: Make
    game: Game
    players: Players
    keys: Key
    traces: list
    step: Callable[..., tuple[Players, Players, PyTree]]
    runs: Callable[[Key], Run]
    single: tuple[PyTree, PyTree] | Exception
    terms: int
    tol: float

    @property
    def rule(self) -> UpdateRule:
        """The rule at the rate of all checks."""
        return self.make(RATE)

    @property
    def state(self) -> PyTree:
        """What the rule remembers at the start."""
        return self.rule.init(self.players)

    def slopes(self, players: Players, batch: PyTree) -> dict[str, Players]:
        """Returns the derivatives of each player's loss in all that all players have."""
        counting = self.game.losses
        assert isinstance(counting, Partial)
        return _differentiate(*counting.args, players, batch)

    def loop(self, key: Key) -> tuple[Players, Players, PyTree]:
        """Returns what `NUM_STEPS` single steps come to, in NumPy: players, the last derivative, and state."""
        _, key_steps, _ = jax.random.split(key, 3)
        players, state = self.players, self.state
        for t in range(NUM_STEPS):
            players, slope, state = self.step(self.game, RATE, players, state, jax.random.fold_in(key_steps, t))
        return jax.device_get((players, slope, state))


def small_sizes(name: str) -> dict[str, Any]:
    """Returns the arguments that make a game of the catalogue small, those of `SMALL` which it takes."""
    taken = inspect.signature(GAMES[name]).parameters
    return {argument: size for argument, size in SMALL.items() if argument in taken}


def small_game(name: str) -> Game:
    """Returns a game of the catalogue in a size for tests.

    With randomness it is the finite sum of a few ready samples: some rules ask for that, and generators of random
    numbers would be half of what there is to compile.

    Example:
      >>> small_game("mixture").sample.num_terms
      6
    """
    game = GAMES[name](**small_sizes(name))
    if is_random(game) and not hasattr(game.sample, "num_terms"):
        game = finite_sum(game, SMALL["num_terms"], jax.random.key(4))
    return portable(game)


def is_random(game: Game) -> bool:
    """Returns whether a game draws samples at all."""
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
        return _evaluate(inner, players, batch)

    game = portable(game)
    counting = game._replace(losses=Partial(losses, game.losses))
    players = jax.tree.map(jnp.asarray, _begin(game.init, jax.random.key(3)))
    keys = jax.random.split(jax.random.key(7), 2)
    # Traced once before it is played: a rule that does not play the game says so, and one that remembers its traces in
    # Python plays otherwise than a fresh one does.
    rule = make(RATE)
    single: tuple[PyTree, PyTree] | Exception
    try:
        single = _in_single_precision(counting, rule, players, keys[0])
    except Exception as error:
        jax.eval_shape(rule.update, counting, players, rule.init(players), keys[0])
        single = error

    def step(game: Game, rate: Array, players: Players, state: PyTree, key: Key) -> tuple[Players, Players, PyTree]:
        def update(rate: Array) -> tuple[Players, PyTree]:
            return make(rate).update(game, players, state, key)

        return jax.jvp(update, (rate,), (jnp.ones_like(rate),), has_aux=True)

    def runs(keys: Key) -> Run:
        # `play`, cut after its start: a loop whose carry is batched from the beginning is traced once, not until JAX
        # has found what of it the keys reach.
        begun = jax.vmap(lambda key: start(counting, rule, key, players))(keys)
        return jax.vmap(lambda run: advance(counting, rule, run, NUM_STEPS))(begun)

    batch = jax.eval_shape(lambda key: game.sample(key), keys[0])
    terms = max(leaf.size for leaf in jax.tree.leaves((players, batch)))
    return Trial(make, counting, players, keys, traces, _jit(step), _jit(runs), single, terms, tol)


def _in_single_precision(game: Game, rule: UpdateRule, players: Players, key: Key) -> tuple[PyTree, PyTree]:
    """Returns the shapes of players and state in float32, and those after a step."""

    def in_single(leaf: Array) -> Array:
        return leaf.astype(jnp.float32) if jnp.issubdtype(jnp.result_type(leaf), jnp.floating) else leaf

    with jax.enable_x64(False):
        game, players = jax.tree.map(in_single, (game, players))
        state = jax.eval_shape(rule.init, players)
        after = jax.eval_shape(lambda *arguments: rule.update(game, *arguments), players, state, key)
    return (players, state), after
