"""Does a GAN whose discriminator knows the policy's density find what an expert minds (slides 72, 74)?

    python experiments/guided_cost.py            a minute and a half on one core

An expert walks on a grid of 3×3 cells, five moves from the middle, and takes a path τ with probability exp(−c(τ))/Z,
where c(τ) is the sum of the costs of the cells to which it comes: maximum-entropy inverse reinforcement learning.
`games.guided_cost_learning` finds c as Finn et al. (2016, https://arxiv.org/abs/1611.03852) say a GAN does, with the
discriminator D = p̃/(p̃ + q), p̃ = exp(−c)/Z. Each seed has a true cost of its own, a standard normal for each cell, and
expectations over the 1,024 paths are exact; of the expert there are so many demonstrations, or all.

    rank       Spearman's correlation of c(τ) with the true one over all paths. That, up to a constant, is all that
               paths tell; on this grid it fixes the costs of the cells, up to a constant: the rank of their centred
               visits is 8 of 9
    cells      the same of the costs of the nine cells
    log Z      the number that D has learned, minus log Σ exp(−c(τ)) of the cost that it has learned
    KL         of the true distribution of paths from exp(−c)/Z, in nats
    from MLE   the same of the distribution to which maximum likelihood leads on the same demonstrations, by the same
               optimiser, without a GAN

All play simultaneously, Adam at 0.03. The control does not know q: its logit is −c − log Z, a GAN as any other.

What one should see (this command, 2026-11-30, two shared cores of a Xeon with AVX-512), means over 16 seeds with 95 %
intervals; published is the identity, no number:

                           rank                    cells                   KL                     from MLE
    all demonstrations     0.999 (0.998 to 1.000)  0.997 (0.993 to 1.000)  0.000                  0.000
    1,000                  0.990 (0.984 to 0.996)  0.977 (0.963 to 0.992)  0.004 (0.003 to 0.005)  0.000
    100                    0.949 (0.915 to 0.983)  0.914 (0.864 to 0.963)  0.036 (0.029 to 0.044)  0.000
    all, q unknown        −0.109 (−0.30 to 0.08)   0.026 (−0.16 to 0.22)   2.9 (1.8 to 4.0)        2.9

So the cost comes back, and log Z with it: its error is 0.0007 or less in every seed, where 0.05 was aimed at. It is the
maximum-likelihood cost of the same demonstrations, to 0.0005 nats, so what is wrong with 100 of them is the sample. The
worst seeds have ranks of 0.991, 0.959 and 0.785. And it is the density that does it: from a discriminator that does not
know q no cost can be read, and no log Z either.
"""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import games, rules
from gangame.core import Array, Game, Key, Players, portable
from gangame.games.guided_cost_learning import GridPaths
from gangame.lab import experiment
from gangame.lab.intervals import written
from gangame.metrics import mean_interval

NUM_RECORDS = 50
ALL = 0
MEASURES = ("rank", "cells", "log Z", "KL", "from MLE")


@dataclasses.dataclass(frozen=True)
class Config:
    """Which walks, how many demonstrations, and how long."""

    size: int = experiment.option(3, "of the grid, 2 or more")
    length: int = experiment.option(5, "moves of a path, from 1 to 9")
    demonstrations: tuple[int, ...] = experiment.option((ALL, 1000, 100), f"of the expert; {ALL} for all there are")
    learning_rate: float = experiment.option(0.03, "of Adam, for both players, above 0")
    num_steps: int = experiment.option(2000, f"a multiple of {NUM_RECORDS}")
    num_seeds: int = experiment.option(16, "2 or more for an interval")

    def __post_init__(self):
        """Checks the values."""
        if not self.demonstrations or min(self.demonstrations) < 0 or self.num_seeds < 2:
            raise ValueError(
                f"demonstrations is {self.demonstrations} and num_seeds {self.num_seeds}; there has to be one number "
                "or more, each 0 or more, and num_seeds has to be 2 or more."
            )
        if self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS or not self.learning_rate > 0:
            raise ValueError(
                f"num_steps is {self.num_steps} and learning_rate {self.learning_rate}; they have to be a multiple of "
                f"{NUM_RECORDS}, above 0, and a positive number."
            )


TINY = Config(length=2, demonstrations=(20,), num_steps=NUM_RECORDS, num_seeds=2)


def rows(config: Config) -> dict[str, tuple[int, bool]]:
    """Returns by its name what a row has: demonstrations, and whether D knows q."""
    known = {f"{number or 'all'} demonstrations": (number, True) for number in config.demonstrations}
    return known | {"all, q unknown": (ALL, False)}


def shares(paths: GridPaths, cost: Array, key: Key, number: int) -> Array:
    """Returns the shares of all paths among an expert's demonstrations, `[paths]`; of all paths, how probable each is.

    Args:
      paths: all there are.
      cost: true cost of each cell, `[cells]`.
      key: with which the expert draws.
      number: of demonstrations, or `ALL`.
    """
    log_density = -paths.visits @ cost - paths.soft_optimal(cost)[1]
    if number == ALL:
        return jnp.exp(log_density)
    drawn = jax.random.categorical(key, log_density, shape=(number,))
    return jnp.zeros_like(log_density).at[drawn].add(1 / number)


