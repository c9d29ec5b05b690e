"""Files and words from strangers end in one clear sentence, whatever they are: 2,240 malformed ones, drawn at random.

The number of examples of each kind stands in `@examples`.
"""

import copy
import hashlib
import io
import json
import math
import os
import zipfile

import jax
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gangame.games import GAMES
from gangame.lab import columns, config, diary, folder, manifest, records, spec, store, strangers
from gangame.lab.checkpoints import Checkpoints
from gangame.lab.configure import Request, configure
from gangame.lab.lane import Lane
from gangame.lab.optimizers import parse_optimizer
from gangame.lab.spec import UserError
from gangame.rules import RULES

CONFIG = json.loads(json.dumps(configure(Request("mixture:modes=3", ["unrolled:depth=2", "alternating"])).to_json()))
LANE = Lane("a", spec.Spec("simultaneous", {}), {})
TREE = {"x": np.arange(6.0).reshape(2, 3), "y": {"bias": np.ones(2, np.float32)}}
STATUS = {"steps": 4, "seconds": 0.1, "compile_seconds": 0.2, "gradients_per_step": 2, "diverged": []}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["../x", "/etc"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def examples(number):
    """Draws so many examples, the same ones in every run."""
    return settings(
        max_examples=number, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@st.composite
def changed(draw, content):
    """A JSON value in which one place, at any depth, is another value, missing, or under another name."""
    whole = copy.deepcopy(content)
    inner = whole
    while True:
        places = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        place = draw(st.sampled_from(places))
        deeper = isinstance(inner[place], (dict, list)) and len(inner[place])
        if not deeper or draw(st.integers(0, 3)) == 0:
            break
        inner = inner[place]
    how = draw(st.sampled_from(["other", "missing", "renamed"]))
    if how == "other" or not isinstance(inner, dict):
        inner[place] = draw(json_values)
    else:
        value = inner.pop(place)
        if how == "renamed":
            inner[draw(st.text(max_size=10))] = value
    return whole


@st.composite
def broken(draw, content):
    """Bytes that are cut, or of which some were changed."""
    changed = bytearray(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)
    for _ in range(draw(st.integers(0, 4))):
        if changed:
            changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    return bytes(changed)


def told(function, *arguments):
    """Calls a function, which may succeed or say what is wrong in one sentence; anything else is a defect."""
    try:
        return function(*arguments)
    except UserError as error:
        said = str(error)
    assert 10 < len(said) < 3000
    return None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("strangers")


@examples(700)
@given(st.one_of(changed({"config": CONFIG}), st.builds(lambda value: {"config": value}, json_values), json_values))
def test_configurations(place, content):
    (place / "config.json").write_text(json.dumps(content))
    made = told(config.read, place)
    if made is not None:  # then it is one, and the names of its files are names in its folder
        for lane in made[0].lanes:
            assert (place / lane.slug).resolve().parent == place.resolve()
            assert len(lane.slug.encode()) <= 120
        assert made[0].digest() == config.Config.from_json(json.loads(json.dumps(made[0].to_json()))).digest()


@examples(100)
@given(st.one_of(st.binary(max_size=60), broken(json.dumps({"config": CONFIG}).encode())))
def test_configurations_that_are_no_json(place, content):
    (place / "config.json").write_bytes(content)
    told(config.read, place)


WORDS = [":", "=", ",", "(", ")", "[", "]", "{", "}", "|", ".", "-", "1", "0", "9e99", "nan", "none", "true", "\0", "é"]
specs = st.one_of(
    st.text(max_size=40),
    st.builds(
        "".join,
        st.lists(
            st.sampled_from([*WORDS, *GAMES, *RULES, "depth", "matrix", "strength", "rule", "setting", "spectrum"]),
            max_size=9,
        ),
    ),
    st.builds(
        lambda name, key, value: f"{name}:{key}={value}",
        st.sampled_from([*GAMES, *RULES]),
        st.sampled_from(["depth", "hidden", "matrix", "players", "strength", "direction", "order", "steps", "leader"]),
        st.one_of(st.text(max_size=15), st.from_regex(r"[\[\](){},:0-9a-z.|+-]{0,15}", fullmatch=True)),
    ),
)


@examples(700)
@given(specs, st.booleans())
def test_specs(text, sweep):
    for catalogue, what in ((GAMES, "game"), (RULES, "rule")):
        parsed = told(lambda cat=catalogue, what=what: spec.parse(text, cat, what, ["learning_rate"], sweep=sweep))
        if parsed is not None:
            assert str(parsed).startswith(parsed.name)
    told(parse_optimizer, text)


@examples(200)
@given(st.data())
def test_players_in_files(place, data):
    path = place / "players.npz"
    store.save_tree(path, TREE)
    content = path.read_bytes()
    path.write_bytes(data.draw(broken(content)))
    back = told(store.load_tree, path, TREE)
    if back is not None:  # then it is what was written
        assert all(jax.tree.leaves(jax.tree.map(np.array_equal, back, TREE)))


@examples(150)
@given(st.one_of(changed({"status": STATUS, "step": 4, "configuration": "abc"}), json_values))
def test_manifests_of_somebody_who_can_compute_a_checksum(place, facts):
    step = place / "checkpoints" / "4"
    step.mkdir(parents=True, exist_ok=True)
    content = {"facts": facts, "files": {}}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    (step / manifest.NAME).write_text(json.dumps({**content, "sha256": digest}))
    checkpoints, damage = Checkpoints(place / "checkpoints", "abc"), []
    found = told(checkpoints.latest_facts)
    if found is not None:
        assert found["status"]["steps"] == found["step"] == 4
    assert told(checkpoints.newest, TREE, 10, damage) is None  # there are no arrays in it


@examples(290)
@given(st.data())
def test_records(place, data):
    run = place / "run"
    path = run / records.FOLDER / "a-00000004.parquet"
    records.write(run, LANE, 4, 2, {"loss_x": np.ones((3, 2)), "modes": np.ones((3, 2), np.int32)})
    content = path.read_bytes()
    path.write_bytes(data.draw(st.one_of(broken(content), st.binary(max_size=40))))
    told(records.table, run, LANE, 3)
    told(records.read_records, run)
    assert told(records.reach, run, LANE, 3, 2, 4, []) in (0, 4)


@examples(100)
@given(st.binary(max_size=200))
def test_logs(place, content):
    (place / diary.NAME).write_bytes(b'{"event": "started"}\n' + content)
    assert told(diary.read, place)[0] == {"event": "started"}


def write_records(path, labels, rows=3, **how):
    columns = {"rule": pa.array(labels, pa.string()), "seed": pa.array(range(rows), pa.int32())}
    columns |= {"step": pa.array([2] * rows, pa.int32()), "loss": pa.array([0.5] * rows, pa.float64())}
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path, **how)


@pytest.mark.parametrize(
    ("labels", "how", "told"),
    [
        (["a"] * 3, {}, None),
        (["a"] * 3, {"row_group_size": 1}, None),  # with a dictionary in each group
        (["a" * 3000] * 3, {}, "a label is"),
        (["a\x1b[31m"] * 3, {}, "printable"),
        (["a" * 1000] * 100_000, {}, None),  # a label is held once
        (["a" * 1000] * 100_000, {"use_dictionary": False}, "bytes of labels"),
        ([f"{place:0>1000}" for place in range(1000)], {}, "bytes of labels"),
        ([], {}, None),
    ],
    ids=["as written", "in groups", "long", "for a terminal", "often", "written out", "many", "none"],
)
def test_labels_of_records_take_little_room(tmp_path, labels, how, told):
    path = tmp_path / records.FOLDER / "a-00000002.parquet"
    write_records(path, labels, len(labels), **how)
    if told is None:
        assert records.read_records(tmp_path)["rule"].tolist() == labels
        return
    for read in (lambda: records.read_records(tmp_path), lambda: records.table(tmp_path, LANE, 3)):
        with pytest.raises(UserError, match=told):
            read()


def test_records_that_claim_to_be_huge_are_not_read(tmp_path, monkeypatch):
    write_records(tmp_path / records.FOLDER / "a-00000002.parquet", ["a"] * 3)
    monkeypatch.setattr(columns, "MOST_NUMBERS", 11)
    with pytest.raises(UserError, match="claims 3 rows, more than are read at once"):
        records.read_records(tmp_path)


def test_of_a_log_without_end_the_latest_events_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(diary, "MOST_BYTES", 1000)
    (tmp_path / diary.NAME).write_text("".join(f'{{"event": "saved", "step": {step}}}\n' for step in range(1000)))
    found = [event["step"] for event in diary.read(tmp_path)]
    assert found == list(range(1000 - len(found), 1000))
    assert 25 < len(found) < 40


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / diary.NAME)
    with pytest.raises(UserError, match="is neither a file nor a folder"):
        strangers.check_folder(tmp_path)


