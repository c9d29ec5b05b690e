"""How often does a GAN lose modes, and what helps? One change at a time, over seeds.

    python experiments/collapse_rates.py                      about 20 minutes on one core
    python experiments/collapse_rates.py --setting metz --num-steps 25000 --num-seeds 128    for an accelerator

All play the ring of `mode_collapse`: eight Gaussians, radius 2, standard deviation 0.02, latents of 16, a generator of
64-64 against a discriminator of 128, batches of 128; with the same seeds, as many steps, and Adam at 1e-3 with b1 = 0.5
for both players. The first row is the game of Metz et al. (2017), minimax with simultaneous steps; each other row
changes one thing of it, or a cost together with its penalty, and none was tuned: a penalty has γ = 0.1, consensus 1.
Equal steps are not equal work: unrolling by five took four times the first row's processor time, consensus 2.5 times.

A run has collapsed if it does not cover all modes at the end: by the protocol of VEEGAN and PacGAN, 2,500 samples, and
one of them within three standard deviations of each centre. A run may also cover all modes at one moment and lose some
at the next, so `ever_missing` counts those that lack a mode at any record of the last fifth.

What one should see (2026-11-30, two shared cores of an AMD EPYC, 14 minutes on one): of 32 seeds of the first row 26
collapse (0.65 to 0.91). None does with unrolling by five (0.00 to 0.11), two with the prediction of the generator or a
discriminator three times as fast (0.02 to 0.20), four with packs of two or consensus, five with unrolling by one, six
with alternating steps, averaged or not, 8 with batch normalisation, 11 with packs of four, 14 with extragradient. R1,
smoothing and noise help a little at these strengths (19, 24, 24); optimistic steps and feature matching do not. Every
change of the cost alone, from the non-saturating one to the gradient penalty, collapses in all seeds or all but one:
at one step of the discriminator for one of the generator and this rate a critic does not keep up, so these rows say
that nothing was tuned, not that these costs are bad.

The same seeds are other runs on another processor, for rounding grows: on that of 2026-11-24 29 of the first row had
collapsed, none with packs of two or the prediction and one with consensus. Rows that are this near to each other are
not told apart by 32 seeds.
"""

import dataclasses
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

import gangame as gg
from gangame import games, metrics, rules
from gangame.core import Key, UpdateRule
from gangame.lab import experiment
from gangame.lab.covering import covered

NUM_RECORDS = 20
GENERATOR_FIRST = ("generator", "discriminator")


class Method(NamedTuple):
    """What one row changes.

    Attributes:
      family: what kind of change it is.
      game: arguments of `games.mixture`.
      rule: from optimisers to the rule.
      ratio: learning rate of the discriminator over that of the generator.
    """

    family: str
    game: Mapping[str, Any] = MappingProxyType({})
    rule: Callable[[Any], UpdateRule] = rules.simultaneous
    ratio: float = 1.0


