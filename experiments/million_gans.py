"""What would a tournament of a million GANs on 256 accelerators take, and what breaks first? On paper, and simulated.

    python experiments/million_gans.py               a minute or so of one core

Nobody has run this. The sizes are counted from the library (players and state of Adam in bytes, FLOPs and bytes of a
step as XLA counts them), the hardware is assumed, and every assumption is an option of the command. A tournament is a
bag of jobs that know nothing of each other: a job is one rule with its numbers, whose `lanes` seeds are vmapped in one
program. So there is nothing between accelerators but the storage, the list of jobs, and bad luck.

Arithmetic. A step takes the longer of FLOPs/peak and bytes/bandwidth, over the share of it that is reached. A lane's
checkpoint holds players and state; the newest and the one before are kept, at the end the players alone. An accelerator
fails once in M hours: 419 unexpected interruptions in 54 days of 16,384 GPUs (Grattafiori et al., "The Llama 3 Herd of
Models", 2024, https://arxiv.org/abs/2407.21783) make M = 16,384 · 54 · 24 / 419 = 50,676 h. A checkpoint that stops the
job for C seconds is best taken every √(2CM) seconds (Young, "A first order approximation to the optimum checkpoint
interval", 1974, https://doi.org/10.1145/361147.361115), and then costs C/τ of the time and loses τ/2 at each failure.

The simulation is `gangame.lab.cluster`; its stress test has workers fail a thousand times as often.

What one should see: the mixture takes two hours and image GANs half a day, of which 92 and 95 % are steps that count;
no failure is expected, and a thousand times as many would cost 3 to 4 %, since no job waits for another. What breaks
first is a process for each GAN: it would start for eleven times as long as it computes. Next is the storage where image
GANs are saved each minute, at twice what it can write; every √(2CM) seconds, two hours or so, are longer than a job: it
is saved at its end, which asks for 7 % of it. A folder of twenty files for each GAN keeps the storage busy for half of
the mixture's time; a job writes one. Jobs of 256 lanes are the compromise: with 16 the mixture starts for 20 s and
computes for 29, with 1,024 machines idle in the last round.
"""

import dataclasses
import sys
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

from gangame import games, rules
from gangame.core import Game, Key
from gangame.lab import experiment
from gangame.lab.cluster import HOUR, Cluster, Job, Simulated, simulate

RULES_IN_THE_TOURNAMENT = 41
FILES_OF_A_RUN_FOLDER = 20


