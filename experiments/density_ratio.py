"""Does a trained discriminator know the density ratio, and what does it say where there is no data to learn from?

    python experiments/density_ratio.py            a minute on one core

Two mixtures in the plane whose densities are known, three discriminators (2-128-128-1, softplus) that learn to tell
samples of one from samples of the other for 5,000 steps of Adam; no generator moves. The best logit is
a*(x) = log p(x)/q(x), and everything that slides 24 to 26 derive from it can be held against quadrature:

    logit        root mean square of a − a* under (p + q)/2, and R²
    divergences  JS = log 2 − J_D, KL(p‖q) = E_p a, KL(q‖p) = −E_q a, with a in place of a*

What one should see: within the support the logit is right to a tenth of a nat, R² is above 0.99, JS is right to a
thousandth and from below, as it has to be, and the KLs to a few per cent. Where both densities are below 1e-6 the
error is of the size of the true logit itself, two hundred times that of the support: slide 25 assumes that both
densities are nonzero everywhere, and outside of the samples the network is free to say anything.
"""

import dataclasses
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, nets, rules
from gangame.core import Array, Key, Players
from gangame.games import costs
from gangame.lab import experiment


@dataclasses.dataclass(frozen=True)
class Config:
    """How long to train, and how finely to look."""

    num_steps: int = experiment.option(5000, "steps of the discriminator, a multiple of num_records")
    num_records: int = experiment.option(25, "how often to look on the way, 1 or more")
    num_seeds: int = experiment.option(3, "discriminators, 2 or more for an interval")
    batch_size: int = experiment.option(512, "samples of each distribution in a step, 1 or more")
    width: int = experiment.option(128, "of both hidden layers, 1 or more")
    learning_rate: float = experiment.option(3e-3, "of Adam at the start; it falls to zero along a cosine")
    nodes: int = experiment.option(121, "points of the quadrature along each axis, 50 or more")

    def __post_init__(self):
        """Checks the values."""
        if self.num_records < 1 or self.num_steps < self.num_records or self.num_steps % self.num_records:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of num_records, above 0.")
        if self.num_seeds < 2 or self.batch_size < 1 or self.width < 1 or self.nodes < 50:
            raise ValueError(
                f"num_seeds, batch_size, width and nodes are {self.num_seeds}, {self.batch_size}, {self.width} and "
                f"{self.nodes}; they have to be at least 2, 1, 1 and 50."
            )
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; it has to be positive.")


TINY = Config(num_steps=200, num_records=2, num_seeds=2, batch_size=64, width=16, nodes=61)
REACH = 6.0
NOWHERE = 1e-6


def distributions() -> tuple[data.Mixture, data.Mixture]:
    """Returns p, four Gaussians on a circle, and q, three that overlap with them."""
    return data.ring(4, radius=1.5, std=0.5), data.ring(3, radius=1.0, std=0.7, weights=[1.0, 2.0, 1.0])


def judge(config: Config) -> tuple[gg.Game, nets.Network]:
    """Returns the game of one player, the discriminator, who pays J_D, and its network."""
    network = nets.mlp(2, (config.width, config.width), 1, activation="softplus", init="glorot")

    def sample(key: Key) -> dict[str, Array]:
        key_real, key_fake = jax.random.split(key)
        p, q = distributions()
        return {"real": p(key_real, config.batch_size), "fake": q(key_fake, config.batch_size)}

    def losses(players: Players, batch: dict[str, Array]) -> dict[str, Array]:
        logits = (network.apply(players["discriminator"], batch[name])[:, 0] for name in ("real", "fake"))
        return {"discriminator": costs.discriminator_cost(*logits)}

    return gg.Game(lambda key: {"discriminator": network.init(key)}, sample, losses), network


