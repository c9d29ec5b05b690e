"""Does a GAN converge if it moves densities, and still if it moves the parameters of functions (slide 53)?

    python experiments/function_space.py            a minute and a half on one core

One value function on 24 points of a line, exactly, with no sample drawn: V = Σ p_data log σ(a) + Σ p_g log σ(−a). The
data are three bumps. Who plays is what differs: tables of p_g and a, where V is linear in one and concave in the
other, or networks of x with tanh layers of 32-32 and softmax at the end, or places of twelve bumps, whose mean is p_g.
All step simultaneously. A run has converged if the total variation between p_g and p_data stays below 0.02 in all
records of the last fifth.

    tables, on the simplex      plain steps, p_g projected to the nearest density after each
    tables, softmax             plain steps on its logits; the same with Adam, which the networks have
    softmax against a network   the density is still a table, the discriminator is not
    network against a table     the other way round, at three learning rates
    networks                    both, at three learning rates; the discriminator's is three times as large
    bumps against a table       samples move, not the density
    likelihood                  the generator's network descends −Σ p_data log p_g instead: can it say p_data at all?

What one should see (2026-11-30, two shared cores of a Xeon, 90 seconds of processor time): tables converge in all
of 16 seeds, to 1e-7 with plain steps and to 1e-3 with Adam. The network can say the data: by likelihood it does so in
all seeds. As a player against a table it converges in all seeds at the rate 0.0003 and in none at 0.001 and 0.003 (0.00
to 0.19), where it wanders about; two networks do in 10, none and none, and at the end are further from the data than
they have been on the way, at 0.001 on average 0.16 after a best of 0.02: slide 53's oscillation. So what is lost by
going through parameters is not convergence as such, but convergence at every step size: slow steps of the generator
before a fast discriminator still find the data. Bumps come to rest in all seeds, at a density that is not the data
(0.16 off, 0.13 to 0.19).
"""

import dataclasses
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import games, metrics, rules
from gangame.core import Array, Batch, Key, Players, UpdateRule
from gangame.lab import experiment
from gangame.lab.simplex import on_the_simplex

NUM_RECORDS = 50
CONVERGED = 0.02
NUM_POINTS = 24


class Row(NamedTuple):
    """Who plays.

    Attributes:
      generator: argument of `games.function_space`, and `discriminator` as well; "likelihood" is no discriminator.
      optimizer: "sgd" or "adam", or "projected", plain steps of which the generator's end on the simplex.
      rate: learning rate of the generator.
      discriminator_rate: that of the discriminator.
    """

    generator: str
    discriminator: str
    optimizer: str
    rate: float
    discriminator_rate: float = 0.0


