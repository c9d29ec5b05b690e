"""The command `gangame sweep`: rules over grids of numbers and seeds, job by job, on one machine or on many."""

import itertools
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gangame.games import GAMES
from gangame.lab import spec, store, strangers
from gangame.lab.engine import Engine
from gangame.lab.folder import choose_same
from gangame.lab.machine import machine, today
from gangame.lab.optimizers import parse_optimizer, smooth
from gangame.lab.recipes import recipe_for
from gangame.lab.spec import UserError
from gangame.lab.tournament.cell import Cell, Played
from gangame.lab.tournament.contenders import Contender, check_labels, check_values, contender
from gangame.lab.tournament.goal import goal_of
from gangame.lab.tournament.work import load, save
from gangame.metrics import wilson

MARK = "sweep"
COUNTS = ("num_steps", "num_seeds", "num_records", "lanes")


class Sweep(NamedTuple):
    """What the user typed, complete; kept as config.json, from which the same sweep goes on.

    Attributes:
      game: the game.
      rules: the rules; several values of a number are written `0.1|1|10`.
      optimizer: of every player, unless a rule takes plain steps.
      rates: learning rates.
      ratios: the learning rate of the first player by name, in a GAN the discriminator, over that of the others.
      num_steps: of each run.
      num_seeds: of each point.
      num_records: looks at each run, evenly spaced.
      lanes: runs that are vmapped in one job.
      key: integer that all randomness comes from.
      dtype: "float32" or "float64".
    """

    game: str
    rules: tuple[str, ...]
    optimizer: str
    rates: tuple[float, ...]
    ratios: tuple[float, ...]
    num_steps: int
    num_seeds: int
    num_records: int
    lanes: int
    key: int
    dtype: str

    def rows(self) -> list[Contender]:
        """Returns the rules."""
        name, arguments = parse_optimizer(self.optimizer)
        return [contender(text, name, smooth(name, arguments)) for text in self.rules]

    def points(self, row: Contender) -> list[dict[str, float]]:
        """Returns all combinations of the numbers of a rule, learning rates outermost."""
        values = {"rate": self.rates, "ratio": self.ratios, **row.swept()}
        return [dict(zip(values, map(float, point), strict=True)) for point in itertools.product(*values.values())]


class Job(NamedTuple):
    """One piece of a sweep, plain data: some points of one rule, with all their seeds.

    Attributes:
      sweep: the whole.
      rule: which rule, by its place.
      first: the first point.
      points: the points.
    """

    sweep: Sweep
    rule: int
    first: int
    points: list[dict[str, float]]


def complete(
    game: str,
    rules: Sequence[str],
    optimizer: str | None,
    rates: Sequence[float],
    settings: Mapping[str, Any],
    engine: Engine,
) -> Sweep:
    """Returns the complete sweep; whatever is wrong with it is told before anything is computed.

    Args:
      game: as typed.
      rules: as typed.
      optimizer: as typed; `None` for that of the game's recipe.
      rates: as typed; that of the recipe where there are none.
      settings: what else was typed; `None` where nothing was.
      engine: where its jobs are going to run, which have to fit there.

    Raises:
      UserError: something is wrong.
    """
    recipe = recipe_for(spec.parse(game, GAMES, "game"))
    usual = next(iter(recipe.settings(["any"]).values()))
    if optimizer is None:
        arguments = ",".join(f"{name}={value:g}" for name, value in usual.arguments.items() if name != "eps_root")
        optimizer = f"{usual.name}:{arguments}" if arguments else usual.name
    defaults = {"num_steps": recipe.num_steps, "num_seeds": recipe.num_seeds, "num_records": 20, "ratios": (1.0,)}
    given = {**defaults, **{name: value for name, value in settings.items() if value is not None}}
    given.setdefault("lanes", max(given["num_seeds"], 64))
    made = Sweep(game, tuple(rules), optimizer, rates=tuple(rates or [usual.learning_rate]), **given)
    made = made._replace(num_records=min(made.num_records, max(made.num_steps, 1)))
    check(made, engine)
    return made


