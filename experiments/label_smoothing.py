"""Which labels may be smoothed? Slides 39 to 41 of the tutorial, by quadrature and by training.

    python experiments/label_smoothing.py            one to three minutes on one core

The data are N(0, 1), the generator is x = θ + z with z ~ N(0, 1). The discriminator is asked to say r of data and s of
samples, in place of 1 and 0, and the generator descends its non-saturating cost −½ E log D(θ + z), D held fixed; a
positive gradient moves θ to the data at 0. The best discriminator is D = (r p_data + s p_g)/(p_data + p_g), so

    none            r = 1,     s = 0
    one-sided       r = 1 − α, s = 0    log D is moved by log(1 − α): the same gradient, exactly, and a logit that is
                                        log((1 − α)/α) at most, 2.197 for α = 0.1
    two-sided       r = 1 − α, s = α    D is the constant α where only the generator is: no gradient there
    negative only   r = 1,     s = α    the same, and no bound on the logit from above

What one should see (2026-11-24, two shared cores of an AMD EPYC): by quadrature one-sided smoothing leaves the gradient
as it was to rounding, at every θ, while with s = α it is two fifths at θ = 2, a sixth at 3, and then dies out, where
it is needed most. Trained discriminators agree where s = α and at θ = 1 and 2, within 2 % of each other without and
with one-sided smoothing. At θ = 3 both give less than the exact 1.35, since few steps have told D how sure to be so far
from the data, and not the same: 0.99 (0.98 to 1.00) without, 0.86 (0.84 to 0.88) with.

On data that can be told apart (θ = 12) the mean logit of data is 9.6 after 2,000 steps without smoothing, the largest
of 1,024 is 11.3, and both grow. With one side smoothed the mean is 2.201 (2.199 to 2.202), at the bound. The largest is
3.4 (2.9 to 3.9), above it: the bound is that of the best discriminator, and a trained one goes on rising beyond where
it has seen data. It is the logit of *data* that one-sided smoothing bounds: that of samples goes to −9.3, so that
"logits are bounded" is true of two-sided smoothing only.

No accuracy is lost at θ = 12. Where data and samples overlap, D > ½ asks for p_data/p_g > 1/(1 − 2α) under one-sided
smoothing, which loses up to half a percent at that threshold, and none at (1 − α)/2, the middle of what D can say. The
slope of D at data is r − s times that without smoothing, as it is for the best one: 0.9 with one side smoothed, 0.8
with two. At θ = 12, where the plain D is flat, that ratio is large instead: what smoothing keeps is a slope.
"""

import dataclasses
import sys
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import games, metrics, nets, rules
from gangame.core import Array, Key, Players
from gangame.games import costs
from gangame.lab import experiment

KINDS = ("none", "one-sided", "two-sided", "negative only")
NODES, WEIGHTS = (jnp.asarray(each) for each in np.polynomial.hermite_e.hermegauss(100))
NUM_THETAS = 81  # of the curves by quadrature, up to the largest θ


@dataclasses.dataclass(frozen=True)
class Config:
    """How much to smooth, and how long to train."""

    alpha: float = experiment.option(0.1, "α, above 0 and below 1/2")
    thetas: tuple[float, ...] = experiment.option((1.0, 2.0, 3.0, 12.0), "distances to train at, each above 0")
    num_steps: int = experiment.option(2000, "steps of the discriminator, a multiple of num_records")
    num_records: int = experiment.option(20, "how often to look on the way, 1 or more")
    num_seeds: int = experiment.option(8, "seeds, 2 or more for an interval")
    batch_size: int = experiment.option(128, "data, and samples, in a step; 1 or more")

    def __post_init__(self):
        """Checks the values."""
        if not 0 < self.alpha < 0.5:
            raise ValueError(f"alpha is {self.alpha}; it has to be above 0 and below 1/2.")
        if not self.thetas or not all(theta > 0 for theta in self.thetas):
            raise ValueError(f"thetas is {self.thetas}; each has to be above 0, and there has to be one.")
        if self.num_records < 1 or self.num_steps < self.num_records or self.num_steps % self.num_records:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of num_records, above 0.")
        if self.num_seeds < 2 or self.batch_size < 1:
            raise ValueError(
                f"num_seeds is {self.num_seeds} and batch_size is {self.batch_size}; they have to be at least 2 and 1."
            )


