"""Which cost tells the generator where to go? Slide 34 of the tutorial, and the moments of the gradients behind it.

    python experiments/generator_costs.py            half a minute on one core

The data are N(0, 1), the generator is x = θ + z with z ~ N(0, 1), and the discriminator is optimal at that θ, with the
logit a(x) = log p_data(x)/p_g(x) = θ²/2 − θx, held fixed. One sample's gradient is d/dθ J_G(a(θ + z)) with the costs of
`gangame.games` as they are, factor ½ included; all players descend, so a positive gradient moves θ to the data at 0:

    minimax             J_G = ½ log(1 − D)    gradient ½θ σ(a)
    non-saturating      J_G = −½ log D        gradient ½θ σ(−a)
    maximum likelihood  J_G = −½ exp(a)       gradient ½θ exp(a)        with a = −θ²/2 − θz

From which, exactly:
  * minimax + non-saturating = θ/2 in every single sample, so the means add up to θ/2 and the standard deviations are
    equal. (For any fixed D the sum is −½ ∇a; it is constant only because a is linear here, so the equal standard
    deviations belong to two Gaussians of one variance, while the sum of the means is general.)
  * exp(a) is log-normal with mean 1 and second moment exp(θ²): maximum likelihood has the mean θ/2, half the gradient θ
    of KL(p_data, p_g) because of the factor ½, and the signal-to-noise ratio mean/sd = 1/√(exp(θ²) − 1).
Descent and the minus sign in front of exp(a) are needed for these signs; the ½ on all three for the value θ/2.

What one should see: minimax has no gradient left where samples are rejected; non-saturating has θ/2 there with hardly
any noise; maximum likelihood has the right mean and drowns it in noise. The largest of 64 samples carries half of Σ|g|
at θ = 3 and 0.7 at θ = 6 under maximum likelihood ("almost all the gradient comes from a single member of the
minibatch", says the talk), and at θ = 6 as much under minimax, where σ(a) is exp(a) for nearly every sample.

Monte Carlo, honestly. The kurtosis of the maximum-likelihood gradient is about exp(4θ²), so from θ = 2 on a million
samples do not give a standard error that one could trust, nor the mean from θ = 4 on. A z-score with the samples' own
standard deviation then refutes a true theorem (`false_alarms` is how often |z| > 3 in 64 repetitions), or passes by
luck. Where the plain z-scores mean something is said by `sd_uncertainty`, ½√((kurtosis − 1)/n), the relative error of
that standard deviation: they are counted where it is below 0.1. The check that holds everywhere draws z from the
mixture of N(−sθ, 1), s = 0, ½, 1, 2, with weights, so that no estimate has heavy tails.
"""

import dataclasses
import sys

import jax
import jax.numpy as jnp
import numpy as np

from gangame import games
from gangame.core import Array, Key
from gangame.lab import experiment

COSTS = list(games.costs.LOGISTIC)
SHIFTS = (0.0, 0.5, 1.0, 2.0)
NUM_REPETITIONS = 64


@dataclasses.dataclass(frozen=True)
class Config:
    """Which distances to look at, and how many samples to draw."""

    thetas: tuple[float, ...] = experiment.option((0.5, 1.0, 2.0, 3.0, 4.0, 6.0), "distances θ, each above 0, up to 6")
    batch_size: int = experiment.option(64, "samples of a minibatch, 2 or more")
    num_batches: int = experiment.option(16384, "minibatches at each θ, a multiple of 64")
    num_nodes: int = experiment.option(4001, "nodes of the quadrature, 1000 or more")

    def __post_init__(self):
        """Checks the values."""
        if not self.thetas or not all(0 < theta <= 6 for theta in self.thetas):
            raise ValueError(
                f"thetas is {self.thetas}; each has to be above 0 and at most 6, as far as the quadrature reaches."
            )
        if self.batch_size < 2:
            raise ValueError(f"batch_size is {self.batch_size}; it has to be 2 or more.")
        if self.num_batches < 1 or self.num_batches % NUM_REPETITIONS:
            raise ValueError(
                f"num_batches is {self.num_batches}; it has to be a multiple of {NUM_REPETITIONS}, above 0."
            )
        if self.num_nodes < 1000:
            raise ValueError(f"num_nodes is {self.num_nodes}; it has to be 1000 or more for the exact moments.")


