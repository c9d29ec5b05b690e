import zipfile

import numpy as np
import pytest

from gangame import user_cache
from gangame.data import kept as module
from gangame.data.kept import kept, read, write

ARRAYS = {"pixels": np.arange(60, dtype=np.uint8).reshape(5, 4, 3), "labels": np.arange(5, dtype=np.int32)}


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path))
    return tmp_path / "data"


@pytest.fixture
def counting():
    """A function that makes the arrays, and the list that grows with each call."""
    calls = []

    def make():
        calls.append(None)
        return ARRAYS

    return make, calls


def same(arrays):
    return all((arrays[name] == ARRAYS[name]).all() and arrays[name].dtype == ARRAYS[name].dtype for name in ARRAYS)


def test_what_has_been_made_is_read_the_next_time_and_another_key_is_another_file(cache, counting):
    make, calls = counting
    assert same(kept("some", ("1.0",), make))
    assert same(kept("some", ("1.0",), make))
    assert len(calls) == 1
    kept("some", ("1.1",), make)
    assert len(calls) == 2
    assert len(list(cache.iterdir())) == 2  # and nothing half written


def test_a_flipped_bit_anywhere_is_noticed_and_the_arrays_are_made_again(cache, counting):
    make, calls = counting
    kept("some", (), make)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        before = len(calls)
        assert same(kept("some", (), make))
        # A bit of the archive's own book-keeping (dates, attributes) may flip without a trace in the arrays.
        assert len(calls) == before + 1 or same(read(path))
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="is damaged"):
        read(path)


def test_arrays_that_were_exchanged_are_noticed(tmp_path):
    path = tmp_path / "some.npz"
    write(path, ARRAYS)
    with np.load(path) as file:
        archive = dict(file)
    archive["labels"] = archive["labels"][::-1]
    np.savez(path, **archive)  # a sound file, of other content
    with pytest.raises(ValueError, match="its SHA-256 is another one"):
        read(path)


def test_nothing_is_unpickled_and_nothing_huge_is_allocated(tmp_path):
    path = tmp_path / "some.npz"
    np.savez(path, pixels=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="is damaged"):
        read(path)
    write(path, ARRAYS)
    with zipfile.ZipFile(path, "a") as archive, archive.open("more.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    with pytest.raises(ValueError, match=r"it claims 8,000,000,000,\d+ bytes"):
        read(path)


def test_without_a_place_everything_still_works(monkeypatch, tmp_path, counting):
    make, calls = counting
    monkeypatch.setenv(user_cache.VARIABLE, "off")
    assert same(kept("some", (), make))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path / "file" / "inside"))
    assert same(kept("some", (), make))

    def full(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(module, "write", full)
    assert same(kept("some", (), make))
    assert len(calls) == 3


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*arguments, **arrays):
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space"):
        write(tmp_path / "some.npz", ARRAYS)
    assert not list(tmp_path.iterdir())
