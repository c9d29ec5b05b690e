"""The GAN of slide 53: players who move densities themselves, or the parameters of functions that make densities."""

import dataclasses
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from gangame.core import Array, Batch, Game, Key, Players, PyTree, zero_sum
from gangame.games.adversaries import GanInit
from gangame.games.matrix_game import STRATEGIES
from gangame.nets import Network, mlp
from gangame.ranges import check_positive, check_sizes, check_whole

GENERATORS = (*STRATEGIES, "network", "particles")
DISCRIMINATORS = ("logits", "network")


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class FunctionSpaceValue:
    """The value function, in terms of the two functions that the players' parameters stand for.

    Attributes:
      data: p_data, `[points]`.
      points: where they are, `[points, 1]`.
      generator: its `apply(parameters, points)` is p_g, `[points]`.
      discriminator: its `apply(parameters, points)` is the logit a, `[points, 1]`.
    """

    data: Array
    points: Array
    generator: Network
    discriminator: Network

    def density(self, players: Players) -> Array:
        """Returns p_g at all points, `[points]`."""
        return self.generator.apply(players["generator"], self.points)

    def logits(self, players: Players) -> Array:
        """Returns the discriminator's logit at all points, `[points]`."""
        return self.discriminator.apply(players["discriminator"], self.points)[:, 0]

    def __call__(self, players: Players, batch: Batch) -> Array:
        """Returns V."""
        del batch
        a = self.logits(players)
        return self.data @ jax.nn.log_sigmoid(a) + self.density(players) @ jax.nn.log_sigmoid(-a)


def function_space(
    generator: str = "softmax",
    discriminator: str = "logits",
    *,
    num_points: int = 8,
    data: Sequence[float] | np.ndarray | Array | None = None,
    num_particles: int = 4,
    width: float | None = None,
    hidden: tuple[int, ...] = (16,),
    discriminator_hidden: tuple[int, ...] = (16,),
    activation: str = "tanh",
) -> Game:
    """GAN on points of a line: densities are moved directly, as in the proof of convergence, or by way of parameters.

    V(p_g, a) = Σ_x p_data(x) log σ(a(x)) + Σ_x p_g(x) log σ(−a(x)), exactly, over n points from −1 to 1; the generator
    minimises, the discriminator maximises. In the functions p_g and a, V is linear and concave, and gradient steps on
    tables of both converge. By way of parameters it is neither, which is what slide 53 warns of.

    With tables and uniform data the Jacobian at the equilibrium has, besides zero and 1/2n for what is constant, n − 1
    times the roots of λ² − λ/2n + s²/4 = 0, where s = 1 ("affine") or 1/n ("softmax"). So a simultaneous step is a
    contraction there for all η < 2/(n s²).

    Args:
      generator: what the generator's parameters w are. "softmax": p_g = softmax(w), a table of logits. "affine":
        p_g = 1/n + w − mean(w), a table of densities, which may leave the simplex unless the optimiser projects.
        "network": p_g = softmax of a network of x. "particles": places of equal bumps, p_g the mean of them: samples
        move, as those of a GAN do, and not the density.
      discriminator: "logits", a table of a, or "network", a network of x.
      num_points: n, 2 or more; of `data` where that is given.
      data: p_data up to a factor, `[n]`, positive; `None` is uniform.
      num_particles: number of bumps, 1 or more.
      width: standard deviation of a bump, a Gaussian over the points normalised to sum 1, positive; `None` is the
        distance between two points.
      hidden: widths of the hidden layers of the generator's network.
      discriminator_hidden: widths of those of the discriminator's network.
      activation: of both networks: "relu", "tanh", "leaky_relu", "softplus", "elu".

    Returns:
      The game; players "generator" and "discriminator". `game.losses.value` has p_g and a as `density(players)` and
      `logits(players)`. Tables start at standard normals, those of "affine" at a density that is drawn evenly from all
      densities, particles evenly from −1 to 1. The equilibrium is known where both players have tables.

    Raises:
      ValueError: an unknown name, or a number outside its range.

    Source: Goodfellow et al., "Generative Adversarial Nets", Proposition 2, 2014, https://arxiv.org/abs/1406.2661;
      slide 53 of the tutorial.

    Example:
      >>> from gangame import analysis
      >>> game = function_space(num_points=4)
      >>> J = analysis.jacobian(game, game.equilibrium, None)
      >>> print(jnp.linalg.eigvals(J).real.max().round(4))  # 1/2n, where a is constant
      0.125
    """
    for name, value, allowed in (
        ("generator", generator, GENERATORS),
        ("discriminator", discriminator, DISCRIMINATORS),
    ):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}; it has to be one of {', '.join(allowed)}.")
    check_sizes(num_particles=num_particles)
    check_whole(num_points, "num_points", 2)
    target = _normalised(np.ones(num_points) if data is None else data)
    points = jnp.linspace(-1, 1, target.size, dtype=target.dtype)[:, None]
    width = 2 / (target.size - 1) if width is None else width
    check_positive(width=width)

    table = Network(Partial(_normals, target[:, None]), Partial(_table))
    made = {
        "softmax": lambda: Network(Partial(_normals, target), Partial(_mixed, Partial(STRATEGIES["softmax"]))),
        "affine": lambda: Network(Partial(_any_density, target), Partial(_mixed, Partial(STRATEGIES["affine"]))),
        "network": lambda: mlp(1, hidden, 1, activation=activation).mapped(_normalised_network),
        "particles": lambda: Network(
            Partial(_places, jnp.zeros(num_particles, target.dtype)), Partial(_bumps, jnp.asarray(width, target.dtype))
        ),
    }[generator]()
    judge = table if discriminator == "logits" else mlp(1, discriminator_hidden, 1, activation=activation)
    equilibrium = None
    if generator in STRATEGIES and discriminator == "logits":
        best = target if generator == "affine" else jnp.log(target)
        equilibrium = {"generator": best - jnp.mean(best), "discriminator": jnp.zeros_like(points)}
    return zero_sum(
        FunctionSpaceValue(target, points, made, judge),
        "generator",
        "discriminator",
        init=GanInit(made, judge),
        equilibrium=equilibrium,
    )


def _normalised(data: Sequence[float] | np.ndarray | Array) -> Array:
    """Returns p_data, complaining of what cannot be one."""
    target = jnp.asarray(data, float)
    if target.ndim != 1 or target.size < 2:
        raise ValueError(f"data has the shape {target.shape}; it has to be [points], two of them or more.")
    if not isinstance(target, jax.core.Tracer) and not bool(jnp.all(target > 0) & jnp.isfinite(jnp.sum(target))):
        raise ValueError(f"data is {data}; its numbers have to be positive and finite.")
    return target / jnp.sum(target)


def _normals(like: Array, key: Key) -> Array:
    return jax.random.normal(key, like.shape, like.dtype)


def _any_density(like: Array, key: Key) -> Array:
    return jax.random.dirichlet(key, jnp.ones_like(like))


def _places(like: Array, key: Key) -> Array:
    return jax.random.uniform(key, like.shape, like.dtype, -1, 1)


def _table(parameters: Array, points: Array) -> Array:
    del points
    return parameters


def _mixed(strategy: Callable[[Array], Array], parameters: Array, points: Array) -> Array:
    del points
    return strategy(parameters)


def _normalised_network(apply: Callable[..., Array], parameters: PyTree, points: Array) -> Array:
    return jax.nn.softmax(apply(parameters, points)[:, 0])


def _bumps(width: Array, places: Array, points: Array) -> Array:
    return jnp.mean(jax.nn.softmax(-(((points - places) / width) ** 2) / 2, axis=0), axis=1)
