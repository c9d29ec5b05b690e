"""Is it easier to generate an image in steps, from coarse to fine?

    python experiments/lapgan.py                           a quarter of an hour: 5,000 digits of MNIST
    python experiments/lapgan.py --setting paper           wider networks on all of MNIST, for an accelerator

LAPGAN makes an image of 7×7, by perceptrons, and then adds what 14×14 and 28×28 have besides, by convolutions, each
with a GAN of its own (Denton et al. 2015). It is set against two GANs that make all of the image at once, a DCGAN and
perceptrons like those of the coarsest level, with as many parameters in the generator and as many in the discriminator,
and for as many steps as cost the same: XLA counts the FLOPs of a step of each. Batches and optimiser are the same too;
where a system has several rates, as in `paper`, the better one, by the mean over the same seeds, counts.

Samples are clipped to [−1, 1] and judged by `metrics.feature_network`: the FID of its features from those of the test
images, and how unevenly classes are met (KL, nats). "from real 7×7" and "from real 14×14" are samples that start from a
real image of that size: what the levels of detail are worth by themselves, against the same real images made larger
without any residual.

What one should see, as means over three seeds with 95 % intervals, where real images have a FID of 3.6:

                          FID                     without residuals    parameters of G, D    steps
    LAPGAN                231 (211 to 251)                             53,419  51,155         1,200
    DCGAN                 121 (113 to 129)                             54,139  51,957         1,136
    perceptrons           127 (75 to 179)                              53,088  51,415        38,889
    from real 14×14       18 (5 to 31)            245
    from real 7×7         108 (100 to 115)        538

So the levels of detail work: the finest takes its images from a FID of 245 to 18, both together from 538 to 108, less
than the DCGAN has in each seed, which is given no real image. Yet LAPGAN as a whole is worse than either of the others,
than the DCGAN by 110 (87 to 133), where we had aimed at the opposite. Its FID falls by more than half where the
coarsest image is real; the others have learnt from real bases alone, which may be why they do not mend those that are
generated. More steps of the coarsest level are not enough: in trials of one seed (not kept), with levels of detail that
had a FID of 79 from real 7×7, ten times as many left it at 186 and, at twice the rate, 159, and convolutions in place
of its perceptrons at 134 after 5,000. A DCGAN goes from coarse to fine too, within one generator, and is judged by what
comes out at the end. Of the pyramid nothing is lost on the way back: 1.2e-7 at most, in float32.

Seen on 2026-12-01 with the CPU setting on one of two shared cores of an Intel Xeon with AVX-512: 55 s of CPU time for a
run of LAPGAN and 33 s for one of the DCGAN, 16 minutes of the clock in all, beside other work. The rates were chosen by
trials of one seed with other keys, not all of them for each system. The paper's setting has not been run.
"""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, games, metrics, nets, rules
from gangame.core import Array, Key
from gangame.data.pyramid import expanded, reduced
from gangame.lab import experiment
from gangame.lab.intervals import interval
from gangame.lab.parts import part_for_each_seed
from gangame.metrics.shares import class_shares, relative_entropy

NUM_LEVELS = 3
NUM_SHOWN = 20
SYSTEMS = ("lapgan", "dcgan", "perceptrons")
STARTS = {"from real 7×7": 2, "from real 14×14": 1}  # levels of the pyramid
KINDS = (*SYSTEMS, *STARTS)
MEASURES = {"fid": ".2f", "class_kl": ".3f"}


class Setting(NamedTuple):
    """Sizes of everything.

    Attributes:
      images: the set, of `data.images`, 28×28.
      hidden: widths of the hidden layers of the perceptrons on the coarsest level of LAPGAN.
      widths: channels of its convolutions on the levels of detail, 28×28 first.
      kernel_sizes: of the convolutions of its generators.
      latent_dim: size of the latents, but on the levels of detail, where each pixel has one.
      batch_size: images and latents in a step.
      learning_rates: of both players of each system at the start; they fall to zero along a line.
      num_steps: of LAPGAN.
      num_samples: how many samples are judged.
    """

    images: str
    hidden: tuple[int, ...]
    widths: tuple[int, ...]
    kernel_sizes: tuple[int, ...]
    latent_dim: int
    batch_size: int
    learning_rates: dict[str, tuple[float, ...]]
    num_steps: int
    num_samples: int


