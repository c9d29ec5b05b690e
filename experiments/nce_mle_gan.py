"""Noise-contrastive estimation, maximum likelihood and a GAN play one value function: what does the noise decide?

    python experiments/nce_mle_gan.py            a minute on one core

V = E_data log p_c(real | x) + E_g log(1 − p_c(real | x)), slide 36. The data are a Gaussian in five dimensions, shifted
by 2, with standard deviations from 1/2 to 2. The model is log p_m = −½|A(x − m)|² + log det A − (5/2) log 2π with a
lower triangular A, and starts at N(0, I). All runs step by plain gradients at one rate η on batches of one size, and
are measured by KL(data‖model), in closed form.

    nce, N(0, I)       p_g is noise that the model soon tells from the data
    nce, N(0, 2² I)    p_g is wider noise, which covers the data
    nce, copied        p_g is a copy of the model, made at each step: maximum likelihood
    likelihood         descends −½ E log p_m at the same η, for comparison: what the copy does, without its noise
    gan                p_g is the generator z ↦ m + Lz, p_c has any quadratic logit, five steps of it to one of p_g

What one should see: with a copy as noise, the gradient of V is half of that of the log-likelihood to rounding, and the
run goes with the likelihood, down to the noise of the copy's samples: to 0.01 nat in some 150 steps, where the wide
noise takes 450 and N(0, I), which the model is soon told apart from, more than 2,000. The last thousandth is a matter
of the noise of a step, and the copy's floor is twice that of the likelihood. The GAN swings around its end, as two
players do. On the right NCE learns a model that is not normalised, with a parameter c for −log Z: it is a tenth of a
nat off after 2,000 steps, and on its way; to learn a constant with plain steps takes longer than to learn the model.
"""

import dataclasses
import sys
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular

import gangame as gg
from gangame import rules
from gangame.core import Array, Key, Players
from gangame.games import costs
from gangame.lab import experiment

SIZE = 5
METHODS = ("nce, N(0, I)", "nce, N(0, 2² I)", "nce, copied", "likelihood", "gan")
LEVELS = (1e-2, 1e-3)


@dataclasses.dataclass(frozen=True)
class Config:
    """How long to learn, and how."""

    num_steps: int = experiment.option(2000, "steps of each run, a multiple of num_records")
    num_records: int = experiment.option(100, "how often to look on the way, 1 or more")
    num_seeds: int = experiment.option(4, "runs of each kind, 2 or more for a range")
    batch_size: int = experiment.option(256, "data, and samples of p_g, in a step; 1 or more")
    learning_rate: float = experiment.option(0.1, "η of the model, above 0")
    discriminator_rate: float = experiment.option(0.02, "learning rate of the discriminator of the GAN, above 0")

    def __post_init__(self):
        """Checks the values."""
        if self.num_records < 1 or self.num_steps < self.num_records or self.num_steps % self.num_records:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of num_records, above 0.")
        if self.num_seeds < 2 or self.batch_size < 1:
            raise ValueError(
                f"num_seeds is {self.num_seeds} and batch_size is {self.batch_size}; they have to be at least 2 and 1."
            )
        for name in ("learning_rate", "discriminator_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it has to be positive.")


TINY = Config(num_steps=100, num_records=2, num_seeds=2, batch_size=64)


def truth() -> tuple[Array, Array]:
    """Returns mean and standard deviations of the data."""
    return jnp.full(SIZE, 2 / np.sqrt(SIZE)), jnp.asarray(2.0 ** np.linspace(-1, 1, SIZE))


def draw_data(noise: Array) -> Array:
    """Returns the data that standard normals `[batch, 5]` become."""
    mean, sd = truth()
    return mean + sd * noise


def matrix(lower: Array) -> Array:
    """Returns A: what is below the diagonal as it is, the diagonal as its logarithm."""
    return jnp.tril(lower, -1) + jnp.diag(jnp.exp(jnp.diag(lower)))


def unnormalised(model: Players, points: Array) -> Array:
    """Returns −½|A(x − m)|², plus c where the model has it, at points `[batch, 5]`."""
    return -jnp.sum(((points - model["mean"]) @ matrix(model["lower"]).T) ** 2, axis=1) / 2 + model.get("constant", 0.0)


def log_normalizer(model: Players) -> Array:
    """Returns log Z of −½|A(x − m)|²."""
    return SIZE / 2 * jnp.log(2 * jnp.pi) - jnp.trace(model["lower"])


def log_model(model: Players, points: Array) -> Array:
    """Returns log p_m at points `[batch, 5]`."""
    return unnormalised(model, points) - log_normalizer(model)