TINY = Config(num_batches=512)


def generator_cost(cost: str, logit: Array) -> Array:
    """Returns J_G of one generated sample; the real sample counts nothing, as if D were sure of it."""
    return games.COSTS[cost](jnp.full_like(logit, jnp.inf), logit)["generator"]


def gradient(cost: str, theta: Array, latents: Array) -> Array:
    """Returns d/dθ of each sample's cost where the optimal discriminator is held fixed, in the shape of `latents`."""

    def of_one(mean: Array, latent: Array) -> Array:
        logit = theta**2 / 2 - theta * (mean + latent)  # the discriminator knows θ; only `mean` is differentiated
        return generator_cost(cost, logit)

    return jax.vmap(jax.grad(of_one), (None, 0))(theta, latents.ravel()).reshape(latents.shape)


def gradients(theta: Array, latents: Array) -> Array:
    """Returns `gradient` for the three costs, `[3, ...]`."""
    return jnp.stack([gradient(cost, theta, latents) for cost in COSTS])


def exact_moments(theta: Array, num_nodes: int) -> dict[str, Array]:
    """Returns mean, standard deviation and kurtosis of the per-sample gradient, `[3]` each.

    The trapezoidal rule over z in [−38, 12], which converges exponentially for analytic functions that vanish at both
    ends. The k-th moment of exp(a) has its mass around z = −kθ, hence the long left arm.
    """
    nodes = jnp.linspace(-38.0, 12.0, num_nodes)
    spacing = 50.0 / (num_nodes - 1)

    def moment(values: Array, power: int) -> Array:
        root = jnp.exp(-(nodes**2) / (2 * power))  # the density's root, inside the power: nothing overflows
        return jnp.sum((values * root) ** power, axis=-1) * spacing / jnp.sqrt(2 * jnp.pi)

    values = gradients(theta, nodes)
    mean = moment(values, 1)
    sd = jnp.sqrt(moment(values - mean[:, None], 2))
    return {"mean": mean, "sd": sd, "kurtosis": moment((values - mean[:, None]) / sd[:, None], 4)}


def plain_samples(theta: Array, exact: dict[str, Array], latents: Array) -> dict[str, Array]:
    """Returns what minibatches `[num_batches, batch_size]` of latents tell, `[3]` each.

    `largest_share` is the mean over minibatches of the largest |gradient| over the sum of all, with its quantiles.
    """
    values = gradients(theta, latents)
    size = jnp.abs(values)
    share = jnp.max(size, axis=-1) / jnp.sum(size, axis=-1)

    def z_score(values: Array) -> Array:
        standard_error = jnp.std(values, axis=-1, ddof=1) / jnp.sqrt(values.shape[-1])
        return (jnp.mean(values, axis=-1) - jnp.expand_dims(exact["mean"], range(1, values.ndim - 1))) / standard_error

    repeated = z_score(values.reshape(len(COSTS), NUM_REPETITIONS, -1))
    low, high = jnp.quantile(share, jnp.array([0.1, 0.9]), axis=-1)
    return {
        "plain_mean": jnp.mean(values, axis=(1, 2)),
        "plain_z": z_score(values.reshape(len(COSTS), -1)),
        "false_alarms": jnp.mean(jnp.abs(repeated) > 3, axis=-1),
        "sd_uncertainty": jnp.sqrt((exact["kurtosis"] - 1) / latents.size) / 2,
        "largest_share": jnp.mean(share, axis=-1),
        "largest_share_low": low,
        "largest_share_high": high,
    }


