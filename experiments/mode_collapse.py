"""Does the generator lose modes, and does unrolling cure it? Slides 54 and 65 of the tutorial, over seeds and settings.

    python experiments/mode_collapse.py                                      20 to 40 minutes on two cores
    python experiments/mode_collapse.py --variants metz --num-steps 25000    the paper's size, for an accelerator

Metz et al. (2017, https://arxiv.org/abs/1611.02163) show one run of a GAN on a ring of eight Gaussians: without
unrolling the generator jumps from mode to mode for 25,000 steps, with ten unrolled steps it covers all. Here every
depth plays every variant (networks and learning rates) with the same seeds; what is reported are rates over seeds.

    equal                Adam at 1e-3 for both, b1 = 0.5; relu networks, the paper's Appendix A, smaller
    fast_discriminator   3e-3 for the discriminator
    slow_discriminator   1e-4 for the discriminator
    fast                 3e-3 for both
    slow                 3e-4 for both
    unscaled             the discriminator sees x itself; the paper's, and that of the others here, sees x/4
    tanh                 tanh networks, two hidden layers of 64 in the discriminator, orthogonal at gain 1.4
    tanh_unscaled        the same on x itself, as in the notebook that was published with the paper
    non_saturating       the generator's cost of slide 27
    metz                 the paper's size: latents of 256, layers of 128, batches of 512, Adam at 1e-4

What one should see: in the variant `equal` the plain GAN (depth 0) covers the ring in a quarter of the seeds after
3,000 steps, depth 5 and 10 in nearly all of them, which is the paper's claim. It is not the whole truth. With
`fast_discriminator` and `tanh_unscaled` the plain GAN covers the ring as well, at a fraction of the time; with `tanh`
on x/4 no depth covers it. Users of the notebook report that its plain GAN does not collapse, and name tanh: it takes
tanh and the unscaled input together. Coverage comes long before quality: the high-quality share of all rules stays
well below the 98.89 % of a perfect sampler.
"""

import dataclasses
import sys
import time
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import games, metrics, rules
from gangame.lab import experiment, figures

TANH = {"activation": "tanh", "gain": 1.4, "discriminator_hidden": (64, 64)}
VARIANTS: dict[str, dict[str, Any]] = {
    "equal": {},
    "fast_discriminator": {"discriminator_rate": 3e-3},
    "slow_discriminator": {"discriminator_rate": 1e-4},
    "fast": {"generator_rate": 3e-3, "discriminator_rate": 3e-3},
    "slow": {"generator_rate": 3e-4, "discriminator_rate": 3e-4},
    "unscaled": {"input_scale": 1.0},
    "tanh": TANH,
    "tanh_unscaled": {**TANH, "input_scale": 1.0},
    "non_saturating": {"cost": "non_saturating"},
    "metz": {"setting": "metz", "generator_rate": 1e-4, "discriminator_rate": 1e-4},
}
NUM_PANELS = 6
NUM_SHOWN = 512


@dataclasses.dataclass(frozen=True)
class Config:
    """What plays, how long, and over how many seeds."""

    variants: tuple[str, ...] = experiment.option(tuple(VARIANTS)[:-1], f"among {', '.join(VARIANTS)}")
    depths: tuple[int, ...] = experiment.option((0, 1, 5, 10), "numbers of unrolled steps, 0 or more")
    num_seeds: int = experiment.option(16, "seeds, 1 or more")
    num_steps: int = experiment.option(3000, "steps, a multiple of 25")

    def __post_init__(self):
        """Checks the values."""
        for variant in self.variants:
            if variant not in VARIANTS:
                raise ValueError(f"variant is {variant!r}; it has to be one of {', '.join(VARIANTS)}.")
        if not self.depths or min(self.depths) < 0 or self.num_seeds < 1 or not self.variants:
            raise ValueError(
                f"depths are {self.depths} and num_seeds is {self.num_seeds}; depths have to be 0 or more, and there "
                "has to be at least one seed, one depth and one variant."
            )
        if self.num_steps < 25 or self.num_steps % 25:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of 25, the number of records.")


TINY = Config(variants=("equal",), depths=(0, 1), num_seeds=2, num_steps=50)


def setup(variant: str, depth: int) -> tuple[gg.Game, gg.UpdateRule]:
    """Returns the game of a variant and its rule at one depth."""
    setting = dict(VARIANTS[variant])
    adam = partial(optax.adam, b1=0.5, eps_root=1e-16)  # the root is smooth: unrolling differentiates through it
    optimizer = {
        "generator": adam(setting.pop("generator_rate", 1e-3)),
        "discriminator": adam(setting.pop("discriminator_rate", 1e-3)),
    }
    return games.mixture(**setting), rules.unrolled(optimizer, depth=depth)


def run(config: Config, key: jax.Array) -> dict[str, Any]:
    """Returns for every variant and depth the coverage over steps and seeds, some samples, and times."""
    arrays: dict[str, Any] = {}
    for variant in config.variants:
        for depth in config.depths:
            cell = play_cell(*setup(variant, depth), config, key)
            arrays |= {f"{variant}/{depth}/{name}": each for name, each in cell.items()}
            print(f"{variant}, depth {depth}: {float(np.mean(cell['modes'][:, -1])):.2f} modes", file=sys.stderr)
    return arrays


