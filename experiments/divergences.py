"""Which Gaussian does an f-GAN fit to two Gaussians, and does the divergence decide whether a GAN collapses?

    python experiments/divergences.py            one to two minutes on one core

First: the data are ½N(−s, 0.6²) + ½N(s, 0.6²), the generator is x = μ + σz, the discriminator an MLP v(x), and both
play the six f-GANs of Nowozin et al., with every expectation by quadrature, so that nothing is random but the start of
the discriminator. What minimises the divergence itself is found by quadrature too, over all (μ, σ). For each s two
starts are played, a wide one and one near a mode; the run whose own bound is the lower at the end counts.

Second: the ring of eight Gaussians with MLPs, under KL and under reverse KL, a few seeds each, without tricks.

What one should see: KL and Pearson cover both modes at any distance (KL has μ = 0, σ² = s² + 0.36, its closed form),
reverse KL sits on one; Jensen–Shannon, GAN (the same up to a constant) and squared Hellinger flip from the average at
s = 2 to one mode at s = 3. The f-GAN finds what its divergence says to two hundredths, and its bound is the divergence
to two thousandths; from the other start it may stay in another local optimum. And yet on the ring modes go missing
under both KLs: which of them is written down does not decide what the game collapses to (slides 35 and 55).
"""

import dataclasses
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import games, metrics, nets, rules
from gangame.core import Array, Key, Players
from gangame.games.costs import DIVERGENCES
from gangame.lab import experiment

NAMES = list(DIVERGENCES)
RING_COSTS = ("f_kl", "f_reverse_kl")
STD = 0.6
AXIS, SPACING = np.linspace(-14, 14, 1121, retstep=True)


@dataclasses.dataclass(frozen=True)
class Config:
    """How far apart the modes are, and how long to play."""

    distances: tuple[float, ...] = experiment.option((2.0, 3.0), "s, half the distance of the two modes, each above 0")
    num_steps: int = experiment.option(3000, "steps of each one-dimensional f-GAN, 1 or more")
    learning_rate: float = experiment.option(2e-3, "of the generator; the discriminator has five times as much")
    ring_steps: int = experiment.option(3000, "steps on the ring, 1 or more")
    ring_seeds: int = experiment.option(4, "runs on the ring, 1 or more")

    def __post_init__(self):
        """Checks the values."""
        if not self.distances or not all(0 < s <= 4 for s in self.distances):
            raise ValueError(f"distances is {self.distances}; each has to be above 0 and at most 4, as far as we look.")
        if min(self.num_steps, self.ring_steps, self.ring_seeds) < 1 or not self.learning_rate > 0:
            raise ValueError(
                f"num_steps, ring_steps, ring_seeds and learning_rate are {self.num_steps}, {self.ring_steps}, "
                f"{self.ring_seeds} and {self.learning_rate}; they have to be 1 or more, and the last positive."
            )


TINY = Config(num_steps=20, ring_steps=5, ring_seeds=2)


def log_normal(x: Array, mean: Array, sd: Array) -> Array:
    """Returns the log density of N(mean, sd²)."""
    return -(((x - mean) / sd) ** 2) / 2 - jnp.log(sd) - jnp.log(2 * jnp.pi) / 2


def log_data(x: Array, distance: Array) -> Array:
    """Returns the log density of the data."""
    return jnp.logaddexp(log_normal(x, -distance, STD), log_normal(x, distance, STD)) - jnp.log(2)


def divergence(name: str, distance: Array, mean: Array, sd: Array) -> Array:
    """Returns D_f of the data from N(mean, sd²) by the rectangle rule: ∫ q f(u), or ∫ p f(u)/u where u = p/q exceeds 1.

    Beyond ±300 log u stays as it is; one of both densities is below e^−300 there.
    """
    log_p, log_q = log_data(AXIS, distance), log_normal(AXIS, mean, sd)
    u = jnp.exp(jnp.clip(log_p - log_q, -300, 300))
    f = DIVERGENCES[name].of_ratio(u)
    return jnp.sum(jnp.where(log_p > log_q, jnp.exp(log_p) / u, jnp.exp(log_q)) * f) * SPACING