def weighted_samples(theta: Array, exact: dict[str, Array], latents: Array) -> dict[str, Array]:
    """Returns z-scores of mean and variance from importance sampling, `[3]` each; latents `[4, n]`, a row per shift."""
    shifts = -theta * jnp.array(SHIFTS)
    latents = latents + shifts[:, None]
    log_ratios = -shifts[:, None, None] * (latents - shifts[:, None, None] / 2)  # log of target over each component
    weights = 1 / jnp.mean(jnp.exp(-log_ratios), axis=0)

    def z_score(values: Array, truth: Array) -> Array:
        each = values * weights
        standard_error = jnp.sqrt(jnp.sum(jnp.var(each, axis=-1, ddof=1), axis=-1) / latents.shape[-1]) / len(shifts)
        return (jnp.mean(each, axis=(1, 2)) - truth) / standard_error

    values = gradients(theta, latents)
    squares = (values - exact["mean"][:, None, None]) ** 2
    return {
        "weighted_z_mean": z_score(values, exact["mean"]),
        "weighted_z_variance": z_score(squares, exact["sd"] ** 2),
    }


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns the moments at every θ, `[num_thetas, 3]`, the same on a fine grid for the picture, and slide 34."""

    @jax.jit
    def at_theta(theta_and_key: tuple[Array, Key]) -> dict[str, Array]:
        theta, key = theta_and_key
        key_plain, key_weighted = jax.random.split(key)
        exact = exact_moments(theta, config.num_nodes)
        latents = jax.random.normal(key_plain, (config.num_batches, config.batch_size))
        num_each = config.num_batches * config.batch_size // len(SHIFTS)
        shifted = jax.random.normal(key_weighted, (len(SHIFTS), num_each))
        return {**exact, **plain_samples(theta, exact, latents), **weighted_samples(theta, exact, shifted)}

    thetas = jnp.array(config.thetas)
    curve = jnp.linspace(0.25, max(config.thetas), 60)
    logits = jnp.linspace(-40.0, 40.0, 1601)
    moments = jax.lax.map(at_theta, (thetas, jax.random.split(key, len(thetas))))
    on_curve = jax.lax.map(lambda theta: exact_moments(theta, config.num_nodes), curve)
    return {
        "thetas": thetas,
        **moments,
        "curve_thetas": curve,
        "curve_snr": on_curve["mean"] / on_curve["sd"],
        "logits": logits,
        "costs": jnp.stack([jax.vmap(lambda a, c=cost: generator_cost(c, a))(logits) for cost in COSTS]),
        "slopes": jnp.stack([jax.vmap(jax.grad(lambda a, c=cost: generator_cost(c, a)))(logits) for cost in COSTS]),
    }


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the moments by cost, the largest deviations from the identities, and the verdict of Monte Carlo."""
    theta, mean, sd = arrays["thetas"], arrays["mean"], arrays["sd"]
    minimax, non_saturating, likelihood = (COSTS.index(c) for c in ("minimax", "non_saturating", "maximum_likelihood"))

    def deviation(measured: np.ndarray, truth: np.ndarray) -> np.ndarray:
        return np.max(np.abs(measured / truth - 1))

    snr = 1 / np.sqrt(np.expm1(theta**2))
    weighted = np.stack([arrays["weighted_z_mean"], arrays["weighted_z_variance"]])
    trusted = arrays["sd_uncertainty"] < 0.1
    names = (
        "plain_mean",
        "plain_z",
        "false_alarms",
        "sd_uncertainty",
        "weighted_z_mean",
        "weighted_z_variance",
        "largest_share",
    )
    return {
        "thetas": theta,
        "identities_largest_relative_deviation": {
            "mean_minimax + mean_non_saturating = theta/2": deviation(
                mean[:, minimax] + mean[:, non_saturating], theta / 2
            ),
            "sd_minimax = sd_non_saturating": deviation(sd[:, minimax], sd[:, non_saturating]),
            "mean_maximum_likelihood = theta/2": deviation(mean[:, likelihood], theta / 2),
            "snr_maximum_likelihood = 1/sqrt(exp(theta^2) - 1)": deviation((mean / sd)[:, likelihood], snr),
        },
        "monte_carlo": {
            "samples_at_each_theta": config.batch_size * config.num_batches,
            "weighted_comparisons": weighted.size,
            "weighted_within_3": np.sum(np.abs(weighted) < 3),
            "weighted_largest_z": np.max(np.abs(weighted)),
            "plain_trusted_comparisons": np.sum(trusted),
            "plain_trusted_within_3": np.sum(np.abs(arrays["plain_z"][trusted]) < 3),
            "plain_trusted_largest_z": np.max(np.abs(arrays["plain_z"][trusted]), initial=0.0),
        },
        "costs": {
            cost: {
                "mean": mean[:, index],
                "sd": sd[:, index],
                "snr": (mean / sd)[:, index],
                **{name: arrays[name][:, index] for name in names},
            }
            for index, cost in enumerate(COSTS)
        },
    }


