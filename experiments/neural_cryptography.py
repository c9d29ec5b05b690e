"""Do Alice and Bob learn a cipher that Eve cannot read, and does the next Eve (slide 74)?

    python experiments/neural_cryptography.py      some five minutes of CPU time

`games.neural_cryptography`: plain texts and keys of 16 bits, perceptrons, Adam, two steps of Eve to one of Alice and
Bob, as in the paper. Of 16 bits Bob is to read all and Eve, by guessing, eight. At the end Alice and Bob stand still,
and five fresh Eves learn to read them, one after the other, of whom the best counts. Bits read wrong, over seeds:

    bob            by Bob
    eve            by the Eve of the game
    fresh eve      by the best of five others

The cipher looks good where Bob errs in less than 0.05 bits and Eve in more than 0.45 of all.

What one should see (this command, 2026-11-30, two shared cores of a Xeon): Bob reads all but 0.02 bits, and the
Eve of the game errs in 7.2 of 16 (7.1 to 7.3), not quite a guess; in 3 of 8 seeds the cipher looks good. The next Eve,
who has all her time for a cipher that stands still, errs in 6.2 (5.9 to 6.5), and in no seed of 8 (0 to 0.32) is it
good any more. That an adversary fails while it plays proves little.
"""

import dataclasses
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import games, rules
from gangame.core import Array, Game, Key, Players
from gangame.lab import experiment
from gangame.metrics import mean_interval, wilson

MEASURES = ("bob", "eve", "fresh eve")


@dataclasses.dataclass(frozen=True)
class Config:
    """How many bits, and for how long everybody learns."""

    num_bits: int = experiment.option(16, "of plain text, key and cipher text, 1 or more")
    num_steps: int = experiment.option(12_000, "steps of Alice and Bob, and of each fresh Eve, 1 or more")
    num_eves: int = experiment.option(5, "fresh Eves, 1 or more")
    num_seeds: int = experiment.option(8, "2 or more for an interval")
    batch_size: int = experiment.option(256, "texts of a step, 1 or more")
    hidden: int = experiment.option(64, "width of all hidden layers, 1 or more")
    learning_rate: float = experiment.option(8e-4, "of Adam, for both players, as in the paper")

    def __post_init__(self):
        """Checks the values."""
        sizes = (self.num_bits, self.num_steps, self.num_eves, self.batch_size, self.hidden)
        if min(sizes) < 1 or self.num_seeds < 2:
            raise ValueError(
                "num_bits, num_steps, num_eves, batch_size and hidden have to be 1 or more, and num_seeds 2 or more."
            )
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; it has to be positive.")


TINY = Config(num_bits=2, num_steps=10, num_eves=1, num_seeds=2, batch_size=8, hidden=4)


def make_game(config: Config) -> Game:
    """Returns the game."""
    return games.neural_cryptography(
        config.num_bits, hidden=(config.hidden,), discriminator_hidden=(config.hidden,) * 2,
        batch_size=config.batch_size,
    )  # fmt: skip


def next_eve(game: Game, speakers: dict) -> Game:
    """Returns the game of an Eve who comes when Alice and Bob do not learn any more."""
    return gg.Game(
        init=lambda key: {"eve": game.losses.eve.init(key)},
        sample=game.sample,
        losses=lambda players, batch: {"eve": game.losses({**players, "alice_and_bob": speakers}, batch)["eve"]},
    )


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns bits read wrong, `[num_seeds, measures]`."""
    game, optimizer = make_game(config), optax.adam(config.learning_rate)

    def wrong(players: Players, key: Key) -> dict[str, Array]:
        many = dataclasses.replace(game.sample, batch_size=16 * config.batch_size)
        return game.losses.wrong_bits(players, many(key))

    def one(key: Key) -> Array:
        key_play, key_fresh, key_test = jax.random.split(key, 3)
        rule = rules.alternating(optimizer, order=("eve", "alice_and_bob"), steps={"eve": 2})
        players = gg.play(game, rule, key_play, config.num_steps).players
        late = next_eve(game, players["alice_and_bob"])

        def fresh(key: Key) -> Array:
            eve = gg.play(late, rules.simultaneous(optimizer), key, config.num_steps).players["eve"]
            return wrong({**players, "eve": eve}, key_test)["eve"]

        eves = jax.lax.map(fresh, jax.random.split(key_fresh, config.num_eves))
        said = wrong(players, key_test)
        return jnp.stack([said["bob"], said["eve"], jnp.min(eves)])

    return {"wrong": jax.jit(jax.vmap(one))(jax.random.split(key, config.num_seeds))}


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns bits read wrong with 95 % intervals, and in how many seeds the cipher is good, before and after."""
    bob, eve, fresh = arrays["wrong"].T
    good = {"in the game": (bob < 0.05) & (eve > 0.45 * config.num_bits)}
    good["before fresh Eves"] = good["in the game"] & (fresh > 0.45 * config.num_bits)
    return {
        "bits": {name: mean_interval(values) for name, values in zip(MEASURES, arrays["wrong"].T, strict=True)},
        "seeds with a good cipher": {
            name: {"number": int(each.sum()), "of": config.num_seeds, "interval": wilson(int(each.sum()), len(each))}
            for name, each in good.items()
        },
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: bits read wrong, a point for each seed."""
    figure, axes = experiment.figure(1, 1, (4.5, 3.0))
    for place, values in enumerate(arrays["wrong"].T):
        axes.plot(values, np.full(len(values), place), "o", alpha=0.6)
    axes.axvline(config.num_bits / 2, color="black", linestyle=":")
    axes.set(yticks=range(3), yticklabels=MEASURES, xlabel=f"bits read wrong of {config.num_bits} (a guess: dotted)")
    return {"bits": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