def grid(config: Config) -> tuple[Array, Array, Array, float]:
    """Returns points `[nodes², 2]`, both log densities there, and the area of a cell of the rectangle rule."""
    axis = jnp.linspace(-REACH, REACH, config.nodes)
    points = jnp.stack(jnp.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    p, q = distributions()
    return points, p.log_density(points), q.log_density(points), (2 * REACH / (config.nodes - 1)) ** 2


def compared(logits: Array, log_p: Array, log_q: Array, area: float) -> dict[str, Array]:
    """Returns how far logits at the grid are from the truth, and the divergences that they say."""
    p, q = jnp.exp(log_p), jnp.exp(log_q)
    middle, truth = (p + q) / 2 * area, log_p - log_q
    square = jnp.sum(middle * (logits - truth) ** 2)
    spread = jnp.sum(middle * truth**2) - jnp.sum(middle * truth) ** 2
    nowhere = jnp.maximum(p, q) < NOWHERE
    count = jnp.sum(nowhere)

    def rms(values: Array) -> Array:
        return jnp.sqrt(jnp.sum(jnp.where(nowhere, values**2, 0)) / count)

    value = jnp.sum(area * (p * jax.nn.log_sigmoid(logits) + q * jax.nn.log_sigmoid(-logits)))
    return {
        "rms_error": jnp.sqrt(square),
        "r_squared": 1 - square / spread,
        "rms_error_nowhere": rms(logits - truth),
        "rms_logit_nowhere": rms(truth),
        "js": jnp.log(2) + value / 2,
        "kl": jnp.sum(area * p * logits),
        "reverse_kl": -jnp.sum(area * q * logits),
    }


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns what was compared along training, `[seeds, records]`, the truth, and one seed's logits at its end."""
    game, network = judge(config)
    rule = rules.simultaneous(optax.adam(optax.cosine_decay_schedule(config.learning_rate, config.num_steps)))
    points, log_p, log_q, area = grid(config)

    def logits(players: Players) -> Array:
        return network.apply(players["discriminator"], points)[:, 0]

    def observe(players: Players, key: Key) -> dict[str, Array]:
        del key
        return compared(logits(players), log_p, log_q, area)

    @jax.jit
    def train(key: Key) -> tuple[dict[str, Array], Array]:
        played = gg.play(game, rule, key, config.num_steps, observe, config.num_steps // config.num_records)
        return played.records, logits(played.players)

    records, last = jax.lax.map(train, jax.random.split(key, config.num_seeds))
    truth = compared(log_p - log_q, log_p, log_q, area)
    side = (config.nodes, config.nodes)
    return {
        **records,
        **{f"true_{name}": each for name, each in truth.items() if name in ("js", "kl", "reverse_kl")},
        "logits": last[0].reshape(side),
        "true_logits": (log_p - log_q).reshape(side),
        "log_larger_density": jnp.maximum(log_p, log_q).reshape(side),
    }


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns mean and range over seeds of everything at the end of training, and the true divergences."""

    def spread(values: np.ndarray) -> dict:
        return {"mean": np.mean(values), "lowest": np.min(values), "highest": np.max(values)}

    ends = {name: arrays[name][:, -1] for name in ("rms_error", "r_squared", "rms_error_nowhere", "rms_logit_nowhere")}
    found = {
        name: {
            "true": arrays[f"true_{name}"],
            **spread(arrays[name][:, -1]),
            "largest_relative_error": np.max(np.abs(arrays[name][:, -1] / arrays[f"true_{name}"] - 1)),
        }
        for name in ("js", "kl", "reverse_kl")
    }
    return {"logit": {name: spread(values) for name, values in ends.items()}, "divergences": found}


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figures: the logit over the plane; errors and divergences over steps."""
    return {"plane": draw_plane(arrays), "training": draw_training(config, arrays)}


def draw_plane(arrays: experiment.Arrays):
    """Returns the true logit, the learned one, and their difference, with the border of the support."""
    figure, axes = experiment.figure(1, 3, (13.0, 4.3), sharex=True, sharey=True)
    extent = (-REACH, REACH, -REACH, REACH)
    error = arrays["logits"] - arrays["true_logits"]
    panels = {"true: log p/q": arrays["true_logits"], "learned": arrays["logits"], "learned − true": error}
    for axis, (title, values) in zip(axes, panels.items(), strict=True):
        image = axis.imshow(values, cmap="RdBu_r", vmin=-12, vmax=12, origin="lower", extent=extent)
        axis.contour(arrays["log_larger_density"], [np.log(NOWHERE)], extent=extent, colors="black", linewidths=1)
        axis.grid(False)
        axis.set(title=title, aspect="equal")
    figure.colorbar(image, ax=axes, shrink=0.85, label="nat")
    figure.suptitle(f"Beyond the line both densities are below {NOWHERE:g}, and nothing has been learned")
    return figure


def draw_training(config: Config, arrays: experiment.Arrays):
    """Returns the error of the logit, and the divergences with their true values, over steps."""
    figure, (left, right) = experiment.figure(1, 2, (11.0, 4.4))
    steps = config.num_steps // config.num_records * np.arange(1, config.num_records + 1)
    for name, label, color in (
        ("rms_error", "where samples are", "#0072b2"), ("rms_error_nowhere", "where none are", "#d55e00")
    ):  # fmt: skip
        for seed, values in enumerate(arrays[name]):
            left.plot(steps, values, color=color, label=label if seed == 0 else None)
    left.axhline(0.15, color="black", linestyle="--", linewidth=1)
    left.set(yscale="log", xlabel="step", ylabel="nat", title="Root mean square error of the logit")
    left.legend()
    colors = {"js": "#0072b2", "kl": "#d55e00", "reverse_kl": "#009e73"}
    labels = {"js": "JS", "kl": "KL(p‖q)", "reverse_kl": "KL(q‖p)"}
    for name, color in colors.items():
        for seed, values in enumerate(arrays[name]):
            right.plot(steps, values, color=color, label=labels[name] if seed == 0 else None)
        right.axhline(arrays[f"true_{name}"], color=color, linestyle="--", linewidth=1)
    right.set(xlabel="step", ylabel="nat", title="Divergences that the logit says; dashed: true", ylim=(0, None))
    right.legend()
    return figure


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
