"""Does a classifier that plays against an adversary withstand attacks, and which rule trains it best (slide 74)?

    python experiments/robust_training.py          15 minutes of CPU time

A small network with two convolutions (5×5, 8 and 16 channels) names 5,000 digits of MNIST (4,000 to train on), pixels
from −1 to 1, each changed by at most ε = 0.4 (0.2 of pixels from 0 to 1), in 1,000 steps. `games.adversarial_training`
with a change for each image, by sign steps that are projected, and an ε that grows from zero over half of the steps (a
change that is kept grows up to the full ε, and is cut to what the loss has of it):

    natural               nobody attacks
    network               the adversary is a network, one alternating step each
    simultaneous          one step each, at once: "free" adversarial training
    alternating 1, 5      so many steps of the adversary to one of the classifier
    ascent 7              no second player: seven steps of PGD within each loss, from a random start (Madry et al.)
    ascent 7, ε at once   the same with the full ε from the first step
    ascent 7, perceptron  the same as "ascent 7" with two hidden layers of 128 in place of convolutions

The accuracy on 1,000 other images is measured without an attack (clean), after one FGSM step, after 20 steps of PGD,
and after the worst of 10 such attacks with fresh starts; seeds with 95 % intervals.

What one should see (this command, 2026-12-01, one of two shared cores of an Intel Xeon with AVX-512), in % of the test
images, means of three seeds:

                            clean    FGSM    PGD    worst of ten        lost to nine more attacks
    natural                  96.5     4.2    0.0     0.0                0.0
    network                  95.6    10.0    0.1     0.0 (0.0 to 0.2)   0.1
    simultaneous             97.7    70.8   55.1    51.3 (44 to 59)     3.8 (3.0 to 4.6)
    alternating 1            97.2    70.3   56.3    53.1 (47 to 59)     3.2 (0.3 to 6.2)
    alternating 5            96.4    76.5   68.7    66.4 (66.0 to 66.7) 2.3 (1.6 to 3.0)
    ascent 7                 96.8    78.0   71.9    70.0 (66 to 74)     1.9 (0.9 to 2.9)
    ascent 7, ε at once      10.5    10.4   10.0     9.3 (7 to 12)      0.6
    ascent 7, perceptron     90.7    50.8   44.8    42.3 (41 to 44)     2.5 (1.3 to 3.6)

The aim of 60 % at 90 % clean is met by those that look for the worst change more than once a step: ascents within the
loss, and five steps of the adversary to one; they also work more, 8 and 6 gradients to a step of the classifier where
turns take 2 and steps at once 1, and rows are compared at equal steps of the classifier. Nine more attacks take 2 to 4
points from the accuracy under one, so that one is nearly as bad as ten (less than 3 were aimed at: met by both in the
mean). Changes that are kept and move once a step stay below both. It takes convolutions, which gain 28 points, and an ε
that grows: with the full ε at once the same classifier gives nearly the same answer to all images in every seed, as
Madry et al. found of their small networks. A network as the adversary finds no attack that another could not, and its
classifier withstands none. Width, number of steps and the growth of ε are the first that were tried, on another seed;
rates are not tuned. What Madry et al. reach, 89 % at a larger ε, took 100,000 steps on all of MNIST.
"""

import dataclasses
import sys
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

import gangame as gg
from gangame import data, games, nets, rules
from gangame.core import Array, Game, Key, Players, UpdateRule, portable
from gangame.games import attacks
from gangame.lab import experiment
from gangame.metrics import mean_interval
from gangame.play import Run

NUM_STAGES = 20  # in each of which ε stays as it is
MEASURES = ("clean", "FGSM", "PGD", "PGD, worst of restarts")


class Way(NamedTuple):
    """How to train.

    Attributes:
      adversary: of `games.adversarial_training`, or "nobody".
      steps: of the adversary to one of the classifier, 0 for both at once; or ascents within the loss.
      grows: whether ε grows from zero, or is full from the first step.
      perceptron: whether the classifier is a perceptron, or has convolutions.
    """

    adversary: str
    steps: int = 1
    grows: bool = True
    perceptron: bool = False


