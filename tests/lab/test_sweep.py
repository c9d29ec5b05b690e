"""`gangame sweep` as a user types it, and the engines under it."""

import html
import io
import json
import os
import signal
import time

import jax
import numpy as np
import pytest

import gangame as gg
from gangame import games, rules
from gangame.lab import sweeping
from gangame.lab.engine import Engine
from gangame.lab.intervals import ABOUT
from gangame.lab.tournament.work import load

SMALL = "bilinear consensus:strength=0.5|2 extragradient --learning-rate 0.05|0.1 --steps 20 --records 4 --seeds 3"


@pytest.fixture
def found(gangame, tmp_path):
    status, out, err = gangame(f"sweep {SMALL} --dtype float64 --lanes 6 --jobs 1 --output out")
    assert (status, err) == (0, "")
    return tmp_path / "out", out


def test_a_sweep_is_what_the_library_plays(found):
    folder, _ = found
    entries = json.loads((folder / "results.json").read_text())["points"]
    assert len(entries) == 2 * 2 + 2
    made = sweeping.read(folder)
    with jax.enable_x64(True):
        for job in sweeping.jobs_of(made):
            records = load(sweeping.path_of(job, folder))[0].records
            for index, point in enumerate(job.points):
                directed = {} if job.rule else {"strength": point["rule/strength"]}
                rule = (rules.consensus, rules.extragradient)[job.rule](point["rate"], **directed)
                for seed in range(3):
                    key = jax.random.fold_in(jax.random.key(0), seed)
                    run = gg.play(games.bilinear(), rule, key, 20)
                    distance = np.hypot(run.players["x"], run.players["y"])
                    np.testing.assert_allclose(records["distance"][index * 3 + seed, -1], distance, rtol=1e-12)


def test_the_report_shows_every_point(found):
    folder, out = found
    page = (folder / "report.html").read_text()
    for text in ("consensus", "extragradient", "0.05", "0.1", "0.5", "strength"):
        assert text in page
        assert text in out
    assert "share of seeds at the equilibrium" in page
    assert ABOUT in html.unescape(page)
    assert ABOUT in " ".join(out.split())
    assert "data:image/png;base64," in page


def assert_same_records(one, other):
    with np.load(one) as here, np.load(other) as there:
        for name in here.files:
            if name.startswith("records"):
                np.testing.assert_array_equal(here[name], there[name])


def test_the_same_command_goes_on(found, gangame):
    folder, _ = found
    before = {path: path.read_bytes() for path in (folder / "jobs").iterdir()}
    lost = sorted(before)[0]
    lost.unlink()
    status, out, _ = gangame(f"sweep {SMALL} --dtype float64 --lanes 6 --jobs 1 --output out")
    assert status == 0
    assert "2 of 3 jobs are there already" in out
    assert_same_records(io.BytesIO(before[lost]), lost)
    assert gangame("sweep bilinear extragradient --output out")[0] == 2

    lost.unlink()
    assert gangame("sweep --resume out --jobs 1 --quiet")[:2] == (0, "out/report.html\n")
    assert lost.exists()
    other = "sweep bilinear extragradient --steps 2 --seeds 1 --jobs 1 --output out"
    status, _, err = gangame(other)
    assert status == 2
    assert "out holds another sweep; choose another --output, or replace it: --overwrite." in err
    assert gangame(f"{other} --overwrite")[0] == 0
    assert [path.name for path in (folder / "jobs").iterdir()] == ["extragradient-000000.npz"]