ROWS: dict[str, Row] = {
    "tables, on the simplex": Row("affine", "logits", "projected", 0.003, 1.0),
    "tables, softmax": Row("softmax", "logits", "sgd", 4.0, 4.0),
    "tables, softmax, Adam": Row("softmax", "logits", "adam", 0.003, 0.01),
    "softmax against a network": Row("softmax", "network", "adam", 0.001, 0.003),
    **{
        f"network against a table, {rate:g}": Row("network", "logits", "adam", rate, 0.03)
        for rate in (3e-4, 1e-3, 3e-3)
    },
    **{f"networks, {rate:g}": Row("network", "network", "adam", rate, 3 * rate) for rate in (3e-4, 1e-3, 3e-3)},
    "bumps against a table": Row("particles", "logits", "adam", 0.001, 0.01),
    "likelihood of the network": Row("network", "likelihood", "adam", 0.001),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Who plays, and how long."""

    rows: tuple[str, ...] = experiment.option(tuple(ROWS), "rows to play")
    num_seeds: int = experiment.option(16, "runs of each, 1 or more")
    num_steps: int = experiment.option(20_000, f"steps, a multiple of {NUM_RECORDS}")
    width: int = experiment.option(32, "of the two hidden layers of each network, 1 or more")

    def __post_init__(self):
        """Checks the values."""
        for row in self.rows:
            experiment.check_choice("row", row, ROWS)
        if not self.rows or self.num_seeds < 1 or self.width < 1:
            raise ValueError(
                f"rows, num_seeds and width are {self.rows}, {self.num_seeds} and {self.width}; there has to be one "
                "of each at least."
            )
        if self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of {NUM_RECORDS}, above 0.")


TINY = Config(rows=("tables, softmax", "network against a table, 0.003"), num_seeds=2, num_steps=2000, width=4)


def target() -> np.ndarray:
    """Returns p_data up to a factor: three bumps over a floor that keeps it above zero."""
    points = np.linspace(-1, 1, NUM_POINTS)
    return np.exp(-((points[:, None] - [-0.7, 0, 0.7]) ** 2) / (2 * 0.12**2)).sum(axis=1) + 0.02


def setup(config: Config, row: Row) -> tuple[gg.Game, UpdateRule, Callable[[Players], Array]]:
    """Returns game and rule of one row, and p_g of its players; where likelihood is descended, of a single player."""
    of = {"adam": partial(optax.adam, b1=0.5)}.get(row.optimizer, optax.sgd)
    own = on_the_simplex(of(row.rate)) if row.optimizer == "projected" else of(row.rate)
    hidden = (config.width, config.width)
    alone = row.discriminator == "likelihood"
    game = games.function_space(
        row.generator, "logits" if alone else row.discriminator,
        data=target(), num_particles=12, width=0.12, hidden=hidden, discriminator_hidden=hidden,
    )  # fmt: skip
    value = game.losses.value
    if not alone:
        rates = {"generator": own, "discriminator": of(row.discriminator_rate)}
        return game, rules.simultaneous(rates), value.density

    def losses(players: Players, batch: Batch) -> dict[str, Array]:
        del batch
        return {"generator": -value.data @ jnp.log(value.density(players))}

    one = gg.Game(lambda key: {"generator": game.init(key)["generator"]}, game.sample, losses)
    return one, rules.simultaneous({"generator": own}), value.density


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns of each row the total variation `[seeds, NUM_RECORDS]` and one seed's p_g `[NUM_RECORDS, points]`."""
    data = jnp.asarray(target() / target().sum())
    arrays: dict[str, Array] = {"data": data}
    for name in config.rows:
        gaps, densities = jax.jit(partial(played, config, ROWS[name], data))(jax.random.split(key, config.num_seeds))
        arrays |= {f"{name}/total_variation": gaps, f"{name}/density": densities[0]}
        print(f"{name}: {float(jnp.median(gaps[:, -1])):.4f}", file=sys.stderr)
    return arrays


def played(config: Config, row: Row, data: Array, keys: Key) -> tuple[Array, Array]:
    """Returns total variation `[seeds, NUM_RECORDS]` and p_g `[seeds, NUM_RECORDS, points]` of one row."""
    game, rule, density = setup(config, row)

    def observe(players: Players, key: Key) -> tuple[Array, Array]:
        del key
        p = density(players)
        return jnp.sum(jnp.abs(p - data)) / 2, p

    every = config.num_steps // NUM_RECORDS
    return jax.vmap(lambda key: gg.play(game, rule, key, config.num_steps, observe, every).records)(keys)


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns for each row the share of seeds that converged, with its interval, and how far they are."""
    found = {}
    for name in config.rows:
        gaps = arrays[f"{name}/total_variation"]
        late = gaps[:, -NUM_RECORDS // 5 :]
        converged = int(np.sum(np.all(late < CONVERGED, axis=1)))
        found[name] = {
            "converged": converged,
            "share_converged_wilson_95": (converged / len(gaps), *metrics.wilson(converged, len(gaps))),
            "total_variation_at_end": metrics.mean_interval(gaps[:, -1]),
            "largest_in_last_fifth": np.max(late),
            "smallest_ever_mean": np.mean(np.min(gaps, axis=1)),
        }
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: total variation over steps of all seeds of each row, and p_g of one seed over time."""
    columns = min(len(config.rows), 7)
    bands = -(-len(config.rows) // columns)
    figure, axes = experiment.figure(2 * bands, columns, (1 + 2.3 * columns, 4.6 * bands), sharex=True, squeeze=False)
    steps = config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
    for place, name in enumerate(config.rows):
        above, below = axes[2 * (place // columns) :, place % columns][:2]
        for gaps in arrays[f"{name}/total_variation"]:
            above.plot(steps, np.maximum(gaps, 1e-8), color="#0072b2", linewidth=0.8, alpha=0.6)
        above.axhline(CONVERGED, color="black", linestyle="--", linewidth=1)
        above.set(yscale="log", ylim=(1e-7, 1), title=name.replace(", ", "\n", 1))
        below.imshow(
            arrays[f"{name}/density"].T, cmap="magma", aspect="auto", origin="lower", vmin=0,
            vmax=1.5 * arrays["data"].max(), extent=(0, config.num_steps, -1, 1),
        )  # fmt: skip
        below.set(xlabel="step")
        below.grid(False)
    for above, below in axes[:, 0].reshape(-1, 2):
        above.set(ylabel="total variation to the data")
        below.set(ylabel="p_g of one seed, by x")
    for axis in axes[-2:, len(config.rows) - columns * (bands - 1) :].flat:
        axis.remove()
    return {"convergence": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
