"""A discriminator as a critic: do a target network and replay change how many modes a GAN covers (slides 33, 72)?

    python experiments/actor_critic.py            ten minutes on one busy core, most of it compiling
    python experiments/actor_critic.py --bases fast_critic --output experiments/results/actor_critic/fast_critic

A GAN is an actor-critic method whose environment has no state and whose actor does not see anything (Pfau and Vinyals,
2016, https://arxiv.org/abs/1610.01945). Two tricks that keep such methods stable, on the ring of `collapse_rates`:
eight Gaussians, latents of 16, a generator of 64-64 against a discriminator of 128, batches of 128, minimax, Adam at
1e-3 with b1 = 0.5 for both players.

    target β   the generator faces an exponential average of the discriminator (`rules.target_network`)
    replay     half of what the discriminator takes for samples are those of the generator at one of 20 points of the
               last thousand steps (`rules.opponent_replay`)
    both       replay, and the target network with the first β

under simultaneous steps, under alternating ones, and under alternating ones of a discriminator that learns three times
as fast ("fast_critic"). With the same seeds, 2,000 steps each. What is measured is how many modes are covered by then
(2,500 samples, one of them within three standard deviations of the centre), not where a run ends: the alternating rule
still gains modes, and in `collapse_rates` 26 of 32 seeds of it cover the ring after 3,000 steps. `collapsed` in the
results counts the seeds that lack a mode at the last record, `ever_missing` those that lack one at any record of the
last fifth.

What one should see (both commands, 2026-11-30, two shared cores of a Xeon with AVX-512), modes after 2,000 steps as
means over 16 seeds with 95 % intervals, and how many seeds lack one:

                   simultaneous                alternating                 fast_critic
    plain          1.06 (0.50 to 1.63)  16     5.19 (3.81 to 6.57)  12     7.94 (7.80 to 8.07)   1 (0.01 to 0.28)
    target 0.9     0.38 (0.11 to 0.64)  16     0.12 (0 to 0.31)     16     2.38 (1.06 to 3.69)  16 (0.81 to 1.00)
    target 0.99    0.00                 16     0.00                 16     0.00                 16
    replay         0.31 (0.06 to 0.57)  16     0.44 (0.16 to 0.71)  16     7.50 (7.02 to 7.98)   5 (0.14 to 0.56)
    both           0.38 (0.11 to 0.64)  16     0.06 (0 to 0.20)     16     2.50 (1.07 to 3.93)  16

Both slow it down. With a fast critic the plain rule has more than seven modes from step 600 on, and replay from 1,200
on. By the end that is nearly made up for in modes (five seeds that lack one instead of one are a difference of 0.25,
−0.02 to 0.47, over the same seeds) and not in good samples, 0.13 of all (0.09 to 0.17) instead of 0.33 (0.28 to 0.38).
The target network of 0.9 has about one mode from step 400 to 1,400 and then gains, 2.4 at the end. The alternating rule
goes from 2.9 modes at 1,200 to 5.2, and with either trick has less than one at all records from 300 on, without a
trend. Whether such rows would get there later, or those of 0.99, which end without a mode, is not decided by 2,000
steps; and simultaneous steps have less than two modes in all rows at all times. On V = xy a lag of β²/(1 − β) steps, 8
and 98 for these, drives outward, see `rules.target_network`. In reinforcement learning these are tricks against a
critic that is fitted to itself, which a discriminator is not. One capacity and one share of the buffer have been
played.

The rows of replay, "both" among them, were played when the rule inside got the key of a step as it came; since then it
has one that is split from it, so that the same command draws other batches and other generators for them.
"""

import dataclasses
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from gangame import games, metrics, rules
from gangame.core import Key, UpdateRule, portable
from gangame.lab import experiment
from gangame.lab.covering import covered
from gangame.lab.gan_rules import smooth_adam
from gangame.lab.intervals import written

NUM_RECORDS = 20
BASES = {
    "simultaneous": (rules.simultaneous, 1.0),
    "alternating": (rules.alternating, 1.0),
    "fast_critic": (rules.alternating, 3.0),
}
"""Rules, and how much faster than the generator the discriminator learns."""

MEASURES = ("modes", "high_quality", "reverse_kl")


@dataclasses.dataclass(frozen=True)
class Config:
    """What plays, how long, and over how many seeds."""

    bases: tuple[str, ...] = experiment.option(("simultaneous", "alternating"), "of " + ", ".join(BASES))
    decays: tuple[float, ...] = experiment.option((0.9, 0.99), "β of the target networks, from 0 to 1")
    capacity: int = experiment.option(20, "generators that are remembered, 1 or more")
    period: int = experiment.option(50, "steps between two of them, 1 or more")
    learning_rate: float = experiment.option(1e-3, "of the generator, above 0")
    num_seeds: int = experiment.option(16, "2 or more")
    num_steps: int = experiment.option(2000, f"a multiple of {NUM_RECORDS}")

    def __post_init__(self):
        """Checks the values."""
        experiment.check_rows("bases", self.bases, BASES, self.num_seeds)
        if not self.decays or not all(0 <= decay <= 1 for decay in self.decays) or not self.learning_rate > 0:
            raise ValueError(
                f"decays is {self.decays} and learning_rate {self.learning_rate}; there has to be one decay or more, "
                "from 0 to 1, and the rate has to be positive."
            )
        if min(self.capacity, self.period) < 1 or self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS:
            raise ValueError(
                f"capacity is {self.capacity}, period {self.period} and num_steps {self.num_steps}; they have to be 1 "
                f"or more, and a multiple of {NUM_RECORDS}."
            )


