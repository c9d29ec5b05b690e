"""Extragradient: look where everybody is going, and move along the gradient found there."""

from typing import NamedTuple

import jax

from gangame.calculus import Direction, field
from gangame.core import Game, Key, Players, State, UpdateRule
from gangame.rules.cost import Cost, costs
from gangame.rules.optimizer import Optimizer, PlayerOptimizers


class Extragradient(NamedTuple):
    """State of the optimisers of the step, and of those of the extrapolation where it has its own."""

    step: State
    extrapolation: State | None


@costs(Cost(gradients=2))
def extragradient(
    optimizer: Optimizer,
    *,
    extrapolation: Optimizer | None = None,
    fresh: bool = False,
    moments: str = "twice",
    direction: Direction = field,
) -> UpdateRule:
    """All players imagine a step, and from where they were move along the gradient that they find there.

        w̃ = w − γ v(w),    w⁺ = w − η v(w̃)

    On V = xy its radius is √((1 − ηγ)² + η²) per step: with γ = η it converges for η < 1, fastest at η = 1/√2. Where
    the noise of a sample multiplies the field, independent samples (`fresh`) can diverge where one and the same sample
    converges.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      extrapolation: the same for the imagined step (γ); `None` is `optimizer` itself.
      fresh: draw an independent sample for the step instead of using that of the imagined step again.
      moments: where `optimizer` also extrapolates, it remembers both gradients, "twice" (as in ExtraAdam), or only the
        gradient of the step, "once".
      direction: what the players follow, one of `rules.directions`; the field of own gradients by default.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a learning rate is negative or not a number, or moments is none of the two words.

    Source: Korpelevich, "The extragradient method for finding saddle points and other problems", 1976; Gidel et al.,
    "A Variational Inequality Perspective on Generative Adversarial Networks", 2019, https://arxiv.org/abs/1802.10551,
    for ExtraAdam; Hsieh et al., "Explore Aggressively, Update Conservatively", 2020, https://arxiv.org/abs/2003.10162,
    for a longer step in the extrapolation.

    Example:
      >>> import optax
      >>> rule = extragradient(optax.adam(1e-4, b1=0.5), fresh=True)
    """
    optimizers = PlayerOptimizers(optimizer)
    own_extrapolation = None if extrapolation is None else PlayerOptimizers(extrapolation)
    if moments not in ("twice", "once"):
        raise ValueError(f"moments is {moments!r}; it has to be 'twice' or 'once'.")

    def init(players: Players) -> Extragradient:
        return Extragradient(optimizers.init(players), own_extrapolation and own_extrapolation.init(players))

    def imagine(gradient: Players, state: Extragradient, players: Players) -> tuple[Players, Extragradient]:
        if own_extrapolation is not None:
            ahead, kept = own_extrapolation.step_all(gradient, state.extrapolation, players)
            return ahead, Extragradient(state.step, kept)
        ahead, remembered = optimizers.step_all(gradient, state.step, players)
        return ahead, Extragradient(remembered if moments == "twice" else state.step, None)

    def update(game: Game, players: Players, state: Extragradient, key: Key) -> tuple[Players, Extragradient]:
        key_ahead, key_step = jax.random.split(key) if fresh else (key, key)
        follow = direction(game)
        batch = game.sample(key_ahead)
        ahead, state = imagine(follow(players, batch), state, players)
        gradient = follow(ahead, game.sample(key_step) if fresh else batch)
        moved, step = optimizers.step_all(gradient, state.step, players)
        return moved, state._replace(step=step)

    return UpdateRule(init, update)
