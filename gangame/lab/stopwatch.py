"""The clock that rules are measured by."""

import time

import jax


def clock() -> float:
    """Returns seconds, of which differences count: of this process on a CPU, elsewhere on the wall.

    Others that run beside it lengthen the time of the process less than that on the wall, but do lengthen it, since
    they share caches: times are comparable where they were taken side by side.
    """
    return time.process_time() if jax.default_backend() == "cpu" else time.perf_counter()
