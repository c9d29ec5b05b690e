"""Unrolled optimisation: the leader looks through the followers' next steps."""

from collections.abc import Sequence
from typing import Any

import jax
from jax import lax

from gangame.calculus import own_gradient
from gangame.core import Array, Batch, Game, Key, Players, State, UpdateRule
from gangame.ranges import check_whole
from gangame.rules.cost import Cost, costs
from gangame.rules.invariant import held_fixed
from gangame.rules.optimizer import Optimizer, PlayerOptimizers
from gangame.rules.order import check_names, leading


def _cost(depth: int = 5, through: bool = True, remat: bool = False, **others: Any) -> Cost:
    """The followers' own step is the first inner one: `depth` - 1 more halves of a field, and `depth` transposes."""
    later = max(depth - 1, 0) / 2
    return Cost(gradients=1 + later + later * (remat and through), transposed=depth / 2 * through)


@costs(_cost)
def unrolled(
    optimizer: Optimizer,
    *,
    leader: str | Sequence[str] | None = None,
    depth: int = 5,
    inner: Optimizer | None = None,
    through: bool = True,
    fresh: bool = False,
    moments: str = "live",
    own_sample: bool = False,
    keep: bool = False,
    alternating: bool = False,
    remat: bool = False,
) -> UpdateRule:
    """The leader descends its loss after `depth` imagined steps of the followers; these take one plain step.

        φ⁰ = φ,    φʲ⁺¹ = Opt(φʲ, ∇_φ ℓ_F(θ, φʲ)),    θ⁺ = Opt(θ, d/dθ ℓ_L(θ, φᵏ(θ))),    φ⁺ = Opt(φ, ∇_φ ℓ_F(θ, φ))

    with the leader θ, the followers φ and k = `depth`. The total derivative d/dθ has the direct part and, with
    `through`, the part through φᵏ(θ) and so through the followers' optimiser. `depth=0` is `simultaneous`. On V = xy a
    step of size η is [[1 − 2kη², −η], [η, 1]] with `through`, and [[1 − kη², −η], [η, 1]] without.

    The inner steps are a `lax.scan`: program size and compile time do not grow with the depth. Time grows by about 1.3
    simultaneous steps for each inner step (0.4 without `through`); memory grows with the depth unless `remat`. What the
    inner steps have in common, such as a generator's samples, is computed once.

    Adam's square root has an infinite derivative at zero, and a gradient that is exactly zero (a dead ReLU unit) then
    turns the leader into NaN: with `through`, use `optax.adam(..., eps_root=1e-16)`, which has the effect of
    `eps=1e-8` and is smooth. A second derivative is taken through the followers' loss, so smooth activations are safer.

    Args:
      optimizer: a learning rate, an optax transformation, or a dict with one of these for each player.
      leader: the player who looks ahead, or several of them, who each take all others for followers; a string or a
        sequence. `None` is "generator" where there is such a player, else the first by name.
      depth: number of inner steps, 0 or more.
      inner: the optimiser of the inner steps, in the forms of `optimizer`; `None` is the followers' own one.
      through: differentiate through the inner steps (the paper), or hold φᵏ constant (first order, as several
        re-implementations do; Jacobian products vanish, and with them most of the cost).
      fresh: draw a new sample for each inner step and for the leader's loss, or use one sample for all (the paper's
        code).
      moments: the inner optimiser starts from the followers' "live" state (the paper's code), or "fresh" as if it had
        just been made. An `inner` of its own always starts fresh.
      own_sample: the followers' real step is on a sample of its own, or on the shared one (then it is the first inner
        step, as in the paper's code, unless `fresh`).
      keep: the followers keep the imagined parameters φᵏ and their state as their real step, or throw them away (the
        paper). With one leader, depth above 0, the followers' own live optimiser, and the default sample.
      alternating: the followers step first, and the leader then unrolls from where they have gone, on a sample of its
        own (the paper's text), or all step from one and the same point (the paper's code).
      remat: compute the inner steps again in the backward pass instead of storing them; the same result with memory
        that grows only by the followers' parameters and optimiser state for each inner step, for more time.

    Returns:
      The rule. Its state is the state of the optimisers, by player.

    Raises:
      ValueError: a value outside the ranges above, or a leader that is no player of the game.

    Source: Metz et al., "Unrolled Generative Adversarial Networks", 2017, https://arxiv.org/abs/1611.02163; slide 65 of
    the tutorial. The paper calls θ the generator, φ the discriminator and k the number of unrolling steps.

    Example:
      >>> import optax
      >>> rule = unrolled(optax.adam(1e-4, b1=0.5, eps_root=1e-16), depth=10)
    """
    optimizers = PlayerOptimizers(optimizer)
    inner_optimizers = optimizers if inner is None else PlayerOptimizers(inner)
    check_whole(depth, "depth", 0)
    if moments not in ("live", "fresh"):
        raise ValueError(f"moments is {moments!r}; it has to be 'live' or 'fresh'.")
    fresh = fresh and depth > 0
    start_live = moments == "live" and inner is None
    one_leader = leader is None or isinstance(leader, str) or len(leader) == 1
    if keep and not (start_live and one_leader and depth > 0 and not alternating and not own_sample):
        raise ValueError(
            "keep=True takes the imagined steps for the followers' own, so it needs one leader, moments='live', no "
            "inner optimiser, depth of 1 or more, alternating=False and own_sample=False."
        )

    def leaders_of(players: Players) -> list[str]:
        if leader is None or isinstance(leader, str):
            return [leading(leader, players)]
        leaders = list(dict.fromkeys(leader))
        if not leaders:
            raise ValueError("leader is empty; name at least one player, or leave it out.")
        check_names(leaders, players)
        return leaders

    def init(players: Players) -> State:
        leaders, state = leaders_of(players), optimizers.init(players)
        for name in leaders:  # the states are dropped: what does not fit together is told here
            inner_optimizers.init({other: own for other, own in players.items() if other != name}, everyone=players)
        return state

    def imagine(game: Game, name: str, players: Players, state: State, batch: Batch, keys: Key | None) -> tuple:
        """Returns all players and the followers' states after `depth` of their steps, and the loss of `name` there."""
        followers = {other: own for other, own in players.items() if other != name}
        if start_live:
            inner_state = {other: state[other] for other in followers}
        else:
            inner_state = inner_optimizers.init(followers, everyone=players)
        if depth == 0:
            return players, inner_state, lambda: game.losses(players, batch)[name]

        def look(held: tuple[Any, Batch], moved: Players) -> tuple[Players, ...]:
            """Returns the followers' gradients, and the leader's loss as it comes with each of them."""
            leading, batch = held

            def loss(own: Any, other: str) -> tuple[Array, Array]:
                losses = game.losses({**moved, name: leading, other: own}, batch)
                return losses[other], losses[name]

            looks = {other: jax.grad(loss, has_aux=True)(moved[other], other) for other in followers}
            return tuple({other: each[part] for other, each in looks.items()} for part in range(2))

        on_one_sample = held_fixed(look, (players[name], batch), followers) if keys is None else None

        def inner_step(carry: tuple, key_inner: Any) -> tuple[tuple, None]:
            moved, inner_state = carry
            if on_one_sample:
                gradients, _ = on_one_sample(moved)
            else:
                gradients, _ = look((players[name], game.sample(key_inner)), moved)
            return inner_optimizers.step_all(gradients, inner_state, moved), None

        # The first step stands before the loop, where XLA finds that it is also the followers' own step.
        first, others = (None, None) if keys is None else (keys[0], keys[1:])
        carry, _ = inner_step((followers, inner_state), first)
        step = jax.checkpoint(inner_step, prevent_cse=False) if remat else inner_step
        (moved, inner_state), _ = lax.scan(step, carry, others, length=depth - 1)
        ahead = {**moved, name: players[name]}

        def loss_ahead() -> Array:
            if on_one_sample and len(followers) == 1:  # what is held fixed is then pulled back once for all
                return next(iter(on_one_sample(moved)[1].values()))
            return game.losses(ahead, batch)[name]

        return ahead, inner_state, loss_ahead

    def update(game: Game, players: Players, state: State, key: Key) -> tuple[Players, State]:
        if fresh or own_sample or alternating:
            key, key_inner, key_own, key_leader = jax.random.split(key, 4)
        keys_inner = jax.random.split(key_inner, depth) if fresh else None
        batch = game.sample(key)
        leaders = leaders_of(players)
        followers = [name for name in players if name not in leaders]

        batch_own = game.sample(key_own) if own_sample else batch
        gradients = {name: own_gradient(game, name, players, batch_own)[1] for name in followers}
        if alternating:
            players, state = optimizers.step_all(gradients, state, players)
            gradients, batch = {}, game.sample(key_leader)
        elif fresh:
            batch = game.sample(key_leader)

        def leader_gradient(name: str) -> tuple[Players, list]:
            def loss_after(own: Players) -> tuple[Array, list]:
                *ahead, loss_ahead = imagine(game, name, {**players, name: own}, state, batch, keys_inner)
                return loss_ahead(), ahead

            if through:
                return jax.grad(loss_after, has_aux=True)(players[name])
            *ahead, _ = imagine(game, name, players, state, batch, keys_inner)
            return own_gradient(game, name, ahead[0], batch)[1], ahead

        for name in leaders:
            gradients[name], ahead = leader_gradient(name)
        if keep:
            for name in followers:
                gradients.pop(name, None)
            players = {**players, **{name: ahead[0][name] for name in followers}}
            state = {**state, **{name: ahead[1][name] for name in followers}}
        return optimizers.step_all(gradients, state, players)

    return UpdateRule(init, update)
