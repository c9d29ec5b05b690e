"""What a step of a rule costs, counted and not timed."""

from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr

from gangame.core import Batch, Game, Players, UpdateRule


def gradients_per_step(game: Game, rule: UpdateRule) -> int:
    """Returns how many gradients of one player's loss a step evaluates; a scan counts as often as it runs.

    Every evaluation of the losses leaves a mark in the traced program of one step, and the marks are counted; nothing
    is compiled or run. What a rematerialised unroll evaluates again in the backward pass counts again. A rule that
    evaluates the losses without a gradient, or that repeats until a condition holds, is counted as if each mark were
    one gradient and each loop ran once.
    """

    def marked_losses(players: Players, batch: Batch) -> Any:
        losses = game.losses(players, batch)
        jax.debug.callback(_mark, losses)  # of the losses, lest it be moved out of a loop
        return losses

    key = jax.eval_shape(lambda: jax.random.key(0))
    players = jax.eval_shape(game.init, key)
    state = jax.eval_shape(rule.init, players)
    marked = game._replace(losses=marked_losses)
    step = jax.make_jaxpr(lambda players, state, key: rule.update(marked, players, state, key))(players, state, key)
    return _count(step.jaxpr)


def _mark(losses: Any) -> None:
    """Does nothing; where it is called, losses are evaluated."""
    del losses


def _count(program: Jaxpr) -> int:
    total = 0
    for equation in program.eqns:
        inner = [
            part for value in equation.params.values() for part in (value if isinstance(value, tuple) else (value,))
        ]
        programs = [part.jaxpr if isinstance(part, ClosedJaxpr) else part for part in inner]
        counts = [_count(part) for part in programs if isinstance(part, Jaxpr)]
        if equation.primitive.name == "debug_callback":
            total += 1
        elif equation.primitive.name == "cond":
            total += max(counts, default=0)
        else:
            total += sum(counts) * equation.params.get("length", 1)
    return total