@dataclasses.dataclass(frozen=True)
class Config:
    """The tournament, and what is assumed of the machines."""

    num_gans: int = experiment.option(1_000_000, "GANs, each one seed of one candidate of one rule")
    num_workers: int = experiment.option(256, "accelerators")
    num_steps: int = experiment.option(100_000, "simultaneous steps of each")
    lanes: int = experiment.option(256, "GANs that are vmapped in one job, at most")
    other_lanes: tuple[int, ...] = experiment.option((16, 64, 256, 1024), "the same, to compare")
    peak: float = experiment.option(790e12, "matrix peak of an accelerator in FLOP/s")
    bandwidth: float = experiment.option(4.3e12, "bandwidth of its memory in B/s")
    memory: float = experiment.option(139e9, "its memory in B")
    reached: float = experiment.option(0.3, "share of the roofline that is reached")
    mtbf: float = experiment.option(50_676.0, "hours between two failures of an accelerator")
    repair: float = experiment.option(600.0, "seconds until a failed worker is replaced")
    start: float = experiment.option(20.0, "seconds from the start of a job to its first step, with a warm cache")
    compiling: float = experiment.option(120.0, "seconds of compiling for the first job of a rule")
    host_link: float = experiment.option(25e9, "copy to the host in B/s")
    storage: float = experiment.option(10e9, "shared storage in B/s, written")
    files: float = experiment.option(5_000.0, "files that the storage makes in a second")
    spread: float = experiment.option(0.05, "standard deviation of the logarithm of a worker's speed")
    intervals: tuple[float, ...] = experiment.option(
        (30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0), "seconds between two checkpoints, to compare"
    )
    stress: float = experiment.option(1000.0, "how many times more often workers fail in the stress test")
    num_repetitions: int = experiment.option(8, "simulations of each setting")

    def __post_init__(self):
        """Checks the values."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not all(each > 0 for each in (value if isinstance(value, tuple) else (value,))):
                raise ValueError(f"{field.name} is {value}; it has to be above 0.")


TINY = Config(num_gans=20_000, num_workers=8, intervals=(100.0, 1000.0), other_lanes=(64, 256), num_repetitions=2)


class Size(NamedTuple):
    """What one GAN takes.

    Attributes:
      flops: of a step.
      traffic: bytes that a step moves.
      players: bytes of the players.
      state: bytes of players and state together, a checkpoint.
      working: bytes on the device while it steps.
    """

    flops: float
    traffic: float
    players: float
    state: float
    working: float


def size_of(game: Game, working: float | None = None) -> Size:
    """Returns what a GAN takes that plays simultaneous steps of Adam, as XLA counts one step of it."""
    rule, key = rules.simultaneous(optax.adam(1e-4, b1=0.5)), jax.random.key(0)
    players = jax.eval_shape(game.init, key)
    state = jax.eval_shape(rule.init, players)
    compiled = jax.jit(lambda players, state, key: rule.update(game, players, state, key)).lower(players, state, key)
    counted: Any = (program := compiled.compile()).cost_analysis()
    temporary = working or program.memory_analysis().temp_size_in_bytes  # type: ignore[union-attr]
    both = _bytes(players) + _bytes(state)
    return Size(counted["flops"], counted["bytes accessed"], _bytes(players), both, both + temporary)


def image_size() -> Size:
    """Returns what a DCGAN of 64 filters takes at 32×32 pixels in bfloat16, with masters and Adam in float32.

    Radford et al., "Unsupervised Representation Learning with DCGAN", 2016, https://arxiv.org/abs/1511.06434, without
    biases and norms: kernels of 4×4, three of stride 2 in each network, batches of 64. A product of a kernel costs two
    FLOPs for each weight and place, the backward pass twice that; a step has the generator forward, the discriminator
    forward on real and fake, and backward through both for one player and through itself for the other. Each activation
    is written once and read twice, in each direction.
    """
    generator = [(100, 256, 4), (256, 128, 8), (128, 64, 16), (64, 3, 32)]  # channels in and out, width of the result
    discriminator = [(3, 64, 16), (64, 128, 8), (128, 256, 4), (256, 1, 1)]
    weights = [16 * a * b for a, b, _ in generator], [16 * a * b for a, b, _ in discriminator]
    # A transposed convolution applies each weight once for each place of what comes in, a quarter of what goes out.
    places = [1, *((width // 2) ** 2 for *_, width in generator[1:])], [width**2 for *_, width in discriminator]
    products = [2.0 * np.dot(weights[net], places[net]) for net in (0, 1)]
    batch, forward, backward = 64, products[0] + 2 * products[1], 2 * products[0] + 2 * products[1] + 4 * products[1]
    activations = 2 * batch * (sum(b * w**2 for _, b, w in generator) + 2 * sum(b * w**2 for _, b, w in discriminator))
    players = 4.0 * (sum(weights[0]) + sum(weights[1]))
    traffic = 2 * 3 * activations + 3 * 2 * players
    return Size(batch * (forward + backward), traffic, players, 3 * players, 4 * players + 2 * activations)


def _bytes(tree: Any) -> float:
    return float(sum(np.prod(leaf.shape, dtype=float) * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree)))


def bill(config: Config, size: Size) -> dict[str, float]:
    """Returns the arithmetic of a tournament, in seconds, bytes and numbers of things."""
    lanes = min(config.lanes, int(config.memory / size.working))
    step = max(size.flops / config.peak, size.traffic / config.bandwidth) / config.reached
    num_jobs = -(-config.num_gans // lanes)
    seconds = config.num_gans * config.num_steps * step / config.num_workers
    copy = lanes * size.state / config.host_link
    interval = float(np.sqrt(2 * copy * config.mtbf * HOUR))
    job = lanes * config.num_steps * step
    saves = num_jobs * max(1.0, job / interval)  # a job saves its end at least
    kept = config.num_gans * size.players + 2 * config.num_workers * lanes * size.state
    return {
        "lanes": lanes,
        "jobs": num_jobs,
        "seed_steps_per_second": 1 / step,
        "accelerator_hours": seconds * config.num_workers / HOUR,
        "hours": seconds / HOUR,
        "job_seconds": job,
        "checkpoint_bytes": lanes * size.state,
        "checkpoint_interval": interval,
        "checkpoint_cost": copy / interval,
        "failures": config.num_gans * config.num_steps * step / (config.mtbf * HOUR),
        "volume_kept": kept,
        "volume_written": saves * lanes * size.state + config.num_gans * size.players,
        # Demand over supply, for as long as the steps take; what is above 1 breaks.
        "storage_load": (saves * lanes * size.state + config.num_gans * size.players) / config.storage / seconds,
        "storage_load_saving_each_minute": config.num_workers * lanes * size.state / 60 / config.storage,
        "files_load_one_per_job": 2 * saves / config.files / seconds,
        "files_load_one_folder_per_gan": FILES_OF_A_RUN_FOLDER * config.num_gans / config.files / seconds,
        "starting_load": (num_jobs * config.start + RULES_IN_THE_TOURNAMENT * config.compiling)
        / config.num_workers
        / seconds,
        "starting_load_one_job_per_gan": config.num_gans * config.start / config.num_workers / seconds,
    }


def scenarios() -> dict[str, Size]:
    """Returns the sizes of the two tournaments."""
    return {"mixture": size_of(games.mixture(setting="metz")), "images": image_size()}


def played(config: Config, size: Size, interval: float, seed: list[int], stress: float = 1.0) -> list[Simulated]:
    """Returns the simulations of one setting."""
    paper = bill(config, size)
    copy = paper["checkpoint_bytes"] / config.host_link
    jobs = [
        Job(paper["job_seconds"], copy, paper["checkpoint_bytes"], number % RULES_IN_THE_TOURNAMENT)
        for number in range(int(paper["jobs"]))
    ]
    cluster = Cluster(
        config.num_workers, config.mtbf / stress, config.repair, config.start, config.compiling, config.storage,
        config.spread,
    )  # fmt: skip
    return [
        simulate(cluster, jobs, interval, np.random.default_rng([*seed, number]))
        for number in range(config.num_repetitions)
    ]


def run(config: Config, key: Key) -> dict[str, np.ndarray]:
    """Returns the arithmetic, and the simulations over intervals and over sizes of jobs, `[values, repetitions]`."""
    arrays: dict[str, np.ndarray] = {}
    seed = np.asarray(jax.random.key_data(key)).tolist()
    for name, size in scenarios().items():
        paper = bill(config, size)
        best = paper["checkpoint_interval"]
        found = {
            "calm": [played(config, size, interval, seed) for interval in config.intervals],
            "stress": [played(config, size, interval, seed, config.stress) for interval in config.intervals],
            "lanes": [played(dataclasses.replace(config, lanes=n), size, best, seed) for n in config.other_lanes],
        }
        arrays[f"{name}/size"] = np.array(size)
        arrays |= {f"{name}/bill/{item}": np.array(value) for item, value in paper.items()}
        arrays |= {
            f"{name}/{label}/{field}": np.array([[getattr(each, field) for each in row] for row in rows])
            for label, rows in found.items()
            for field in Simulated._fields
        }
    return arrays


def summarize(config: Config, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Returns the bill of each scenario, and the simulations: mean and standard error over repetitions."""
    measured: dict[str, Any] = {}
    for name in sorted({place.split("/")[0] for place in arrays}):
        paper = {place.split("/")[2]: arrays[place] for place in arrays if place.startswith(f"{name}/bill/")}
        sizes = dict(zip(Size._fields, arrays[f"{name}/size"], strict=True))
        simulated = {}
        settings = {
            "calm": [f"every {interval:g} s" for interval in config.intervals],
            "stress": [f"every {interval:g} s" for interval in config.intervals],
            "lanes": [f"{lanes} lanes" for lanes in config.other_lanes],
        }
        for label, texts in settings.items():
            rows = {field: arrays[f"{name}/{label}/{field}"] for field in Simulated._fields}
            simulated[label] = {
                text: {
                    field: [values[index].mean(), values[index].std(ddof=1) / np.sqrt(values.shape[1])]
                    for field, values in rows.items()
                }
                for index, text in enumerate(texts)
            }
        measured[name] = {"size": sizes, "bill": paper, "simulated": simulated}
    return measured


