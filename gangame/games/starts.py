"""Where the players of a small game start: normals around zero, or one point that the user gives."""

import dataclasses
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Key, Players


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Start:
    """`init` of a small game: the given players, or else normals."""

    where: Players | None
    shapes: tuple[tuple[str, tuple[int, ...]], ...] = dataclasses.field(metadata={"static": True})
    std: float = dataclasses.field(metadata={"static": True})

    def __call__(self, key: Key) -> Players:
        """Returns the players."""
        if self.where is not None:
            return self.where
        keys = jax.random.split(key, len(self.shapes))
        return {
            name: self.std * jax.random.normal(k, shape) for (name, shape), k in zip(self.shapes, keys, strict=True)
        }


def initial(shapes: Mapping[str, tuple[int, ...]], start: Sequence | None = None, std: float = 1.0) -> Start:
    """Returns the `init` of a game in which each player is one array.

    Args:
      shapes: the shape of each player, by name.
      start: the players in the order of `shapes`, where every run starts; `None` draws them.
      std: standard deviation of the normals that are drawn, around 0.

    Raises:
      ValueError: `start` is no sequence, has not one entry for each player, or an entry of another shape.
    """
    where = None
    if start is not None:
        if not isinstance(start, Sequence) and np.ndim(start) == 0:
            raise ValueError(f"start is {start!r}; it has to be a sequence, one entry for each of {', '.join(shapes)}.")
        if len(start) != len(shapes):
            raise ValueError(f"start has {len(start)} entries; it needs one for each of {', '.join(shapes)}.")
        where = {name: jnp.asarray(own, float) for name, own in zip(shapes, start, strict=True)}
        for name, own in where.items():
            if own.shape != shapes[name]:
                raise ValueError(f"start for {name} has the shape {own.shape}; it has to be {shapes[name]}.")

    return Start(where, tuple((name, tuple(shape)) for name, shape in shapes.items()), std)