TINY = Config(thetas=(12.0,), num_steps=400, num_records=2, num_seeds=2)


def labels(config: Config) -> Array:
    """Returns r and s of each kind, `[kinds, 2]`."""
    alpha = config.alpha
    return jnp.asarray([(1, 0), (1 - alpha, 0), (1 - alpha, alpha), (1, alpha)])


def mean_gradient(logit: Any, theta: Array) -> Array:
    """Returns d/dθ of −½ E log D(θ + z) where D is held fixed, by Gauss–Hermite quadrature.

    Args:
      logit: from a point, a scalar, to the logit of D.
      theta: where the generator is, a scalar.
    """

    def cost(latent: Array) -> Array:
        return jax.grad(lambda x: jax.nn.softplus(-logit(x)) / 2)(theta + latent)

    return jnp.sum(WEIGHTS * jax.vmap(cost)(NODES)) / jnp.sum(WEIGHTS)


def exact_gradient(kind: Array, theta: Array) -> Array:
    """Returns `mean_gradient` of the best discriminator for labels r and s, `kind` `[2]`."""
    return mean_gradient(lambda x: costs.optimal_logit(theta**2 / 2 - theta * x, *kind), theta)


def exact_accuracy(threshold: float, theta: Array) -> Array:
    """Returns how often p_data/p_g > `threshold` tells data and samples right, half of each.

    The ratio is above it where x < θ/2 − log(threshold)/θ.
    """
    edge = theta / 2 - jnp.log(threshold) / theta
    return (jax.scipy.stats.norm.cdf(edge) + jax.scipy.stats.norm.cdf(theta - edge)) / 2


def normal_data(key: Key, num_samples: int) -> Array:
    """Returns samples of N(0, 1), `[num_samples, 1]`."""
    return jax.random.normal(key, (num_samples, 1))


def make_game(config: Config, theta: Array, kind: Array) -> gg.Game:
    """Returns the GAN whose generator stands at θ, with the labels of one kind, `[2]`."""
    shift = nets.Network(lambda key: theta, lambda shift, latents: shift + latents)
    discriminator = nets.mlp(1, (32, 32), 1, activation="tanh", init="glorot", scale=0.5)
    return games.gan(
        shift, discriminator, normal_data, latent_dim=1, batch_size=config.batch_size, cost="non_saturating",
        real_label=kind[0], fake_label=kind[1],
    )  # fmt: skip