RATES = {"lapgan": (2e-3,), "dcgan": (2e-3,), "perceptrons": (1e-3,)}
SETTINGS = {
    "cpu": Setting("mnist_5000", (128, 128, 128), (8, 16), (5, 5, 3), 32, 32, RATES, 1200, 4000),
    "paper": Setting(
        "mnist", (256, 256, 256), (64, 64), (7, 7, 5), 100, 128, dict.fromkeys(SYSTEMS, (2e-4, 1e-3)), 60_000, 10_000
    ),
    "tiny": Setting("mnist_5000", (4,), (2, 2), (3,), 2, 8, RATES, 3, 100),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Which setting, and over how many seeds."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    num_seeds: int = experiment.option(3, "GANs of each kind, 2 or more for an interval")
    parts: str = experiment.option("", "folder for the GANs that are done: a run that was cut goes on", recorded=False)

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        if self.num_seeds < 2:
            raise ValueError(f"num_seeds is {self.num_seeds}; it has to be 2 or more, for an interval.")


TINY = Config("tiny", 2)


def pyramid_gan(setting: Setting, found: data.ImageSet) -> gg.Game:
    """Returns LAPGAN on 28, 14 and 7."""
    hidden, latent_dim = setting.hidden, setting.latent_dim
    coarsest = games.lapgan_perceptrons((7, 7, 1), latent_dim, hidden, hidden, True, norm="batch")
    fine = [
        (
            nets.residual_generator(size, 1, width=width, kernel_sizes=setting.kernel_sizes),
            nets.residual_discriminator(size, 2, width=width),
        )
        for size, width in zip((28, 14), setting.widths, strict=True)
    ]
    return games.lapgan(
        found, num_levels=NUM_LEVELS, networks=[*fine, coarsest], latent_dim=(28**2, 14**2, latent_dim),
        batch_size=setting.batch_size,
    )  # fmt: skip


def num_parameters(players: gg.core.PyTree) -> int:
    """Returns how many numbers there are."""
    return sum(leaf.size for leaf in jax.tree.leaves(players))


def as_large(make: Callable[[int], nets.Network], wanted: int) -> nets.Network:
    """Returns the network, of those that `make` makes of a width 1, 2, ..., whose number of parameters is nearest.

    Args:
      make: from a width to a network whose number of parameters grows with it.
      wanted: how many parameters.
    """

    def size(width: int) -> int:
        return num_parameters(jax.eval_shape(make(width).init, jax.random.key(0)))

    low, high = 1, 2
    while size(high) < wanted:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) < wanted else (low, middle)
    return make(min((low, high), key=lambda width: abs(size(width) - wanted)))


def plain_gan(setting: Setting, found: data.ImageSet, like: gg.Game, convolutions: bool) -> gg.Game:
    """Returns the GAN of whole images whose players have as many parameters as those of another game."""
    wanted = {name: num_parameters(own) for name, own in jax.eval_shape(like.init, jax.random.key(0)).items()}
    latent_dim, layers = setting.latent_dim, len(setting.hidden)

    def generator(width: int) -> nets.Network:
        if convolutions:
            return nets.dcgan_generator(28, 1, latent_dim, width=width)
        return games.lapgan_perceptrons((28, 28, 1), latent_dim, (width,) * layers, (), True, norm="batch")[0]

    def discriminator(width: int) -> nets.Network:
        if convolutions:
            return nets.dcgan_discriminator(28, 1, width=width, norm="none")
        return games.lapgan_perceptrons((28, 28, 1), latent_dim, (), (width,) * layers, True)[1]

    return games.gan(
        as_large(generator, wanted["generator"]), as_large(discriminator, wanted["discriminator"]), found.train,
        latent_dim=latent_dim, batch_size=setting.batch_size, cost="non_saturating",
    )  # fmt: skip


def rule_of(learning_rate: Any, num_steps: int) -> gg.UpdateRule:
    """Returns simultaneous steps of Adam, at a rate that falls to zero along a line."""
    return rules.simultaneous(optax.adam(optax.linear_schedule(learning_rate, 0, num_steps), b1=0.5))


