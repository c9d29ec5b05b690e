"""Does reading keep up with playing? The throughput of `data.stream`, against the same images resident on the device.

    python experiments/streaming.py            a minute on two idle cores, without a network

A GAN plays colour images of 64×64 pixels (enlarged patches of real photographs) in three ways: all of them on the
device; streamed from an array in memory; streamed from JPEG files, decoded by threads. Each buffer is played for one
pass, buffer_size / batch_size steps, while the next one is read. Measured are

    delivered   images per second that the host reads, decodes and sends to the device with nothing else to do
    consumed    images per second that steps take from a resident set
    overhead    time of a streamed chunk over that of a resident one, minus 1; the median over rounds in turn

What one should see (this command, 2026-11-24, two shared cores of an AMD EPYC): arrays in memory come a hundred times
faster than a CPU plays them (252,000 against 2,500 images/s), and streaming them costs 3 %. Decoding files is slower
(2,300 images/s); where the cores play as well, as on a CPU, it takes its time from them, 84 % here, and where a GPU
plays it should be hidden as long as delivered exceeds consumed (not run). Where it does not, play a buffer longer:
`passes` divides what has to be delivered.
"""

import dataclasses
import io
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jax
import numpy as np
from PIL import Image

import gangame as gg
from gangame import data, games, nets, rules
from gangame.core import Array, Game, Key
from gangame.data.images import find
from gangame.data.pictures import squared
from gangame.data.sources import Source, Stored
from gangame.data.stream import Stream
from gangame.lab import experiment
from gangame.play import Run

WAYS = ("resident", "memory", "files")


@dataclasses.dataclass(frozen=True)
class Config:
    """How much is read, and who plays it."""

    num_images: int = experiment.option(4096, "images of the set")
    size: int = experiment.option(64, "height and width of an image")
    buffer_size: int = experiment.option(1024, "images of a buffer, at most num_images")
    batch_size: int = experiment.option(64, "images of a step, at most buffer_size")
    passes: int = experiment.option(1, "how often a buffer is gone through")
    hidden: int = experiment.option(128, "width of both networks, which have two hidden layers")
    num_chunks: int = experiment.option(2, "buffers of one timed play")
    num_rounds: int = experiment.option(5, "how often each way is timed, in turn")

    def __post_init__(self):
        """Checks the values."""
        if min(dataclasses.astuple(self)) < 1:
            raise ValueError(f"the settings are {self}; each has to be 1 or more.")
        if not self.batch_size <= self.buffer_size <= self.num_images:
            raise ValueError(
                f"batch_size is {self.batch_size}, buffer_size {self.buffer_size} and num_images {self.num_images}; "
                "none may be above the next."
            )


TINY = Config(num_images=64, size=8, buffer_size=32, batch_size=8, hidden=4, num_chunks=2, num_rounds=2)


def pictures(config: Config, source: Source) -> np.ndarray:
    """Returns patches of photographs, enlarged: `[num_images, size, size, 3]`."""
    pixels, _ = source.take(np.resize(np.random.default_rng(0).permutation(source.size), config.num_images))
    return np.stack([squared(each, config.size) for each in pixels])


def save(pixels: np.ndarray, folder: Path) -> None:
    """Writes images as JPEG files, in folders `train` and `test`."""
    for part, chosen in (("train", pixels), ("test", pixels[:1])):
        (folder / part).mkdir()
        for i, each in enumerate(chosen):
            content = io.BytesIO()
            Image.fromarray(each).save(content, "JPEG", quality=90)
            (folder / part / f"{i:06d}.jpg").write_bytes(content.getvalue())


def make_game(config: Config, images: data.Images) -> Game:
    """Returns the GAN that plays the images."""
    num_pixels, hidden, latent_dim = 3 * config.size**2, (config.hidden,) * 2, 32
    generator = nets.mlp(latent_dim, hidden, num_pixels, squash=True)
    discriminator = nets.mlp(num_pixels, hidden, 1)
    return games.gan(generator, discriminator, images.flat(), latent_dim=latent_dim, batch_size=config.batch_size)


