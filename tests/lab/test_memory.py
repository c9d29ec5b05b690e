"""What does not fit is divided, to the same bits, or refused before anything is allocated."""

import jax
import pytest

from gangame import lab
from gangame.lab import memory, session, store
from gangame.lab.configure import Request, configure
from gangame.lab.spec import UserError


def played(folder, limit):
    """Plays a small GAN with a limit of memory; returns what it left, and how many seeds were computed at a time."""
    config = configure(Request("mixture:hidden=8,latent_dim=2", ["alternating"], steps=4, seeds=4, batch_size=4))
    store.write_json(folder / "config.json", {"config": config.to_json()})
    work = session.Session(config, folder, limit)
    assert work.run(config.lanes[0], lambda *_: None, lambda: False)
    return {path.name: path.read_bytes() for path in (folder / "players").glob("*")}


def test_a_sweep_that_does_not_fit_goes_in_parts_to_the_same_bits(tmp_path, capsys):
    with jax.enable_x64(False):
        (tmp_path / "whole").mkdir()
        (tmp_path / "parts").mkdir()
        whole = played(tmp_path / "whole", None)
        assert "Divided" not in capsys.readouterr().err
        # 4 seeds take 3.3 MB, most of it the distances of 2,500 samples to 8 modes; 2 seeds half of that.
        assert played(tmp_path / "parts", 2.4e6) == whole
        assert "Divided: rule alternating, seeds_together 2" in capsys.readouterr().err
        one, other = lab.read_records(tmp_path / "whole"), lab.read_records(tmp_path / "parts")
        assert all((one[name] == other[name]).all() for name in one)


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
def test_what_would_exhaust_the_machine_is_refused_before_it_is_allocated(gangame, typed, told):
    status, _, err = gangame(f"{typed} --output run")
    assert status == 2
    assert told in " ".join(err.split())


def test_a_disk_that_is_too_small_is_told_before_the_first_step(gangame, monkeypatch):
    monkeypatch.setattr(memory.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 10})())
    status, _, err = gangame("play bilinear simultaneous --output run")
    assert status == 2
    assert "where 10 bytes are free; make room" in " ".join(err.split())
