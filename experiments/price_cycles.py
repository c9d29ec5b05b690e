"""Are cycles of prices a failure to converge, as those of GANs are (the workshop talk)?

    python experiments/price_cycles.py            half a minute on one core

Two markets of the textbooks, played by gradient rules. In both the question is which part of the cycle is the game's
and which is the step's.

    cobweb      producers answer the last price, a price clears the market: slopes b of demand and c of supply. The flow
                converges for all b and c. A step at η_price = 1 and η_quantity = η is the economists' own: in turn
                its spectral radius is b/c at η = 1/c (Ezekiel's cobweb) and |1 − η(b + c)| in general (Nerlove's
                adaptive expectations); at once, √(b/c) at η = 1/c
    Edgeworth   two firms that can serve a part k of the market each undercut the other, down to (1 − k)²/4k, and jump
                back to (1 − k)/2; for k ≤ 1/3 they rest. Here there is nothing at which to rest in pure prices, so the
                cycle of best responses is the game's. Mixtures over prices have an equilibrium, in closed form, and
                gradient steps on them, projected to the simplex, may find it or not

What is measured: on the cobweb, for a grid of b/c, the radius of one step of each rule at η = 1/c, against the closed
forms; in Edgeworth's game the ends of the cycle of best responses against the closed form, for a grid of k, and at
k = 0.6, with 20 prices, how much both firms could still gain by best responses (relative to what they earn at the
equilibrium), along a run and for the average over a run, and how far a firm's mean price swings in the last fifth of a
run (relative to the width of the cycle of best responses).

What one should see (2026-11-30, two shared cores of a Xeon, half a minute of processor time): on the cobweb the
radii are the closed forms to rounding, and best responses converge below b/c = 1 and not above, in turn and at once.
So do extragradient steps at that size, and optimistic ones diverge at all ratios: what turns a rotation inward at
small steps is no help where the step itself is too long. That cycle is the step's. In Edgeworth's game the cycle of
best responses has the ends of the closed form, to one price of a grid of 500, and comes to rest for k ≤ 1/3. On
mixtures no rule comes to rest, extragradient included, from any of 16 seeds: all end in one limit cycle, whose mean
price swings by an eighth of the width of Edgeworth's, and on which 3.3 to 3.6 per cent of the profit could be gained
by best responses. That cycle is the game's, which is not zero-sum. The average over a run is nearer to an equilibrium,
0.44 to 0.52 per cent.
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
from gangame import analysis, games, metrics, rules
from gangame.core import Array, Key, Players, UpdateRule
from gangame.lab import experiment
from gangame.lab.simplex import on_the_simplex

CAPACITY = 0.6
NUM_RECORDS = 1000
RULES: dict[str, Callable[[Any], UpdateRule]] = {
    "simultaneous": rules.simultaneous,
    "alternating": rules.alternating,
    "optimistic": rules.optimistic,
    "extragradient": rules.extragradient,
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Which slopes and capacities, and how long."""

    ratios: tuple[float, ...] = experiment.option((0.25, 0.5, 0.8, 0.95, 1.05, 1.25, 2.0, 4.0), "b/c, each above 0")
    capacities: tuple[float, ...] = experiment.option(
        (0.28, 0.32, 0.36, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9), "k, each above 1/4 and below 1"
    )
    num_prices: int = experiment.option(20, "prices of the mixtures, 2 or more")
    learning_rate: float = experiment.option(1.0, "of both firms, above 0")
    num_seeds: int = experiment.option(16, "runs of each rule, 1 or more")
    num_steps: int = experiment.option(20_000, f"steps of a run, a multiple of {NUM_RECORDS}")

    def __post_init__(self):
        """Checks the values."""
        if not self.ratios or not min(self.ratios) > 0:
            raise ValueError(f"ratios is {self.ratios}; they have to be one or more numbers above 0.")
        if not self.capacities or not (min(self.capacities) > 0.25 and max(self.capacities) < 1):
            raise ValueError(f"capacities is {self.capacities}; they have to be numbers above 1/4 and below 1.")
        if self.num_prices < 2 or self.num_seeds < 1 or not self.learning_rate > 0:
            raise ValueError(
                f"num_prices, num_seeds and learning_rate are {self.num_prices}, {self.num_seeds} and "
                f"{self.learning_rate}; they have to be at least 2 and 1, and above 0."
            )
        if self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of {NUM_RECORDS}, above 0.")


