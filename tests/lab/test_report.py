"""Reports are built from what is on disk: of unfinished and damaged runs, and of several at once; so are logs."""

import re
import struct
import sys

import numpy as np
import pytest

from gangame.lab import diary, store


@pytest.fixture
def two(gangame, tmp_path):
    """Two finished runs of the same game."""
    for rate, name in ((0.1, "slow"), (0.5, "fast")):
        typed = f"play bilinear alternating --learning-rate {rate} --steps 6 --every 2 --seeds 2 --output {name}"
        assert gangame(typed)[0] == 0
    return tmp_path


def test_several_runs_are_compared_in_one_page(two, gangame):
    status, out, _ = gangame("report slow fast")
    assert status == 0
    assert "Comparison: slow/comparison.html" in out
    page = (two / "slow" / "comparison.html").read_text()
    assert not re.findall(r'(?:src|href)="(?!data:)', page)  # needs no other file
    for text in ("slow: alternating", "fast: alternating", "distance to equilibrium", "learning_rate=0.5"):
        assert text in page
    assert page.count("data:image/png;base64,") == 1
    status, _, err = gangame("report slow slow")
    assert (status, "The same run is given twice" in err) == (2, True)


def test_a_damaged_file_is_named_and_the_report_is_made_without_it(two, gangame):
    (two / "slow" / "players" / "alternating-00000000.npz").write_bytes(b"")
    part = two / "fast" / "records" / "alternating-00000006.parquet"
    part.write_bytes(part.read_bytes()[:100])
    for name, damaged in (("slow", "alternating-00000000.npz"), ("fast", "alternating-00000006.parquet")):
        assert gangame(f"report {name}")[0] == 0
        assert damaged in (two / name / "report.html").read_text()


def test_damaged_records_are_made_again(two, gangame):
    expected = {path.name: path.read_bytes() for path in (two / "fast").glob("*/alternating-*")}
    for path in (two / "fast" / "records").glob("*-00000006.parquet"):
        path.write_bytes(path.read_bytes()[:-5])
    (two / "fast" / "report.html").unlink()  # as if it had been interrupted before its report
    store.write(two / "fast" / "checkpoints" / "alternating" / "6" / "manifest.json", b"{}")
    status, _, err = gangame("play --resume fast")
    assert status == 0
    assert "alternating-00000006.parquet" in err
    assert {path.name: path.read_bytes() for path in (two / "fast").glob("*/alternating-*")} == expected


def test_the_log_says_what_happened_when(two):
    events = diary.read(two / "slow")
    assert [event["event"] for event in events] == ["started", "compiled", "saved", "finished"]
    times = [np.datetime64(event["time"].removesuffix("+00:00")) for event in events]
    assert times == sorted(times)
    assert "What happened" in (two / "slow" / "report.html").read_text()


def scalars(folder):
    """Steps and values by tag, of all event files of a folder for TensorBoard."""
    protocol = pytest.importorskip("tensorboardX.proto.event_pb2")
    found = {}
    for path in sorted(folder.glob("events*")):
        content, place = path.read_bytes(), 0
        while place < len(content):
            (length,) = struct.unpack_from("<Q", content, place)  # then its checksum, the event, and the event's
            event = protocol.Event.FromString(content[place + 12 : place + 12 + length])
            place += length + 16
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value, value.WhichOneof("value")))
    return found


def test_tensorboard_gets_scalars_images_and_histograms(gangame, tmp_path):
    pytest.importorskip("tensorboardX")
    game = "mixture:hidden=8,discriminator_hidden=8,latent_dim=2"
    typed = f"play {game} alternating --steps 2 --every 1 --seeds 2 --batch-size 4 --output run --tensorboard"
    assert gangame(typed)[0] == 0
    found = scalars(tmp_path / "run" / "tensorboard" / "alternating")
    assert [step for step, _, _ in found["mean_over_seeds/modes"]] == [1, 2]
    assert {kind for _, _, kind in found["samples_of_seed_0"]} == {"image"}
    assert any(kind == "histo" for each in found.values() for _, _, kind in each)


def test_tensorboard_without_its_package_is_told(gangame, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    status, _, err = gangame("play bilinear simultaneous --steps 2 --seeds 1 --output run --tensorboard")
    assert status == 2
    assert "gangame[logs]" in err
