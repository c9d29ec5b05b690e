"""Plays on eight devices and on one, and prints how far apart they are: `python tests/parallel/on_eight_devices.py`.

The devices of a process are counted when JAX starts, so this is a program of its own, and the tests read what it says.
"""

import inspect
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"

import jax
import jax.numpy as jnp
import numpy as np

import gangame as gg
from gangame import games, parallel, rules
from gangame.data.images import find
from gangame.data.sources import Source
from gangame.data.stream import Stream
from gangame.lab import spec, sweeping
from gangame.lab.engine import Engine
from gangame.lab.tournament import contender
from gangame.lab.tournament.cell import Cell
from gangame.lab.tournament.work import load

NUM_STEPS = 5
RATE = 0.02


def largest(one, other):
    """The largest deviation, relative to the largest entry of each leaf or 1."""
    return max(
        float(np.max(np.abs(np.subtract(a, b, dtype=float))) / max(np.max(np.abs(a)), 1.0))
        for a, b in zip(*(map(np.asarray, jax.tree.leaves(tree)) for tree in (one, other)), strict=True)
    )


def linear_game():
    """A small GAN with random samples; some rules ask for a finite sum."""
    game = games.linear_quadratic_gan([[2.0, 0.3], [0.3, 1.0]], analytic=False, batch_size=16, regularization=0.5)
    return gg.portable(games.finite_sum(game, 6, jax.random.key(1)))


def network_game():
    return gg.portable(games.mixture(hidden=(8,), discriminator_hidden=(8,), latent_dim=2, batch_size=16))


def data_parallel(mesh, game, name):
    """The deviation of a run whose samples are cut over eight devices, and whether they talked to each other."""
    few = {"maxiter": 2} if "maxiter" in inspect.signature(rules.RULES[name]).parameters else {}
    rule, keys = rules.make(name, RATE, **few), jax.random.split(jax.random.key(0), NUM_STEPS + 1)
    step, start = jax.jit(rule.update), game.init(keys[0])
    cut, state = parallel.spread(game, mesh), rule.init(start)
    together = step.lower(cut, start, state, keys[1]).compile()

    def played(step, game):
        players, memory = start, state
        for key in keys[1:]:
            players, memory = step(game, players, memory, key)
        return players

    return {
        "deviation": largest(played(step, game), played(together, cut)),
        "talks": "all-reduce" in together.as_text(),
    }


def large_players(mesh):
    """The deviation of a run whose players are cut over the devices as well, and the share that each device holds."""
    game, rule, key = parallel.spread(network_game(), mesh), rules.alternating(RATE), jax.random.key(0)

    def play(key):
        return gg.play(game, rule, key, NUM_STEPS).players

    placed = parallel.shardings(jax.eval_shape(play, key), mesh, large=8)
    together = jax.jit(play, out_shardings=placed)(key)
    kernels = [leaf for leaf in jax.tree.leaves(together) if leaf.size % 8 == 0]
    held = [leaf.addressable_shards[0].data.size / leaf.size for leaf in kernels]
    alone = jax.jit(lambda key: gg.play(network_game(), rule, key, NUM_STEPS).players)(key)
    return {"deviation": largest(alone, together), "held": held}


def sweeps(mesh):
    """Whether a sweep over eight devices has the bits of one on one device."""
    keys, rates = jax.random.split(jax.random.key(0), 5), {"optimizer": jnp.linspace(0.1, 0.5, 3)}

    def observe(players, key):
        del key
        return players["x"]

    arguments = (games.bilinear(), rules.extragradient, keys, 20, observe, 5)
    alone = jax.jit(lambda: gg.sweep(*arguments, grid=rates))()
    together = jax.jit(lambda: parallel.sweep(mesh, *arguments, grid=rates))()
    strengths = {"strength": jnp.arange(8.0)}
    even = jax.jit(lambda: parallel.sweep(mesh, games.dirac, rules.extragradient(0.1), keys, 20, grid=strengths))()
    return {
        "deviation": largest((alone.players, alone.records), (together.players, together.records)),
        "shape": together.records.shape,
        "devices": len(even.players["generator"].sharding.device_set),
        "parts": len({str(shard.index) for shard in even.players["generator"].addressable_shards}),
    }