COLORS = {"minimax": "#d55e00", "non_saturating": "#0072b2", "maximum_likelihood": "#009e73"}
LABELS = {"minimax": "minimax", "non_saturating": "non-saturating", "maximum_likelihood": "maximum likelihood"}


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figures: slide 34; signal-to-noise ratio and largest share over θ."""
    return {"costs": draw_costs(arrays), "gradients": draw_gradients(config, arrays)}


def draw_costs(arrays: experiment.Arrays):
    """Returns the costs over D(G(z)) as on slide 34, and their slopes in the logit."""
    figure, (left, right) = experiment.figure(1, 2, (11.0, 4.4))
    probability = 1 / (1 + np.exp(-arrays["logits"]))
    for index, cost in enumerate(COSTS):
        left.plot(probability, arrays["costs"][index], color=COLORS[cost], linewidth=2, label=LABELS[cost])
        right.plot(probability, -arrays["slopes"][index], color=COLORS[cost], linewidth=2)
    left.set(xlim=(0, 1), ylim=(-20, 5), xlabel="D(G(z))", ylabel="J_G of one sample", title="Slide 34: the costs")
    left.legend(loc="lower left")
    right.set(xlim=(0, 1), ylim=(0, 1.5), xlabel="D(G(z))", title="Pull on the logit of one sample, −dJ_G/da")
    right.text(0.02, 0.75, "rejected samples")
    right.text(0.98, 0.75, "accepted samples", ha="right")
    return figure


def draw_gradients(config: Config, arrays: experiment.Arrays):
    """Returns signal-to-noise ratio and the share of the largest sample, over θ."""
    figure, (left, right) = experiment.figure(1, 2, (11.0, 4.4))
    for index, cost in enumerate(COSTS):
        style = {"color": COLORS[cost], "label": LABELS[cost]}
        left.plot(arrays["curve_thetas"], arrays["curve_snr"][:, index], linewidth=1.8, **style)
        left.plot(arrays["thetas"], (arrays["mean"] / arrays["sd"])[:, index], "o", markersize=4, color=COLORS[cost])
        band = (arrays[f"largest_share_{end}"][:, index] for end in ("low", "high"))
        right.plot(arrays["thetas"], arrays["largest_share"][:, index], "o-", linewidth=1.8, markersize=4, **style)
        right.fill_between(arrays["thetas"], *band, color=COLORS[cost], alpha=0.15, linewidth=0)
    left.plot(
        curve := arrays["curve_thetas"], 1 / np.sqrt(np.expm1(curve**2)), "k--", linewidth=1, label="1/√(exp(θ²) − 1)"
    )
    left.set(yscale="log", xlabel="distance θ of the generator from the data", title="Mean/sd of a sample's gradient")
    left.set_ylim(bottom=1e-6)
    left.legend(loc="lower left")
    right.axhline(1 / config.batch_size, color="black", linestyle="--", linewidth=1)
    right.text(max(config.thetas), 1 / config.batch_size + 0.01, f"even shares, 1/{config.batch_size}", ha="right")
    title = f"Share of Σ|gradient| carried by the largest of {config.batch_size} samples"
    right.set(ylim=(0, 1), xlabel="distance θ of the generator from the data", title=title)
    right.legend(loc="upper left", title="mean, and 10 % to 90 % of minibatches", title_fontsize=8)
    return figure


if __name__ == "__main__":
    experiment.main(sys.modules[__name__], x64=True)
