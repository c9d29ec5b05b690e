"""Rules × games × batches × seeds, each point measured beside the others of its game."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from gangame.core import Game, UpdateRule
from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.bench.hardware import Hardware
from gangame.lab.bench.program import Program
from gangame.lab.bench.settings import Setting
from gangame.lab.bench.turns import interleaved, median_ratio
from gangame.lab.buffered import check_unbuffered
from gangame.lab.lane import make_rule
from gangame.lab.recipes import recipe_for
from gangame.lab.spec import UserError
from gangame.lab.tournament import contender
from gangame.rules import RULES

BASE = "simultaneous"


class Point(NamedTuple):
    """What one rule on one game took.

    Attributes:
      game: the game, as typed.
      rule: the rule, as typed.
      batch_size: of the game, `None` where it has no batches.
      seeds: seeds in one program.
      block: of them side by side.
      num_steps: steps of one timed call.
      start_seconds: before the first call, to the start of the runs; by the clock of the bench, as the next three.
      trace_seconds: the first call, in Python.
      compile_seconds: the first call, in XLA.
      run_seconds: the first call, running.
      step_seconds: one step of all seeds, by the clock of the bench; the median.
      spread: half the distance between the quartiles of that, as a share of it.
      flops: operations of one step of one seed, counted by XLA.
      traffic: bytes of the same, read and written as if nothing stayed in a cache.
      open_loop: something repeats until a condition holds, of which the two count one trip.
      temp_bytes: what XLA allocates besides arguments and results.
      held_bytes: arguments and results.
      peak_bytes: the most that the program holds at once, all of the above, by XLA's own plan.
      cost: time relative to simultaneous steps of the same game, batch and seeds, the median over rounds.
      cost_counted: operations relative to those.
      cost_stated: what the rule's file states.
    """

    game: str
    rule: str
    batch_size: int | None
    seeds: int
    block: int
    num_steps: int
    start_seconds: float
    trace_seconds: float
    compile_seconds: float
    run_seconds: float
    step_seconds: float
    spread: float
    flops: float
    traffic: float
    open_loop: bool
    temp_bytes: int
    held_bytes: int
    peak_bytes: int
    cost: float
    cost_counted: float
    cost_stated: float

    def rates(self, machine: Hardware) -> dict[str, float]:
        """Returns steps/s, seeds·steps/s, operations/s, and these as shares of the peak and of the roofline."""
        per_second = self.flops * self.seeds / self.step_seconds
        roofline = machine.roofline(self.flops, self.traffic)
        return {
            "steps_per_second": 1 / self.step_seconds,
            "seed_steps_per_second": self.seeds / self.step_seconds,
            "flops_per_second": per_second,
            "share_of_peak": per_second / machine.matrix_flops,
            "share_of_roofline": per_second / roofline,
        }


def build_game(text: str, batch_size: int | None = None) -> tuple[spec.Spec, Game]:
    """Returns the game that was typed, at another batch size where one is given."""
    parsed = spec.parse(text, GAMES, "game")
    if batch_size is not None:
        if "batch_size" not in spec.parameters(GAMES[parsed.name]):
            raise UserError(f"Game {parsed.name!r} has no batches; leave --batch-size out.")
        parsed = parsed._replace(arguments={**parsed.arguments, "batch_size": batch_size})
    game = spec.build(parsed, GAMES)
    check_unbuffered(game, str(parsed))
    return parsed, game


def build_rule(text: str, game: spec.Spec, players: list[str]) -> UpdateRule:
    """Returns the rule that was typed, with the optimisers of the game's recipe."""
    return make_rule(spec.parse(text, RULES, "rule"), recipe_for(game).settings(players))


def measure(setting: Setting, told: Callable[[str], None] = lambda line: None) -> Iterator[Point]:
    """Yields all points of a setting, those of one game, batch and number of seeds together.

    Args:
      setting: what to measure.
      told: called with the name of each program before it is compiled.

    Raises:
      UserError: a name or a number that is wrong; before anything is measured where it can be known.
    """
    rules = list(dict.fromkeys([BASE, *setting.rules]))
    groups = []
    for text in setting.games:
        for batch_size in setting.batch_sizes:
            parsed, game = build_game(text, batch_size)
            players = sorted(jax.eval_shape(game.init, jax.random.key(0)))
            groups.append((str(parsed), parsed, game, {rule: build_rule(rule, parsed, players) for rule in rules}))
    for name, parsed, game, made in groups:
        for seeds in setting.seeds:
            yield from _group(name, parsed, game, made, seeds, setting, told)


def _group(
    name: str, parsed: spec.Spec, game: Game, made: dict[str, UpdateRule], seeds: int, setting: Setting, told: Any
) -> Iterator[Point]:
    keys = jax.random.split(jax.random.key(0), seeds)
    programs: dict[str, Program] = {}
    for text, rule in made.items():
        told(f"{name}, {text}, seeds {seeds}: compiling")
        try:
            programs[text] = Program(game, rule, keys, steps_for(game, seeds, setting.work))
        except (ValueError, TypeError, NotImplementedError) as error:
            raise UserError(f"{text} cannot play {name}: {error}") from error
    told(f"{name}, seeds {seeds}: timing {len(programs)} programs in turns")
    seconds = interleaved(programs, setting.rounds)
    each_step = {text: seconds[text] / programs[text].num_steps for text in programs}
    work = {text: program.work() for text, program in programs.items()}
    for text, program in programs.items():
        low, middle, high = np.quantile(each_step[text], [0.25, 0.5, 0.75])
        yield Point(
            game=name, rule=text, batch_size=spec.complete(parsed, GAMES).get("batch_size"), seeds=seeds,
            block=program.block, num_steps=program.num_steps,
            start_seconds=program.start_seconds, trace_seconds=program.trace_seconds,
            compile_seconds=program.compile_seconds,
            run_seconds=program.run_seconds, step_seconds=float(middle), spread=float((high - low) / 2 / middle),
            **work[text]._asdict(),
            temp_bytes=program.temp_bytes, held_bytes=program.held_bytes, peak_bytes=program.peak_bytes,
            cost=median_ratio(each_step[text], each_step[BASE]),
            cost_counted=work[text].flops / max(work[BASE].flops, 1.0),
            cost_stated=contender(text, "sgd").cost().flops(),
        )  # fmt: skip


def steps_for(game: Game, seeds: int, work: float) -> int:
    """Returns the steps of a timed call of about so many operations, 4 to 2,000, from the size of the players alone."""
    players = jax.eval_shape(game.init, jax.random.key(0))
    batch = jax.eval_shape(game.sample, jax.random.key(0))
    parameters = sum(leaf.size for leaf in jax.tree.leaves(players))
    width = max([leaf.shape[0] for leaf in jax.tree.leaves(batch) if leaf.ndim], default=1)
    return int(np.clip(work / (8 * parameters * width * seeds), 4, 2000))
