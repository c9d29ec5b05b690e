"""What becomes of a run in which a seed turns infinite or NaN: every choice, and what the others feel of it."""

import json

import jax
import numpy as np
import pytest

from gangame import lab
from gangame.lab import diary, session, store
from gangame.lab.configure import Request, configure

# Both players of xy grow by √(1 + 2²) a step, out of float32 after about 110; starts differ by more than two steps.
GROWING = "bilinear simultaneous:learning_rate=2"
STEPS, EVERY, SEEDS = 120, 2, 8


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One run for each choice: the sessions by it, played in pieces of one record."""
    made = {}
    with jax.enable_x64(False):
        for choice in ("note", "stop", "freeze", "back"):
            game, rule = GROWING.split()
            config = configure(Request(game, [rule], steps=STEPS, seeds=SEEDS, every=EVERY, on_divergence=choice))
            folder = tmp_path_factory.mktemp(choice)
            store.write_json(folder / "config.json", {"config": config.to_json()})
            made[choice] = session.Session(config, folder, save_every=0.0 if choice == "back" else 1e9)
            assert made[choice].run(config.lanes[0], lambda *_: None, lambda: False)
    return made


def status_of(work):
    return work.status[work.config.lanes[0].label]


def positions(work):
    """Positions of x and y by seed and step, `[seeds, records, 2]`."""
    records = lab.read_records(work.folder)
    both = np.stack([records["position_x"], records["position_y"]], axis=-1)
    return both.reshape(-1, SEEDS, 2).swapaxes(0, 1)


@pytest.fixture
def first(runs):
    """For each seed the index of the first record after somebody in it was no longer finite."""
    found = {}
    for each in status_of(runs["note"])["diverged"]:
        found[each["seed"]] = min(-(-each["step"] // EVERY) - 1, found.get(each["seed"], STEPS))
    assert len(set(found.values())) > 1  # so that some go on while others stand
    return found


def test_by_default_it_is_noted_and_all_goes_on(runs, first):
    status, seen = status_of(runs["note"]), positions(runs["note"])
    assert status["steps"] == STEPS
    assert set(first) == set(range(SEEDS))
    for seed, record in first.items():
        assert np.isfinite(seen[seed, :record]).all()
        assert not np.isfinite(seen[seed, record]).all()
    logged = [event for event in diary.read(runs["note"].folder) if event["event"] == "diverged"]
    told = [{name: event[name] for name in ("player", "seed", "step")} for event in logged]
    assert sorted(told, key=str) == sorted(status["diverged"], key=str)


def test_a_frozen_seed_stays_and_the_others_go_on_to_the_bit(runs, first):
    free, frozen = positions(runs["note"]), positions(runs["freeze"])
    assert np.isfinite(frozen).all()
    for seed, record in first.items():
        np.testing.assert_array_equal(frozen[seed, :record], free[seed, :record])
        assert (frozen[seed, record:] == frozen[seed, record]).all()
    assert status_of(runs["freeze"])["steps"] == STEPS


def test_a_rule_stops_at_the_next_record_and_is_not_resumed(runs, first):
    work, end = runs["stop"], EVERY * (min(first.values()) + 1)
    assert status_of(work)["steps"] == end
    assert status_of(work)["ended"] == f"ended after step {end}, since a seed diverged"
    assert session.Session(work.config, work.folder).done(work.config.lanes[0])


def test_going_back_ends_at_the_last_checkpoint_in_which_all_were_finite(runs, first):
    work, end = runs["back"], EVERY * min(first.values())
    back = status_of(session.Session(work.config, work.folder))
    assert back["steps"] == end
    assert back["ended"] == f"went back from step {end + EVERY} to the checkpoint of step {end}"
    assert np.isfinite(positions(work)).all()
    assert positions(work).shape[1] == min(first.values())
    assert json.loads((work.folder / "status.json").read_text()) == work.status
