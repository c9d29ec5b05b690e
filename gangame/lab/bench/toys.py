"""A toy game played a million times: what is left when a step is eight operations."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gangame import analysis, games, rules
from gangame.lab import store
from gangame.lab.bench.settings import Setting
from gangame.lab.bench.torch_twin import installed
from gangame.lab.bench.turns import interleaved, ratios
from gangame.lab.spec import UserError

NUM_STEPS = 1000
FLOPS = 8
"""Of a step of extragradient on V = xy: two products and two sums for the imagined step, and again for the step."""
OURS, BY_HAND, NUMPY = "analysis.phase_diagram", "lax.scan by hand", "NumPy"
EAGER, COMPILED = "PyTorch eager", "PyTorch compiled, 10 steps in a graph"
Pair = tuple[Any, Any]


def toys(setting: Setting, told: Callable[[str], None]) -> list[dict[str, Any]]:
    """Returns the time of a phase diagram of extragradient on V = xy over both of its step sizes, for each contender.

    All of them play every cell for `NUM_STEPS` steps, and have to agree on the factor by which a step shrinks the
    distance to the equilibrium.

    Args:
      setting: the number of step sizes on a side, and the rounds.
      told: called with what is going on.

    Raises:
      UserError: a contender computes something else.
    """
    told(f"toys: {setting.side**2:,} trajectories of {NUM_STEPS:,} steps")
    steps = np.linspace(0.001, 0.05, setting.side, dtype=jnp.result_type(float))
    aheads = 10 * steps  # so that no run leaves the range of the numbers on either side, where others are slow
    step, ahead = (each.ravel() for each in np.meshgrid(steps, aheads))
    diagram = jax.jit(lambda columns, rows: analysis.phase_diagram(_make, columns, rows, num_steps=NUM_STEPS))
    by_hand = jax.jit(_scanned)
    contenders: dict[str, Callable[[], np.ndarray]] = {
        OURS: lambda: np.asarray(diagram(steps, aheads)).ravel(),
        BY_HAND: lambda: _factor(*by_hand(step, ahead)),
        NUMPY: lambda: _factor(*_repeated(_moved, np.full_like(step, 0.6), np.full_like(step, 0.8), step, ahead)),
    }
    if installed():
        contenders |= _in_torch(step, ahead, told)
    expected = contenders[NUMPY]()
    for name, work in contenders.items():
        # Each of a thousand steps rounds the distance, by less than 10⁻⁶ of it, and the root brings that back.
        if not np.allclose(work(), expected, rtol=1e-5):
            raise UserError(f"{name} finds other factors than NumPy.")
    cells = setting.side**2
    return [
        {"task": f"{cells:,} × {NUM_STEPS:,} extragradient steps on V = xy", "flops": FLOPS * cells * NUM_STEPS, **row}
        for row in ratios(interleaved(contenders, setting.rounds), OURS)
    ]


def _make(step: jax.Array, ahead: jax.Array) -> tuple:
    return games.bilinear(), rules.extragradient(step, extrapolation=ahead)


def _moved(x: Any, y: Any, step: Any, ahead: Any) -> Pair:
    """Returns x and y after a step, of arrays of any library."""
    imagined_x, imagined_y = x - ahead * y, y + ahead * x
    return x - step * imagined_y, y + step * imagined_x


def _repeated(move: Callable[..., Pair], x: Any, y: Any, step: Any, ahead: Any, times: int = NUM_STEPS) -> Pair:
    for _ in range(times):
        x, y = move(x, y, step, ahead)
    return x, y


def _scanned(step: jax.Array, ahead: jax.Array) -> Pair:
    start = jnp.full_like(step, 0.6), jnp.full_like(step, 0.8)
    return lax.scan(lambda at, _: (_moved(*at, step, ahead), None), start, length=NUM_STEPS)[0]


def _factor(x: Any, y: Any) -> np.ndarray:
    """Returns by how much a step shrinks the distance; runs start at a distance of 1."""
    return np.hypot(np.asarray(x), np.asarray(y)) ** (1 / NUM_STEPS)


def _in_torch(step: np.ndarray, ahead: np.ndarray, told: Callable[[str], None]) -> dict[str, Callable[[], np.ndarray]]:
    import torch

    torch.set_num_threads(1)
    sizes = torch.from_numpy(step), torch.from_numpy(ahead)
    start = torch.full_like(sizes[0], 0.6), torch.full_like(sizes[0], 0.8)
    contenders = {EAGER: lambda: _factor(*_repeated(_moved, *start, *sizes))}
    ten = torch.compile(lambda x, y, step, ahead: _repeated(_moved, x, y, step, ahead, times=10))
    told("compiling with PyTorch")
    try:
        ten(*start, *sizes)
    except Exception as error:  # a compiler that is missing, or what this version does not compile
        told(f"{COMPILED} is left out: {store.first_line(error) or type(error).__name__}")
        return contenders
    return {**contenders, COMPILED: lambda: _factor(*_repeated(ten, *start, *sizes, times=NUM_STEPS // 10))}
