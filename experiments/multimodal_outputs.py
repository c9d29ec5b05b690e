"""Where a question has several answers: does squared error give the mean of all, and an adversary one of them?

    python experiments/multimodal_outputs.py       eight minutes on two cores

Two cartoons of next-frame prediction (slide 5) and of the green dots of Goodfellow's talks. "answers": a point of the
circle has three answers, itself turned by thirds, with noise of 0.05 in each coordinate. "branching": a square falls,
and turns to the left or to the right, in frames of 10×10. Small perceptrons, alternating steps, by the pay of the
generator:

    l2, l1          regression: E |ŷ − y|², E |ŷ − y|
    adversarial     a conditional GAN (`games.translation`)
    both            the adversary, and l1 besides, as pix2pix has it
    density         a mixture density network of six normal distributions, by likelihood ("answers" alone)

Of 500 questions with 64 answers each there are, over seeds with 95 % intervals,

    valid      share of answers within three standard deviations of a valid one (98.9 % of true ones are); for films,
               all of whose pixels are within 0.5 of those of one of both endings, which are −1 or 1
    miss       mean distance to the nearest valid answer, in units of the distance of the mean answer to it
    covered    share of the valid answers to a question that come up among its 64

What one should see (this command, 2026-11-30, two shared cores of an AMD EPYC): regression answers with what is no
answer: with l2 the mean, which misses by 0.98 of its distance to an answer, two squares at half their brightness; with
l1 whatever halves the answers, or of films, where every grey costs the same, no square at all. On "answers"
the adversary makes 90 % of the answers valid (80 to 100 %, eight seeds), and drops others: it covers 55 % of what might
be said (35 to 75 %), where the density network, which is told the form of the noise, has 98 % valid and everything
covered. On films the adversary alone, by these small perceptrons, does not learn to leave pixels black; with l1 beside
it one square stands out, but the noise around it leaves 15 % valid (0 to 37 %), and nearly always the same ending: the
latents are hardly used. In ≥ 90 % one full square was the aim, which convolutions reach: `next_frame.py`.
"""

import dataclasses
import math
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gangame as gg
from gangame import data, games, nets, rules
from gangame.core import Array, Batch, Game, Key, Players
from gangame.lab import experiment
from gangame.metrics import mean_interval

MEASURES = ("valid", "miss", "covered")
PAYS: dict[str, dict[str, Any]] = {
    "l2": {"adversarial_strength": 0.0, "reconstruction_strength": 1.0, "reconstruction": "l2"},
    "l1": {"adversarial_strength": 0.0, "reconstruction_strength": 1.0},
    "adversarial": {},
    "both": {"reconstruction_strength": 1.0},
}
NUM_QUESTIONS, NUM_ANSWERS, NUM_NORMALS = 500, 64, 6
Answer = Callable[[Players, Array, Key], Array]


@dataclasses.dataclass(frozen=True)
class Config:
    """Who answers, and for how long everybody learns."""

    tasks: tuple[str, ...] = experiment.option(("answers", "branching"), "of answers, branching")
    pays: tuple[str, ...] = experiment.option((*PAYS, "density"), "of " + ", ".join((*PAYS, "density")))
    num_steps: int = experiment.option(6000, "steps, 1 or more")
    num_seeds: int = experiment.option(8, "2 or more for an interval")
    batch_size: int = experiment.option(128, "pairs of a step, 1 or more")
    hidden: int = experiment.option(64, "width of all hidden layers, of which each network has two")
    learning_rate: float = experiment.option(1e-3, "of Adam with β₁ = 0.5, for both players")

    def __post_init__(self):
        """Checks the values."""
        for task in self.tasks:
            experiment.check_choice("tasks", task, ("answers", "branching"))
        for pay in self.pays:
            experiment.check_choice("pays", pay, (*PAYS, "density"))
        if min(self.num_steps, self.batch_size, self.hidden) < 1 or self.num_seeds < 2:
            raise ValueError("num_steps, batch_size and hidden have to be 1 or more, and num_seeds 2 or more.")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; it has to be positive.")


TINY = Config(num_steps=5, num_seeds=2, batch_size=4, hidden=4, pays=("l2", "density"))


def density_game(config: Config, pairs: data.Answers) -> tuple[Game, Answer]:
    """Returns the game of one player, whose network gives weights, means and deviations of a mixture, and its answers.

    Source: Bishop, "Mixture Density Networks", 1994, https://publications.aston.ac.uk/id/eprint/373.
    """
    network = nets.mlp(2, (config.hidden,) * 2, 4 * NUM_NORMALS, activation="leaky_relu", init="glorot")

    def mixture(players: Players, inputs: Array) -> tuple[Array, Array, Array]:
        said = network.apply(players["generator"], inputs)
        logits, means, deviations = jnp.split(said, [NUM_NORMALS, 3 * NUM_NORMALS], axis=1)
        return logits, means.reshape(-1, NUM_NORMALS, 2), jnp.exp(jnp.clip(deviations, -5, 2))

    def losses(players: Players, batch: Batch) -> dict[str, Array]:
        inputs, targets = batch
        logits, means, std = mixture(players, inputs)
        square = jnp.sum((targets[:, None] - means) ** 2, axis=2) / std**2
        each = jax.nn.log_softmax(logits) - square / 2 - 2 * jnp.log(std) - math.log(2 * math.pi)
        return {"generator": -jnp.mean(jax.nn.logsumexp(each, axis=1))}

    def answer(players: Players, inputs: Array, key: Key) -> Array:
        key_choice, key_noise = jax.random.split(key)
        logits, means, std = mixture(players, inputs)
        chosen = jax.random.categorical(key_choice, logits)[:, None, None]
        noise = jax.random.normal(key_noise, inputs.shape)
        mean, deviation = (jnp.take_along_axis(each, chosen, axis=1)[:, 0] for each in (means, std[..., None]))
        return mean + deviation * noise

    game = gg.Game(lambda key: {"generator": network.init(key)}, lambda key: pairs(key, config.batch_size), losses)
    return game, answer