def look(game: gg.Game, theta: Array, middle: Array, players: Players, key: Key) -> dict[str, Array]:
    """Returns what a discriminator says of 1,024 data and as many samples, and the gradient that it gives.

    Accuracy is that at D = ½, and at the logit `middle`.
    """
    data = normal_data(key, 1024)[:, 0]
    samples = theta - data

    def logit(x: Array) -> Array:
        return game.losses.logits(players, x[None, None])[0]  # type: ignore[attr-defined]

    on_data, on_samples = jax.vmap(logit)(data), jax.vmap(logit)(samples)
    slopes = jax.vmap(jax.grad(lambda x: jax.nn.sigmoid(logit(x))))

    def accuracy(threshold: Array | float) -> Array:
        return (jnp.mean(on_data > threshold) + jnp.mean(on_samples <= threshold)) / 2

    return {
        "mean_of_data": jnp.mean(on_data),
        "largest_of_data": jnp.max(on_data),
        "smallest_of_samples": jnp.min(on_samples),
        "accuracy": accuracy(0.0),
        "accuracy_in_the_middle": accuracy(middle),
        "slope_at_data": jnp.mean(jnp.abs(slopes(data))),
        "slope_at_samples": jnp.mean(jnp.abs(slopes(samples))),
        "gradient": mean_gradient(logit, theta),
    }


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns the gradients by quadrature, `[kinds, NUM_THETAS]`, and records of training.

    These are `[kinds, thetas, seeds, records]`. All kinds start from the same networks and see the same samples.
    """
    kinds, thetas = labels(config), jnp.asarray(config.thetas)
    curve = jnp.linspace(0, jnp.max(thetas), NUM_THETAS)
    adam = optax.adam(optax.cosine_decay_schedule(3e-3, config.num_steps, alpha=0.01))
    rule = rules.simultaneous({"generator": 0.0, "discriminator": adam})

    def train(kind: Array, theta: Array, key: Key) -> dict[str, Array]:
        game = make_game(config, theta, kind)
        middle = jnp.log(jnp.sum(kind)) - jnp.log(2 - jnp.sum(kind))  # D = (r + s)/2
        observe = partial(look, game, theta, middle)
        return gg.play(game, rule, key, config.num_steps, observe, config.num_steps // config.num_records).records

    over_seeds = jax.vmap(train, (None, None, 0))
    over_thetas = jax.vmap(over_seeds, (None, 0, None))
    everywhere = jax.vmap(jax.vmap(exact_gradient, (None, 0)), (0, None))
    trained = jax.jit(jax.vmap(over_thetas, (0, None, None)))(kinds, thetas, jax.random.split(key, config.num_seeds))
    return {"theta": curve, "exact": everywhere(kinds, curve), "exact_at": everywhere(kinds, thetas), **trained}


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns gradients, logits, accuracies and slopes at the end, with intervals over seeds."""

    def table(name: str, relative: bool = False) -> dict[str, Any]:
        last = arrays[name][..., -1]
        values = last / last[:1] if relative else last  # to the same seed without smoothing
        return {
            kind: {
                f"theta {theta:g}": metrics.mean_interval(of_theta)
                for theta, of_theta in zip(config.thetas, of_kind, strict=True)
            }
            for kind, of_kind in zip(KINDS, values, strict=True)
        }

    threshold = 1 / (1 - 2 * config.alpha)
    return {
        "largest_change_of_the_exact_gradient_one_sided": np.max(np.abs(arrays["exact"][1] - arrays["exact"][0])),
        "exact_gradient": {
            kind: dict(zip([f"theta {theta:g}" for theta in config.thetas], each, strict=True))
            for kind, each in zip(KINDS, arrays["exact_at"], strict=True)
        },
        "trained_gradient": table("gradient"),
        "bound_of_the_logit": np.log((1 - config.alpha) / config.alpha),
        "mean_logit_of_data": table("mean_of_data"),
        "largest_logit_of_data": table("largest_of_data"),
        "smallest_logit_of_samples": table("smallest_of_samples"),
        "exact_accuracy_at_one_half": {
            f"theta {theta:g}": {"none": exact_accuracy(1.0, theta), "one-sided": exact_accuracy(threshold, theta)}
            for theta in config.thetas
        },
        "accuracy_at_one_half": table("accuracy"),
        "accuracy_in_the_middle": table("accuracy_in_the_middle"),
        "slope_of_D_at_data_over_that_of_none": table("slope_at_data", relative=True),
        "slope_of_D_at_samples_over_that_of_none": table("slope_at_samples", relative=True),
    }


COLORS = ("#555555", "#0072b2", "#d55e00", "#e69f00")


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: gradients over θ, and logits over steps at the largest θ."""
    figure, (left, *others) = experiment.figure(1, 3, (13.0, 4.0))
    shown = np.array(config.thetas) <= 6
    for index, (kind, color) in enumerate(zip(KINDS, COLORS, strict=True)):
        style = {"color": color, "linestyle": "--" if kind == "one-sided" else "-"}
        left.plot(arrays["theta"], arrays["exact"][index], label=kind, **style)
        at = np.array(config.thetas)[shown]
        for seed in arrays["gradient"][index, shown, :, -1].T:
            left.plot(at, seed, "o", color=color, markersize=3, alpha=0.5)
    left.set(xlabel="θ", title="Gradient of the generator; dots: D trained", xlim=(0, 6.2), ylim=(-0.1, 3.2))
    left.legend()
    steps = config.num_steps // config.num_records * np.arange(1, config.num_records + 1)
    farthest = int(np.argmax(config.thetas))
    for axes, name, title in zip(
        others,
        ("largest_of_data", "smallest_of_samples"),
        ("Largest logit of data", "Smallest logit of samples"),
        strict=True,
    ):
        for index, color in enumerate(COLORS):
            axes.plot(steps, arrays[name][index, farthest].T, color=color, linewidth=1)
        axes.set(xlabel="step", title=f"{title}, θ = {config.thetas[farthest]:g}")
    bound = np.log((1 - config.alpha) / config.alpha)
    others[0].axhline(bound, color="black", linestyle=":", linewidth=1)
    others[1].axhline(-bound, color="black", linestyle=":", linewidth=1)
    return {"smoothing": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__], x64=True)
