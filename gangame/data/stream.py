"""Images of which some are on the device at a time, while the host reads those that follow."""

import dataclasses
from collections.abc import Callable
from typing import TypeVar

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gangame.core import Array
from gangame.data.ahead import Ahead
from gangame.data.pixels import Images
from gangame.data.sources import Facts, Source
from gangame.ranges import check_whole

Carry = TypeVar("Carry")


@dataclasses.dataclass(frozen=True, eq=False)
class Stream:
    """A set of images that comes in buffers, each an `Images` as `data.images` gives them.

    Every epoch has all images once, in a new order, and buffer c is the c-th piece of these orders in turn.
    It depends on (seed, c) alone, so a run may be cut and resumed anywhere. Within a buffer a game draws with
    replacement, as it does from a whole set: stay with a buffer for about as many steps as it has batches, since images
    that stay longer are seen again and again.

    Attributes:
      source: where the images are read.
      facts: what has to be known of the set.
      buffer_size: images of one buffer.
      seed: of the order.
      mesh: devices over which a buffer is cut, or `None`.
      axis: name of the axis of the mesh, by default its first.
    """

    source: Source
    facts: Facts
    buffer_size: int
    seed: int = 0
    mesh: Mesh | None = None
    axis: str | None = None

    def __post_init__(self) -> None:
        """Checks the numbers."""
        if not 1 <= self.buffer_size <= self.source.size:
            raise ValueError(
                f"buffer_size is {self.buffer_size}; it has to be from 1 to {self.source.size:,}, all images of "
                f"{self.facts.name!r}; where these fit on the device, data.images has them there."
            )
        check_whole(self.seed, "seed", 0)
        if self.mesh is None:
            return
        if self.axis is not None and self.axis not in self.mesh.axis_names:
            raise ValueError(f"axis is {self.axis!r}; the mesh has {', '.join(map(repr, self.mesh.axis_names))}.")
        parts = self.mesh.shape[self.axis or self.mesh.axis_names[0]]
        if self.buffer_size % parts:
            raise ValueError(f"buffer_size is {self.buffer_size}; it has to be a multiple of {parts}, the devices.")

    def places(self, chunk: int) -> np.ndarray:
        """Returns which images are in a buffer, `[buffer_size]`.

        Args:
          chunk: number of the buffer, from 0 on.
        """
        places = chunk * self.buffer_size + np.arange(self.buffer_size)
        epochs, within = np.divmod(places, self.source.size)
        index = np.empty(self.buffer_size, np.int64)
        for epoch in np.unique(epochs):
            order = np.random.default_rng([self.seed, int(epoch)]).permutation(self.source.size)
            index[epochs == epoch] = order[within[epochs == epoch]]
        return index

    def read(self, chunk: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the pixels and labels of a buffer on the host.

        Args:
          chunk: number of the buffer, from 0 on.
        """
        return self.source.take(self.places(chunk))

    def buffer(self, chunk: int) -> Images:
        """Returns a buffer on the device, or cut over the mesh, of which each process reads what its devices hold.

        Args:
          chunk: number of the buffer, from 0 on.
        """
        if self.mesh is None:
            pixels, labels = self.read(chunk)
            return Images(jax.device_put(pixels), jax.device_put(labels), self.source.shape, self.source.white)
        index = self.places(chunk)
        read: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}

        def piece(where: tuple[slice, ...] | None) -> tuple[np.ndarray, np.ndarray]:
            start, stop, _ = (where or (slice(None),))[0].indices(self.buffer_size)
            if (start, stop) not in read:
                read[start, stop] = self.source.take(index[start:stop])
            return read[start, stop]

        # XLA propagates the placement along such axes; those of `jax.make_mesh` are explicit.
        mesh = Mesh(self.mesh.devices, self.mesh.axis_names)
        place = NamedSharding(mesh, PartitionSpec(self.axis or self.mesh.axis_names[0]))
        pixels_there: Array = jax.make_array_from_callback(
            (self.buffer_size, *self.source.shape), place, lambda where: piece(where)[0], np.uint8
        )
        labels_there: Array = jax.make_array_from_callback(
            (self.buffer_size,), place, lambda where: piece(where)[1], np.int32
        )
        return Images(pixels_there, labels_there, self.source.shape, self.source.white)

    def fold(self, step: Callable[[Carry, Images], Carry], carry: Carry, num_chunks: int, start: int = 0) -> Carry:
        """Returns `step(... step(step(carry, buffer(start)), buffer(start + 1)) ...)`.

        While the device is at work on a buffer, a thread reads the next one and sends it there. No third one is: a step
        has to be done before the one after it gets its buffer.

        Args:
          step: `step(carry, images) -> carry`, jitted by the caller; compiled once, since all buffers are alike.
          carry: a pytree of arrays, such as a run.
          num_chunks: how many buffers to go through, 0 or more.
          start: number of the first, 0 or more.

        Example:
          >>> import dataclasses
          >>> import jax
          >>> import gangame as gg
          >>> from gangame import data, games, rules
          >>> game, rule = games.digits(hidden=(8,), discriminator_hidden=(8,)), rules.simultaneous(1e-3)
          >>> @jax.jit
          ... def step(run, images):
          ...     streamed = game._replace(sample=dataclasses.replace(game.sample, data=images.flat()))
          ...     return gg.advance(streamed, rule, run, 5)
          >>> run = data.stream("digits", 256).fold(step, gg.start(game, rule, jax.random.key(0)), 3)
          >>> int(run.step)
          15
        """
        if num_chunks < 0 or start < 0:
            raise ValueError(f"num_chunks is {num_chunks} and start is {start}; each has to be 0 or more.")
        ahead = Ahead(self.buffer)
        try:
            for chunk in range(start, start + num_chunks):
                ready = ahead.take(chunk)
                if chunk + 1 < start + num_chunks:
                    ahead.begin(chunk + 1)
                carry = jax.block_until_ready(step(carry, ready))
        finally:
            ahead.close()
        return carry