WHOLE = {
    "game": "bilinear", "rules": ["simultaneous"], "optimizer": "sgd", "rates": [0.1], "ratios": [1], "num_steps": 1,
    "num_seeds": 1, "num_records": 1, "lanes": 1, "key": 0, "dtype": "float32",
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "its sweep is []; it has to be an object"),
        ({"config": WHOLE}, "its sweep has no 'sweep'"),
        ({"sweep": {**WHOLE, "rules": "simultaneous"}}, "its rules is 'simultaneous'; it has to be a list"),
        ({"sweep": {**WHOLE, "rates": ["fast"]}}, "its rate or ratio is 'fast'; it has to be a finite number"),
        ({"sweep": {**WHOLE, "num_steps": 1e9}}, "its num_steps is 1000000000.0; it has to be a whole number"),
        ({"sweep": {**WHOLE, "dtype": "float16"}}, "its dtype is 'float16'; it has to be one of float32, float64"),
        ({"sweep": {**WHOLE, "num_seeds": 2}}, "lanes is 1; it has to hold the 2 seeds of a point"),
        ({"sweep": {**WHOLE, "game": "../x"}}, "There is no game named '../x'"),
    ],
)
def test_a_sweep_of_a_stranger_is_checked_before_it_goes_on(gangame, tmp_path, content, sentence):
    (tmp_path / "config.json").write_text(json.dumps(content))
    status, _, err = gangame("sweep --resume .")
    assert status == 2
    assert sentence in " ".join(err.split())


def test_two_numbers_of_one_name_stay_two(gangame, tmp_path):
    command = "sweep bilinear lola:rate=0.1|0.2 --learning-rate 0.01|0.03 --steps 4 --records 1 --seeds 1 --jobs 1"
    assert gangame(f"{command} --output out")[0] == 0
    entries = json.loads((tmp_path / "out" / "results.json").read_text())["points"]
    assert {(entry["rate"], entry["rule/rate"]) for entry in entries} == {
        (r, s) for r in (0.01, 0.03) for s in (0.1, 0.2)
    }


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("sweep", "Give a game and at least one rule"),
        ("sweep bilinear simultaneous --jobs 0", "--jobs is 0; it has to be 1 or more"),
        ("sweep bilinear simultaneous --engine ray", "it has to be local, dask, or dask:ADDRESS"),
        ("sweep bilinear simultaneous --learning-rate 0.1|fast", "has to be numbers"),
        ("sweep bilinear simultaneous --learning-rate -1", "rates are -1; they have to be above 0"),
        ("sweep bilinear simultaneous --steps 0", "num_steps is 0"),
        ("sweep bilinear simultaneous --seeds 9 --lanes 4", "it has to hold the 9 seeds"),
        ("sweep bilinear simultaneous simultaneous", "give each of them once"),
        ("sweep bilinear consensus:strength=0.1|-1", "it has to be finite and 0 or more"),
        ("sweep bilinear nothing", "There is no rule named 'nothing'"),
        ("sweep bilinear simultaneous --ratios 1,3", "--ratios is '1,3'; it has to be numbers, such as 1 or 1|3"),
        ("sweep --resume nowhere", "There is no folder nowhere; give the folder of a sweep"),
        ("sweep bilinear simultaneous --resume nowhere", "leave GAME and RULE out"),
        ("sweep bilinear simultaneous --engine dask:127.0.0.1:1", "No Dask scheduler answers"),
    ],
)
def test_bad_input_is_one_sentence(gangame, command, sentence):
    status, _, err = gangame(command)
    assert status == 2
    assert sentence in " ".join(err.split())
    assert "Traceback" not in err


def slow_and_mortal(item):
    """A job that dies with its worker the first time."""
    place, marker = item
    if place == 1 and not os.path.exists(marker):
        open(marker, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return place * place


@pytest.fixture
def cluster():
    """A Dask scheduler and two workers, processes on the loopback address."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
        yield running.scheduler_address


@pytest.mark.filterwarnings("ignore")  # Dask tells of its own lost workers
def test_the_jobs_of_a_killed_worker_run_again_and_nothing_differs(cluster, gangame, found, tmp_path):
    engine = Engine("dask", 2, cluster)
    items = [(place, str(tmp_path / "died")) for place in range(4)]
    assert {place: outcome() for place, outcome in engine.run(slow_and_mortal, items)} == {0: 0, 1: 1, 2: 4, 3: 9}
    assert (tmp_path / "died").exists()

    folder, _ = found
    status, _, err = gangame(f"sweep {SMALL} --dtype float64 --lanes 6 --engine dask:{cluster} --output far")
    assert (status, err) == (0, "")
    for path in (folder / "jobs").iterdir():
        assert_same_records(path, tmp_path / "far" / "jobs" / path.name)