def flops_of_a_step(game: gg.Game, rule: gg.UpdateRule) -> float:
    """Returns XLA's count for one step."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    players = jax.eval_shape(game.init, key)
    step = jax.jit(rule.update).lower(gg.core.portable(game), players, jax.eval_shape(rule.init, players), key)
    return step.cost_analysis()["flops"]


def coarser(images: Array, level: int) -> Array:
    """Returns the images of a level of the pyramid, 0 the finest."""
    for _ in range(level):
        images = reduced(images)
    return images


def enlarged(images: Array, level: int) -> Array:
    """Returns what is left of images when the levels finer than one of the pyramid are."""
    images = coarser(images, level)
    for _ in range(level):
        images = expanded(images)
    return images


def judged(judge: metrics.FeatureNetwork, test: data.Images, images: Array) -> dict[str, Array]:
    """Returns the measures of samples."""
    images = jnp.clip(images.reshape(-1, 28, 28, 1), -1, 1)
    shares, real = (class_shares(each, 10, images.dtype) for each in (judge.classes(images), test.labels))
    features = judge.features(test.scaled(test.pixels))
    return {"fid": metrics.fid(features, judge.features(images)), "class_kl": relative_entropy(shares, real)}


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the measures of each system at each rate, `[rates, seeds]`, samples of the first seed, and the costs."""
    setting = SETTINGS[config.setting]
    found, judge = data.images(setting.images), metrics.feature_network("mnist_5000")
    pyramid = pyramid_gan(setting, found)
    setup = {"lapgan": pyramid, **{kind: plain_gan(setting, found, pyramid, kind == "dcgan") for kind in SYSTEMS[1:]}}
    flops = {name: flops_of_a_step(game, rule_of(1e-3, 2)) for name, game in setup.items()}
    num_steps = {name: round(setting.num_steps * flops["lapgan"] / flops[name]) for name in setup}
    key_real, key = jax.random.split(key)

    def without_detail(train: data.Images, test: data.Images, judge: metrics.FeatureNetwork, level: int) -> Any:
        return judged(judge, test, enlarged(train(key_real, setting.num_samples), level))

    real = jax.jit(without_detail, static_argnames="level")
    again = jax.jit(lambda x: data.from_laplacian_pyramid(data.laplacian_pyramid(x, NUM_LEVELS)))
    images = found.test.scaled(found.test.pixels)
    arrays: dict[str, Any] = {
        **{f"real/{what}": each for what, each in real(found.train, found.test, judge, level=0).items()},
        **{f"{kind}/enlarged": real(found.train, found.test, judge, level=k)["fid"] for kind, k in STARTS.items()},
        "reconstruction_error": jnp.max(jnp.abs(again(images) - images)),
        "shown/real": found.test(key_real, NUM_SHOWN),
    }
    for name, game in setup.items():
        arrays |= {f"{name}/flops": flops[name], f"{name}/num_steps": num_steps[name]}
        for player, own in jax.eval_shape(game.init, key).items():
            arrays[f"{name}/{player}"] = num_parameters(own)

        def play(
            game: gg.Game, judge: metrics.FeatureNetwork, test: data.Images, rate: Array, key: Key, name: str = name
        ) -> dict[str, Array]:
            key_play, key_look, key_real = jax.random.split(key, 3)
            players = gg.play(game, rule_of(rate, num_steps[name]), key_play, num_steps[name]).players
            latents = game.sample.latents(key_look, setting.num_samples)
            samples = {name: game.losses.generate(players, latents)}
            if name == "lapgan":
                real = game.sample.data(key_real, setting.num_samples)
                for kind, level in STARTS.items():
                    samples[kind] = game.losses.generate(players, latents, coarser(real, level), level)
            looked = {kind: {**judged(judge, test, each), "shown": each[:NUM_SHOWN]} for kind, each in samples.items()}
            return {f"{kind}/{what}": each for kind, own in looked.items() for what, each in own.items()}

        of_rates = []
        for rate in setting.learning_rates[name]:
            held = (game, judge, found.test, jnp.asarray(rate))
            keys = jax.random.split(key, config.num_seeds)
            of_rates.append(part_for_each_seed(config.parts, name, (setting, rate), keys, play, *held))
            of_rates[-1][f"{name}/cpu_seconds"] = of_rates[-1].pop("cpu_seconds")
            shown = {what: each for what, each in of_rates[-1].items() if "shown" not in what}
            print(f"{name} at {rate:g}: {shown}", file=sys.stderr)
        arrays |= {what: np.stack([each[what] for each in of_rates]) for what in of_rates[0]}
    for kind in KINDS:  # of the first seed, at the better rate
        shown = arrays.pop(f"{kind}/shown")[best(arrays, kind), 0]
        arrays[f"shown/{kind}"] = shown.reshape(-1, 28, 28, 1)
    return arrays


