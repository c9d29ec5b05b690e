"""Does predictability minimisation find a factorial code, and do PCA, ICA and an autoencoder (the talk's question)?

    python experiments/factorial_code.py            a minute and a half on one core

Four independent bits are mixed into eight inputs by a matrix ("linear") or by two with a tanh between ("nonlinear"), a
new mixing for each seed, and are fair or biased (1 with probability 0.5, 0.4, 0.3 and 0.2). A code has four units. All
16 patterns are known with their probabilities, so what is measured of the code's bits is exact: the mutual information
of each two, and the total correlation, the bits that a code wastes. Fair bits make it easy: every code that tells all
16 patterns apart is factorial, whatever its bits mean. Biased ones do not.

    predictability   the game, competition and reconstruction at 1, Adam at 0.002 for the code and 0.01 for predictors
    autoencoder      the same networks and steps with a competition of 0; as above a bit is a unit above ½
    PCA, ICA         four components of scikit-learn on 20,000 patterns drawn by their probabilities, cut at the mean

A seed has succeeded if each two bits share less than 0.01 bit and the code tells all patterns apart.

What one should see (2026-11-30, two shared cores of a Xeon, 90 seconds of processor time), of 16 seeds:

                       predictability     autoencoder    PCA    ICA
    linear, fair       15 (0.72 to 0.99)       8          2     16
    nonlinear, fair     8 (0.28 to 0.72)       0          0      3
    linear, biased     13 (0.57 to 0.93)       8          0     16
    nonlinear, biased   5 (0.14 to 0.56)       0          0      0

So it is a matter of the mixing: where it is linear ICA, which assumes that, never fails, and the game fails at times;
where it is not, the game alone finds factorial codes of biased bits, in a third of the seeds, and its mean total
correlation is the lowest (0.28 bit, 0.14 to 0.43, beside 0.56 to 0.73). Where it succeeds V_C is that of the bits
themselves, a quarter for each fair one: the predictors know nothing. The Jacobian at the end of four runs hardly
rotates: the largest imaginary part is a twelfth of the largest real one in one run of biased, nonlinear bits, and a
fortieth or less in all others. Real parts are slightly negative in 3 to 9 per cent of the directions where the mixing
is linear, in 9 to 23 where it is not, so most runs end on a plateau rather than at a strict local optimum of each.
"""

import dataclasses
import sys
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import analysis, games, metrics, rules
from gangame.core import Array, Key, Players
from gangame.lab import experiment
from gangame.lab.spec import UserError

TASKS = {
    "linear, fair": ("linear", (0.5,) * 4),
    "nonlinear, fair": ("nonlinear", (0.5,) * 4),
    "linear, biased": ("linear", (0.5, 0.4, 0.3, 0.2)),
    "nonlinear, biased": ("nonlinear", (0.5, 0.4, 0.3, 0.2)),
}
TRAINED = {"predictability": 1.0, "autoencoder": 0.0}
METHODS = (*TRAINED, "PCA", "ICA")
NUM_RECORDS = 20
SHARED = 0.01
NUM_SPECTRA = 4


@dataclasses.dataclass(frozen=True)
class Config:
    """Which bits, and how long."""

    tasks: tuple[str, ...] = experiment.option(tuple(TASKS), "bits and mixings")
    num_seeds: int = experiment.option(16, "runs of each, 1 or more")
    num_steps: int = experiment.option(3000, f"steps of a run, a multiple of {NUM_RECORDS}")
    width: int = experiment.option(16, "of the hidden layer of encoder and decoder, 1 or more")

    def __post_init__(self):
        """Checks the values."""
        for task in self.tasks:
            experiment.check_choice("task", task, TASKS)
        if not self.tasks or self.num_seeds < 1 or self.width < 1:
            raise ValueError(
                f"tasks, num_seeds and width are {self.tasks}, {self.num_seeds} and {self.width}; there has to be one "
                "of each at least."
            )
        if self.num_steps < NUM_RECORDS or self.num_steps % NUM_RECORDS:
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of {NUM_RECORDS}, above 0.")


