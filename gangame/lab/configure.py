"""From what a user types to the configuration of a run."""

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax

from gangame.games import GAMES
from gangame.lab import memory, spec, views
from gangame.lab.config import ON_DIVERGENCE, Config
from gangame.lab.cost import gradients_per_step
from gangame.lab.lane import Lane
from gangame.lab.optimizers import Setting, settings_for
from gangame.lab.recipes import recipe_for
from gangame.lab.spec import UserError
from gangame.lab.strangers import MOST
from gangame.rules import RULES, first_argument

RATE = "learning_rate"


class Request(NamedTuple):
    """What the user typed; `None` where nothing was."""

    game: str
    rules: Sequence[str]
    steps: int | None = None
    seeds: int | None = None
    learning_rates: Sequence[str] = ()
    optimizers: Sequence[str] = ()
    batch_size: int | None = None
    key: int = 0
    every: int | None = None
    control: bool = True
    dtype: str = "float32"
    on_divergence: str = "note"


def configure(request: Request) -> Config:
    """Returns the complete configuration of a run, with the game's recipe where the user is silent.

    Raises:
      UserError: whatever is wrong with the request, before anything is computed.
    """
    for option, least in (("steps", 1), ("seeds", 1), ("every", 1), ("key", 0)):
        value = getattr(request, option)
        if value is not None and not least <= value <= MOST:
            raise UserError(f"--{option} is {value}; it has to be a whole number from {least} to {MOST}.")
    if request.on_divergence not in ON_DIVERGENCE:
        raise UserError(f"--on-divergence is {request.on_divergence!r}; it is one of {', '.join(ON_DIVERGENCE)}.")
    parsed = spec.parse(request.game, GAMES, "game")
    recipe = recipe_for(parsed)
    if request.batch_size is not None:
        if "batch_size" not in inspect.signature(GAMES[parsed.name]).parameters:
            raise UserError(f"Game {parsed.name!r} has no batches; leave --batch-size out.")
        parsed = parsed._replace(arguments={**parsed.arguments, "batch_size": request.batch_size})
    with memory.limited():
        game = spec.build(parsed, GAMES)
    try:
        players = sorted(jax.eval_shape(lambda: game.init(jax.random.key(0))))
    except (ValueError, TypeError, MemoryError) as error:
        raise UserError(f"{parsed}: {error}") from error
    settings = settings_for(players, recipe.settings(players), request.optimizers, request.learning_rates)
    asked = list(dict.fromkeys(request.rules))
    lanes = [_lane(text, players, settings) for text in asked]
    if request.control and not request.learning_rates and not request.optimizers:
        extra = [text for trigger, text in recipe.controls if trigger in asked and text not in asked]
        lanes += [dataclasses.replace(_lane(text, players, settings), control=True) for text in extra]
    for lane in lanes:
        try:
            gradients_per_step(game, lane.make())  # traces one step: what does not fit together shows here
        except (ValueError, TypeError, MemoryError) as error:
            raise UserError(f"{lane.label}: {error}") from error
    if len({lane.slug for lane in lanes}) < len(lanes):
        raise UserError(
            f"Two of the rules {', '.join(asked)} are the same, or too alike for their files; give one only."
        )
    num_steps = recipe.num_steps if request.steps is None else request.steps
    num_records = 500 if views.view_of(game).kind in ("plane", "plain") else 50
    every = _default_every(num_steps, num_records) if request.every is None else request.every
    num_seeds = recipe.num_seeds if request.seeds is None else request.seeds
    return Config(
        parsed, tuple(lanes), num_steps, num_seeds, min(every, num_steps), request.key, request.dtype,
        request.on_divergence,
    )  # fmt: skip


def _lane(text: str, players: list[str], settings: Mapping[str, Setting]) -> Lane:
    """Returns the lane of a rule as typed; `learning_rate` and `optimizer` in it go before what is for all rules."""
    own = {f"{player}.{RATE}": player for player in players}
    parsed = spec.parse(text, RULES, "rule", [RATE, "optimizer", *own])
    arguments = dict(parsed.arguments)
    rates = [arguments.pop(RATE)] if RATE in arguments else []
    rates += [f"{player}={arguments.pop(key)}" for key, player in own.items() if key in arguments]
    optimizers = [arguments.pop("optimizer")] if "optimizer" in arguments else []
    chosen = settings_for(players, settings, optimizers, rates)
    if first_argument(RULES[parsed.name]) == RATE:
        if optimizers:
            raise UserError(f"{text}: this rule is defined by plain steps; give it a learning_rate and no optimizer.")
        chosen = {player: Setting("sgd", each.learning_rate, {}) for player, each in chosen.items()}
    return Lane(text, parsed._replace(arguments=arguments), chosen)


def _default_every(num_steps: int, num_records: int) -> int:
    """Returns the spacing of about `num_records` records which divides the number of steps if one does."""
    fitting = [num_steps // n for n in range(num_records * 4 // 5, num_records * 6 // 5 + 1) if num_steps % n == 0]
    return fitting[len(fitting) // 2] if fitting else max(1, num_steps // num_records)
