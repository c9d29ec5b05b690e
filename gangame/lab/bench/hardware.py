"""What this machine can do at best: matrix products and memory traffic, measured and not looked up."""

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp

from gangame.lab.bench.turns import interleaved


class Hardware(NamedTuple):
    """Two peaks, in one float type and by the clock of the bench (so for each second of a core on a CPU).

    Attributes:
      matrix_flops: floating-point operations a second in a product of large square matrices.
      bandwidth: bytes a second, read and written, of adding one to a large array.
    """

    matrix_flops: float
    bandwidth: float

    def best(self, other: "Hardware") -> "Hardware":
        """Returns the higher of both measurements, of each peak."""
        return Hardware(*map(max, self, other))

    def roofline(self, flops: float, traffic: float) -> float:
        """Returns the operations a second that are possible at best for work of so many operations and bytes."""
        return min(self.matrix_flops, flops / traffic * self.bandwidth) if traffic else self.matrix_flops


def hardware(width: int = 2048, megabytes: int = 64, rounds: int = 5, dtype: str | None = None) -> Hardware:
    """Measures the peaks; the best of several rounds each.

    What else the machine does lowers a peak as it lowers what is held against it: measure before and after, and take
    the best of both.

    Args:
      width: rows and columns of the matrices.
      megabytes: size of the array.
      rounds: how often each is measured.
      dtype: another float type than that of the run, such as "bfloat16".
    """
    kind = jnp.dtype(dtype or jnp.result_type(float))
    matrix = jnp.ones((width, width), kind)
    arrays = [jnp.ones((megabytes * 2**20 // kind.itemsize,), kind)]
    multiply, add = jax.jit(lambda a: a @ a), jax.jit(lambda a: a + 1, donate_argnums=0)

    def touch() -> None:  # in place: memory that is new to the process costs more than to read and write it
        arrays[0] = add(arrays[0]).block_until_ready()

    seconds = interleaved(
        {
            "matrix": lambda: multiply(matrix).block_until_ready(),
            "array": touch,
        },
        rounds,
    )
    least = {name: max(float(each.min()), 1e-9) for name, each in seconds.items()}
    return Hardware(2 * width**3 / least["matrix"], 2 * arrays[0].nbytes / least["array"])


@contextlib.contextmanager
def on_cores(num_cores: int) -> Iterator[None]:
    """Keeps what starts from here on to the first `num_cores` cores that this process may use; 0 leaves them all."""
    if not num_cores or not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:num_cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