def draw(config: Config, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Draws where the time goes over the interval, and demand over supply."""
    names = sorted({place.split("/")[0] for place in arrays})
    figure, (*axes, ax_lanes, ax_loads) = experiment.figure(1, len(names) + 2, (17, 4.2))
    for ax, name in zip(axes, names, strict=True):
        for label, style in (("calm", "-"), ("stress", "--")):
            for field in ("lost", "stalled"):
                values = arrays[f"{name}/{label}/{field}"]
                ax.plot(config.intervals, values.mean(axis=1), style, marker=".", label=f"{field}, {label}")
        best = float(arrays[f"{name}/bill/checkpoint_interval"])
        ax.axvline(best, color="0.6", lw=1)
        ax.axvline(best / np.sqrt(config.stress), color="0.6", lw=1, ls="--")
        ax.set(xscale="log", xlabel="seconds between checkpoints", title=name)
        ax.set_yscale("symlog", linthresh=1e-5)
        ax.set_ylim(bottom=0)
    axes[0].set_ylabel("share of all workers' time")
    axes[0].legend(fontsize=8)
    loads = [place.split("/")[2] for place in arrays if place.startswith(f"{names[0]}/bill/") and "_load" in place]
    for name in names:
        ax_lanes.plot(config.other_lanes, arrays[f"{name}/lanes/useful"].mean(axis=1), marker=".", label=name)
    ax_lanes.set(xscale="log", xlabel="GANs in a job", title="time in steps that count", ylim=(0, 1))
    ax_lanes.legend(fontsize=8)
    ax = ax_loads
    for index, name in enumerate(names):
        values = [max(float(arrays[f"{name}/bill/{load}"]), 1e-6) for load in loads]
        ax.barh(np.arange(len(loads)) + 0.4 * index, values, 0.4, label=name)
    ax.axvline(1, color="0.3", lw=1)
    ax.set(xscale="log", title="demand / supply")
    ax.set_yticks(
        np.arange(len(loads)) + 0.2, [load.replace("_load", "").replace("_", " ") for load in loads], fontsize=8
    )
    ax.legend(fontsize=8)
    return {"million_gans": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
