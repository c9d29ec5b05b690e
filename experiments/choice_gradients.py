"""How biased and how noisy are gradients through a discrete choice, held against the gradient by enumeration?

    python experiments/choice_gradients.py         half a minute on one core

One choice y among eight symbols with the probabilities softmax(θ), and the cost of a generator, f(y) = −log D(y), where
the logit of D is a small random network that takes mixtures of symbols as well as one-hot ones. The gradient of
E f(y) = Σ_k softmax(θ)_k f(e_k) is known by enumeration, and for each estimator, over many draws of a batch of samples
and over several (θ, f), there are

    bias        ‖E ĝ − ∇‖ / ‖∇‖, and the size that sampling alone gives to an estimator without any, its floor
    variance    n E‖ĝ − E ĝ‖² / ‖∇‖², n the batch: per sample

What one should see (this command, 2026-11-30, two shared cores of a Xeon): REINFORCE is within its floor, and the
baseline takes its variance from 24 to 6. Gumbel-softmax trades one for the other: a bias of 0.54 and a variance of 0.09
at τ = 2, 0.03 and 24 at τ = 0.1, no less than REINFORCE has without any bias. Straight-through is worse in bias at each
τ, and what is left at τ = 0.1, 0.29 (0.23 to 0.34), is not on its way to zero: it takes the slope of f at the corners
for the difference between them. Slide 67 of the tutorial.
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from gangame import nets
from gangame.core import Array, Key, PyTree
from gangame.games import relaxations
from gangame.lab import experiment
from gangame.metrics import mean_interval


@dataclasses.dataclass(frozen=True)
class Config:
    """How much is drawn."""

    num_problems: int = experiment.option(20, "pairs (θ, f), 2 or more")
    num_draws: int = experiment.option(20_000, "batches drawn for each, 100 or more")
    batch_size: int = experiment.option(8, "samples of a batch, 2 or more")
    num_symbols: int = experiment.option(8, "symbols to choose from, 2 or more")
    temperatures: tuple[float, ...] = experiment.option((2.0, 1.0, 0.5, 0.1), "τ of the soft ones, above 0")

    def __post_init__(self):
        """Checks the values."""
        if self.num_problems < 2 or self.num_draws < 100 or self.batch_size < 2 or self.num_symbols < 2:
            raise ValueError(
                f"num_problems, num_draws, batch_size and num_symbols are {self.num_problems}, {self.num_draws}, "
                f"{self.batch_size} and {self.num_symbols}; they have to be at least 2, 100, 2 and 2."
            )
        if not self.temperatures or min(self.temperatures) <= 0:
            raise ValueError(f"temperatures are {self.temperatures}; give one or more, each above 0.")


TINY = Config(num_problems=2, num_draws=400, temperatures=(1.0, 0.1))
Surrogate = Callable[[Array, Array, Callable[[Array], Array]], Array]


def estimators(config: Config) -> dict[str, Surrogate]:
    """Returns functions (θ, Gumbel noise `[batch, symbols]`, f) -> a scalar whose gradient is the estimator."""

    def scored(theta: Array, noise: Array, cost: Callable, baseline: bool) -> Array:
        chosen = relaxations.hard_choice(jnp.broadcast_to(theta, noise.shape), noise)
        return relaxations.score_function(chosen @ jax.nn.log_softmax(theta), cost(chosen), baseline)

    def relaxed(theta: Array, noise: Array, cost: Callable, choose: Callable, temperature: float) -> Array:
        return jnp.mean(cost(choose(jnp.broadcast_to(theta, noise.shape), noise, temperature)))

    soft = {"Gumbel-softmax": relaxations.soft_choice, "straight-through": relaxations.straight_through}
    return {
        "REINFORCE": partial(scored, baseline=False),
        "REINFORCE, baseline": partial(scored, baseline=True),
        **{
            f"{name}, τ = {temperature:g}": partial(relaxed, choose=choose, temperature=temperature)
            for name, choose in soft.items()
            for temperature in config.temperatures
        },
    }


def problem(config: Config, key: Key) -> tuple[Array, PyTree, Callable[[PyTree, Array], Array]]:
    """Returns θ, and the parameters and function of a cost."""
    key_theta, key_cost = jax.random.split(key)
    network = nets.mlp(config.num_symbols, (16,), 1, activation="tanh", init="lecun", gain=2.0)
    theta = jax.random.normal(key_theta, (config.num_symbols,))
    return theta, network.init(key_cost), lambda weights, points: jax.nn.softplus(-network.apply(weights, points)[:, 0])


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns bias, its floor and the variance of each estimator, `[estimators, num_problems]` each."""

    def measure(key: Key) -> dict[str, Array]:
        key_problem, key_noise = jax.random.split(key)
        theta, weights, function = problem(config, key_problem)
        cost = partial(function, weights)
        exact = jax.grad(lambda theta: jax.nn.softmax(theta) @ cost(jnp.eye(config.num_symbols)))(theta)
        size = jnp.linalg.norm(exact)
        noise = jax.random.gumbel(key_noise, (config.num_draws, config.batch_size, config.num_symbols))
        rows = []
        for surrogate in estimators(config).values():
            drawn = jax.vmap(lambda noise, surrogate=surrogate: jax.grad(surrogate)(theta, noise, cost))(noise)
            spread = jnp.sum(jnp.var(drawn, axis=0, ddof=1))
            rows.append(jnp.stack([
                jnp.linalg.norm(jnp.mean(drawn, axis=0) - exact) / size,
                jnp.sqrt(spread / config.num_draws) / size,
                config.batch_size * spread / size**2,
            ]))  # fmt: skip
        return dict(zip(("bias", "floor", "variance"), jnp.stack(rows, axis=1), strict=True))

    found = jax.jit(lambda keys: jax.lax.map(measure, keys))(jax.random.split(key, config.num_problems))
    return {name: each.T for name, each in found.items()}


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the mean over problems of each number with its 95 % interval, and the median variance."""
    return {
        name: {
            "bias": mean_interval(arrays["bias"][i]),
            "floor": np.mean(arrays["floor"][i]),
            "median variance per sample": np.median(arrays["variance"][i]),
        }
        for i, name in enumerate(estimators(config))
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: bias against variance, a point for each problem."""
    figure, axes = experiment.figure(1, 1, (6.5, 4.5))
    for i, name in enumerate(estimators(config)):
        marker = "o" if name.startswith("REINFORCE") else "^" if name.startswith("Gumbel") else "s"
        axes.plot(arrays["variance"][i], arrays["bias"][i], marker, markersize=4, label=name)
    axes.set(xscale="log", yscale="log", xlabel="variance per sample / ‖∇‖²", ylabel="bias / ‖∇‖")
    axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))
    return {"bias_and_variance": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
