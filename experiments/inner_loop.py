"""Who is in the inner loop: min over G of max over D, or max over D of min over G (slide 54)?

    python experiments/inner_loop.py            five minutes on one core

Exactly, on 16 points with the optimum of the inner loop enumerated, V = Σ p_data log σ(a) + Σ p_g log σ(−a):

    D inside    a = log p_data/p_g, so that the generator, a table of logits, descends 2 JS(p_data, p_g) − log 4
    G inside    all its mass is on the point that the discriminator likes best, min_x log σ(−a(x)), whatever p_data is

The slide's inequality is about what the generator can be. Where it can be any density both values are −log 4. Where it
has to be m equal points, max over D of min over G is still −log 4: a = 0 earns that against anybody, and no other a
earns more against a draw from p_data, which is a mixture of such generators. But min over G of max over D is
2 min JS − log 4 over all choices of m points, which is more.

By networks, on the ring of eight Gaussians (`games.mixture`): Adam at 1e-3 with b1 = 0.5 for both, 16 seeds.

    simultaneous
    D inside, unrolled       the generator looks through five steps of the discriminator (Metz et al. 2017)
    D inside, steps          five steps of the discriminator, then one of the generator
    G inside, unrolled       the discriminator looks through five steps of the generator
    G inside, steps          five steps of the generator, then one of the discriminator

What one should see (2026-11-30, two shared cores of a Xeon, five minutes of processor time): exactly, slide 54.
With D inside p_g becomes p_data; with G inside it is one point at every step, another one each time, in turn through
all 16, and only the average over steps comes to p_data (total variation 0.02). One equal point has a min max of −0.46,
four have −0.95, where max min is −log 4 = −1.39. By networks the D inside covers the ring in 16 of 16 seeds (0.81 to
1.00), unrolled or by steps, where simultaneous steps do in none. With five real steps of the generator inside, all
seeds have one mode or none (0.81 to 1.00), 0.4 on average: the slide's collapse. But a discriminator that looks through
five imagined steps of the generator does not collapse it: 12 of 16 seeds cover all modes (0.51 to 0.90), 7.75 on
average. Five imagined steps are no inner optimum, and here a look ahead by either player keeps the modes. So the
slide's order holds of the optimum in the inner loop, and not of who looks ahead.
"""

import dataclasses
import itertools
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import gangame as gg
from gangame import games, metrics, rules
from gangame.core import Array, Batch, Key, Players, UpdateRule
from gangame.lab import experiment
from gangame.lab.covering import covered
from gangame.lab.gan_rules import smooth_adam