TINY = Config(ratios=(0.5, 2.0), capacities=(0.3, 0.6), num_prices=6, num_seeds=2, num_steps=1000)


def radii(config: Config, name: str) -> Array:
    """Returns the spectral radius of one step of a rule on the cobweb at η = 1/c, c = 1, for each ratio b/c."""

    def radius(ratio: Array) -> Array:
        game = games.cobweb(ratio, 1.0)
        return analysis.spectral_radius(analysis.update_matrix(RULES[name](1.0), game, game.equilibrium))

    return jnp.stack(list(map(jax.jit(radius), jnp.asarray(config.ratios))))


def extremes(capacity: float, num_prices: int = 500) -> tuple[float, float]:
    """Returns the lowest and the highest price of firms that answer each other in turn, once they go round."""
    payoffs, prices = map(np.asarray, games.edgeworth_payoffs(capacity, num_prices))
    price, told = num_prices - 1, []
    for _ in range(4 * num_prices):
        price = int(np.argmax(payoffs[:, price]))
        told.append(prices[price])
    return min(told[2 * num_prices :]), max(told[2 * num_prices :])


def bounds(capacities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns both ends of the cycle in closed form; for k ≤ 1/3 the price at which the market clears."""
    low, high = (1 - capacities) ** 2 / (4 * capacities), (1 - capacities) / 2
    rest = capacities <= 1 / 3
    return np.where(rest, 1 - 2 * capacities, low), np.where(rest, 1 - 2 * capacities, high)


def mixtures(config: Config, name: str, keys: Key) -> dict[str, Array]:
    """Returns the gain left along a run of each seed, at its steps and for their average, and prices."""
    game = games.edgeworth(CAPACITY, num_prices=config.num_prices, strategies="affine")
    payoffs, prices = games.edgeworth_payoffs(CAPACITY, config.num_prices)
    profit = (1 - CAPACITY) ** 2 / 4

    def observe(players: Players, key: Key) -> tuple[Array, Array]:
        del key
        return players["row"], players["column"]

    def play(key: Key) -> dict[str, Array]:
        rule = RULES[name](on_the_simplex(optax.sgd(config.learning_rate)))
        row, column = gg.play(game, rule, key, config.num_steps, observe, config.num_steps // NUM_RECORDS).records
        count = jnp.arange(1, 1 + NUM_RECORDS, dtype=row.dtype)[:, None]
        left = jax.vmap(lambda p, q: analysis.best_response_gap(payoffs, payoffs.T, p, q) / (2 * profit))
        return {
            "gain": left(row, column),
            "gain_of_average": left(jnp.cumsum(row, axis=0) / count, jnp.cumsum(column, axis=0) / count),
            "price": row @ prices,
            "average": jnp.mean(row[NUM_RECORDS // 2 :], axis=0),
        }

    return jax.jit(jax.vmap(play))(keys)


def run(config: Config, key: Key) -> dict[str, Any]:
    """Returns the radii on the cobweb, the extremes of Edgeworth's cycle, and what mixtures do under each rule."""
    arrays: dict[str, Any] = {f"cobweb/{name}": radii(config, name) for name in RULES}
    arrays["extremes"] = np.array([extremes(capacity) for capacity in config.capacities])
    keys = jax.random.split(key, config.num_seeds)
    for name in RULES:
        arrays |= {f"edgeworth/{name}/{what}": each for what, each in mixtures(config, name, keys).items()}
        print(f"{name}: {float(jnp.mean(arrays[f'edgeworth/{name}/gain'][:, -1])):.4f}", file=sys.stderr)
    return arrays


def swing(price: np.ndarray) -> np.ndarray:
    """Returns how far mean prices `[seeds, NUM_RECORDS]` go in the last fifth, over the width of the cycle."""
    low, high = bounds(np.array(CAPACITY))
    return np.ptp(price[:, -NUM_RECORDS // 5 :], axis=1) / (high - low)


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns radii with their closed forms, extremes with theirs, and what is left to gain, with intervals."""
    ratios, capacities = np.array(config.ratios), np.array(config.capacities)
    exact = {"simultaneous": np.sqrt(ratios), "alternating": ratios}
    found: dict[str, Any] = {
        "cobweb": {
            name: {
                "radius_by_ratio": arrays[f"cobweb/{name}"],
                "converges_at": ratios[arrays[f"cobweb/{name}"] < 1],
                **(
                    {"from_closed_form": np.max(np.abs(arrays[f"cobweb/{name}"] / exact[name] - 1))}
                    if name in exact
                    else {}
                ),
            }
            for name in RULES
        },
        "edgeworth_extremes_from_closed_form": np.max(
            np.abs(arrays["extremes"] - np.stack(bounds(capacities), axis=1)), axis=1
        ),
    }
    for name in RULES:
        measured = {what: arrays[f"edgeworth/{name}/{what}"] for what in ("gain", "gain_of_average")}
        late = measured["gain"][:, -NUM_RECORDS // 5 :].mean(axis=1)
        found[f"edgeworth, {name}"] = {
            "swing_of_the_mean_price": metrics.mean_interval(swing(arrays[f"edgeworth/{name}/price"])),
            "gain_in_last_fifth": metrics.mean_interval(late),
            "gain_of_average_at_end": metrics.mean_interval(measured["gain_of_average"][:, -1]),
        }
    return found


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: radii over slopes, ends of the cycle over capacities, gains over steps, average prices."""
    figure, axes = experiment.figure(1, 4, (16.0, 4.0))
    for name in RULES:
        axes[0].plot(config.ratios, arrays[f"cobweb/{name}"], ".-", label=name)
    axes[0].axhline(1, color="black", linestyle="--", linewidth=1)
    axes[0].set(xscale="log", yscale="log", title="cobweb: radius of a step", xlabel="b/c")
    axes[0].minorticks_off()
    axes[0].set_xticks(config.ratios, [f"{ratio:g}" for ratio in config.ratios], rotation=60)
    axes[0].legend(fontsize=7)
    fine = np.linspace(0.26, 0.99, 200)
    for exact, found, color in zip(bounds(fine), arrays["extremes"].T, ("#0072b2", "#d55e00"), strict=True):
        axes[1].plot(fine, exact, color=color)
        axes[1].plot(config.capacities, found, "o", color="black", fillstyle="none")
    axes[1].set(title="Edgeworth: ends of the cycle", xlabel="capacity k", ylabel="price")
    steps = config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
    for name in RULES:
        (line,) = axes[2].plot(steps, arrays[f"edgeworth/{name}/gain"].mean(axis=0), linewidth=0.8, label=name)
        axes[2].plot(
            steps, arrays[f"edgeworth/{name}/gain_of_average"].mean(axis=0), color=line.get_color(), linestyle=":"
        )
    axes[2].set(yscale="log", xlabel="step", title="gain left over profit; dotted: of the average", ylim=(1e-4, None))
    axes[2].locator_params(axis="x", nbins=4)
    axes[2].legend(fontsize=7)
    _, prices = games.edgeworth_payoffs(CAPACITY, config.num_prices)
    for name in RULES:
        axes[3].plot(prices, np.cumsum(arrays[f"edgeworth/{name}/average"].mean(axis=0)), ".-", label=name)
    between = np.linspace(1e-3, 0.5, 300)
    exact = games.edgeworth_mixture(jnp.asarray(between), CAPACITY)
    axes[3].plot(between, exact, color="black", label="equilibrium, all prices")
    axes[3].set(title="distribution function, second half", xlabel="price", xlim=(0, 0.35))
    axes[3].legend(fontsize=7)
    return {"prices": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__], x64=True)