WAYS = {
    "natural": Way("nobody"),
    "network": Way("network"),
    "simultaneous": Way("table", 0),
    "alternating 1": Way("table", 1),
    "alternating 5": Way("table", 5),
    "ascent 7": Way("ascent", 7),
    "ascent 7, ε at once": Way("ascent", 7, grows=False),
    "ascent 7, perceptron": Way("ascent", 7, perceptron=True),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Who trains, for how long, and what attacks them."""

    images: str = experiment.option("mnist_5000", "set of images, see data.images")
    ways: tuple[str, ...] = experiment.option(tuple(WAYS), "of " + ", ".join(WAYS))
    epsilon: float = experiment.option(0.4, "the most by which a pixel is changed, pixels being from -1 to 1")
    warm_up: float = experiment.option(0.5, "share of the steps over which ε grows, above 0 and at most 1")
    step_size: float = experiment.option(0.1, "of the adversary's sign steps")
    num_steps: int = experiment.option(1000, f"steps of the classifier, a multiple of {NUM_STAGES}")
    num_seeds: int = experiment.option(3, "2 or more for an interval")
    width: int = experiment.option(8, "channels of the classifier's first layer, 1 or more")
    hidden: int = experiment.option(128, "width of the perceptron's two hidden layers, 1 or more")
    batch_size: int = experiment.option(64, "images of a step, 1 or more")
    learning_rate: float = experiment.option(1e-3, "of the classifier's Adam")
    num_restarts: int = experiment.option(10, "attacks on each image, 1 or more")

    def __post_init__(self):
        """Checks the values."""
        for way in self.ways:
            experiment.check_choice("ways", way, WAYS)
        if min(self.width, self.hidden, self.batch_size, self.num_restarts) < 1 or self.num_seeds < 2:
            raise ValueError(
                "width, hidden, batch_size and num_restarts have to be 1 or more, and num_seeds 2 or more."
            )
        if self.num_steps < 1 or self.num_steps % NUM_STAGES:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of {NUM_STAGES}, above 0.")
        if not (self.epsilon >= 0 and self.step_size > 0 and self.learning_rate > 0 and 0 < self.warm_up <= 1):
            raise ValueError(
                "epsilon has to be 0 or more, step_size and learning_rate have to be positive, and warm_up has to be "
                "above 0 and at most 1."
            )


TINY = Config(
    images="digits",
    ways=("natural", "ascent 7, perceptron"),
    num_steps=20,
    num_seeds=2,
    width=2,
    hidden=8,
    batch_size=8,
    num_restarts=2,
)


def contest(config: Config, way: Way) -> tuple[Game, UpdateRule]:
    """Returns the game and the rule of a way to train."""
    images = data.images(config.images)
    size, channels = images.train.shape[1:]
    game = games.adversarial_training(
        images, epsilon=0.0 if way.adversary == "nobody" else config.epsilon, batch_size=config.batch_size,
        adversary="table" if way.adversary == "nobody" else way.adversary, num_ascents=max(way.steps, 1),
        hidden=(config.hidden,) * 2, networks=None if way.perceptron else nets.image_classifier(
            size, channels, len(images.facts.classes), width=config.width, kernel_size=5
        ),
    )  # fmt: skip
    classifier = optax.adam(config.learning_rate)
    if way.adversary == "ascent":
        return game, rules.simultaneous(classifier)
    attack = {
        "nobody": optax.sgd(0.0),
        "network": classifier,
        "table": optax.chain(optax.sign_sgd(config.step_size), rules.clip_weights(config.epsilon)),
    }[way.adversary]
    optimizer = {"classifier": classifier, "adversary": attack}
    if way.adversary == "nobody" or way.steps == 0:
        return game, rules.simultaneous(optimizer)
    return game, rules.alternating(optimizer, order=("adversary", "classifier"), steps={"adversary": way.steps})


def trained(config: Config, way: Way, game: Game, rule: UpdateRule, key: Key) -> Players:
    """Returns the players after training, in stages of which each has its own ε, up to the full one."""
    shares = (
        jnp.minimum(jnp.arange(NUM_STAGES) / (config.warm_up * NUM_STAGES), 1) if way.grows else jnp.ones(NUM_STAGES)
    )

    def stage(run: Run, share: Array) -> tuple[Run, None]:
        milder = game._replace(losses=dataclasses.replace(game.losses, epsilon=share * game.losses.epsilon))
        return gg.advance(milder, rule, run, config.num_steps // NUM_STAGES), None

    run, _ = jax.lax.scan(stage, gg.start(game, rule, key), shares)
    return run.players


def accuracies(config: Config, game: Game, players: Players, key: Key) -> Array:
    """Returns the four accuracies, `[measures]`, by the order of `MEASURES`."""
    test = game.sample.test
    images, labels = test.scaled(test.pixels), test.labels

    def logits(images: Array) -> Array:
        return game.losses.logits(players, images)

    def right(images: Array) -> Array:
        return jnp.mean(jnp.argmax(logits(images), axis=1) == labels)

    return jnp.stack([
        right(images),
        right(attacks.fgsm(logits, images, labels, config.epsilon)),
        attacks.robust_accuracy(logits, images, labels, config.epsilon, key),
        attacks.robust_accuracy(logits, images, labels, config.epsilon, key, num_restarts=config.num_restarts),
    ])  # fmt: skip


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns accuracies `[num_seeds, measures]` of each way."""
    keys = jax.random.split(key, config.num_seeds)
    found = {}
    for name in config.ways:
        way = WAYS[name]
        game, rule = contest(config, way)

        def one(game: Game, key: Key, way: Way = way, rule: UpdateRule = rule) -> Array:
            key_play, key_attack = jax.random.split(key)
            return accuracies(config, game, trained(config, way, game, rule, key_play), key_attack)

        found[name] = jax.jit(lambda game, keys, one=one: jax.lax.map(partial(one, game), keys))(portable(game), keys)
    return found


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns each accuracy over seeds with its 95 % interval, and what more attacks take from that after PGD."""
    return {
        way: {
            **{name: mean_interval(values[:, i]) for i, name in enumerate(MEASURES)},
            "lost to more restarts": mean_interval(values[:, 2] - values[:, 3]),
        }
        for way, values in arrays.items()
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: clean against robust accuracy, a point for each seed."""
    figure, axes = experiment.figure(1, 1, (5.0, 3.6))
    for way, values in arrays.items():
        axes.plot(values[:, 0], values[:, -1], "o", label=way)
    axes.set(xlabel="accuracy without attack", ylabel=f"worst of {config.num_restarts} attacks, ε = {config.epsilon:g}")
    axes.legend()
    return {"robustness": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
