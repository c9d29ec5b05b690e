"""Several processes that play one run together: the first one decides, reads and writes, the others follow its orders.

Every process calls the same compiled programs in the same order, as JAX wants it. So that they do, the first one tells
the others each thing before it does it (`order`), and they do nothing else (`gangame.lab.follower`). They need no
folder and no configuration of their own, and a signal to any of them stops all. In a run of one process nothing here
does anything.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import jax
import numpy as np
from jax.experimental import multihost_utils

from gangame.core import PyTree
from gangame.lab.spec import UserError

SECONDS_TO_JOIN = 60.0
HEARTBEAT = 3600
"""Seconds after which a process that says nothing counts as gone. Who dies is noticed at once, by its connections."""
GONE = ("Gloo", "UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "NCCL", "Connection", "oordination")
"""Words of the errors that a collective raises when another process is gone."""


def join(coordinator: str, num_processes: int, process: int, seconds: float = SECONDS_TO_JOIN) -> None:
    """Joins the processes of one run; goes before all that touches a device.

    Args:
      coordinator: HOST:PORT at which the first process listens and the others find it.
      num_processes: how many there are, 2 or more.
      process: which one this is, from 0.
      seconds: how long the others are waited for; then this process ends.

    Raises:
      UserError: a number is out of range, or the address is none.
    """
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise UserError(f"--coordinator is {coordinator!r}; it has to be HOST:PORT, such as 10.0.0.1:1234.")
    if num_processes < 2 or not 0 <= process < num_processes:
        raise UserError(
            f"--process is {process} of --num-processes {num_processes}; several processes are 2 or more, and are "
            "counted from 0."
        )
    # Else the runtime ends this process, without a word that a person understands, when another one is gone.
    jax.config.update("jax_enable_recoverability", True)
    missing = f"did not come within {seconds:.0f} s; start all {num_processes} with the same --coordinator."
    who = f"Process 0 at {coordinator}" if process else "The other processes"
    watchdog = threading.Timer(seconds, leave, (f"Error: {who} {missing}", 2))
    watchdog.daemon = True
    watchdog.start()
    try:
        with _stdout_to_stderr():  # the collectives speak of each connection there
            jax.distributed.initialize(
                coordinator, num_processes, process, initialization_timeout=2 * int(seconds) + 1,
                heartbeat_timeout_seconds=HEARTBEAT,
            )  # fmt: skip
            multihost_utils.sync_global_devices("joined")
    except (RuntimeError, ValueError) as error:
        raise UserError(f"The {num_processes} processes could not join at {coordinator}: {_words(error)}.") from error
    finally:
        watchdog.cancel()


def several() -> bool:
    """Returns whether this process is one of several."""
    return jax.distributed.is_initialized()


def first() -> bool:
    """Returns whether this process is the one that decides, reads and writes."""
    return not several() or jax.process_index() == 0


def order(name: str, *arguments: Any) -> None:
    """Tells the other processes what the first one is going to do; JSON holds the arguments."""
    if several() and first():
        heard([name, *arguments])


def heard(message: Any = None) -> Any:
    """Returns what the first process says, in every process."""
    content = np.frombuffer(json.dumps(message).encode(), np.uint8)
    with losses():
        length = int(multihost_utils.broadcast_one_to_all(np.int32(len(content))))
        size = max(256, 1 << (length - 1).bit_length())  # few sizes, since each is compiled
        padded = np.zeros(size, np.uint8)
        padded[: len(content) if first() else 0] = content if first() else content[:0]
        return json.loads(bytes(multihost_utils.broadcast_one_to_all(padded)[:length]))


def shared(tree: PyTree, like: PyTree) -> PyTree:
    """Returns the arrays of the first process in every process, bit for bit.

    Args:
      tree: NumPy arrays; `None` in the other processes.
      like: a tree of the same structure with their shapes and dtypes.
    """
    if not several():
        return tree

    def share(shape: Any, leaf: np.ndarray) -> np.ndarray:
        content = np.ascontiguousarray(leaf).reshape(-1).view(np.uint8)  # as bytes, for a sum has no negative zero
        whole = np.asarray(multihost_utils.broadcast_one_to_all(content))
        return whole.view(shape.dtype).reshape(shape.shape)

    with losses():
        here = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), like) if tree is None else tree
        return jax.tree.map(share, like, here)


def stopped(stops: list[int]) -> bool:
    """Returns whether any process has been told to stop.

    Args:
      stops: the signals that this process has got; it gets that of another process where it is empty.
    """
    if several():
        order("ask")
        number = max(gathered(stops[0] if stops else 0))
        if number and not stops:
            stops.append(number)
    return bool(stops)


def gathered(number: int) -> list[int]:
    """Returns the numbers of all processes, each below 2³¹, in every process; all of them have to ask."""
    if not several():
        return [number]
    with losses():
        return [int(each) for each in multihost_utils.process_allgather(np.int32(number))]


@contextlib.contextmanager
def losses() -> Iterator[None]:
    """Turns the error that a collective raises when another process is gone into one sentence.

    Raises:
      UserError: another process is gone.
    """
    try:
        yield
    except (ValueError, RuntimeError) as error:
        if not several() or not any(word in str(error) for word in GONE):
            raise
        others = [each for each in range(jax.process_count()) if each != jax.process_index()]
        who = f"Process {others[0]}" if len(others) == 1 else f"One of the processes {', '.join(map(str, others))}"
        raise UserError(f"{who} of {jax.process_count()} is gone ({_words(error)}).") from error


@contextlib.contextmanager
def leading() -> Iterator[None]:
    """Lets the other processes go, with the exit status of this one, when it has nothing more to tell them."""
    status = 1
    try:
        yield
        status = 0
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        raise
    except UserError:
        status = 2
        raise
    except KeyboardInterrupt:
        status = 130
        raise
    finally:
        with contextlib.suppress(UserError):  # who is gone needs no leave
            order("end", status)


class LastWords:
    """What is said on standard error when this process ends without a word of its own.

    The runtime ends a process at once when the first one is gone, from a thread of its own. So the words are kept by a
    shell, which says them when its input ends.
    """

    def __init__(self) -> None:
        """Says nothing yet."""
        keep = 'while read -r line; do words=$line; done; if [ -n "$words" ]; then printf "%s\\n" "$words" >&2; fi'
        self._keeper = subprocess.Popen(
            ["sh", "-c", keep], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, bufsize=1,
            start_new_session=True,  # where no Ctrl-C reaches it
        )  # fmt: skip

    def are(self, sentence: str) -> None:
        """Says this instead of what was said before; "" is nothing."""
        with contextlib.suppress(OSError):
            print(" ".join(sentence.split()), file=self._keeper.stdin)


def leave(sentence: str, status: int) -> NoReturn:
    """Ends this process at once: the runtime's own way out may wait for processes that are gone."""
    if sentence:
        print(" ".join(sentence.split()), file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:160].rstrip(".")


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Sends what libraries print to standard output to standard error."""
    before = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(before, 1)
        os.close(before)