class Watched(NamedTuple):
    """A source of images that notes how many are read at a time."""

    inner: Source
    shape: tuple[int, int, int]
    white: int
    size: int
    taken: list[int]

    def take(self, index):
        self.taken.append(len(index))
        return self.inner.take(index)


def streamed(mesh):
    """How many images each device reads for its part of a buffer, and whether the same ones are drawn as from all."""
    found = find("digits")
    inner = found.train
    source = Watched(inner, inner.shape, inner.white, inner.size, [])
    cut, whole = (
        Stream(each, found.facts, 64, mesh=where).buffer(3) for each, where in ((source, mesh), (inner, None))
    )
    draw = jax.jit(lambda images, key: images.labelled(key, 16))
    key = jax.random.key(0)
    return {
        "taken": source.taken,
        "held": [shard.data.shape[0] for shard in cut.pixels.addressable_shards],
        "deviation": largest(draw(whole, key), draw(cut, key)),
    }


def uneven():
    """What four devices make of three seeds, and of a sample of six."""
    mesh = jax.make_mesh((4,), ("data",), devices=jax.devices()[:4])
    arguments = (games.bilinear(), rules.extragradient(0.1), jax.random.split(jax.random.key(0), 3), 20)
    alone = jax.jit(lambda: gg.sweep(*arguments).players)()
    together = jax.jit(lambda: parallel.sweep(mesh, *arguments).players)()
    game, said = parallel.spread(games.linear_quadratic_gan(analytic=False, batch_size=6), mesh), ""
    try:
        jax.eval_shape(lambda key: game.losses(game.init(key), game.sample(key)), jax.random.key(0))
    except ValueError as error:
        said = str(error)
    return {"deviation": largest(alone, together), "shape": together["x"].shape, "said": said}


def commanded(folder):
    """The records of a sweep of two jobs as the command line plays it on the devices that there are."""
    engine, rates = Engine("local", 1), (0.1, 0.2, 0.3, 0.4)
    settings = {"num_steps": 12, "num_seeds": 3, "num_records": 2, "lanes": 6, "key": 0, "dtype": "float64"}
    made = sweeping.complete("bilinear", ["extragradient"], "sgd", rates, settings, engine)
    sweeping.run(made, folder, engine, lambda line: None)
    return [load(sweeping.path_of(job, folder))[0].records for job in sweeping.jobs_of(made)]


def commands():
    """The deviation of a sweep that is played on all devices, and how many runs each of them has of a compared rule."""
    with tempfile.TemporaryDirectory() as alone, tempfile.TemporaryDirectory() as together:
        with jax.default_device(jax.devices()[1]):
            expected = commanded(Path(alone))
        deviation = largest(expected, commanded(Path(together)))
    game = spec.parse("bilinear:matrix=[[1,0],[0,1]]", games.GAMES, "game")
    cell = Cell(contender("extragradient", "sgd"), game, 12)
    run, _ = cell.ready({"rate": 0.1, "ratio": 1.0}, jax.random.split(jax.random.key(0), 3))(1)
    held = [shard.data.shape[0] for shard in run.players["x"].addressable_shards]
    return {"deviation": deviation, "records": len(expected), "held": held}


def main():
    jax.config.update("jax_enable_x64", True)
    mesh = jax.make_mesh((8,), ("data",))
    game = linear_game()
    chosen = sys.argv[1:] or list(rules.RULES)
    found = {
        "rules": {name: data_parallel(mesh, game, name) for name in chosen},
        "networks": {name: data_parallel(mesh, network_game(), name) for name in ("alternating", "consensus")},
        "large": large_players(mesh),
        "sweep": sweeps(mesh),
        "streamed": streamed(mesh),
        "uneven": uneven(),
        "commands": commands(),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
