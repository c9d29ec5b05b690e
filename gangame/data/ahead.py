"""The next of numbered things, read by a thread while the one before it is at work."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import jax

Thing = TypeVar("Thing")


class Ahead(Generic[Thing]):
    """Reads one thing ahead.

    Attributes:
      read: `read(number) -> thing`; one thread calls it, on the default device of whoever asks.

    Example:
      >>> ahead = Ahead(lambda number: number**2)
      >>> ahead.begin(3)
      >>> ahead.take(3)
      9
    """

    def __init__(self, read: Callable[[int], Thing]):
        """Reads nothing yet."""
        self.read = read
        self._thread = ThreadPoolExecutor(1)
        self._coming: tuple[int, Future[Thing]] | None = None

    def begin(self, number: int) -> None:
        """Begins to read a thing, if that has not begun. What was begun and has not been taken is let go."""
        if self._coming is not None and self._coming[0] == number:
            return
        if self._coming is not None:
            self._coming[1].cancel()
        device = jax.config.jax_default_device  # type: ignore[attr-defined]  # which a thread does not inherit

        def read() -> Thing:
            with jax.default_device(device):
                return self.read(number)

        self._coming = number, self._thread.submit(read)

    def take(self, number: int) -> Thing:
        """Returns a thing when it has been read; whoever takes it is the only one to hold it.

        Raises:
          Exception: what `read` raised.
        """
        self.begin(number)
        assert self._coming is not None
        (_, coming), self._coming = self._coming, None
        return coming.result()

    def close(self) -> None:
        """Lets go of what is being read, and of the thread when it has been."""
        self._coming = None
        self._thread.shutdown(wait=False, cancel_futures=True)
