"""A GAN of symbols: which way around a choice without a derivative learns to write?

    python experiments/discrete_outputs.py         a quarter of an hour of CPU time
    python experiments/discrete_outputs.py --tasks text --hidden 512 --batch-size 256 --num-steps 100000
                                                   text, for an accelerator (not run)

`games.sequence_gan` by each of its routes, under one rule (alternating steps, Adam), on two tasks: sequences of a
Markov chain of 8 symbols, whose distribution is known, and 60,000 real surnames of at most 8 letters. "pretrained" has
half of its steps by likelihood and then goes on by REINFORCE, as SeqGAN does. Over seeds there are

    pairs, triples    Jensen–Shannon divergence of neighbours in 10,000 samples from those of real sequences, in nats,
                      beside that of other real sequences (floor)
    excess            of the samples' NLL under the chain over the chain's own entropy, in nats a sequence
    names             share of samples that are a surname nobody trained on; floor: of names held out, 1
    different         share of samples of which there is only one

What one should see (this command, 2026-11-30, two shared cores of a Xeon; 3,000 steps, five seeds): no adversary comes
near to likelihood, and the one that goes on from it leads away from where it led. On the chain the excess is 1.6 nats
for likelihood (1.5 to 1.8), 13.5 for REINFORCE and straight-through alike, 21 for embeddings, which learn single
symbols and little of their order. After 1,500 steps of likelihood another 1,500 of REINFORCE take the excess to 4.3
(3.8 to 4.8) and the pairs of surnames from 0.005 to 0.012, at the same learning rate; SeqGAN, whose oracle is an LSTM
and whose rewards are of parts of sequences, reports the opposite (8.7 from 9.1 on its oracle). Gumbel-softmax at τ =
0.5 collapses: a third of its sequences on the chain is there only once, and its excess is of choices that it never had
to make, since mixtures pleased the discriminator. It also shows what a share of valid names is worth: with 6 % (2 to
10) it has the most surnames that nobody trained on, and writes HAMA and SHAR over and over.
"""

import dataclasses
import sys
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, games, rules
from gangame.core import Array, Game, Key
from gangame.games.sequence_gan import ROUTES
from gangame.lab import experiment
from gangame.metrics import mean_interval, ngram_distance
from gangame.play import Run

WAYS = (*ROUTES, "pretrained")


@dataclasses.dataclass(frozen=True)
class Config:
    """Who plays what, and for how long."""

    tasks: tuple[str, ...] = experiment.option(("oracle", "surnames"), "of oracle, surnames, text")
    ways: tuple[str, ...] = experiment.option(WAYS, "of " + ", ".join(WAYS))
    num_steps: int = experiment.option(3000, "steps, a multiple of 2 · num_records")
    num_records: int = experiment.option(5, "how often to look in each half, 1 or more")
    num_samples: int = experiment.option(10_000, "samples that are looked at, 12 or more")
    num_seeds: int = experiment.option(5, "2 or more for an interval")
    batch_size: int = experiment.option(64, "sequences of a step, 2 or more")
    hidden: int = experiment.option(64, "width of the generator's hidden layer and of the discriminator's two")
    learning_rate: float = experiment.option(1e-3, "of Adam with β₁ = 0.5, for both")
    temperature: float = experiment.option(0.5, "τ of the soft routes, above 0")

    def __post_init__(self):
        """Checks the values."""
        for task in self.tasks:
            experiment.check_choice("tasks", task, ("oracle", "surnames", "text"))
        for way in self.ways:
            experiment.check_choice("ways", way, WAYS)
        if self.num_records < 1 or self.num_steps < 1 or self.num_steps % (2 * self.num_records):
            raise ValueError(f"num_steps is {self.num_steps}; it has to be a multiple of 2 · num_records, above 0.")
        if self.num_seeds < 2 or self.batch_size < 2 or self.hidden < 1 or self.num_samples < 12:
            raise ValueError(
                f"num_seeds, batch_size, hidden and num_samples are {self.num_seeds}, {self.batch_size}, "
                f"{self.hidden} and {self.num_samples}; they have to be at least 2, 2, 1 and 12."
            )
        if not (self.learning_rate > 0 and self.temperature > 0):
            raise ValueError(
                f"learning_rate is {self.learning_rate} and temperature {self.temperature}; both have to be positive."
            )


TINY = Config(
    tasks=("oracle",), ways=("reinforce", "embedding"), num_samples=100, num_steps=20, num_records=1, num_seeds=2,
    batch_size=8, hidden=8,
)  # fmt: skip


def source_of(task: str) -> data.MarkovChain | data.SequenceSet:
    """Returns what a task is about."""
    return {"oracle": data.markov_chain, "surnames": data.surnames, "text": data.text}[task]()


def make_game(config: Config, task: str, route: str) -> Game:
    """Returns a task as a game."""
    return games.sequence_gan(
        source_of(task), route=route, temperature=config.temperature, hidden=(config.hidden,),
        discriminator_hidden=(config.hidden, config.hidden), batch_size=config.batch_size,
    )  # fmt: skip