NUM_RECORDS = 20
NUM_POINTS = 16
LOG_4 = float(np.log(4))
RULES: dict[str, Callable[[Any], UpdateRule]] = {
    "simultaneous": rules.simultaneous,
    "D inside, unrolled": partial(rules.unrolled, leader="generator", depth=5),
    "D inside, steps": partial(rules.alternating, steps={"discriminator": 5}),
    "G inside, unrolled": partial(rules.unrolled, leader="discriminator", depth=5),
    "G inside, steps": partial(rules.alternating, steps={"generator": 5}),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """How long, and over how many seeds."""

    rules: tuple[str, ...] = experiment.option(tuple(RULES), "rules to play by networks")
    num_seeds: int = experiment.option(16, "runs of networks, 1 or more")
    num_steps: int = experiment.option(2000, f"steps of networks, a multiple of {NUM_RECORDS}")
    exact_steps: int = experiment.option(4000, "steps on the points, 100 or more")
    most_points: int = experiment.option(4, "equal points of a generator, from 1 to 5")

    def __post_init__(self):
        """Checks the values."""
        for rule in self.rules:
            experiment.check_choice("rule", rule, RULES)
        if not self.rules or self.num_seeds < 1 or self.exact_steps < 100 or not 1 <= self.most_points <= 5:
            raise ValueError(
                f"rules, num_seeds, exact_steps and most_points are {self.rules}, {self.num_seeds}, "
                f"{self.exact_steps} and {self.most_points}; they have to be one or more rules, 1, 100, and 1 to 5."
            )
        if self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of {NUM_RECORDS}, above 0.")


TINY = Config(rules=("G inside, steps",), num_seeds=2, num_steps=20, exact_steps=400, most_points=2)


def target() -> np.ndarray:
    """Returns p_data `[points]`: a uniform floor with two bumps, one of which is twice the other."""
    points = np.arange(NUM_POINTS)
    density = 0.2 + np.exp(-((points - 3) ** 2) / 4) + 2 * np.exp(-((points - 11) ** 2) / 4)
    return density / density.sum()


def value(data: Array, density: Array, logits: Array) -> Array:
    """Returns V(p_g, a)."""
    return data @ jax.nn.log_sigmoid(logits) + density @ jax.nn.log_sigmoid(-logits)


def favourite(logits: Array) -> Array:
    """Returns the best answer to a discriminator, the density `[points]` with all mass on its favourite point."""
    return jax.nn.one_hot(jnp.argmax(logits), logits.size, dtype=logits.dtype)


def divergence(data: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Returns JS(p_data, p_g) of densities `[..., points]`."""
    middle = (data + density) / 2

    def relative_entropy(p: np.ndarray) -> np.ndarray:
        return np.sum(p * np.log(np.where(p > 0, p, 1) / middle), axis=-1)

    return (relative_entropy(np.broadcast_to(data, density.shape)) + relative_entropy(density)) / 2


def outer_games(data: Array) -> dict[str, gg.Game]:
    """Returns the games that the player of the outer loop plays alone, the other one being at the inner optimum."""

    def of_generator(players: Players, batch: Batch) -> dict[str, Array]:
        del batch
        p = jax.nn.softmax(players["w"])
        # At an optimum of a the value does not change with a to first order, so it may be held fixed.
        return {"w": value(data, p, jax.lax.stop_gradient(jnp.log(data) - jnp.log(p)))}

    def of_discriminator(players: Players, batch: Batch) -> dict[str, Array]:
        del batch
        return {"w": -value(data, jax.lax.stop_gradient(favourite(players["w"])), players["w"])}

    def init(key: Key) -> Players:
        return {"w": jax.random.normal(key, data.shape, data.dtype)}

    return {
        "D inside": gg.Game(init, lambda key: None, of_generator),
        "G inside": gg.Game(init, lambda key: None, of_discriminator),
    }


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns p_g over the steps of both exact games, what m points can reach, and coverage by networks."""
    data = jnp.asarray(target())
    arrays: dict[str, Any] = {"data": data}
    density = {"D inside": jax.nn.softmax, "G inside": favourite}
    for name, game in outer_games(data).items():

        def observe(players: Players, key: Key, of: Any = density[name]) -> Array:
            del key
            return of(players["w"])

        play = partial(gg.play, game, rules.simultaneous(NUM_POINTS / 4), num_steps=config.exact_steps, observe=observe)
        arrays[f"exact/{name}"] = jax.jit(lambda key, play=play: play(key).records)(key)
    arrays["least_divergence"] = np.array(
        [least_divergence(np.asarray(data, float), m) for m in range(1, 1 + config.most_points)]
    )

    game = games.mixture()
    adam = smooth_adam(1e-3)
    for name in config.rules:
        play = partial(covered, game, RULES[name](adam), num_steps=config.num_steps, num_records=NUM_RECORDS)
        records = jax.jit(jax.vmap(lambda key, play=play: play(key)[1]))(jax.random.split(key, config.num_seeds))
        arrays |= {f"{name}/{measure}": each for measure, each in records.items()}
        print(f"{name}: {float(jnp.mean(records['modes'][:, -1])):.2f} modes", file=sys.stderr)
    return arrays


def least_divergence(data: np.ndarray, num_points: int) -> float:
    """Returns the smallest JS to p_data over all choices of equal points, with repetition."""
    chosen = np.array(list(itertools.combinations_with_replacement(range(data.size), num_points)))
    return float(np.min(divergence(data, np.eye(data.size)[chosen].mean(axis=1))))


def gap(data: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Returns the total variation of densities `[..., points]` to p_data."""
    return np.sum(np.abs(density - data), axis=-1) / 2


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns both exact ends, the values, and for each rule the coverage at the end, with intervals."""
    data, inside = arrays["data"], arrays["exact/G inside"]
    average = np.cumsum(inside, axis=0) / np.arange(1, 1 + len(inside))[:, None]
    found: dict[str, Any] = {
        "exact": {
            "total_variation_with_D_inside": gap(data, arrays["exact/D inside"][-1]),
            "total_variation_with_G_inside": gap(data, inside[-1]),
            "favourites_in_the_last_100_steps": len(np.unique(np.argmax(inside[-100:], axis=1))),
            "steps_that_change_the_favourite": np.mean(np.argmax(inside[1:], axis=1) != np.argmax(inside[:-1], axis=1)),
            "total_variation_of_the_average_with_G_inside": gap(data, average[-1]),
            "max_min": -LOG_4,
            "min_max_by_number_of_points": 2 * arrays["least_divergence"] - LOG_4,
        }
    }
    for name in config.rules:
        modes = arrays[f"{name}/modes"][:, -1]
        full, one = int(np.sum(modes == 8)), int(np.sum(modes <= 1))
        found[name] = {
            "all_modes": full,
            "share_with_all_modes_wilson_95": (full / len(modes), *metrics.wilson(full, len(modes))),
            "one_mode_or_none": one,
            "share_with_one_mode_or_none_wilson_95": (one / len(modes), *metrics.wilson(one, len(modes))),
            **{
                measure: metrics.mean_interval(arrays[f"{name}/{measure}"][:, -1])
                for measure in ("modes", "high_quality", "reverse_kl")
            },
        }
    return found


COLORS = dict(zip(RULES, ("#555555", "#0072b2", "#56b4e9", "#d55e00", "#e69f00"), strict=True))


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: p_g over steps with either player inside, the values, and modes by networks over steps."""
    figure, axes = experiment.figure(1, 4, (15.0, 3.9))
    shown = min(150, config.exact_steps)
    for axis, name in zip(axes, ("D inside", "G inside"), strict=False):
        axis.imshow(
            arrays[f"exact/{name}"][:shown].T, cmap="magma", aspect="auto", origin="lower", vmin=0,
            vmax=arrays["data"].max() if name == "D inside" else 1, extent=(0, shown, -0.5, NUM_POINTS - 0.5),
            interpolation="nearest",
        )  # fmt: skip
        axis.grid(False)
        axis.set(title=f"{name}: p_g", xlabel="step of the outer loop", ylabel="point")
    counts = np.arange(1, 1 + config.most_points)
    axes[2].plot(counts, 2 * arrays["least_divergence"] - LOG_4, "o-", color="#0072b2", label="min G max D")
    axes[2].axhline(-LOG_4, color="#d55e00", label="max D min G: −log 4")
    axes[2].set(title="the values are not the same", xlabel="equal points of the generator", xticks=counts)
    axes[2].legend()
    steps = config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
    for name in config.rules:
        axes[3].plot(steps, arrays[f"{name}/modes"].mean(axis=0), color=COLORS[name], label=name)
    axes[3].set(title=f"networks: modes of 8, {config.num_seeds} seeds", xlabel="step", ylim=(0, 8.2))
    axes[3].legend(fontsize=7)
    return {"inner_loop": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
