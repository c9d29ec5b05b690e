"""A cluster that is not there: jobs on workers that fail, with checkpoints on one shared storage.

`simulate` plays a bag of jobs that know nothing of each other, such as the cells of a tournament, event by event. It
tells what a large run would take before anybody pays for it.
"""

import dataclasses
import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

HOUR = 3600.0


@dataclasses.dataclass(frozen=True)
class Cluster:
    """What runs the jobs.

    Attributes:
      num_workers: accelerators.
      mtbf: hours between two failures of a worker, which come at exponential times.
      repair: seconds until a failed worker is replaced.
      start: seconds from the start of a job to its first step, with what is compiled in a cache.
      compiling: seconds more for the first job of each program.
      storage: bytes that the shared storage writes in a second.
      spread: standard deviation of the logarithm of a worker's speed, whose mean is 1.
    """

    num_workers: int
    mtbf: float
    repair: float = 600.0
    start: float = 20.0
    compiling: float = 120.0
    storage: float = 10e9
    spread: float = 0.05


class Job(NamedTuple):
    """A job.

    Attributes:
      seconds: of computing.
      copy: seconds for which it stops to copy a checkpoint to the host.
      size: bytes of a checkpoint.
      program: what it compiles, as a number.
    """

    seconds: float
    copy: float
    size: float
    program: int = 0


class Simulated(NamedTuple):
    """What a simulation has seen.

    Attributes:
      makespan: seconds until the last job is done.
      useful: share of all workers' time until then that went into steps which counted.
      lost: share that went into steps which were done again.
      stalled: share that went into copies, and into waiting for the storage.
      failures: number of failures that met a job.
    """

    makespan: float
    useful: float
    lost: float
    stalled: float
    failures: int


def simulate(cluster: Cluster, jobs: Sequence[Job], interval: float, rng: np.random.Generator) -> Simulated:
    """Plays all jobs once.

    Workers take the jobs in order. A worker starts its job (the first one of a program compiles, the others read the
    cache), computes, stops for the copy of each checkpoint, and computes on while that is written to the storage, which
    writes one after the other; it waits where its last write is not yet done. When it fails it loses what is not yet
    written, and after the repair goes on from what is.

    Args:
      cluster: the machines.
      jobs: in the order in which they are taken.
      interval: seconds of computing between two checkpoints, above 0; the end of a job is one as well.
      rng: draws speeds and failures.

    Raises:
      ValueError: the interval is not above 0.
    """
    if not interval > 0:
        raise ValueError(f"interval is {interval}; it has to be above 0, the seconds between two checkpoints.")
    num = cluster.num_workers
    speeds = np.exp(cluster.spread * rng.standard_normal(num) - cluster.spread**2 / 2)
    next_failure = rng.exponential(cluster.mtbf * HOUR, num)
    queue, compiled = list(jobs)[::-1], set[int]()
    storage_free, useful, lost, stalled, failures = 0.0, 0.0, 0.0, 0.0, 0
    # Of each worker: its job, the seconds of it that are computed and safe, and the write under way: when it is done,
    # and what is safe then.
    job: list[Job | None] = [None] * num
    done, safe, written, ends = (np.zeros(num) for _ in range(4))
    holds = np.zeros(num)
    events = [(0.0, worker) for worker in range(num)]

    def begin(current: Job, now: float) -> float:
        first = current.program not in compiled
        compiled.add(current.program)
        return now + cluster.start + first * cluster.compiling

    while events:
        now, worker = heapq.heappop(events)
        current = job[worker]
        if current is None:
            if not queue:
                ends[worker] = now
                continue
            current = job[worker] = queue.pop()
            done[worker] = safe[worker] = written[worker] = holds[worker] = 0.0
            now = begin(current, now)
        todo = min(interval, current.seconds - done[worker])
        arrives = now + todo / speeds[worker]
        ready = max(arrives, written[worker]) + current.copy
        if next_failure[worker] < ready:
            fails = max(next_failure[worker], now)
            next_failure[worker] = fails + rng.exponential(cluster.mtbf * HOUR)
            if written[worker] <= fails:
                safe[worker] = holds[worker]
            lost += done[worker] - safe[worker] + min((fails - now) * speeds[worker], todo)
            done[worker] = holds[worker] = safe[worker]
            written[worker] = 0.0
            failures += 1
            heapq.heappush(events, (begin(current, fails + cluster.repair), worker))
            continue
        stalled += ready - arrives
        safe[worker] = holds[worker]
        done[worker] += todo
        storage_free = max(storage_free, ready) + current.size / cluster.storage
        written[worker], holds[worker] = storage_free, done[worker]
        if done[worker] >= current.seconds:
            useful += current.seconds
            job[worker] = None  # its end is written while the next one starts; that this write fails is left out
        heapq.heappush(events, (ready, worker))
    makespan = max(float(ends.max()), storage_free)
    whole = makespan * num
    return Simulated(makespan, useful / whole, lost / whole, stalled / whole, failures)