TINY = Config(tasks=("linear, fair",), num_seeds=2, num_steps=40, width=4)


def mixed(config: Config, task: str, competition: float) -> gg.Game:
    """Returns the games of all seeds as one, with a leading axis on each of its arrays."""
    mixing, probabilities = TASKS[task]
    each = [
        games.predictability_minimisation(
            mixing, probabilities=probabilities, hidden=(config.width,), competition=competition, seed=seed
        )
        for seed in range(config.num_seeds)
    ]
    first = jax.tree.structure(each[0])
    return jax.tree.unflatten(first, [jnp.stack(leaves) for leaves in zip(*map(jax.tree.leaves, each), strict=True)])


def judged(bits: Array, weights: Array) -> dict[str, Array]:
    """Returns what is recorded of a code's bits `[patterns, units]`."""
    found = metrics.code_information(bits, weights)
    between = ~jnp.eye(bits.shape[1], dtype=bool)
    return {
        "largest_shared": jnp.max(jnp.where(between, found["mutual_information"], 0)),
        "total_correlation": found["total_correlation"],
        "told": found["joint"] / -jnp.sum(weights * jnp.log2(weights)),
    }


def train(config: Config, game: gg.Game, key: Key) -> tuple[Players, dict[str, Array]]:
    """Returns the players at the end, and the records `[NUM_RECORDS]` of one run."""
    adam = {"code": optax.adam(2e-3, b1=0.5), "predictors": optax.adam(1e-2, b1=0.5)}
    at: Any = game.losses

    def observe(players: Players, key: Key) -> dict[str, Array]:
        del key
        code = at.code(players)
        softness = jnp.mean(jnp.minimum(code, 1 - code))
        return {**judged(code > 0.5, at.weights), "softness": softness, "value": at(players, None)["predictors"]}

    run = gg.play(game, rules.simultaneous(adam), key, config.num_steps, observe, config.num_steps // NUM_RECORDS)
    return run.players, run.records


def components(patterns: np.ndarray, weights: np.ndarray, name: str, seed: int) -> np.ndarray:
    """Returns the bits `[patterns, 4]` of scikit-learn's components."""
    try:
        from sklearn.decomposition import PCA, FastICA
        from sklearn.exceptions import ConvergenceWarning
    except ImportError as error:
        raise UserError(
            "PCA and ICA are those of scikit-learn: install the extra, pip install -e '.[data]'."
        ) from error
    drawn = np.random.default_rng(seed).choice(len(patterns), 20_000, p=weights / weights.sum())
    makers = {
        "PCA": lambda: PCA(4),
        "ICA": lambda: FastICA(4, whiten="unit-variance", random_state=seed, max_iter=1000),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a code that it has not finished is judged as it is
        fitted = makers[name]().fit(patterns[drawn])
    return fitted.transform(patterns) > 0


def run(config: Config, key: Key) -> dict[str, Array | np.ndarray]:
    """Returns what is recorded of each task and method, `[seeds, NUM_RECORDS]` or `[seeds]`, and some spectra."""
    arrays: dict[str, Array | np.ndarray] = {}
    keys = jax.random.split(key, config.num_seeds)
    for task in config.tasks:
        for method, competition in TRAINED.items():
            game = mixed(config, task, competition)
            players, records = jax.jit(jax.vmap(lambda game, key: train(config, game, key)))(game, keys)
            arrays |= {f"{task}/{method}/{name}": each for name, each in records.items()}
            if method == "predictability":
                spectrum = jax.jit(lambda game, players: jnp.linalg.eigvals(analysis.jacobian(game, players, None)))
                lanes = range(min(NUM_SPECTRA, config.num_seeds))
                found = [spectrum(*jax.tree.map(lambda leaf, i=i: leaf[i], (game, players))) for i in lanes]
                arrays[f"{task}/eigenvalues"] = jnp.stack(found)
        at: Any = mixed(config, task, 0.0).losses
        for method in ("PCA", "ICA"):
            each = [
                judged(jnp.asarray(components(np.asarray(x), np.asarray(w, float), method, seed)), w)
                for seed, (x, w) in enumerate(zip(at.patterns, at.weights, strict=True))
            ]
            arrays |= {f"{task}/{method}/{name}": np.array([seen[name] for seen in each]) for name in each[0]}
    return arrays


def succeeded(arrays: experiment.Arrays, task: str, method: str) -> np.ndarray:
    """Returns which seeds have a code that is pairwise independent and tells all patterns apart."""
    shared, told = (ends(arrays, task, method, name) for name in ("largest_shared", "told"))
    return (shared < SHARED) & (told > 1 - 1e-4)


def ends(arrays: experiment.Arrays, task: str, method: str, name: str) -> np.ndarray:
    """Returns what was recorded last, `[seeds]`."""
    values = arrays[f"{task}/{method}/{name}"]
    return values[:, -1] if values.ndim == 2 else values


def summarize(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns for each task and method the share of seeds that succeeded, means with intervals, and the spectra."""
    found: dict[str, Any] = {}
    for task in config.tasks:
        found[task] = {}
        for method in METHODS:
            good = succeeded(arrays, task, method)
            found[task][method] = {
                "succeeded": int(good.sum()),
                "share_succeeded_wilson_95": (good.mean(), *metrics.wilson(int(good.sum()), config.num_seeds)),
                **{
                    name: metrics.mean_interval(ends(arrays, task, method, name))
                    for name in ("total_correlation", "largest_shared", "told")
                },
            }
        values = arrays[f"{task}/eigenvalues"]
        found[task]["spectrum"] = {
            "smallest_real_part": values.real.min(axis=1),
            "largest_real_part": values.real.max(axis=1),
            "largest_imaginary_part": np.abs(values.imag).max(axis=1),
            "share_with_negative_real_part": np.mean(values.real < -1e-4, axis=1),
        }
    return found


COLORS = {"predictability": "#0072b2", "autoencoder": "#d55e00", "PCA": "#555555", "ICA": "#009e73"}


def draw(config: Config, arrays: experiment.Arrays) -> dict[str, Any]:
    """Returns the figure: total correlation of all seeds by method, on its way, and eigenvalues, for each task."""
    figure, axes = experiment.figure(3, len(config.tasks), (1 + 3 * len(config.tasks), 8.5), squeeze=False)
    steps = config.num_steps // NUM_RECORDS * np.arange(1, NUM_RECORDS + 1)
    for (ending, over, plane), task in zip(axes.T, config.tasks, strict=True):
        for place, method in enumerate(METHODS):
            values = ends(arrays, task, method, "total_correlation")
            shift = np.linspace(-0.25, 0.25, len(values))
            ending.plot(place + shift, values, "o", markersize=3, color=COLORS[method])
        ending.set_xticks(range(len(METHODS)), METHODS, rotation=20)
        ending.set(title=task)
        for values in arrays[f"{task}/predictability/value"]:
            over.plot(steps, values, color=COLORS["predictability"], linewidth=0.8, alpha=0.6)
        chances = np.array(TASKS[task][1])
        over.axhline(np.sum(chances * (1 - chances)), color="black", linestyle="--", linewidth=1)
        over.set(xlabel="step", ylim=(0, 1.05))
        values = arrays[f"{task}/eigenvalues"][0]
        plane.plot(values.real, values.imag, ".", markersize=4, color=COLORS["predictability"])
        plane.axvline(0, color="black", linewidth=0.8)
        plane.set(xlabel="real part")
    axes[0, 0].set(ylabel="total correlation [bit]")
    axes[1, 0].set(ylabel="V_C; dashed: the bits themselves")
    axes[2, 0].set(ylabel="imaginary part")
    return {"codes": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
