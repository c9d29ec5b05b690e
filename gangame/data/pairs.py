"""Pairs of an input and one of its valid answers: samplers `(key, num_samples) -> (inputs, targets)`."""

import dataclasses
import math

import jax
import jax.numpy as jnp

from gangame.core import Array, Key
from gangame.ranges import check_numbers, check_sizes, check_whole


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Answers:
    """Points x of the unit circle, each with k answers: x turned by 2π i/k, i = 0, ..., k − 1, and a little noise.

    The mean of all answers is 0, which is none of them: a cartoon of what mean squared error makes of a question with
    several answers.

    Attributes:
      num_answers: k.
      std: of the noise in each coordinate.
    """

    num_answers: int = dataclasses.field(metadata={"static": True})
    std: Array

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of one input and of one target."""
        return (2,), (2,)

    def __call__(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns inputs and targets, `[num_samples, 2]` each."""
        key_angle, key_answer, key_noise = jax.random.split(key, 3)
        angle = jax.random.uniform(key_angle, (num_samples,), maxval=2 * math.pi)
        inputs = jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)
        answer = jax.random.randint(key_answer, (num_samples,), 0, self.num_answers)
        chosen = jnp.take_along_axis(self.answers(inputs), answer[:, None, None], axis=1)[:, 0]
        return inputs, chosen + self.std * jax.random.normal(key_noise, chosen.shape, chosen.dtype)

    def answers(self, inputs: Array) -> Array:
        """Returns all answers to inputs `[batch, 2]`, without noise: `[batch, num_answers, 2]`."""
        turns = 2 * math.pi * jnp.arange(self.num_answers, dtype=inputs.dtype) / self.num_answers
        cos, sin = jnp.cos(turns).astype(inputs.dtype), jnp.sin(turns).astype(inputs.dtype)
        x, y = inputs[:, :1], inputs[:, 1:]
        return jnp.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)


def answers(num_answers: int = 3, std: float = 0.05) -> Answers:
    """Returns questions with several answers.

    Args:
      num_answers: k, 1 or more.
      std: of the noise in each coordinate, 0 or more.

    Raises:
      ValueError: a number outside its range.

    Source: the green dots of Goodfellow's talks: mean squared error answers with the mean of what might be.

    Example:
      >>> inputs, targets = answers(2, std=0.0)(jax.random.key(0), 100)
      >>> print(jnp.abs(jnp.abs(jnp.sum(inputs * targets, axis=1)) - 1).max() < 1e-6)  # each is x or −x
      True
    """
    check_sizes(num_answers=num_answers)
    check_numbers(std=std)
    return Answers(num_answers, jnp.asarray(std, float))


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Branching:
    """Two frames of a square that falls, and the third, in which it has turned to the left or to the right.

    Frames are `size × size` pixels, −1 and where the square is 1. In the input the square of 2×2 comes down one pixel;
    in the target it is one lower, and two to the left or to the right, each with probability one half.

    Attributes:
      size: height and width of a frame.
    """

    size: int = dataclasses.field(metadata={"static": True})

    @property
    def shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of one input and of one target."""
        return (2 * self.size**2,), (self.size**2,)

    def __call__(self, key: Key, num_samples: int) -> tuple[Array, Array]:
        """Returns inputs `[num_samples, 2 · size²]` and targets `[num_samples, size²]`."""
        key_row, key_column, key_side = jax.random.split(key, 3)
        row = jax.random.randint(key_row, (num_samples,), 0, self.size - 3)
        column = jax.random.randint(key_column, (num_samples,), 2, self.size - 3)
        inputs = jnp.concatenate([self._frame(row, column), self._frame(row + 1, column)], axis=1)
        futures = self.futures(inputs)
        side = jax.random.randint(key_side, (num_samples,), 0, 2)
        return inputs, jnp.take_along_axis(futures, side[:, None, None], axis=1)[:, 0]

    def futures(self, inputs: Array) -> Array:
        """Returns both frames that may follow, to the left and to the right: `[batch, 2, size²]`."""
        last = inputs[:, self.size**2 :].reshape(-1, self.size, self.size)
        lower = jnp.roll(last, 1, axis=1)
        both = jnp.stack([jnp.roll(lower, -2, axis=2), jnp.roll(lower, 2, axis=2)], axis=1)
        return both.reshape(len(inputs), 2, -1)

    def _frame(self, row: Array, column: Array) -> Array:
        places = jnp.arange(self.size)
        rows, columns = ((places >= at[:, None]) & (places < at[:, None] + 2) for at in (row, column))
        frame = (rows[:, :, None] & columns[:, None, :]).astype(jnp.result_type(float))
        return 2 * frame.reshape(len(row), -1) - 1


def branching(size: int = 10) -> Branching:
    """Returns short films with two possible endings.

    Args:
      size: height and width of a frame, 6 or more.

    Raises:
      ValueError: a number outside its range.

    Source: a cartoon of Lotter, Kreiman, Cox, "Unsupervised Learning of Visual Structure using Predictive Generative
    Networks", 2016, https://arxiv.org/abs/1511.06380; slide 5 of the tutorial.

    Example:
      >>> inputs, targets = branching(6)(jax.random.key(0), 1)
      >>> print(((targets.reshape(6, 6) + 1) / 2).sum())  # a square of four pixels
      4.0
    """
    check_whole(size, "size", 6)
    return Branching(size)