@partial(jax.jit, static_argnums=0)
def divergences(name: str, distance: Array, means: Array, sds: Array) -> Array:
    """Returns D_f from all N(mean, sd²), `[means, sds]`."""
    return jax.vmap(lambda mean: jax.vmap(lambda sd: divergence(name, distance, mean, sd))(sds))(means)


def optimum(name: str, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns the (μ, σ) with the smallest divergence, μ ≥ 0, and that divergence: a grid, made finer four times."""
    low, high = np.array([0.0, 0.3]), np.array([distance + 1, distance + 3])
    for _ in range(5):
        means, sds = (np.linspace(*ends, 41) for ends in zip(low, high, strict=True))
        values = np.asarray(divergences(name, distance, means, sds))
        i, j = np.unravel_index(np.nanargmin(values), values.shape)
        best, reach = np.array([means[i], sds[j]]), (high - low) / 10
        low, high = np.maximum(best - reach, [0.0, 0.1]), best + reach
    return best, values[i, j]


def f_gan(name: str, distance: Array, start: Array) -> gg.Game:
    """Returns the f-GAN of a Gaussian, its expectations by the rectangle rule; it starts at (μ, σ).

    Both expectations are over the same points, weighted by the densities: on points of their own, as those of
    Gauss–Hermite quadrature, a discriminator tells data from samples by where the points are.
    """
    f, network = DIVERGENCES[name], nets.mlp(1, (32, 32), 1, activation="tanh", init="glorot")
    points = AXIS[::4]
    real = jnp.exp(log_data(points, distance)) * 4 * SPACING

    def value(players: Players, batch: None) -> Array:
        del batch
        own = players["generator"]
        fake = jnp.exp(log_normal(points, own["mean"], jnp.exp(own["log_sd"]))) * 4 * SPACING
        outputs = network.apply(players["discriminator"], jnp.asarray(points)[:, None])[:, 0]
        return jnp.sum(real * f.activation(outputs)) - jnp.sum(fake * f.conjugate(outputs))

    def init(key: Key) -> Players:
        return {"generator": {"mean": start[0], "log_sd": jnp.log(start[1])}, "discriminator": network.init(key)}

    return gg.zero_sum(value, minimizer="generator", maximizer="discriminator", init=init)


def fit(config: Config, name: str, key: Key) -> dict[str, Array]:
    """Returns (μ, σ) along the runs, `[distances, 2, records, 2]`, and the bound at their ends, `[distances, 2]`."""

    def adam(rate: float) -> optax.GradientTransformation:
        return optax.adam(optax.cosine_decay_schedule(rate, config.num_steps), b1=0.5)

    rule = rules.simultaneous(
        {"generator": adam(config.learning_rate), "discriminator": adam(5 * config.learning_rate)}
    )

    def observe(players: Players, key: Key) -> Array:
        del key
        return jnp.stack([players["generator"]["mean"], jnp.exp(players["generator"]["log_sd"])])

    def one(distance: Array, start: Array) -> tuple[Array, Array]:
        game = f_gan(name, distance, start)
        played = gg.play(game, rule, key, config.num_steps, observe, max(config.num_steps // 50, 1))
        return played.records, game.losses(played.players, None)["generator"]

    distances = jnp.array(config.distances)
    starts = jnp.array([[(0.3, s + 0.5), (s - 0.7, 1.0)] for s in config.distances])
    paths, bounds = jax.jit(jax.vmap(jax.vmap(one, (None, 0))))(distances, starts)
    return {"path": paths, "bound": bounds}


def ring(config: Config, cost: str, key: Key) -> Array:
    """Returns how many of the eight modes each seed covers at the end, `[seeds]`."""
    game = games.mixture(cost=cost)
    rule = rules.alternating(optax.adam(1e-3, b1=0.5))

    @jax.jit
    def one(key: Key) -> Array:
        players = gg.play(game, rule, key, config.ring_steps).players
        data = game.sample.data
        return metrics.mode_coverage(games.generate(game, players, key, 2500), data.centers, data.std)["modes"]

    return jax.lax.map(one, jax.random.split(key, config.ring_seeds))


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns for every divergence the optimum, the runs and their bounds, and the modes of the ring."""
    key_fit, key_ring = jax.random.split(key)
    arrays = {}
    for name in NAMES:
        best = [optimum(name, s) for s in config.distances]
        fitted = fit(config, name, key_fit)
        ends = fitted["path"][:, :, -1]
        arrays |= {
            f"{name}/optimum": jnp.stack([point for point, _ in best]),
            f"{name}/optimal_value": jnp.stack([value for _, value in best]),
            f"{name}/path": fitted["path"],
            f"{name}/bound": fitted["bound"],
            f"{name}/value": jnp.stack([
                jnp.stack([divergence(name, s, *end) for end in own])
                for s, own in zip(config.distances, ends, strict=True)
            ]),
        }  # fmt: skip
    with jax.enable_x64(False):
        return arrays | {f"ring/{cost}": ring(config, cost, key_ring) for cost in RING_COSTS}


def counted(arrays: experiment.Arrays, name: str, index: int) -> int:
    """Returns which start's run counts at a distance: the one with the lower bound of its own."""
    return int(np.nanargmin(arrays[f"{name}/bound"][index]))


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the optimum, what was found, and the bound beside the divergence; and the modes of the ring."""
    fits: dict = {}
    for name in NAMES:
        for index, s in enumerate(config.distances):
            which = counted(arrays, name, index)
            best, end = arrays[f"{name}/optimum"][index], arrays[f"{name}/path"][index, which, -1]
            end = np.array([abs(end[0]), end[1]])  # the data are symmetric
            bound, value = (arrays[f"{name}/{each}"][index, which] for each in ("bound", "value"))
            fits.setdefault(name, {})[f"s = {s:g}"] = {
                "optimum": best,
                "found": end,
                "off_by": np.abs(end - best),
                "start": ("wide", "narrow")[which],
                "bound": bound,
                "divergence_there": value,
                "divergence_at_the_optimum": arrays[f"{name}/optimal_value"][index],
                "relative_gap": abs(bound / value - 1),
            }
    modes = {cost: arrays[f"ring/{cost}"] for cost in RING_COSTS}
    return {"fits": fits, "modes_of_8_on_the_ring_by_seed": modes}


COLORS = dict(zip(NAMES, ("#0072b2", "#d55e00", "#56b4e9", "#009e73", "#cc79a7", "#e69f00"), strict=True))


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: data, optima and fits for each distance, and the paths of the generator."""
    figure, axes = experiment.figure(2, len(config.distances), (5.5 * len(config.distances), 7.5), squeeze=False)
    for index, s in enumerate(config.distances):
        density, paths = axes[:, index]
        with jax.enable_x64(True):
            density.fill_between(AXIS, np.exp(log_data(AXIS, s)), color="black", alpha=0.12, linewidth=0, label="data")
            for name in NAMES:
                end = arrays[f"{name}/path"][index, counted(arrays, name, index), -1]
                shown = np.exp(log_normal(AXIS, abs(end[0]), end[1]))
                density.plot(AXIS, shown, color=COLORS[name], label=name.replace("_", " "))
        density.set(title=f"s = {s:g}: the fits", xlim=(-7, 7), xlabel="x", ylabel="density")
        for name in NAMES:
            path = arrays[f"{name}/path"][index, counted(arrays, name, index)]
            paths.plot(np.abs(path[:, 0]), path[:, 1], color=COLORS[name], linewidth=1)
            paths.plot(*arrays[f"{name}/optimum"][index], "o", color=COLORS[name], fillstyle="none", markersize=9)
        paths.set(title="Paths; circles: optimum of the divergence", xlabel="|μ|", ylabel="σ")
    axes[0, 0].legend(loc="upper left", fontsize=7)
    return {"fits": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__], x64=True)