def samples(model: Players, noise: Array) -> Array:
    """Returns the samples of the model that standard normals become."""
    return model["mean"] + solve_triangular(matrix(model["lower"]), noise.T, lower=True).T


def log_noise(width: float) -> Callable[[Array], Array]:
    """Returns the log density of N(0, width² I)."""
    return lambda points: log_model({"mean": jnp.zeros(SIZE), "lower": -jnp.log(width) * jnp.eye(SIZE)}, points)


def divergence(mean: Array, lower: Array) -> Array:
    """Returns KL(data‖N(m, (AᵀA)⁻¹))."""
    center, sd = truth()
    scaled, gap = matrix(lower) * sd, matrix(lower) @ (center - mean)
    return (jnp.sum(scaled**2) + jnp.sum(gap**2) - SIZE) / 2 - jnp.trace(lower) - jnp.sum(jnp.log(sd))


def start() -> Players:
    """Returns the model N(0, I)."""
    return {"mean": jnp.zeros(SIZE), "lower": jnp.zeros((SIZE, SIZE))}


def sampler(config: Config) -> Callable[[Key], dict[str, Array]]:
    """Returns what draws the standard normals that become data and samples of p_g."""

    def sample(key: Key) -> dict[str, Array]:
        key_real, key_fake = jax.random.split(key)
        shape = (config.batch_size, SIZE)
        return {"real": jax.random.normal(key_real, shape), "fake": jax.random.normal(key_fake, shape)}

    return sample


def learner(config: Config, value: Callable[[Players, Array, Array], Array], model: Players) -> gg.Game:
    """Returns the game of one player, the model, who ascends V(model, data, noise)."""

    def losses(players: Players, batch: dict[str, Array]) -> dict[str, Array]:
        return {"model": -value(players["model"], draw_data(batch["real"]), batch["fake"])}

    return gg.Game(lambda key: {"model": model}, sampler(config), losses)


def values() -> dict[str, Callable[[Players, Array, Array], Array]]:
    """Returns what the model ascends, given data and standard normals, by method."""
    return {
        "nce, N(0, I)": lambda model, real, noise: costs.noise_contrastive(log_model, log_noise(1), model, real, noise),
        "nce, N(0, 2² I)": lambda model, real, noise: costs.noise_contrastive(
            log_model, log_noise(2), model, real, 2 * noise
        ),
        "nce, copied": lambda model, real, noise: costs.self_contrastive(log_model, model, real, samples(model, noise)),
        "likelihood": lambda model, real, noise: jnp.mean(log_model(model, real)) / 2,
    }


def adversaries(config: Config) -> gg.Game:
    """Returns the GAN: generator m + Lz and a discriminator with a quadratic logit, both for V (without the ½)."""

    def init(key: Key) -> Players:
        del key
        blind = {"quadratic": jnp.zeros((SIZE, SIZE)), "linear": jnp.zeros(SIZE), "constant": jnp.zeros(())}
        return {"discriminator": blind, "generator": start()}

    def losses(players: Players, batch: dict[str, Array]) -> dict[str, Array]:
        own, generator = players["discriminator"], players["generator"]

        def logits(points: Array) -> Array:
            return jnp.sum(points @ own["quadratic"] * points, axis=1) + points @ own["linear"] + own["constant"]

        fake = generator["mean"] + batch["fake"] @ matrix(generator["lower"]).T
        return {name: 2 * each for name, each in costs.minimax(logits(draw_data(batch["real"])), logits(fake)).items()}

    return gg.Game(init, sampler(config), losses)