def likelihood(paths: GridPaths, experts: Array) -> Game:
    """Returns the game of one player, the cost, who descends −E_expert log(exp(−c)/Z)."""

    def losses(players: Players, batch: None) -> dict[str, Array]:
        del batch
        cells = players["cost"]
        return {"cost": experts @ (paths.visits @ cells) + paths.soft_optimal(cells)[1]}

    return gg.Game(lambda key: {"cost": jnp.zeros(len(paths.after))}, lambda key: None, losses)


def learner(config: Config) -> Callable[[Game, int, Key], dict[str, Array]]:
    """Returns the function from a game, a number of demonstrations and a key to what one seed learns."""
    rule = rules.simultaneous(optax.adam(config.learning_rate))

    def learn(game: Game, number: int, key: Key) -> dict[str, Array]:
        key_cost, key_experts, key_play = jax.random.split(key, 3)
        paths = game.losses.paths
        truth = jax.random.normal(key_cost, (len(paths.after),))
        experts = shares(paths, truth, key_experts, number)
        played = game._replace(losses=dataclasses.replace(game.losses, experts=experts))

        def look(players: Players, key: Key) -> Players:
            del key
            return {"cost": players["cost"]["cells"], "log_partition": players["cost"]["log_partition"]}

        every = config.num_steps // NUM_RECORDS
        records = gg.play(played, rule, key_play, config.num_steps, look, every).records
        best = gg.play(likelihood(paths, experts), rule, key_play, config.num_steps).players["cost"]
        return {**records, "truth": truth, "likeliest": best}

    return learn


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns true costs, what was learned along the way, and where likelihood leads, of each row and seed."""
    keys, arrays = jax.random.split(key, config.num_seeds), {}
    learn = jax.jit(jax.vmap(learner(config), in_axes=(None, None, 0)), static_argnums=1)
    for name, (number, known) in rows(config).items():
        game = portable(games.guided_cost_learning(config.size, length=config.length, known_density=known))
        arrays |= {f"{name}/{what}": each for what, each in learn(game, number, keys).items()}
        arrays["visits"] = game.losses.paths.visits
    return arrays


def log_sum_exp(values: np.ndarray) -> np.ndarray:
    """Returns log Σ exp over the last axis."""
    top = values.max(axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.exp(values - top).sum(axis=-1))


def divergence(costs: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Returns KL of exp(−c)/Z from exp(−c')/Z', `[seeds]`, of costs c and c' of all paths, `[seeds, paths]`."""
    log_one, log_other = (-each - log_sum_exp(-each)[:, None] for each in (costs, others))
    return np.sum(np.exp(log_one) * (log_one - log_other), axis=1)


def measures(arrays: experiment.Arrays, name: str) -> dict[str, np.ndarray]:
    """Returns the measures of the head of this file at the end of a row, `[seeds]` each."""
    from scipy.stats import spearmanr  # takes a second to import

    visits = arrays["visits"]
    true_cells, cells = arrays[f"{name}/truth"], arrays[f"{name}/cost"][:, -1]
    truth, found, likeliest = (each @ visits.T for each in (true_cells, cells, arrays[f"{name}/likeliest"]))

    def rank(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.array([spearmanr(*pair)[0] for pair in zip(one, other, strict=True)])

    return {
        "rank": rank(truth, found),
        "cells": rank(true_cells, cells),
        "log Z": arrays[f"{name}/log_partition"][:, -1] - log_sum_exp(-found),
        "KL": divergence(truth, found),
        "from MLE": divergence(likeliest, found),
    }


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the measures with 95 % intervals over seeds, the worst seed, and how much of the cells paths tell."""
    visits = arrays["visits"]
    known = np.linalg.matrix_rank(visits - visits.mean(axis=0))
    found: dict[str, Any] = {"costs of cells that paths do not tell": int(visits.shape[1] - known)}
    for name in rows(config):
        told = measures(arrays, name)
        found[name] = {
            **{measure: mean_interval(values) for measure, values in told.items()},
            "least rank": told["rank"].min(),
            "largest error of log Z": np.abs(told["log Z"]).max(),
        }
        print(name, *(f"{each} {written(found[name][each], '.3f')}" for each in MEASURES), sep="  ", file=sys.stderr)
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: learned against true costs of paths in the first seed, and the error of log Z on the way."""
    figure, axes = experiment.figure(1, 2, (9.0, 3.6))
    visits, steps = arrays["visits"], config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
    for name in rows(config):
        truth, found = (arrays[f"{name}/{what}"] for what in ("truth", "cost"))
        true_costs, costs = truth[0] @ visits.T, found[0, -1] @ visits.T
        axes[0].plot(true_costs, costs - costs.mean() + true_costs.mean(), ".", markersize=3, label=name)
        error = arrays[f"{name}/log_partition"] - log_sum_exp(-found @ visits.T)
        axes[1].plot(steps, np.abs(error).mean(axis=0), label=name)
    axes[0].set(xlabel="true cost of a path", ylabel="learned cost, same mean", title="first seed")
    axes[0].legend(fontsize=7)
    axes[1].axhline(0.05, color="black", linestyle=":")
    axes[1].set(yscale="log", xlabel="step", title="error of log Z, mean over seeds (dotted: 0.05)")
    return {"costs": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
