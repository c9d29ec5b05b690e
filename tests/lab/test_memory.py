"""What does not fit is divided, to the same runs, or refused before anything is allocated."""

import jax
import numpy as np
import pytest

from gangame import games
from gangame.lab import memory, spec
from gangame.lab.configure import Request, configure
from gangame.lab.program import Program
from gangame.lab.spec import UserError
from gangame.lab.views import view_of


def test_a_sweep_that_does_not_fit_goes_in_parts_to_the_same_runs():
    with jax.enable_x64(False):
        config = configure(Request("mixture:hidden=8,latent_dim=2", ["alternating"], seeds=4, batch_size=4))
        game, rule = spec.build(config.game, games.GAMES), config.lanes[0].make()

        def program(limit):
            return Program(game, rule, view_of(game).observe, config.keys, limit)

        whole = program(None)
        piece = whole.piece(4, 2)
        resident = memory.resident_bytes(whole, 2)
        working = memory.working_bytes(whole._compiled[4, 2])
        assert working > resident  # so that dividing the seeds is worth its while
        parts = program(resident + 0.6 * working)
        run = parts.piece(4, 2)(whole.begin())
        assert (whole.together, parts.together) == (4, 2)
        for left, right in zip(jax.tree.leaves(run), jax.tree.leaves(piece(whole.begin())), strict=True):
            assert left.dtype == right.dtype
            if jax.dtypes.issubdtype(left.dtype, jax.dtypes.prng_key):
                left, right = jax.random.key_data(left), jax.random.key_data(right)
            # A vector of four numbers and one of two contract products and sums otherwise: some eps, in two steps.
            np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("resident", "working", "expected"),
    [(10, 90, 12), (10, 91, 6), (10, 180, 6), (10, 181, 4), (10, 540, 2)],
)
def test_seeds_are_divided_into_the_largest_equal_parts_that_fit(resident, working, expected):
    assert memory.seeds_together(12, 12, resident, working, 100) == expected


def test_no_part_is_a_single_seed():
    with pytest.raises(UserError, match="no equal parts of at least two seeds fit"):
        memory.seeds_together(12, 12, 10, 541, 100)
    with pytest.raises(UserError, match="no equal parts"):
        memory.seeds_together(7, 7, 10, 91, 100)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("play bilinear simultaneous --seeds 2000000000", "seeds need"),
        ("play bilinear simultaneous --seeds 2000 --memory 1e-5", "would fit"),
        ("play mixture:hidden=[300000,300000] simultaneous --seeds 8", "not one seed would fit"),
        ("play quadratic:size=300000 simultaneous", "does not fit into the memory of this machine"),
    ],
)
def test_what_would_exhaust_the_machine_is_refused_before_it_is_allocated(gangame, tmp_path, typed, told):
    status, _, err = gangame(f"{typed} --output run")
    assert status == 2
    assert told in " ".join(err.split())
    assert not list(tmp_path.iterdir())  # nothing is left of it


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("sweep bilinear simultaneous --lanes 2000000000 --jobs 1", "2,000,000,000 runs in one program need"),
        ("compare bilinear simultaneous --seeds 2000000000", "take fewer (--lanes of gangame sweep, --seeds of"),
    ],
)
def test_what_does_not_fit_is_refused_by_sweep_and_compare_too(gangame, tmp_path, typed, told):
    status, _, err = gangame(typed)
    assert status == 2
    assert told in " ".join(err.split())
    assert not list(tmp_path.iterdir())


def test_a_run_that_fits_but_for_its_activations_leaves_nothing_either(gangame, tmp_path, monkeypatch):
    def refuse(*_):
        raise memory.NoRoomError("no part fits")

    (tmp_path / "mine").mkdir()
    monkeypatch.setattr(memory, "seeds_together", refuse)
    for folder, left in (("run", False), ("mine", True)):
        status, _, err = gangame(f"play bilinear simultaneous --steps 2 --seeds 1 --output {folder}")
        assert (status, err) == (2, "Error: no part fits\n")
        assert (tmp_path / folder).exists() == left
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [".lock"]


def test_a_disk_that_is_too_small_is_told_before_the_first_step(gangame, monkeypatch):
    monkeypatch.setattr(memory.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10})())
    status, _, err = gangame("play bilinear simultaneous --output run")
    assert status == 2
    assert "where 10 bytes are free; make room" in " ".join(err.split())
