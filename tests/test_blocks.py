from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import blocks, games, rules
from gangame.lab import memory

GAME = games.mixture(hidden=(16, 16), discriminator_hidden=(16,), latent_dim=4, batch_size=32)
KEY = jax.random.key(0)


def test_the_footprint_is_what_a_call_reads_and_writes_and_loops_count_what_they_stack():
    x = jnp.zeros(10, "float32")
    assert blocks.footprint(lambda x: jnp.sin(x) + 1, x) == 3 * 40
    stacked = blocks.footprint(lambda x: jax.lax.scan(lambda y, _: (y + 1, y), x, length=5), x)
    assert stacked == 40 + 40 + (40 + 5 * 40)  # the argument, the body, the two results


@pytest.mark.parametrize(("block", "num"), [(1, 5), (2, 5), (3, 5), (5, 5), (9, 5)])
def test_blocks_map_like_vmap(block, num):
    x = jnp.arange(3.0 * num).reshape(num, 3)
    tree = {"a": x, "key": jax.random.split(KEY, num)}

    def function(tree, y):
        return jax.random.uniform(tree["key"]) + tree["a"].sum() * y

    expected = jax.vmap(function)(tree, x[:, 0])
    np.testing.assert_allclose(blocks.in_blocks(function, block)(tree, x[:, 0]), expected, rtol=1e-15)


def test_what_does_not_fit_is_cut_and_one_run_is_always_played():
    assert blocks.side_by_side(blocks.CACHE // 10, 100) == 10
    assert blocks.side_by_side(blocks.CACHE // 10, 4) == 4
    assert blocks.side_by_side(blocks.CACHE // 10, 12) == 6
    assert blocks.side_by_side(3 * blocks.CACHE, 100) == 1


def test_of_several_devices_the_smallest_counts(monkeypatch):
    sizes = [{"bytes_limit": 1000, "bytes_in_use": 0}, {"bytes_limit": 400, "bytes_in_use": 100}]
    devices = [SimpleNamespace(memory_stats=lambda stats=stats: stats) for stats in sizes]
    monkeypatch.setattr(blocks, "devices", lambda: devices)
    assert blocks.side_by_side(50, 100) == 4
    assert memory.available() == memory.SPARE * 300


@jax.numpy_dtype_promotion("standard")  # for optax's Adam
def test_memory_of_vmapped_runs_grows_by_less_than_the_footprint_of_one_and_that_of_chunks_does_not():
    rule = rules.alternating(optax.adam(1e-3))

    def temp(num, chunk):
        def play(keys):
            return gg.sweep(GAME, rule, keys, 5, chunk=chunk).players

        return jax.jit(play).lower(jax.random.split(KEY, num)).compile().memory_analysis().temp_size_in_bytes

    run = gg.start(GAME, rule, KEY)
    one = blocks.footprint(lambda run: rule.update(GAME, run.players, run.state, KEY), run)
    vmapped = [temp(num, num) for num in (1, 4, 16)]
    slopes = np.diff(vmapped) / [3, 12]
    assert slopes[0] == pytest.approx(slopes[1], rel=0.05)  # a + b n, of which a is less than b
    assert 0 <= vmapped[0] - slopes[1] < slopes[1]
    assert one / 20 < slopes[1] < one / 3
    chunked = [temp(num, 4) for num in (8, 16)]
    held = sum(leaf.nbytes for leaf in jax.tree.leaves((run.players, run.state)))
    assert chunked[1] - chunked[0] < 8 * 2 * held < 8 * slopes[1]  # what is kept of each run, no activations