def seconds(function: Callable[[], object]) -> float:
    """Returns how long a call takes until all that it returns is there."""
    began = time.perf_counter()
    jax.block_until_ready(function())
    return time.perf_counter() - began


def run(config: Config, key: Key) -> dict[str, Array]:
    """Returns seconds to read a buffer `[2, num_rounds]`, and to play one `[3, num_rounds]`, by the order of `WAYS`."""
    photos = find("photos")
    pixels, facts = pictures(config, photos.train), photos.facts
    stored = Stored(pixels, np.zeros(len(pixels), np.int32))
    steps = config.passes * config.buffer_size // config.batch_size
    with tempfile.TemporaryDirectory() as folder:
        save(pixels, Path(folder))
        streams = {
            "memory": Stream(stored, facts, config.buffer_size),
            "files": Stream(find(Path(folder)).train, facts, config.buffer_size),
        }
        resident = Stream(stored, facts, config.num_images).buffer(0)
        game, rule = make_game(config, resident), rules.simultaneous(1e-4)

        @jax.jit
        def play(run: Run, images: data.Images) -> Run:
            played = game._replace(sample=dataclasses.replace(game.sample, data=images.flat()))
            return gg.advance(played, rule, run, steps)

        begin = gg.start(game, rule, key)

        def on_device() -> Run:
            run = begin
            for _ in range(config.num_chunks):
                run = jax.block_until_ready(play(run, resident))
            return run

        folds = {name: partial(each.fold, play, begin, config.num_chunks) for name, each in streams.items()}
        plays: dict[str, Callable[[], Run]] = {"resident": on_device, **folds}
        for each in plays.values():
            each()  # compile, and read each file once
        reads, played = [], []
        for number in range(config.num_rounds):
            reads.append([seconds(partial(stream.buffer, number)) for stream in streams.values()])
            played.append([seconds(plays[name]) / config.num_chunks for name in WAYS])
    return {"read_seconds": np.array(reads).T, "play_seconds": np.array(played).T, "steps": np.array(steps)}


def summarize(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the rates, and what streaming costs."""
    read, played = (np.median(arrays[name], axis=1) for name in ("read_seconds", "play_seconds"))
    overhead = np.median(arrays["play_seconds"][1:] / arrays["play_seconds"][0] - 1, axis=1)
    delivered = config.buffer_size / read
    return {
        "milliseconds_per_step": dict(zip(WAYS, 1e3 * played / arrays["steps"], strict=True)),
        "consumed_images_per_second": arrays["steps"] * config.batch_size / played[0],
        "delivered_images_per_second": dict(zip(WAYS[1:], delivered, strict=True)),
        "delivered_megabytes_per_second": dict(zip(WAYS[1:], delivered * 3 * config.size**2 / 1e6, strict=True)),
        "overhead": dict(zip(WAYS[1:], overhead, strict=True)),
    }


def draw(config: Config, arrays: experiment.Arrays) -> dict:
    """Returns the figure: what is delivered and what is consumed."""
    figure, axes = experiment.figure(1, 1, (6.0, 3.0))
    found = summarize(config, arrays)
    rates = {
        "consumed by the GAN": found["consumed_images_per_second"],
        "delivered from files": found["delivered_images_per_second"]["files"],
        "delivered from memory": found["delivered_images_per_second"]["memory"],
    }
    bars = axes.barh(list(rates), list(rates.values()), color=["#0072b2", "#009e73", "#009e73"])
    axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates.values()], padding=4)
    axes.set(xscale="log", xlabel=f"images of {config.size}×{config.size}×3 per second")
    axes.margins(x=0.2)
    return {"rates": figure}


if __name__ == "__main__":
    experiment.main(sys.modules[__name__])
