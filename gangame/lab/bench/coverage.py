"""How long it takes until every seed's generator covers every mode."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax

from gangame.blocks import in_blocks
from gangame.core import Game, Key, Players, portable
from gangame.games import generate
from gangame.lab import spec
from gangame.lab.bench.peers import EAGER, repeat, twin_of
from gangame.lab.bench.points import build_game, build_rule
from gangame.lab.bench.settings import Setting
from gangame.lab.bench.torch_twin import installed
from gangame.lab.bench.turns import interleaved, ratios
from gangame.metrics import mode_coverage
from gangame.play import Run, advance, runs_at_once, start
from gangame.rules import RULES

OURS = "all seeds in one program, with their records"
NUM_SEEDS, EVERY, MOST_RECORDS = 16, 50, 80
TORCH_STEPS = 50
"""Of one seed, in a timed call."""
RADIUS, NUM_SAMPLES, AT_LEAST = 0.3, 1024, 20
"""A mode is covered by 20 of 1,024 samples within 0.3 of it; a fair share is 128."""


def coverage(
    setting: Setting, told: Callable[[str], None], game: str = "mixture", rule: str = "unrolled:depth=5"
) -> list[dict[str, Any]]:
    """Returns the time until all seeds of a mixture cover all modes, for us and for a loop in PyTorch.

    The number of steps is found by playing. Then both are timed in turns, from the start and over a part of it, and
    multiplied: ours with its records; a step of PyTorch, which moves the same parameters in the same way, by the number
    of steps and of seeds.

    Args:
      setting: the rounds.
      told: called with what is going on.
      game: a mixture, as typed.
      rule: as typed.

    Raises:
      UserError: PyTorch computes other losses, or has no twin of the game or the rule.
    """
    parsed, mixture = build_game(game)
    keys = jax.random.split(jax.random.key(0), NUM_SEEDS)
    players = sorted(jax.eval_shape(mixture.init, keys[0]))
    made = build_rule(rule, parsed, players)
    block = runs_at_once(mixture, made, NUM_SEEDS)

    def observe(game: Game, players: Players, key: Key) -> jax.Array:
        data, samples = game.sample.data, generate(game, players, key, NUM_SAMPLES)  # type: ignore[attr-defined]
        found = mode_coverage(samples, data.centers, data.std, within=RADIUS / data.std, at_least=AT_LEAST)
        return found["modes"] == len(data.centers)

    @jax.jit
    def stretch(game: Game, runs: Run) -> Run:
        play = partial(advance, game, made, num_steps=EVERY, observe=partial(observe, game), every=EVERY)
        return in_blocks(play, block)(runs)

    shared = portable(mixture)
    first: Run = jax.jit(lambda game, keys: jax.vmap(partial(start, game, made))(keys))(shared, keys)
    told(f"coverage: {NUM_SEEDS} seeds of {parsed}, {rule}")
    runs, stretches = first, 0
    while stretches < MOST_RECORDS and (not stretches or not runs.records.all()):
        runs, stretches = stretch(shared, runs._replace(records=None)), stretches + 1
    if not runs.records.all():
        told(f"coverage: not all seeds cover the modes within {MOST_RECORDS * EVERY:,} steps.")
        return []
    contenders: dict[str, Callable[[], Any]] = {OURS: lambda: jax.block_until_ready(stretch(shared, first))}
    if installed():
        twin, _ = twin_of(parsed, mixture, jax.tree.map(lambda leaf: leaf[0], first.players))
        contenders[EAGER] = partial(repeat, twin.step(spec.parse(rule, RULES, "rule")), TORCH_STEPS)
    seconds = interleaved(contenders, setting.rounds)
    times = {OURS: stretches, EAGER: stretches * EVERY * NUM_SEEDS / TORCH_STEPS}
    task = f"{NUM_SEEDS} seeds of {parsed}, {rule}: {stretches * EVERY:,} steps until all have all modes"
    whole = {name: each * times[name] for name, each in seconds.items()}
    return [{"task": task, "flops": None, **row} for row in ratios(whole, OURS)]
