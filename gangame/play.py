"""Play: a scan of moves. A sweep is a vmap of plays."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from gangame.blocks import footprint, in_blocks, side_by_side
from gangame.core import Array, Game, Key, Players, PyTree, State, UpdateRule
from gangame.ranges import check_whole, is_whole

Observer = Callable[[Players, Key], PyTree]


class Run(NamedTuple):
    """Where a run stands, and what was observed on the way there.

    Attributes:
      players: the players after `step` steps.
      state: what the rule remembers.
      step: number of steps done, an int32 scalar.
      key: the key of the whole run; step t draws from (key, t) alone.
      records: what the observer returned in the latest call, stacked: leaves `[num_steps // every, ...]`. `None`
        without an observer.
    """

    players: Players
    state: State
    step: Array
    key: Key
    records: PyTree = None


def start(game: Game, rule: UpdateRule, key: Key, players: Players | None = None) -> Run:
    """Returns the run before its first step.

    Args:
      game: the game.
      rule: the update rule.
      key: the key of the whole run.
      players: where to start; by default the game's own `init`.
    """
    key_init, _, _ = jax.random.split(key, 3)
    if players is None:
        players = game.init(key_init)
    players = jax.tree.map(jnp.asarray, players)
    return Run(players, rule.init(players), jnp.zeros((), jnp.int32), key)


def advance(
    game: Game, rule: UpdateRule, run: Run, num_steps: int, observe: Observer | None = None, every: int = 1
) -> Run:
    """Returns the run after `num_steps` more steps, with the records of these steps.

    Step t uses the key that (run.key, t) give, so a run draws the same however it is cut into calls, and however often
    it is observed. Where these calls are jitted and differ in `num_steps`, `observe` and `every` alone, the bits of
    players and state are the same as well (on a CPU; a GPU may choose other kernels). Pure: jit, vmap and grad go
    through.

    Args:
      game: the game.
      rule: the update rule.
      run: from `start`, or from an earlier call.
      num_steps: how many steps, 0 or more; a Python integer.
      observe: `observe(players, key) -> record`, called on the device after every `every`-th step of this call with a
        key of that step; any pytree of arrays.
      every: how many steps lie between two records, 1 or more. Where it does not divide `num_steps`, the steps that
        remain are done and not observed.

    Raises:
      ValueError: `num_steps` is negative or `every` is not positive.
    """
    check_whole(num_steps, "num_steps", 0)
    if not is_whole(every) or every < 1:
        raise ValueError(f"every is {every}; it has to be 1 or more, the whole number of steps between two records.")
    _, key_steps, key_observe = jax.random.split(run.key, 3)

    def move(carry: tuple) -> tuple:
        players, state, step = carry
        return *rule.update(game, players, state, jax.random.fold_in(key_steps, step)), step + 1

    # How XLA rounds a step depends on what stands around it: it dissolves a loop of one trip, moves work across the
    # border of a loop, and writes in place where it can. So a step always stands in the same place: a branch of a loop
    # in a loop, neither with a single trip. The trips that are too many take the other branch, which does nothing.
    def repeat(carry: tuple, count: int, length: int, look: Callable = lambda carry: None) -> tuple[tuple, PyTree]:
        """Moves `count` times, in stretches of `length`, and looks after each of these."""
        stretches = -(-count // length)
        nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(look, carry))

        def stretch(carry: tuple, index: Array) -> tuple[tuple, PyTree]:
            left = jnp.minimum(count - index * length, length)

            def trip(carry: tuple, index: Array) -> tuple[tuple, None]:
                return lax.cond(index < left, move, lambda carry: carry, carry), None

            carry, _ = lax.scan(trip, carry, jnp.arange(max(length, 2)))
            return carry, lax.cond(index < stretches, look, lambda carry: nothing, carry)

        carry, records = lax.scan(stretch, carry, jnp.arange(max(stretches, 2)))
        return carry, jax.tree.map(lambda leaf: leaf[:stretches], records)

    carry, records, remaining = (run.players, run.state, run.step), None, num_steps
    if observe is not None:
        remaining = num_steps % every

        def look(carry: tuple) -> PyTree:
            return observe(carry[0], jax.random.fold_in(key_observe, carry[2]))

        carry, records = repeat(carry, num_steps - remaining, every, look)
    if remaining:
        carry, _ = repeat(carry, remaining, -(-remaining // 2))
    players, state, step = carry
    return Run(players, state, step, run.key, records)


def play(
    game: Game,
    rule: UpdateRule,
    key: Key,
    num_steps: int,
    observe: Observer | None = None,
    every: int = 1,
    players: Players | None = None,
) -> Run:
    """Returns the run of `num_steps` steps of `rule` on `game`; see `start` and `advance` for the arguments.

    Nothing is jitted here: wrap the call in `jax.jit`, `jax.vmap` (over keys, or over hyper-parameters of the rule) or
    `jax.grad`.

    Example:
      >>> import jax
      >>> import gangame as gg
      >>> from gangame import games, rules
      >>> run = gg.play(
      ...     games.bilinear(), rules.simultaneous(0.1), jax.random.key(0), 100,
      ...     observe=lambda players, key: players["x"] ** 2 + players["y"] ** 2, every=25,
      ... )
      >>> [round(float(ratio), 4) for ratio in run.records[1:] / run.records[:-1]]  # (1 + 0.1²)²⁵, an outward spiral
      [1.2824, 1.2824, 1.2824]
    """
    return advance(game, rule, start(game, rule, key, players), num_steps, observe, every)


def runs_at_once(game: Game, rule: UpdateRule, num_runs: int, extra: int = 0) -> int:
    """Returns how many of `num_runs` runs a sweep plays side by side, going by the footprint of a start and a step.

    Args:
      game: the game.
      rule: the rule.
      num_runs: 1 or more.
      extra: bytes of each run besides those of a step, such as records.
    """
    if num_runs == 1:
        return 1

    def step(key: Key) -> tuple[Players, State]:
        run = start(game, rule, key)
        return rule.update(game, run.players, run.state, key)

    return side_by_side(footprint(step, jax.eval_shape(lambda: jax.random.key(0))) + extra, num_runs)


def sweep(
    game: Game | Callable[..., Game],
    rule: UpdateRule | Callable[..., UpdateRule],
    keys: Key,
    num_steps: int,
    observe: Observer | None = None,
    every: int = 1,
    *,
    grid: Mapping[str, Array] | None = None,
    chunk: int | None = None,
) -> Run:
    """Returns the runs over all keys and over all points of a grid of hyper-parameters, as one program.

    Args:
      game: a game, or a function from hyper-parameters to one, such as `games.dirac`.
      rule: a rule, or a function from hyper-parameters to one, such as `rules.simultaneous`.
      keys: `[num_seeds]` typed keys, one for each seed.
      num_steps: as in `advance`.
      observe: as in `advance`.
      every: as in `advance`.
      grid: for each hyper-parameter its values `[num_values]`; all combinations are run. Each goes, by its name and as
        a traced scalar, to those of `game` and `rule` that have an argument of that name.
      chunk: how many runs are vmapped at a time, 1 or more; the chunks follow each other, and memory is that of one.
        `None` chooses it from the size of a run, see `runs_at_once`. Runs are the same however they are cut, to
        rounding.

    Returns:
      A run whose leaves have one leading axis for each entry of `grid`, in its order, and then one for the seeds.

    Raises:
      ValueError: a hyper-parameter is an argument of neither `game` nor `rule`, or `chunk` is below 1.

    Example:
      >>> import jax
      >>> import jax.numpy as jnp
      >>> import gangame as gg
      >>> from gangame import games, rules
      >>> keys = jax.random.split(jax.random.key(0), 4)
      >>> rates = jnp.linspace(0.1, 0.5, 3)
      >>> run = gg.sweep(games.bilinear(), rules.simultaneous, keys, 10, grid={"optimizer": rates})
      >>> run.players["x"].shape
      (3, 4)
    """
    grid = dict(grid or {})
    makers = [maker for maker in (game, rule) if not isinstance(maker, (Game, UpdateRule))]
    taken = {name for maker in makers for name in inspect.signature(maker).parameters}
    for name in grid:
        if name not in taken:
            raise ValueError(
                f"grid names {name!r}, which is an argument of neither the game nor the rule; "
                f"they take {', '.join(sorted(taken)) or 'none, since both are ready-made: pass their factories'}."
            )

    def make(maker: Any, point: dict[str, Array]) -> Any:
        if isinstance(maker, (Game, UpdateRule)):
            return maker
        names = inspect.signature(maker).parameters
        return maker(**{name: value for name, value in point.items() if name in names})

    def play_at(key: Key, *values: Array) -> Run:
        point = dict(zip(grid, values, strict=True))
        return play(make(game, point), make(rule, point), key, num_steps, observe, every)

    if chunk is not None and (not is_whole(chunk) or chunk < 1):
        raise ValueError(f"chunk is {chunk!r}; it has to be a whole number, 1 or more, or None to have it chosen.")
    axes = [jnp.asarray(values) for values in grid.values()]
    shape = (*(len(values) for values in axes), len(keys))
    index = jnp.indices(shape).reshape(len(shape), -1)
    points = [keys[index[-1]], *(values[at] for values, at in zip(axes, index[:-1], strict=True))]
    num_runs = points[0].size
    if chunk is None and num_runs > 1:
        first = {name: values[0] for name, values in zip(grid, axes, strict=True)}
        chunk = runs_at_once(make(game, first), make(rule, first), num_runs, _size_of_records(play_at, points, observe))
    runs = in_blocks(play_at, chunk or 1)(*points)
    return jax.tree.map(lambda leaf: leaf.reshape(*shape, *leaf.shape[1:]), runs)


def _size_of_records(play_at: Callable[..., Run], points: list[Array], observe: Observer | None) -> int:
    """Returns the bytes that one run records."""
    if observe is None:
        return 0
    records = jax.eval_shape(lambda points: play_at(*(values[0] for values in points)), points).records
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(records))