def test_nothing_is_unpickled(tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, np.array([print], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("leaf:x.npy", buffer.getvalue())
        archive.writestr("checksum.npy", b"")
    with pytest.raises(UserError, match="does not belong to this run"):
        store.load_tree(tmp_path / "a.npz", {"x": np.zeros(1)})


def test_what_claims_to_be_huge_is_not_allocated(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("leaf:x.npy", buffer.getvalue())
        archive.writestr("checksum.npy", b"")
    with pytest.raises(UserError, match="does not belong to this run"):
        store.load_tree(tmp_path / "a.npz", {"x": np.zeros(3)})


@pytest.mark.parametrize("label", ["..", "../../etc/passwd", "/etc/passwd", "a\0b", "." * 300, "é" * 300, "x" * 5000])
def test_names_stay_in_the_folder_of_the_run(tmp_path, label):
    slug = Lane(label, LANE.rule, {}).slug
    assert (tmp_path / f"{slug}-00000001.parquet").resolve().parent == tmp_path.resolve()
    (tmp_path / f".{slug}-00000001.parquet{store.PART}").touch()  # short enough for a file system
    assert not slug.startswith(".")


def test_long_labels_that_begin_alike_have_different_files():
    assert Lane("x" * 500 + "a", LANE.rule, {}).slug != Lane("x" * 500 + "b", LANE.rule, {}).slug


@pytest.mark.parametrize("name", ["records", "checkpoints", "config.json", "players/a-00000000.npz"])
def test_links_out_of_a_run_are_not_followed(tmp_path, name):
    (tmp_path / "precious").mkdir()
    run = tmp_path / "run"
    (run / "players").mkdir(parents=True)
    (run / "config.json").write_text(json.dumps({"config": CONFIG}))
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(tmp_path / "precious")
    for action in (config.read, folder.clear, strangers.check_folder):
        with pytest.raises(UserError, match="is a link to another place"):
            action(run)


def test_numbers_from_a_configuration_are_numbers():
    assert strangers.number(0.5, "rate") == 0.5
    for each in (math.nan, math.inf, "1", None, [1], 10**400):
        with pytest.raises(UserError, match="its rate is"):
            strangers.number(each, "rate")
