"""Generative adversarial imitation learning: a policy whose generated samples are trajectories."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from gangame.core import Array, Batch, Game, Key, Players
from gangame.games.environments import Environment
from gangame.games.trajectories import Start, Trajectories, draw_starts, expected_cost, walk
from gangame.nets import Network, mlp
from gangame.ranges import check_number, check_sizes, check_whole

COSTS_OF_POLICY = {"minimax": jax.nn.log_sigmoid, "non_saturating": jax.nn.softplus}
"""What a pair costs the policy, by minus the discriminator's logit."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class ImitationInit:
    """`init` of the game: both networks at their own start."""

    policy: Network
    discriminator: Network

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        key_policy, key_discriminator = jax.random.split(key)
        return {"discriminator": self.discriminator.init(key_discriminator), "policy": self.policy.init(key_policy)}


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class ImitationSample:
    """`sample` of the game: where trajectories start, and the noise of their choices."""

    environment: Environment
    batch_size: int = dataclasses.field(metadata={"static": True})
    horizon: int = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Batch:
        """Returns a batch, see `trajectories.Start`."""
        return draw_starts(self.environment, key, self.batch_size, self.horizon)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class ImitationLosses:
    """`losses` of the game; see `imitation`."""

    environment: Environment
    policy: Network
    discriminator: Network
    observations: Array
    actions: Array
    discount: Array
    entropy: Array
    cost: str = dataclasses.field(metadata={"static": True})
    fixed_horizon: bool = dataclasses.field(metadata={"static": True})

    def __call__(self, players: Players, batch: Batch) -> dict[str, Array]:
        """Returns both losses."""
        return self.on(players, self.walked(players, batch))

    def walked(self, players: Players, start: Start) -> Trajectories:
        """Returns trajectories of the policy."""
        return walk(self.environment, lambda seen: self.policy.apply(players["policy"], seen), start)

    def on(self, players: Players, found: Trajectories, baseline: bool = True) -> dict[str, Array]:
        """Returns both losses on trajectories that the policy took."""
        log_probabilities = jax.nn.log_softmax(self.policy.apply(players["policy"], found.observations))
        chosen = self._of_actions(log_probabilities, found.actions)
        logits = self.judged(players, found.observations, found.actions)
        entropy = -jnp.sum(jnp.exp(log_probabilities) * log_probabilities, axis=-1)
        cost, fake = COSTS_OF_POLICY[self.cost](-logits) - self.entropy * entropy, jax.nn.softplus(logits)
        if not self.fixed_horizon:
            alive = found.alive.astype(cost.dtype)
            cost, fake = cost * alive, fake * alive / jnp.mean(alive)
        real = jax.nn.softplus(-self.judged(players, self.observations, self.actions))
        return {
            "discriminator": jnp.mean(real) + expected_cost(chosen, fake, baseline=False),
            "policy": expected_cost(chosen, cost, self.discount, baseline),
        }

    def judged(self, players: Players, observations: Array, actions: Array) -> Array:
        """Returns the discriminator's logits, large for the expert's, `[...]`, of pairs `[..., features]`, `[...]`."""
        done = jax.nn.one_hot(actions, self.environment.num_actions, dtype=observations.dtype)
        pairs = jnp.concatenate([observations, done], axis=-1)
        return self.discriminator.apply(players["discriminator"], pairs)[..., 0]

    def log_likelihood(self, players: Players) -> Array:
        """Returns log π(a|s) of the expert's pairs in nats, `[pairs]`, of which behavioural cloning takes the mean."""
        logits = jax.nn.log_softmax(self.policy.apply(players["policy"], self.observations))
        return self._of_actions(logits, self.actions)

    def _of_actions(self, values: Array, actions: Array) -> Array:
        return jnp.take_along_axis(values, actions[..., None], axis=-1)[..., 0]