def play_cell(game: gg.Game, rule: gg.UpdateRule, config: Config, key: jax.Array) -> dict[str, Any]:
    """Returns what one rule does on one game: `modes`, `high_quality`, `reverse_kl`, each `[seeds, 25]`, and more."""
    data = game.sample.data

    def observe(players: gg.core.Players, key: jax.Array) -> dict[str, jax.Array]:
        coverage = metrics.mode_coverage(games.generate(game, players, key, 2500), data.centers, data.std)
        return {name: coverage[name] for name in ("modes", "high_quality", "reverse_kl")}

    key_shown = jax.random.fold_in(key, 2**32 - 1)  # that of no seed
    keys = jax.vmap(lambda seed: jax.random.fold_in(key, seed))(jnp.arange(config.num_seeds))
    every, per_piece = config.num_steps // 25, 25 // (NUM_PANELS - 1)
    step = jax.vmap(lambda game, run: gg.advance(game, rule, run, every * per_piece, observe, every), in_axes=(None, 0))
    shown = jax.jit(
        lambda players: games.generate(game, jax.tree.map(lambda own: own[0], players), key_shown, NUM_SHOWN)
    )

    current = jax.jit(jax.vmap(partial(gg.start, game, rule)))(keys)
    began = time.perf_counter()
    compiled = jax.jit(step).lower(gg.portable(game), current).compile()
    compile_seconds = time.perf_counter() - began
    samples, records, seconds = [shown(current.players)], [], 0.0
    for _ in range(NUM_PANELS - 1):
        began = time.perf_counter()
        current = jax.block_until_ready(compiled(gg.portable(game), current))
        seconds += time.perf_counter() - began
        records.append(current.records)
        samples.append(shown(current.players))
        current = current._replace(records=None)
    joined = jax.tree.map(lambda *pieces: jnp.concatenate(pieces, axis=1), *records)
    return {
        **joined,
        "samples": jnp.stack(samples).astype(jnp.float16),
        "compile_seconds": compile_seconds,
        "steps_per_second": config.num_steps / seconds,
    }


def summarize(config: Config, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns for every variant and depth the state at the last step and when it was reached."""
    return {
        variant: {f"depth {depth}": _summary(config, _cell(arrays, variant, depth)) for depth in config.depths}
        for variant in config.variants
    }


def _cell(arrays: dict[str, np.ndarray], variant: str, depth: int) -> dict[str, np.ndarray]:
    start = f"{variant}/{depth}/"
    return {name.removeprefix(start): each for name, each in arrays.items() if name.startswith(start)}


def _summary(config: Config, cell: dict[str, np.ndarray]) -> dict[str, Any]:
    every, num_modes = config.num_steps // 25, 8
    full = cell["modes"] >= num_modes
    covered = int(full[:, -1].sum())
    in_all = full.all(axis=0)
    return {
        **{name: metrics.mean_and_error(cell[name][:, -1]) for name in ("modes", "high_quality", "reverse_kl")},
        "seeds_with_all_modes": covered,
        "share_with_all_modes_wilson_95": metrics.wilson(covered, config.num_seeds),
        "first_step_with_all_modes_in_all_seeds": int((in_all.argmax() + 1) * every) if in_all.any() else None,
        "compile_seconds": float(cell["compile_seconds"]),
        "steps_per_second_all_seeds": float(cell["steps_per_second"]),
    }


def draw(config: Config, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns the paper's figure for the first variant, the modes over time, and the rates."""
    variant = config.variants[0]
    moments = [round(config.num_steps * part / (NUM_PANELS - 1)) for part in range(NUM_PANELS)]
    clouds = {
        f"depth {depth}": dict(zip(moments, _cell(arrays, variant, depth)["samples"].astype(float), strict=True))
        for depth in config.depths
    }
    data = setup(variant, 0)[0].sample.data
    return {
        "samples": figures.samples_over_time(clouds, data),
        "modes": _draw_modes(config, arrays),
        "rates": _draw_rates(config, arrays),
    }


def _draw_modes(config: Config, arrays: dict[str, np.ndarray]) -> Any:
    rows = -(-len(config.variants) // 5)
    figure, panels = experiment.figure(
        rows, min(len(config.variants), 5), (13, 2.6 * rows + 0.3), sharey=True, squeeze=False
    )
    steps = config.num_steps // 25 * np.arange(1, 26)
    for axes, variant in zip(panels.flat, config.variants, strict=False):
        for depth, color in zip(config.depths, figures.COLORS, strict=False):
            figures.band(axes, steps, _cell(arrays, variant, depth)["modes"], color, f"depth {depth}")
        axes.axhline(8, color="black", linewidth=1, linestyle=":")
        axes.set(title=variant, xlabel="step")
    for axes in panels.flat[len(config.variants) :]:
        axes.set_axis_off()
    panels[0, 0].set_ylabel("modes covered")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _draw_rates(config: Config, arrays: dict[str, np.ndarray]) -> Any:
    figure, axes = experiment.figure(1, 1, (1.2 + 1.6 * len(config.variants), 3.4))
    width = 0.8 / len(config.depths)
    for index, (depth, color) in enumerate(zip(config.depths, figures.COLORS, strict=False)):
        found = [_summary(config, _cell(arrays, variant, depth)) for variant in config.variants]
        rates = np.array([each["seeds_with_all_modes"] / config.num_seeds for each in found])
        low, high = np.array([each["share_with_all_modes_wilson_95"] for each in found]).T
        place = np.arange(len(rates)) + (index - (len(config.depths) - 1) / 2) * width
        axes.bar(place, rates, width * 0.9, color=color, alpha=0.85, label=f"depth {depth}")
        interval = np.maximum([rates - low, high - rates], 0)
        axes.errorbar(place, rates, interval, fmt="none", color="black", linewidth=1, capsize=2)
    axes.set_xticks(range(len(config.variants)), config.variants)
    axes.set(ylabel=f"share of {config.num_seeds} seeds\nwith all modes", ylim=(0, 1.03))
    axes.grid(visible=False, axis="x")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