def check(made: Sweep, engine: Engine) -> None:
    """Makes sure that a sweep can be played.

    Args:
      made: the sweep.
      engine: where its jobs are going to run, which have to fit there.

    Raises:
      UserError: it cannot.
    """
    for name in COUNTS:
        if not 1 <= getattr(made, name) < 2**31:
            raise UserError(f"{name} is {getattr(made, name)}; it has to be 1 or more, and below 2³¹.")
    if made.lanes < made.num_seeds:
        raise UserError(f"lanes is {made.lanes}; it has to hold the {made.num_seeds} seeds of a point at least.")
    for name in ("rates", "ratios"):
        if not all(0 < value < np.inf for value in getattr(made, name)):
            raise UserError(
                f"The {name} are {', '.join(f'{each:g}' for each in getattr(made, name))}; they have to be above 0."
            )
    rows = made.rows()
    check_labels(rows)
    for row in rows:
        _cell(made, row, engine.devices() * made.lanes).check(engine.room())
        check_values(row)


def _cell(made: Sweep, row: Contender, lanes: int) -> Cell:
    try:
        return Cell(row, spec.parse(made.game, GAMES, "game"), lanes)
    except (ValueError, TypeError, NotImplementedError, MemoryError) as error:
        raise UserError(f"{row.label}: {error}") from error


def jobs_of(made: Sweep) -> list[Job]:
    """Returns the jobs of a sweep, each as many points as its lanes hold."""
    together = made.lanes // made.num_seeds
    return [
        Job(made, rule, first, points[first : first + together])
        for rule, row in enumerate(made.rows())
        for points in [made.points(row)]
        for first in range(0, len(points), together)
    ]


def groups_of(jobs: Sequence[Job], size: int) -> list[list[Job]]:
    """Returns the jobs in groups of one rule, as many in each as there are devices, so that each plays one of them."""
    by_rule = [list(group) for _, group in itertools.groupby(jobs, lambda job: job.rule)]
    return [group[first : first + size] for group in by_rule for first in range(0, len(group), size)]


def play_jobs(jobs: Sequence[Job]) -> list[Played]:
    """Returns what each job of a group measures, all of them in one program; runs wherever the engine likes."""
    made, points = jobs[0].sweep, [point for job in jobs for point in job.points]
    with jax.enable_x64(made.dtype == "float64"):
        cell = _cell(made, made.rows()[jobs[0].rule], len(points) * made.num_seeds)
        key = jax.random.key(made.key)
        keys = jax.vmap(lambda seed: jax.random.fold_in(key, seed))(jnp.arange(made.num_seeds))
        steps = made.num_steps * np.arange(1, made.num_records + 1) // made.num_records
        whole = cell.play(points, keys, steps)
    ends = np.cumsum([len(job.points) * made.num_seeds for job in jobs])[:-1]
    parts = {name: np.split(each, ends) for name, each in whole.records.items()}
    return [Played({name: each[place] for name, each in parts.items()}, whole.seconds) for place in range(len(jobs))]


def path_of(job: Job, folder: Path) -> Path:
    """Returns where the result of a job is kept."""
    return folder / "jobs" / f"{job.sweep.rows()[job.rule].slug}-{job.first:06d}.npz"