def imitation(
    environment: Environment,
    observations: Array,
    actions: Array,
    *,
    hidden: tuple[int, ...] = (32, 32),
    discriminator_hidden: tuple[int, ...] = (32, 32),
    networks: tuple[Network, Network] | None = None,
    batch_size: int = 32,
    horizon: int = 200,
    discount: Any = 0.97,
    entropy: Any = 1e-3,
    cost: str = "non_saturating",
    fixed_horizon: bool = True,
) -> Game:
    """GAIL: a policy learns to do as an expert does, from what a discriminator says of pairs of state and action.

        ℓ_discriminator = −E_expert log D(s, a) − E_π log(1 − D(s, a)),    ℓ_policy = E_π c(s, a) − λ H(π)

    where D is how probable a pair is the expert's, and c is log(1 − D) ("minimax", as published) or −log D
    ("non_saturating"). The policy's gradient is that of REINFORCE on costs to come, with the mean of the other
    trajectories for a baseline; there is no third player who predicts values, and no trust region.

    A reward of one sign tells the policy to live long, or to end soon, if episodes end where the task does; then a
    policy learns to balance from −log(1 − D) of a discriminator that has never learned anything. So episodes have one
    length: where the task is over the state stays, and its pairs are judged as all others are.

    Args:
      environment: from `games.environment`.
      observations: of the expert, `[pairs, features]`, as `environment.observe` gives them; all are seen at each step.
      actions: what the expert did, whole numbers `[pairs]`.
      hidden: widths of the policy's hidden layers, tanh.
      discriminator_hidden: widths of the discriminator's hidden layers, tanh.
      networks: policy, from `[..., features]` to `[..., actions]`, and discriminator, from `[..., features + actions]`
        to `[..., 1]`; `None` is two perceptrons.
      batch_size: trajectories in one sample, 2 or more.
      horizon: steps of a trajectory, 1 or more.
      discount: γ of the costs to come, from 0 to 1.
      entropy: λ, what a nat of entropy of π at a state is worth, 0 or more.
      cost: "minimax" or "non_saturating".
      fixed_horizon: False ends episodes where the task does, which leaks reward: to show that it does.

    Returns:
      The game; players "policy" and "discriminator". `game.losses.walked(players, game.sample(key))` are trajectories.

    Raises:
      ValueError: an unknown name, a number outside its range, or shapes that do not fit together.

    Source: Ho, Ermon, "Generative Adversarial Imitation Learning", 2016, https://arxiv.org/abs/1606.03476, with
      Adam for TRPO, and without its value function. The fixed horizon: Gleave et al., "imitation: Clean Imitation
      Learning Implementations", 2022, https://arxiv.org/abs/2211.11972. Slides 33 and 72 of the tutorial.

    Example:
      >>> from gangame import games
      >>> game = imitation(games.environment(), jnp.zeros((5, 4)), jnp.zeros(5, int), batch_size=3, horizon=7)
      >>> game.losses.walked(game.init(jax.random.key(0)), game.sample(jax.random.key(1))).observations.shape
      (7, 3, 4)
    """
    if cost not in COSTS_OF_POLICY:
        raise ValueError(f"cost is {cost!r}; it has to be one of {', '.join(COSTS_OF_POLICY)}.")
    check_whole(batch_size, "batch_size", 2)
    check_sizes(horizon=horizon)
    check_number(discount, "discount", 0, 1)
    check_number(entropy, "entropy")
    features, num_actions = environment.num_features, environment.num_actions
    observations, actions = jnp.asarray(observations, float), jnp.asarray(actions, jnp.int32)
    if observations.ndim != 2 or observations.shape[1] != features or actions.shape != observations.shape[:1]:
        raise ValueError(
            f"observations and actions have the shapes {observations.shape} and {actions.shape}; they have to be "
            f"[pairs, {features}] and [pairs]."
        )
    if networks is None:
        networks = (
            mlp(features, hidden, num_actions, activation="tanh", init="glorot"),
            mlp(features + num_actions, discriminator_hidden, 1, activation="tanh", init="glorot"),
        )
    return Game(
        init=ImitationInit(*networks),
        sample=ImitationSample(environment, batch_size, horizon),
        losses=ImitationLosses(
            environment, *networks, observations, actions, jnp.asarray(discount, float), jnp.asarray(entropy, float),
            cost, fixed_horizon,
        ),
    )  # fmt: skip
