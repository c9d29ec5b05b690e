"""The same game beside others' loops: PyTorch's, and one over jitted steps; all in turns, on one thread each."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from gangame.core import Game, Players, UpdateRule, portable
from gangame.games import GAMES
from gangame.lab import spec, store
from gangame.lab.bench.hardware import hardware
from gangame.lab.bench.points import build_game, build_rule, steps_for
from gangame.lab.bench.program import Program
from gangame.lab.bench.settings import Setting
from gangame.lab.bench.torch_dcgan import DcganTwin
from gangame.lab.bench.torch_twin import Twin, installed
from gangame.lab.bench.turns import interleaved, ratios
from gangame.lab.recipes import recipe_for
from gangame.lab.spec import UserError
from gangame.rules import RULES

SCAN, LOOP, EAGER, COMPILED = "scan", "loop of jitted steps", "PyTorch eager", "PyTorch compiled"
TWINS: dict[str, type[Twin]] = {"dcgan": DcganTwin}
"""Of games that are not mixtures."""
TOLERANCE = 1e-5
"""Two losses of a batch of hundreds in float32, summed in different orders, agree to this share of 1."""
WITHOUT = "PyTorch is not installed, so it is left out: pip install torch, or uv pip install 'gangame[peer]'."


def measured(setting: Setting, facts: dict[str, Any], told: Callable[[str], None], compiled: bool) -> dict[str, Any]:
    """Returns the time of each contender for each game and rule of a setting, one seed each.

    Args:
      setting: what to measure.
      facts: what stands with it.
      told: called with what is going on.
      compiled: PyTorch also compiled, where that works.

    Raises:
      UserError: a game or a rule that has no twin in PyTorch, or losses that differ.
    """
    if not installed():
        told(WITHOUT)
    told("the machine's peaks")
    machine = hardware(setting.width)
    pairs = []
    for text in setting.games:
        for batch_size in setting.batch_sizes:
            parsed, game = build_game(text, batch_size)
            players = sorted(jax.eval_shape(game.init, jax.random.key(0)))
            for rule in dict.fromkeys(setting.rules):
                told(f"{parsed}, {rule}")
                made = build_rule(rule, parsed, players)
                steps = steps_for(game, 1, setting.work)
                typed = spec.parse(rule, RULES, "rule")
                pairs += _pair(parsed, game, typed, made, steps, setting.rounds, told if compiled else None)
    machine = machine.best(hardware(setting.width))
    return {**facts, "torch": _version(), "peaks": machine._asdict(), "setting": setting.facts(), "points": [],
            "spectra": [], "pairs": pairs}  # fmt: skip


def _version() -> str | None:
    if not installed():
        return None
    import torch

    return str(torch.__version__)


def _pair(
    parsed: spec.Spec, game: Game, typed: spec.Spec, rule: UpdateRule, steps: int, rounds: int, told: Any
) -> list[dict[str, Any]]:
    """Returns the rows of one game and rule; `told`, if any, has PyTorch compiled tried too."""
    program = Program(game, rule, jax.random.split(jax.random.key(0), 1), steps)
    contenders: dict[str, Callable[[], Any]] = {SCAN: program, LOOP: _loop(program)}
    difference = None
    if installed():
        for layout in TWINS.get(parsed.name, Twin).layouts:
            eager, difference = twin_of(parsed, game, program.run.players, layout)
            contenders[f"{EAGER}, {layout}" if layout else EAGER] = partial(repeat, eager.step(typed), steps)
        if told:
            twin, _ = twin_of(parsed, game, program.run.players)
            try:
                step = twin.step(typed, compiled=True)
                step()
                contenders[COMPILED] = partial(repeat, step, steps)
            except Exception as error:  # a compiler that is missing, or what this version does not compile
                told(f"{COMPILED} is left out of {typed}: {store.first_line(error) or type(error).__name__}")
    seconds = {name: each / steps for name, each in interleaved(contenders, rounds).items()}
    return [
        {
            "game": str(parsed), "rule": str(typed), "batch_size": spec.complete(parsed, GAMES).get("batch_size"),
            "contender": row["contender"], "num_steps": steps, "step_seconds": row["seconds"], "ratio": row["ratio"],
            "spread": row["spread"],
            "largest_difference_of_losses": difference if row["contender"] not in (SCAN, LOOP) else None,
        }
        for row in ratios(seconds, SCAN)
    ]  # fmt: skip


def repeat(step: Callable[[], None], steps: int) -> None:
    """Does a step so many times."""
    for _ in range(steps):
        step()


def _loop(program: Program) -> Callable[[], Any]:
    """Returns the loop that most people write: one jitted step, dispatched from Python again and again."""

    @jax.jit
    def step(game: Game, players: Any, state: Any, key: jax.Array, number: int) -> tuple[Any, Any]:
        return program.rule.update(game, players, state, jax.random.fold_in(key, number))

    def loop() -> Any:
        players, state = program.run.players, program.run.state
        for number in range(program.num_steps):
            players, state = step(program.game, players, state, program.run.key, number)
        return jax.block_until_ready((players, state))

    return loop


def twin_of(parsed: spec.Spec, game: Game, players: Players, layout: str = "") -> tuple[Twin, float]:
    """Returns PyTorch's twin on one thread, and the largest difference of the losses on the same batch.

    Args:
      parsed: the game, as typed.
      game: the same.
      players: where the twin starts.
      layout: how its arrays lie in memory, one of its `layouts`.

    Raises:
      UserError: they are not the same game.
    """
    import torch

    torch.set_num_threads(1)
    data, settings = game.sample.data, recipe_for(parsed).settings(sorted(players))  # type: ignore[attr-defined]
    twin = TWINS.get(parsed.name, Twin)(parsed, players, data, settings, layout)
    batch = game.sample(jax.random.key(1))
    ours = {name: float(loss) for name, loss in jax.jit(portable(game).losses)(players, batch).items()}
    theirs = twin.losses(np.array(batch["real"]), np.array(batch["latents"]))
    difference = max(abs(ours[name] - theirs[name]) for name in ours)
    if not difference < TOLERANCE:
        raise UserError(f"PyTorch computes other losses at the same parameters: {theirs} where we have {ours}.")
    return twin, difference