def run(made: Sweep, folder: Path, engine: Engine, told: Callable[[str], None]) -> list[dict[str, Any]]:
    """Plays the jobs that are missing in a folder, and returns the table.

    Args:
      made: the sweep.
      folder: where results are kept; this process writes them, wherever the jobs run.
      engine: where the jobs run.
      told: receives one line after each job.

    Raises:
      UserError: a folder that cannot be written, an engine that cannot be reached, or a job that failed; what was
        computed is kept.
    """
    facts = {"command": " ".join(["gangame", *map(shlex.quote, sys.argv[1:])]), "date": today(), **machine()}
    store.write_json(folder / "config.json", {MARK: made._asdict(), **facts})
    jobs = jobs_of(made)
    left = [job for job in jobs if not path_of(job, folder).exists()]
    if len(left) < len(jobs):
        told(f"{len(jobs) - len(left)} of {len(jobs)} jobs are there already.")
    groups, done = groups_of(left, engine.devices()), 0
    for place, outcome in engine.run(play_jobs, groups):
        rule = made.rules[groups[place][0].rule]
        try:
            played = outcome()
        except UserError:
            raise
        except Exception as error:
            raise UserError(
                f"A job of {rule} failed with {type(error).__name__}: {error} What is in {folder} is "
                "kept, and the same command goes on."
            ) from error
        for job, each in zip(groups[place], played, strict=True):
            save(path_of(job, folder), each, {"points": job.points})
            done += 1
            told(f"[{done}/{len(left)}] {rule}: {len(job.points)} points of {made.num_seeds} seeds")
    rows = table(made, folder)
    store.write_json(folder / "results.json", {**facts, MARK: made._asdict(), "points": rows})
    return rows


def goal_in(made: Sweep) -> str:
    """Returns what a seed has to reach in the game of a sweep, in words."""
    with jax.enable_x64(made.dtype == "float64"):
        return goal_of(spec.build(spec.parse(made.game, GAMES, "game"), GAMES)).name


def table(made: Sweep, folder: Path) -> list[dict[str, Any]]:
    """Returns one entry for each point of each rule: its numbers, and what its seeds came to at the last record."""
    entries = []
    for rule, row in enumerate(made.rows()):
        with jax.enable_x64(made.dtype == "float64"):
            goal = _cell(made, row, made.num_seeds).goal
        for job in (job for job in jobs_of(made) if job.rule == rule):
            records = load(path_of(job, folder))[0].records
            there = goal.reached(records)[:, -1].reshape(len(job.points), -1)
            for index, point in enumerate(job.points):
                own = slice(index * made.num_seeds, (index + 1) * made.num_seeds)
                count = int(there[index].sum())
                entries.append(
                    {
                        "rule": row.label,
                        **_short(point),
                        "share": [count / made.num_seeds, *wilson(count, made.num_seeds)],
                        **{each.key: list(each.interval(records[each.key][own, -1])) for each in goal.view.measures},
                        "finite": int(records["finite"][own, -1].sum()),
                    }
                )
    return entries


def _short(point: Mapping[str, float]) -> dict[str, float]:
    """Returns the numbers of a point by the last part of their place, or by all of it where that is taken."""
    last = [name.rpartition("/")[2] for name in point]
    names = [short if last.count(short) == 1 else name for short, name in zip(last, point, strict=True)]
    return dict(zip(names, point.values(), strict=True))


def read(folder: Path) -> Sweep:
    """Returns the sweep of a folder.

    Raises:
      UserError: it holds none.
    """
    whole = store.read_config(folder, MARK)
    try:
        saved = strangers.mapping(strangers.mapping(whole, MARK, [MARK])[MARK], MARK, Sweep._fields)
        rules, *numbers = (strangers.sequence(saved[name], name, 1, 1000) for name in ("rules", "rates", "ratios"))
        rates, ratios = (tuple(strangers.number(each, "rate or ratio") for each in several) for several in numbers)
        counts = {name: strangers.whole_number(saved[name], name, 1) for name in COUNTS}
        return Sweep(
            strangers.label(saved["game"]), tuple(map(strangers.label, rules)), strangers.label(saved["optimizer"]),
            rates, ratios, **counts, key=strangers.whole_number(saved["key"], "key", 0),
            dtype=strangers.choice(saved["dtype"], "dtype", ("float32", "float64")),
        )  # fmt: skip
    except UserError as error:
        raise UserError(f"{folder}/config.json is not that of a sweep: {error}") from error


def choose_folder(made: Sweep, output: Path | None, overwrite: bool) -> Path:
    """Returns the folder of a sweep; see `folder.choose_same`."""
    return choose_same(made, read, MARK, [MARK, made.game, *made.rules], ["jobs/*.npz"], output, overwrite)