def best(arrays: experiment.Arrays, kind: str) -> int:
    """Returns the place of the learning rate with the lowest mean FID of the system."""
    return int(np.argmin(np.mean(arrays[f"{system_of(kind)}/fid"], axis=1)))


def system_of(kind: str) -> str:
    """Returns which system was played for samples of a kind."""
    return kind if kind in SYSTEMS else "lapgan"


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the costs, means and 95 % intervals over seeds at each rate, and the difference at the better ones."""
    rates = SETTINGS[config.setting].learning_rates

    def spread(kind: str, place: int) -> dict[str, Any]:
        own = {what: arrays[f"{kind}/{what}"][place] for what in MEASURES}
        words = {what: interval(own[what], form) for what, form in MEASURES.items()}
        return words | {"fid_by_seed": own["fid"].astype(float).round(3)}

    fid = {name: arrays[f"{name}/fid"][best(arrays, name)] for name in SYSTEMS}
    costs = ("generator", "discriminator", "flops", "num_steps")
    return {
        "pyramid and back, largest error": arrays["reconstruction_error"],
        "real images for training, in place of samples": {what: arrays[f"real/{what}"] for what in MEASURES},
        "fid of real images without the finer levels": {kind: arrays[f"{kind}/enlarged"] for kind in STARTS},
        "costs": {
            name: {
                **{what: arrays[f"{name}/{what}"] for what in costs},
                "cpu_seconds_of_a_run": arrays[f"{name}/cpu_seconds"].mean().round(1),
            }
            for name in SYSTEMS
        },
        **{
            kind: {f"rate {rate:g}": spread(kind, place) for place, rate in enumerate(rates[system_of(kind)])}
            for kind in KINDS
        },
        "fid of lapgan minus that of another, each at its better rate": {
            name: interval(fid["lapgan"] - fid[name], ".2f") for name in SYSTEMS[1:]
        },
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: the FID of each kind of samples, and samples of the first seed at the better rate."""
    figure, axes = experiment.figure(1, 2, (13.0, 4.5))
    colors = ("#0072b2", "#d55e00", "#e69f00", "#cc79a7", "#56b4e9")
    for which, kind in enumerate(KINDS):
        rates = SETTINGS[config.setting].learning_rates[system_of(kind)]
        for place, rate in enumerate(rates):
            scores = arrays[f"{kind}/fid"][place]
            mean, low, high = metrics.mean_interval(scores)
            at = which + (place - (len(rates) - 1) / 2) * 0.35
            axes[0].bar(at, mean, 0.3, color=colors[which], alpha=0.5 + 0.4 * place / len(rates))
            axes[0].errorbar(at, mean, yerr=[[mean - low], [high - mean]], color="black", capsize=3)
            axes[0].plot([at] * len(scores), scores, ".", color="black", markersize=4)
            axes[0].text(at, 0, f" {rate:g}", rotation=90, ha="center", va="bottom", fontsize=8)
    for which, kind in enumerate(STARTS, len(SYSTEMS)):
        axes[0].hlines(float(arrays[f"{kind}/enlarged"]), which - 0.4, which + 0.4, color="black", linestyle=":")
    axes[0].axhline(float(arrays["real/fid"]), color="#009e73", linewidth=1)
    axes[0].set_xticks(range(len(KINDS)), KINDS, fontsize=8)
    axes[0].set(title="FID by learning rate; green: real images; dotted: without residuals", ylim=(0, None))
    axes[0].grid(visible=False, axis="x")
    lines = np.concatenate([arrays[f"shown/{kind}"] for kind in (*KINDS, "real")])
    title = f"{', '.join(KINDS)}, real: two lines of each"
    experiment.show_images(axes[1], np.clip(lines, -1, 1).reshape(-1, 10, 28, 28, 1), title)
    return {"samples": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
