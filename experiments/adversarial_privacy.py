"""Can a code keep a secret and still be of use, and is an adversary who fails a proof of it (slide 74)?

    python experiments/adversarial_privacy.py      two minutes of CPU time

Codes of eight numbers of 8×8 digits. Wanted: is the digit odd. Secret: has the image more ink than half of its class.
`games.adversarial_privacy` under alternating steps, five of the adversary to one of the learner, for several β. Then
the learner stands still, and a fresh adversary learns for as long from its codes. On 355 other images are measured

    wanted          accuracy
    in training     area under the curve (AUC) of the secret for the adversary of the game; 0.5 is a guess
    afterwards      the same for the fresh adversary

What one should see (this command, 2026-11-30, two shared cores of a Xeon): yes, here: without an adversary (β = 0)
a fresh one finds the secret with an AUC of 0.74 (0.71 to 0.78, eight seeds); at β = 1 with 0.53 (0.52 to 0.55), and
what is wanted stays at 98.7 % right. A stronger β takes nothing more from either. The adversary of the game guesses
(0.50), the fresh one does slightly better in every row: what keeps a secret from the one who played does not keep all
of it.
"""

import dataclasses
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, games, rules
from gangame.core import Array, Game, Key
from gangame.games.representations import more_ink
from gangame.lab import experiment
from gangame.metrics import mean_interval

MEASURES = ("wanted", "in training", "afterwards")


@dataclasses.dataclass(frozen=True)
class Config:
    """How strongly the secret is kept, and for how long everybody learns."""

    strengths: tuple[float, ...] = experiment.option((0.0, 0.3, 1.0, 3.0, 10.0), "β, each 0 or more")
    num_steps: int = experiment.option(4000, "steps of the learner, and of the fresh adversary, 1 or more")
    num_adversary_steps: int = experiment.option(5, "steps of the adversary to one of the learner, 1 or more")
    num_seeds: int = experiment.option(8, "2 or more for an interval")
    batch_size: int = experiment.option(64, "images of a step, 1 or more")
    hidden: int = experiment.option(64, "width of the hidden layers of encoder and adversary, 1 or more")
    learning_rate: float = experiment.option(1e-3, "of Adam with β₁ = 0.5, for both players")

    def __post_init__(self):
        """Checks the values."""
        if not self.strengths or min(self.strengths) < 0:
            raise ValueError(f"strengths are {self.strengths}; give one or more, each 0 or more.")
        if min(self.num_steps, self.num_adversary_steps, self.batch_size, self.hidden) < 1 or self.num_seeds < 2:
            raise ValueError(
                "num_steps, num_adversary_steps, batch_size and hidden have to be 1 or more, and num_seeds 2 or more."
            )
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; it has to be positive.")


TINY = Config(strengths=(0.0, 1.0), num_steps=10, num_adversary_steps=1, num_seeds=2, batch_size=8, hidden=4)


def make_game(config: Config) -> Game:
    """Returns the game, at whatever β."""
    return games.adversarial_privacy(
        hidden=(config.hidden,), discriminator_hidden=(config.hidden,), batch_size=config.batch_size
    )


def area_under_curve(scores: Array, secret: Array) -> Array:
    """Returns the probability that the score of a 1 is above that of a 0, ties counting half."""
    above = jnp.sign(scores[:, None] - scores) / 2 + 0.5
    pairs = secret[:, None] * (1 - secret)
    return jnp.sum(above * pairs) / jnp.sum(pairs)


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns the measures, `[strengths, num_seeds, measures]`."""
    test = data.images("digits").test.flat()
    images, wanted, secret = test.scaled(test.pixels), test.labels % 2, jnp.asarray(more_ink(test))
    made, optimizer = make_game(config), optax.adam(config.learning_rate, b1=0.5)

    def one(strength: Array, key: Key) -> Array:
        key_play, key_fresh = jax.random.split(key)
        game = made._replace(losses=dataclasses.replace(made.losses, strength=strength))
        rule = rules.alternating(optimizer, steps={"adversary": config.num_adversary_steps})
        players = gg.play(game, rule, key_play, config.num_steps).players
        fresh = games.fresh_adversary(game, players["learner"])
        late = gg.play(fresh, rules.simultaneous(optimizer), key_fresh, config.num_steps).players

        def leaked(adversary: dict) -> Array:
            said = game.losses.secrets({**players, "adversary": adversary}, images)
            return area_under_curve(said[:, 1] - said[:, 0], secret)

        named = jnp.argmax(game.losses.logits(players, images), axis=1)
        return jnp.stack([jnp.mean(named == wanted), leaked(players["adversary"]), leaked(late["adversary"])])

    over_seeds = jax.vmap(one, (None, 0))
    keys = jax.random.split(key, config.num_seeds)
    found = jax.jit(lambda strengths: jax.lax.map(lambda strength: over_seeds(strength, keys), strengths))
    return {"measures": found(jnp.asarray(config.strengths, float))}


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns each measure over seeds with its 95 % interval, for each β."""
    return {
        f"β = {strength:g}": {name: mean_interval(values[:, i]) for i, name in enumerate(MEASURES)}
        for strength, values in zip(config.strengths, arrays["measures"], strict=True)
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: the frontier, what is of use against what leaks, for both adversaries."""
    figure, axes = experiment.figure(1, 1, (5.0, 3.6))
    means = np.mean(arrays["measures"], axis=1)
    for i, label in ((1, "the adversary of the game"), (2, "a fresh one, afterwards")):
        axes.plot(means[:, i], means[:, 0], "o-", label=label)
        for strength, row in zip(config.strengths, means, strict=True):
            axes.annotate(f" {strength:g}", (row[i], row[0]), fontsize="x-small")
    axes.set(xlabel="AUC of the secret", ylabel="accuracy of what is wanted")
    axes.legend()
    return {"frontier": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