def observer(config: Config, game: Game) -> Callable:
    """Returns what is recorded of a run: how close pairs and triples are, and what the chain says of the samples."""

    def observe(players: dict, key: Key) -> dict[str, Array]:
        key_samples, key_real = jax.random.split(key)
        source = game.sample.data
        samples = games.generate(game, players, key_samples, config.num_samples)
        real = source(key_real, config.num_samples)
        seen = {
            name: ngram_distance(samples, real, source.num_symbols, size)
            for size, name in ((2, "pairs"), (3, "triples"))
        }
        if isinstance(source, data.MarkovChain):
            seen["excess"] = -jnp.mean(source.log_likelihood(samples)) - source.entropy()
        return seen

    return observe


def play(config: Config, task: str, way: str, keys: Key) -> dict[str, Array]:
    """Returns records `[num_seeds, 2 · num_records]`, and the samples at the end `[num_seeds, samples, length]`."""
    optimizer = optax.adam(config.learning_rate, b1=0.5)
    routes = ("likelihood", "reinforce") if way == "pretrained" else (way,)
    steps, every = config.num_steps // len(routes), config.num_steps // (2 * config.num_records)
    stages = [make_game(config, task, route) for route in routes]

    @jax.jit
    @jax.vmap
    def each(key: Key) -> dict[str, Array]:
        rule, players, records = rules.alternating(optimizer), None, []
        for game, key_stage in zip(stages, jax.random.split(key, len(stages)), strict=True):
            run: Run = gg.start(game, rule, key_stage, players)
            run = gg.advance(game, rule, run, steps, observe=observer(config, game), every=every)
            players = run.players
            records.append(run.records)
        seen = jax.tree.map(lambda *parts: jnp.concatenate(parts), *records)
        return {**seen, "samples": games.generate(stages[-1], players, key, config.num_samples).astype(jnp.uint8)}

    return each(keys)


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns, for each task and way, records and what is said of samples; floors; and a few samples to read."""
    arrays: dict[str, Array] = {}
    for task in config.tasks:
        found = source_of(task)
        for way in config.ways:
            played = play(config, task, way, jax.random.split(key, config.num_seeds))
            samples = np.asarray(played.pop("samples"))
            arrays |= {f"{task}/{way}/{name}": each for name, each in played.items()}
            arrays[f"{task}/{way}/different"] = np.array([single_share(each) for each in samples])
            arrays[f"{task}/{way}/samples"] = samples[0, :12]
            if task == "surnames":
                arrays[f"{task}/{way}/names"] = np.array([share_within(each, found) for each in samples])
        arrays |= {f"{task}/floor/{name}": each for name, each in floors(config, task, key).items()}
    return arrays


def rows_of(symbols: np.ndarray) -> np.ndarray:
    """Returns each sequence as one value that can be compared."""
    return np.ascontiguousarray(symbols).view(np.dtype((np.void, symbols.shape[1]))).ravel()


def single_share(samples: np.ndarray) -> float:
    """Returns the share of sequences of which there is only one."""
    _, counts = np.unique(rows_of(samples), return_counts=True)
    return float(np.sum(counts == 1) / len(samples))


def share_within(samples: np.ndarray, found: data.SequenceSet) -> float:
    """Returns the share of sequences that are among those for testing, and not among those for training."""
    train, test = (rows_of(np.asarray(part.symbols)) for part in (found.train, found.test))
    return float(np.mean(np.isin(rows_of(samples), np.setdiff1d(test, train))))


def floors(config: Config, task: str, key: Key) -> dict[str, Array]:
    """Returns pairs and triples of two sets of real sequences, the second of those for testing."""
    found = source_of(task)
    parts = (found, found) if isinstance(found, data.MarkovChain) else (found.train, found.test)
    one, other = (part(k, config.num_samples) for part, k in zip(parts, jax.random.split(key), strict=True))
    return {
        name: ngram_distance(one, other, parts[0].num_symbols, size) for size, name in ((2, "pairs"), (3, "triples"))
    }


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the numbers at the end over seeds with 95 % intervals, floors, and samples as text."""
    table: dict = {}
    for name, values in arrays.items():
        task, way, measure = name.split("/")
        row = table.setdefault(task, {}).setdefault(way, {})
        if way == "floor":
            row[measure] = values
        elif measure == "samples":
            found = source_of(task)
            row[measure] = found.train.texts(values) if isinstance(found, data.SequenceSet) else values
        else:
            row[measure] = mean_interval(values[:, -1] if values.ndim == 2 else values)
    return table


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: how close pairs come to real ones along the run, a line for each way."""
    figure, axes = experiment.figure(1, len(config.tasks), (5.0 * len(config.tasks), 3.6), squeeze=False)
    steps = config.num_steps // (2 * config.num_records) * np.arange(1, 2 * config.num_records + 1)
    for panel, task in zip(axes[0], config.tasks, strict=True):
        for way in config.ways:
            curves = arrays[f"{task}/{way}/pairs"]
            line = panel.plot(steps, curves.mean(0), label=way.replace("_", " "))[0]
            panel.fill_between(steps, curves.min(0), curves.max(0), alpha=0.15, color=line.get_color())
        panel.axhline(arrays[f"{task}/floor/pairs"], color="black", linestyle=":", label="other real ones")
        panel.set(title=task, xlabel="step", ylabel="JS of pairs [nat]", yscale="log")
    axes[0, -1].legend(fontsize="x-small")
    return {"pairs": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
