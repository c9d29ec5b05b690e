"""Where the jobs of a sweep or a tournament run: in this process, in several, or on a Dask cluster.

A job is a function of plain data, which every engine calls the same way, so results do not depend on where they were
computed, as far as the machines are alike. A job has all devices of its process.
"""

import concurrent.futures
import math
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax

from gangame import blocks
from gangame.lab import memory
from gangame.lab.cache import keep_compiled
from gangame.lab.spec import UserError

Outcome = Callable[[], Any]
"""Returns what a job has returned, or raises what it has raised."""


class Engine(NamedTuple):
    """Where jobs run.

    Attributes:
      name: "local" or "dask".
      jobs: processes at once, of the engine's own; 1 of "local" is this process.
      address: of a Dask scheduler, such as "tcp://10.0.0.1:8786"; "" starts a cluster of `jobs` workers here.
    """

    name: str
    jobs: int
    address: str = ""

    def room(self) -> float:
        """Returns the bytes of memory that each job has, or infinity where they run on other machines."""
        return math.inf if self.address else memory.available() / self.jobs

    def devices(self) -> int:
        """Returns how many devices a job has here; 1 where it runs on other machines, which have what they have."""
        return 1 if self.address else len(blocks.devices())

    def run(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[tuple[int, Outcome]]:
        """Yields the place of each item and its outcome, in the order in which they are done.

        Args:
          function: what every job calls; on another process or machine it has to be importable by its name.
          items: the argument of each job.

        Raises:
          UserError: the engine cannot be reached, or is not installed.
        """
        if self.name == "dask":
            yield from _dask(function, items, self)
        elif self.jobs == 1 or len(items) < 2:
            for place, item in enumerate(items):
                yield place, partial(function, item)
        else:
            yield from _processes(function, items, self.jobs)


def engine_of(text: str, jobs: int | None) -> Engine:
    """Returns the engine that a user types.

    Args:
      text: "local", "dask", or "dask:ADDRESS" of a scheduler.
      jobs: processes at once, 1 or more; `None` is one for each core of a CPU, and one for an accelerator.

    Raises:
      UserError: it is none of these.
    """
    if jobs is not None and jobs < 1:
        raise UserError(f"--jobs is {jobs}; it has to be 1 or more.")
    name, _, address = text.partition(":")
    if name not in ("local", "dask") or (name == "local" and address):
        raise UserError(f"--engine is {text!r}; it has to be local, dask, or dask:ADDRESS such as dask:10.0.0.1:8786.")
    return Engine(name, jobs or default_jobs(), address)


def default_jobs() -> int:
    """Returns how many processes play at once: an accelerator is shared by none, a CPU has one for each core."""
    if jax.default_backend() != "cpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _settle(free: Any) -> None:
    """Keeps a process to the cores that are for it, before JAX looks how many there are."""
    keep_compiled()
    if cores := free.get():
        os.sched_setaffinity(0, cores)


def _processes(function: Callable[[Any], Any], items: Sequence[Any], jobs: int) -> Iterator[tuple[int, Outcome]]:
    # Processes, and not threads: each has a compiler and a pool of its own. They are started anew, since a process
    # that holds a device must not be copied. Small networks on a core of their own take two thirds of the work that
    # they take where the threads of all processes share all cores.
    context = multiprocessing.get_context("spawn")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    free = context.Queue()
    for job in range(jobs):
        free.put(cores[job::jobs])
    with concurrent.futures.ProcessPoolExecutor(jobs, context, _settle, (free,)) as pool:
        futures = {pool.submit(function, item): place for place, item in enumerate(items)}
        try:
            for future in concurrent.futures.as_completed(futures):
                yield futures[future], future.result
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _dask(function: Callable[[Any], Any], items: Sequence[Any], engine: Engine) -> Iterator[tuple[int, Outcome]]:
    try:
        import distributed
    except ImportError:
        raise UserError("The engine dask is not installed: pip install 'gangame[cluster]'.") from None
    try:
        # A worker of one thread, for JAX has a pool of its own; without a nanny nobody would start a killed one again.
        client = (
            distributed.Client(engine.address, timeout="10s")
            if engine.address
            else distributed.Client(n_workers=engine.jobs, threads_per_worker=1, dashboard_address=None)
        )
    except (OSError, ValueError) as error:
        raise UserError(
            f"No Dask scheduler answers at {engine.address or 'this machine'} ({error}); start one with: dask scheduler"
        ) from error
    with client:
        # The scheduler gives the jobs of a lost worker to others, as often as its `allowed-failures` says.
        futures = client.map(function, items, pure=False)
        places = {future.key: place for place, future in enumerate(futures)}
        for future in distributed.as_completed(futures):
            yield places[future.key], partial(_result, future)


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise UserError(f"A job took several workers down with it ({error}); the same command goes on.") from error