def contest(config: Config, pairs: data.Answers | data.Branching, pay: str) -> tuple[Game, Answer]:
    """Returns a game and `answer(players, inputs, key)`, what its generator says."""
    if pay == "density":
        return density_game(config, pairs)
    game = games.translation(
        pairs, hidden=(config.hidden,) * 2, discriminator_hidden=(config.hidden,) * 2, batch_size=config.batch_size,
        **PAYS[pay],
    )  # fmt: skip

    def answer(players: Players, inputs: Array, key: Key) -> Array:
        return game.losses.answer(players, inputs, game.sample.latents(key, len(inputs)))

    return game, answer


def judged(pairs: data.Answers | data.Branching, inputs: Array, said: Array) -> Array:
    """Returns the measures, `[3]`, of answers `[answers, questions, ...]` to inputs `[questions, ...]`."""
    films = isinstance(pairs, data.Branching)
    known = pairs.futures(inputs) if films else pairs.answers(inputs)
    gaps = jnp.linalg.norm(said[:, :, None] - known, axis=-1)
    unit = jnp.linalg.norm(known - jnp.mean(known, axis=1, keepdims=True), axis=-1)[:, 0]
    good = jnp.all(jnp.abs(said[:, :, None] - known) < 0.5, axis=-1) if films else gaps <= 3 * pairs.std
    return jnp.stack([
        jnp.mean(jnp.any(good, axis=-1)), jnp.mean(jnp.min(gaps, axis=-1) / unit), jnp.mean(jnp.any(good, axis=0))
    ])  # fmt: skip


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns the measures `[num_seeds, 3]` of each task and pay, and a few answers of the first seed."""
    sources = {"answers": data.answers(), "branching": data.branching()}
    arrays: dict[str, Array] = {}
    for task in config.tasks:
        for pay in config.pays:
            if (task, pay) == ("branching", "density"):
                continue
            game, answer = contest(config, sources[task], pay)

            def one(key: Key, task: str = task, game: Game = game, answer: Answer = answer) -> tuple[Array, Array]:
                key_play, key_questions, key_answers = jax.random.split(key, 3)
                rule = rules.alternating(optax.adam(config.learning_rate, b1=0.5))
                players = gg.play(game, rule, key_play, config.num_steps).players
                inputs, _ = sources[task](key_questions, NUM_QUESTIONS)
                keys = jax.random.split(key_answers, NUM_ANSWERS)
                said = jax.vmap(lambda key: answer(players, inputs, key))(keys)
                return judged(sources[task], inputs, said), said[:4, :8]

            played = jax.jit(jax.vmap(one))(jax.random.split(key, config.num_seeds))
            arrays[f"{task}/{pay}"], arrays[f"{task}/{pay}/said"] = played[0], played[1][0]
    return arrays


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns each measure over seeds with its 95 % interval."""
    table: dict = {}
    for name, values in arrays.items():
        if not name.endswith("/said"):
            task, pay = name.split("/")
            row = {measure: mean_interval(values[:, i]) for i, measure in enumerate(MEASURES)}
            table.setdefault(task, {})[pay] = row
    return table


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figures: what share of answers is valid, and films as each pay ends them."""
    drawn, axes = experiment.figure(1, len(config.tasks), (4.0 * len(config.tasks), 3.0), squeeze=False)
    for panel, task in zip(axes[0], config.tasks, strict=True):
        pays = [pay for pay in config.pays if f"{task}/{pay}" in arrays]
        for place, pay in enumerate(pays):
            values = arrays[f"{task}/{pay}"]
            panel.plot(values[:, 0], np.full(len(values), place + 0.1), "o", color="#0072b2", alpha=0.6)
            panel.plot(values[:, 2], np.full(len(values), place - 0.1), "s", color="#d55e00", alpha=0.6)
        panel.set(title=task, yticks=range(len(pays)), yticklabels=pays, xlim=(-0.05, 1.05))
        panel.set(xlabel="valid (dots), covered (squares)")
    figures = {"valid": drawn}
    if "branching" in config.tasks:
        pays = [pay for pay in config.pays if pay != "density"]
        films, panels = experiment.figure(1, len(pays), (2.6 * len(pays), 1.6), squeeze=False)
        for panel, pay in zip(panels[0], pays, strict=True):
            images = arrays[f"branching/{pay}/said"]
            size = math.isqrt(images.shape[-1])
            experiment.show_images(panel, images.reshape(*images.shape[:2], size, size, 1), pay)
        figures["films"] = films
    return figures


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
