"""The images of a stream as a game has them: those of a buffer that comes and goes, and some that stay."""

import dataclasses
import zlib

import jax
import jax.numpy as jnp
import numpy as np

from gangame.data.pixels import Images, spaced
from gangame.data.stream import Stream
from gangame.ranges import check_sizes


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Streamed(Images):
    """The buffer that is on the device of a stream: a sampler like any `Images`, whose pixels are exchanged.

    Buffers are alike, so exchanging them compiles nothing. Before the first one has been put in (`filled`) the buffer
    is the references. `gangame play` puts them in.

    Attributes:
      reference: images of the set, evenly spaced, that stay. What is measured is measured against these, so it does not
        depend on which buffer is there.
      stream: where the buffers come from.
      passes: how often a buffer is gone through while it is there, 1 or more.
    """

    reference: Images = dataclasses.field(kw_only=True)
    stream: Stream = dataclasses.field(kw_only=True, metadata={"static": True})
    passes: int = dataclasses.field(default=1, kw_only=True, metadata={"static": True})

    def filled(self, images: Images) -> "Streamed":
        """Returns the same with another buffer, as `stream.buffer` gives it."""
        pixels = images.pixels.reshape(-1, *self.pixels.shape[1:])
        return dataclasses.replace(self, pixels=pixels, labels=images.labels)

    def flat(self) -> "Streamed":
        """Returns the same images, each a vector of height · width · channels numbers."""
        pixels = self.pixels.reshape(self.pixels.shape[0], -1)
        return dataclasses.replace(self, pixels=pixels, reference=self.reference.flat())

    def num_steps(self, batch_size: int) -> int:
        """Returns for how many steps a buffer stays: `passes` times as many as it has batches, 1 or more.

        So buffer c is there in steps c · num_steps to (c + 1) · num_steps − 1, whoever plays them and when.
        """
        return max(self.passes * self.stream.buffer_size // batch_size, 1)

    def fingerprint(self) -> int:
        """Returns a number below 2³¹ that tells sets apart which differ in size, order or the references."""
        reference = self.reference
        number = zlib.crc32(f"{self.stream.source.size} {self.shape} {self.white}".encode())
        for leaf in (reference.pixels, reference.labels):
            number = zlib.crc32(np.ascontiguousarray(leaf).data, number)
        return number & 0x7FFFFFFF


def streamed(stream: Stream, passes: int = 1) -> Streamed:
    """Returns the images of a stream for a game to hold; the references are read at once, and no buffer is.

    Args:
      stream: where the buffers come from.
      passes: how often a buffer is gone through while it is there, 1 or more; more where reading cannot keep up.

    Raises:
      ValueError: an image that cannot be read, or `passes` below 1.

    Example:
      >>> from gangame import data
      >>> images = streamed(data.stream("digits", 256))
      >>> images.num_steps(batch_size=64), images.filled(images.stream.buffer(3)).pixels.shape
      (4, (256, 8, 8, 1))
    """
    check_sizes(passes=passes)
    pixels, labels = stream.source.take(np.arange(stream.source.size)[spaced(stream.source.size)])
    reference = Images(jnp.asarray(pixels), jnp.asarray(labels), stream.source.shape, stream.source.white)
    return Streamed(
        reference.pixels, reference.labels, reference.shape, reference.white,
        reference=reference, stream=stream, passes=passes,
    )  # fmt: skip