METHODS: dict[str, Method] = {
    "minimax, simultaneous": Method("start"),
    "non-saturating": Method("cost", {"cost": "non_saturating"}),
    "least squares": Method("cost", {"cost": "least_squares"}),
    "hinge": Method("cost", {"cost": "hinge"}),
    "relativistic average": Method("cost", {"cost": "relativistic_average"}),
    "feature matching": Method("cost", {"match_features": True}),
    "one-sided smoothing 0.9": Method("cost", {"real_label": 0.9}),
    "R1, γ = 0.1": Method("penalty", {"penalty": "r1"}),
    "DRAGAN, γ = 0.1": Method("penalty", {"penalty": "dragan"}),
    "Wasserstein, gradient penalty": Method("penalty", {"cost": "wasserstein", "penalty": "gradient"}),
    "hinge, spectral norm": Method("penalty", {"cost": "hinge", "spectral_norm": True}),
    "instance noise 0.1": Method("input", {"noise": 0.1}),
    "packing 2": Method("input", {"packing": 2}),
    "packing 4": Method("input", {"packing": 4}),
    "batch norm in G": Method("network", {"batch_norm": True}),
    "D three times as fast": Method("rule", ratio=3.0),
    "alternating": Method("rule", rule=rules.alternating),
    "alternating, average": Method("rule", rule=lambda each: rules.averaged(rules.alternating(each), decay=0.99)),
    "prediction of G": Method("rule", rule=partial(rules.prediction, order=GENERATOR_FIRST)),
    "consensus 1": Method("rule", rule=lambda each: rules.consensus(each, strength=1.0)),
    "optimistic": Method("rule", rule=rules.optimistic),
    "extragradient": Method("rule", rule=rules.extragradient),
    "unrolled 1": Method("rule", rule=partial(rules.unrolled, depth=1)),
    "unrolled 5": Method("rule", rule=partial(rules.unrolled, depth=5)),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What plays, how long, and over how many seeds."""

    methods: tuple[str, ...] = experiment.option(tuple(METHODS), "rows to play")
    setting: str = experiment.option("small", "sizes of `games.mixture`, such as small or metz")
    learning_rate: float = experiment.option(1e-3, "of both players, above 0")
    num_seeds: int = experiment.option(32, "seeds, 1 or more")
    num_steps: int = experiment.option(3000, f"steps, a multiple of {NUM_RECORDS}")

    def __post_init__(self):
        """Checks the values."""
        for method in self.methods:
            if method not in METHODS:
                raise ValueError(f"method is {method!r}; it has to be one of {', '.join(METHODS)}.")
        if not self.methods or self.num_seeds < 1 or not self.learning_rate > 0:
            raise ValueError(
                f"num_seeds is {self.num_seeds} and learning_rate is {self.learning_rate}; there has to be at least "
                "one method and one seed, and a positive learning rate."
            )
        if self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of {NUM_RECORDS}, above 0.")


TINY = Config(methods=("minimax, simultaneous", "alternating, average"), num_seeds=2, num_steps=40)


def setup(config: Config, method: Method) -> tuple[gg.Game, UpdateRule]:
    """Returns game and rule of one row."""
    adam = partial(optax.adam, b1=0.5, eps_root=1e-16)  # the root is smooth: unrolling differentiates through it
    optimizer = {
        "generator": adam(config.learning_rate),
        "discriminator": adam(method.ratio * config.learning_rate),
    }
    return games.mixture(config.setting, **method.game), method.rule(optimizer)


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns coverage of each row, `[seeds, NUM_RECORDS]`, and seconds."""
    arrays: dict[str, Any] = {}
    for name in config.methods:
        game, rule = setup(config, METHODS[name])
        keys = jax.random.split(key, config.num_seeds)
        play = partial(covered, game, rule, num_steps=config.num_steps, num_records=NUM_RECORDS)
        compiled = jax.jit(jax.vmap(play)).lower(keys).compile()
        began = time.process_time()
        records = jax.tree.map(np.asarray, compiled(keys)[1])
        arrays |= {f"{name}/{measure}": each for measure, each in records.items()}
        arrays[f"{name}/cpu_seconds"] = time.process_time() - began
        print(f"{name}: {np.mean(records['modes'][:, -1]):.2f} modes", file=sys.stderr)
    return arrays


def missing(arrays: experiment.Arrays, name: str, num_modes: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Returns which seeds lack a mode at the end, and which do at any record of the last fifth."""
    lacking = arrays[f"{name}/modes"] < num_modes
    return lacking[:, -1], lacking[:, -NUM_RECORDS // 5 :].any(axis=1)


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns for each row the share of seeds that collapsed, and how well the others are, with 95 % intervals."""
    first = missing(arrays, config.methods[0])[0]
    found = {}
    for name in config.methods:
        at_end, ever = missing(arrays, name)
        found[name] = {
            "family": METHODS[name].family,
            "collapsed": int(at_end.sum()),
            "share_collapsed_wilson_95": (at_end.mean(), *metrics.wilson(int(at_end.sum()), config.num_seeds)),
            "less_than_the_first_row_paired_95": metrics.difference_of_rates(first, at_end),
            "ever_missing_in_the_last_fifth": (ever.mean(), *metrics.wilson(int(ever.sum()), config.num_seeds)),
            **{
                measure: metrics.mean_interval(arrays[f"{name}/{measure}"][:, -1])
                for measure in ("modes", "high_quality", "reverse_kl")
            },
            "cpu_seconds": arrays[f"{name}/cpu_seconds"],
        }
    return found


COLORS = {
    "start": "#555555", "cost": "#0072b2", "penalty": "#009e73", "input": "#e69f00", "network": "#cc79a7",
    "rule": "#d55e00",
}  # fmt: skip


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the bar chart, most robust methods on top."""
    from matplotlib.patches import Patch  # here, because only who draws should pay for the import

    found = summarize(config, arrays)
    names = sorted(config.methods, key=lambda name: found[name]["collapsed"], reverse=True)
    figure, axes = experiment.figure(1, 1, (8.5, 1.5 + 0.27 * len(names)))
    share, low, high = np.array([found[name]["share_collapsed_wilson_95"] for name in names]).T
    places = np.arange(len(names))
    families = [METHODS[name].family for name in names]
    axes.barh(places, share, 0.72, color=[COLORS[family] for family in families], alpha=0.85)
    interval = np.maximum([share - low, high - share], 0)
    axes.errorbar(share, places, xerr=interval, fmt="none", color="black", linewidth=1, capsize=2)
    axes.set_yticks(places, names)
    axes.set(xlabel=f"share of {config.num_seeds} seeds that miss a mode after {config.num_steps:,} steps", xlim=(0, 1))
    axes.grid(visible=False, axis="y")
    shown = [family for family in COLORS if family in families]
    axes.legend([Patch(color=COLORS[family]) for family in shown], shown, loc="upper right")
    return {"collapse": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
