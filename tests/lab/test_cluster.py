"""The simulated cluster against what is known in closed form."""

import numpy as np
import pytest

from gangame.lab.cluster import HOUR, Cluster, Job, simulate

NEVER = 1e12  # hours
CALM = Cluster(4, NEVER, start=0.0, compiling=0.0, storage=1e30, spread=0.0)


def test_without_bad_luck_the_makespan_is_work_over_workers():
    found = simulate(CALM, [Job(100.0, 0.0, 0.0)] * 8, 10.0, np.random.default_rng(0))
    np.testing.assert_allclose([found.makespan, found.useful, found.lost, found.stalled], [200, 1, 0, 0], atol=1e-9)


def test_the_last_round_leaves_workers_idle():
    found = simulate(CALM, [Job(100.0, 0.0, 0.0)] * 9, 1e9, np.random.default_rng(0))
    np.testing.assert_allclose([found.makespan, found.useful], [300, 9 / 12])


def test_each_program_is_compiled_once():
    cluster = Cluster(1, NEVER, start=2.0, compiling=30.0, storage=1e30, spread=0.0)
    found = simulate(cluster, [Job(10.0, 0.0, 0.0, number % 2) for number in range(6)], 1e9, np.random.default_rng(0))
    np.testing.assert_allclose(found.makespan, 6 * (10 + 2) + 2 * 30)


def test_copies_stop_the_job():
    found = simulate(CALM, [Job(100.0, 1.0, 0.0)] * 4, 10.0, np.random.default_rng(0))
    np.testing.assert_allclose([found.makespan, found.stalled], [110, 10 / 110])


def test_a_storage_that_is_too_slow_bounds_the_run():
    slow = Cluster(4, NEVER, start=0.0, compiling=0.0, storage=1.0, spread=0.0)
    found = simulate(slow, [Job(100.0, 0.0, 10.0)] * 4, 10.0, np.random.default_rng(0))
    np.testing.assert_allclose(found.makespan, 10 + 4 * 10 * 10)  # ten checkpoints of ten bytes for each of four


@pytest.mark.parametrize(("copy", "interval"), [(2.0, 60.0), (2.0, 200.0), (8.0, 400.0)])
def test_failures_cost_what_young_says(copy, interval):
    mean = 5_000.0  # seconds between failures
    cluster = Cluster(1, mean / HOUR, repair=0.0, start=0.0, compiling=0.0, storage=1e30, spread=0.0)
    runs = [
        simulate(cluster, [Job(200_000.0, copy, 0.0)], interval, np.random.default_rng([1, number]))
        for number in range(40)
    ]
    # A failure loses what was computed since the last copy. Over one period of τ + C until it is safe, each second may
    # be struck: exactly (e^{(τ+C)/M} − 1) M seconds go by for each τ that count, to first order τ + C + (τ + C)²/2M.
    period = interval + copy
    exact = 200_000.0 / interval * mean * np.expm1(period / mean)
    makespans = np.array([run.makespan for run in runs])
    error = makespans.std(ddof=1) / np.sqrt(len(runs))
    assert abs(makespans.mean() - exact) < 3.5 * error
    assert error < 0.01 * exact


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(ValueError, match="interval is 0"):
        simulate(CALM, [], 0.0, np.random.default_rng(0))