TINY = Config(bases=("alternating",), decays=(0.9,), capacity=2, period=5, num_seeds=2, num_steps=NUM_RECORDS)


def tricks(config: Config) -> dict[str, Callable[[UpdateRule], UpdateRule]]:
    """Returns by its name what is made of a rule, the first of them nothing."""
    remember = partial(rules.opponent_replay, of=("generator",), capacity=config.capacity, every=config.period)
    slow = {decay: partial(rules.target_network, of=("discriminator",), decay=decay) for decay in config.decays}
    first = slow[config.decays[0]]
    return {
        "plain": lambda rule: rule,
        **{f"target {decay:g}": wrap for decay, wrap in slow.items()},
        "replay": remember,
        "both": lambda rule: first(remember(rule)),
    }


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns coverage of each row, `[seeds, NUM_RECORDS]`, and seconds."""
    arrays: dict[str, Any] = {}
    game, keys = portable(games.mixture()), jax.random.split(key, config.num_seeds)
    for base in config.bases:
        make, ratio = BASES[base]
        rates = {"generator": config.learning_rate, "discriminator": ratio * config.learning_rate}
        for trick, wrap in tricks(config).items():
            rule = wrap(make({name: smooth_adam(rate) for name, rate in rates.items()}))

            def play(game: Any, key: Key, rule: UpdateRule = rule) -> dict:
                return covered(game, rule, key, config.num_steps, NUM_RECORDS)[1]

            compiled = jax.jit(jax.vmap(play, in_axes=(None, 0))).lower(game, keys).compile()
            began = time.process_time()
            records = jax.tree.map(np.asarray, compiled(game, keys))
            arrays |= {f"{base}, {trick}/{measure}": each for measure, each in records.items()}
            arrays[f"{base}, {trick}/cpu_seconds"] = time.process_time() - began
            print(f"{base}, {trick}: {np.mean(records['modes'][:, -1]):.2f} modes", file=sys.stderr)
    return arrays


def missing(modes: np.ndarray, num_modes: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Returns which seeds lack a mode at the end, and which do at any record of the last fifth, `[seeds]` each."""
    lacking = modes < num_modes
    return lacking[:, -1], lacking[:, -NUM_RECORDS // 5 :].any(axis=1)


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns how many seeds collapsed, how that differs from the plain rule, and how good samples are."""
    found: dict[str, Any] = {}
    for base in config.bases:
        plain = missing(arrays[f"{base}, plain/modes"])[0]
        for trick in tricks(config):
            name = f"{base}, {trick}"
            at_end, ever = missing(arrays[f"{name}/modes"])
            found[name] = {
                "collapsed": int(at_end.sum()),
                "share_collapsed": (at_end.mean(), *metrics.wilson(int(at_end.sum()), config.num_seeds)),
                "less_than_plain_paired": metrics.difference_of_rates(plain, at_end),
                "ever_missing": (ever.mean(), *metrics.wilson(int(ever.sum()), config.num_seeds)),
                **{measure: metrics.mean_interval(arrays[f"{name}/{measure}"][:, -1]) for measure in MEASURES},
                "cpu_seconds": arrays[f"{name}/cpu_seconds"],
            }
            row = found[name]
            print(
                f"{name:26} {row['collapsed']:3} of {config.num_seeds}  {written(row['share_collapsed'], '.2f')}  ever "
                f"{int(ever.sum()):3}  " + "  ".join(written(row[measure], ".2f") for measure in MEASURES)
                + f"  {float(row['cpu_seconds']):.0f} s",
                file=sys.stderr,
            )  # fmt: skip
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: modes over steps, and at the end with 95 % intervals."""
    figure, axes = experiment.figure(1, 2 * len(config.bases), (7.5 * len(config.bases), 3.2))
    steps = config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
    for base, lines, bars in zip(config.bases, axes[::2], axes[1::2], strict=True):
        for place, trick in enumerate(tricks(config)):
            modes = arrays[f"{base}, {trick}/modes"]
            (line,) = lines.plot(steps, modes.mean(axis=0), label=trick)
            mean, low, high = metrics.mean_interval(modes[:, -1])
            bars.plot([place] * 2, [low, high], color=line.get_color())
            bars.plot(place, mean, "o", color=line.get_color())
        lines.set(title=base, xlabel="step", ylabel="modes of 8, mean over seeds", ylim=(0, 8.2))
        lines.legend(fontsize=7)
        bars.set(title="modes at the end", ylim=(-0.3, 8.3))
        bars.set_xticks(range(len(tricks(config))), list(tricks(config)), rotation=30)
    return {"covering": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
