"""What a layer of stride 2 costs with its gradients, ours and JAX's own."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from gangame.core import Array
from gangame.lab.bench.settings import Setting
from gangame.lab.bench.turns import interleaved, ratios
from gangame.nets.plain_conv import AXES
from gangame.nets.strided import strided_conv, transposed_conv

TAPS, BATCH, NUM_STEPS = 5, 64, 3
LAYERS = {(4, 256, 128): "4×4×256 ↔ 8×8×128", (8, 128, 64): "8×8×128 ↔ 16×16×64"}
"""Of a DCGAN of 32×32 with 64 channels: height of the small map, its channels, those of the large one."""


def _strided(x: Array, kernel: Array) -> Array:
    return lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=AXES)


def _transposed(x: Array, kernel: Array) -> Array:
    return lax.conv_transpose(x, kernel, (2, 2), "SAME")


def convolutions(setting: Setting, told: Callable[[str], None]) -> list[dict[str, Any]]:
    """Returns the time of layers down and up, each with the gradients of its input and its kernel.

    Args:
      setting: the rounds.
      told: called with what is going on.
    """
    rows = []
    for (size, few, many), name in LAYERS.items():
        told(f"convolutions: {name}")
        key_small, key_large, key_kernel = jax.random.split(jax.random.key(0), 3)
        small = jax.random.normal(key_small, (BATCH, size, size, few))
        large = jax.random.normal(key_large, (BATCH, 2 * size, 2 * size, many))
        kernel = jax.random.normal(key_kernel, (TAPS, TAPS, many, few))
        down, up = (large, kernel, small), (small, kernel.swapaxes(2, 3), large)
        seconds = interleaved(
            {
                "down, nets.strided": _timed(strided_conv, down),
                "up, nets.strided": _timed(transposed_conv, up),
                "down, jax.lax": _timed(_strided, down),
                "up, jax.lax": _timed(_transposed, up),
            },
            setting.rounds,
        )
        flops = NUM_STEPS * 3 * 2 * small.size * TAPS**2 * many  # forward, and the two gradients, each as much
        task = f"convolution {name}, {TAPS}×{TAPS}, batch {BATCH}, with its gradients"
        rows += [{"task": task, "flops": flops, **row} for row in ratios(seconds, "down, nets.strided")]
    return rows


def _timed(conv: Callable[[Array, Array], Array], arrays: tuple[Array, Array, Array]) -> Callable[[], Any]:
    """Returns a call of some steps down both gradients, in a loop as `play` has it: at the top XLA does better."""

    @jax.jit
    def steps(x: Array, kernel: Array, slope: Array) -> Any:
        def step(pair: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Array]:
            y, pull = jax.vjp(conv, *pair)
            return jax.tree.map(lambda value, change: value - 1e-6 * change, pair, pull(slope)), jnp.sum(y)

        return jax.lax.scan(step, (x, kernel), length=NUM_STEPS)

    return lambda: jax.block_until_ready(steps(*arrays))