def identity_error(key: Key) -> Array:
    """Returns the largest deviation of ∇V from half the gradient of log-likelihood, relative, over ten models.

    Expectations of what is at most cubic are exact over the ten points ±√5 along the axes, and the gradient of log p_m
    is quadratic in x.
    """
    nodes = np.sqrt(SIZE) * jnp.concatenate([jnp.eye(SIZE), -jnp.eye(SIZE)])
    ascended = values()

    def error(key: Key) -> Array:
        key_mean, key_matrix = jax.random.split(key)
        model = {
            "mean": jax.random.normal(key_mean, (SIZE,)),
            "lower": jax.random.normal(key_matrix, (SIZE, SIZE)) / 5,
        }
        found, half = (
            jax.grad(ascended[name])(model, draw_data(nodes), nodes) for name in ("nce, copied", "likelihood")
        )
        gaps = jax.tree.map(lambda one, other: jnp.max(jnp.abs(one - other)) / jnp.max(jnp.abs(other)), found, half)
        return jnp.stack(jax.tree.leaves(gaps)).max()

    return jax.lax.map(error, jax.random.split(key, 10)).max()


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns KL(data‖model) along the runs, `[methods, seeds, records]`, and c + log Z, `[seeds, records]`."""
    every = config.num_steps // config.num_records
    keys = jax.random.split(key, config.num_seeds + 1)

    def played(game: gg.Game, rule: gg.UpdateRule, observe: Callable[[Players], Array]) -> Array:
        @jax.jit
        def one(key: Key) -> Array:
            return gg.play(game, rule, key, config.num_steps, lambda players, _: observe(players), every).records

        return jax.lax.map(one, keys[1:])

    plain = rules.simultaneous(config.learning_rate)
    curves = [
        played(learner(config, value, start()), plain, lambda players: divergence(**players["model"]))
        for value in values().values()
    ]
    rates = {"generator": config.learning_rate, "discriminator": config.discriminator_rate}

    def of_generator(players: Players) -> Array:
        own = players["generator"]
        inverse = solve_triangular(matrix(own["lower"]), jnp.eye(SIZE), lower=True)
        return divergence(own["mean"], jnp.tril(inverse, -1) - jnp.diag(jnp.diag(own["lower"])))

    curves.append(played(adversaries(config), rules.alternating(rates, steps={"discriminator": 5}), of_generator))

    def with_constant(model: Players, real: Array, noise: Array) -> Array:
        return costs.noise_contrastive(unnormalised, log_noise(2), model, real, 2 * noise)

    off = played(
        learner(config, with_constant, {**start(), "constant": jnp.zeros(())}),
        plain,
        lambda players: players["model"]["constant"] + log_normalizer(players["model"]),
    )
    return {"kl": jnp.stack(curves), "constant_error": off, "identity_error": identity_error(keys[0])}


def steps_to(config: Config, curves: np.ndarray, level: float) -> np.ndarray:
    """Returns the first recorded step at which each curve `[..., records]` is at the level, infinite if none is."""
    every = config.num_steps // config.num_records
    below = curves <= level
    return np.where(below.any(axis=-1), every * (1.0 + below.argmax(axis=-1)), np.inf)


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns when each method reached the levels, where it ended, and how far the two identities are off."""
    late = arrays["constant_error"][:, -max(config.num_records // 4, 1) :]

    def reached(steps: np.ndarray) -> list:
        return [int(each) if np.isfinite(each) else "never" for each in steps]

    return {
        "gradient_identity_largest_relative_error": arrays["identity_error"],
        "steps_by_seed": {
            f"to {level:g} nat": {
                name: reached(steps_to(config, curves, level))
                for name, curves in zip(METHODS, arrays["kl"], strict=True)
            }
            for level in LEVELS
        },
        "kl_at_the_end": {
            name: {"mean": curves[:, -1].mean(), "lowest": curves[:, -1].min(), "highest": curves[:, -1].max()}
            for name, curves in zip(METHODS, arrays["kl"], strict=True)
        },
        "constant_plus_log_z": {
            "mean_over_last_quarter_by_seed": late.mean(axis=1),
            "largest_in_last_quarter": np.max(np.abs(late)),
        },
    }


COLORS = ("#d55e00", "#e69f00", "#0072b2", "#555555", "#009e73")


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: KL over steps, and the error of the learned normaliser."""
    figure, (left, right) = experiment.figure(1, 2, (11.0, 4.4))
    steps = config.num_steps // config.num_records * np.arange(1, config.num_records + 1)
    for name, curves, color in zip(METHODS, arrays["kl"], COLORS, strict=True):
        style = {"color": color, "linestyle": "--" if name == "likelihood" else "-", "linewidth": 1.2}
        for seed, curve in enumerate(curves):
            left.plot(steps, curve, label=name if seed == 0 else None, **style)
    for level in LEVELS:
        left.axhline(level, color="black", linestyle=":", linewidth=1)
    left.set(xscale="log", yscale="log", xlabel="step", ylabel="nat", title="KL(data‖model)")
    left.legend()
    for curve in arrays["constant_error"]:
        right.plot(steps, curve, color="#0072b2", linewidth=1.2)
    right.axhspan(-0.02, 0.02, color="black", alpha=0.1, linewidth=0)
    right.set(xlabel="step", ylabel="nat", title="Learned constant c + log Z; grey: ±0.02", ylim=(-0.2, 5))
    right.set_yscale("symlog", linthresh=0.1)
    return {"learning": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__], x64=True)
