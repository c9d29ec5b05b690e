import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from gangame.lab import experiment

SCRIPTS = Path(__file__).parents[2] / "experiments"


@dataclasses.dataclass(frozen=True)
class Config:
    slope: float = experiment.option(2.0, "slope, 100 % of it")
    num_points: int = experiment.option(8, "number of points, 1 or more")
    offsets: tuple[float, ...] = experiment.option((0.0, 1.0), "offsets")
    noisy: bool = experiment.option(False, "with noise")
    scratch: str = experiment.option("", "a folder of this machine", recorded=False)

    def __post_init__(self):
        if self.num_points < 1:
            raise ValueError(f"num_points is {self.num_points}; it has to be 1 or more.")


def run(config, key):
    lines = config.slope * np.arange(config.num_points) + np.array(config.offsets)[:, None]
    return {"lines": lines + config.noisy * np.asarray(jax.random.normal(key, lines.shape))}


def draw(config, arrays):
    figure, axes = experiment.figure(1, 1, (3, 2))
    axes.plot(arrays["lines"].T)
    return {"lines": figure}


@pytest.fixture
def module(tmp_path):
    return SimpleNamespace(
        __file__=str(tmp_path / "lines.py"),
        __doc__="Are lines straight?",
        Config=Config,
        TINY=Config(num_points=3),
        run=run,
        summarize=lambda config, arrays: {"last": arrays["lines"][:, -1], "ratio": np.float64("inf")},
        draw=draw,
    )


def refused(capsys, module, *words):
    """Returns the sentence with which bad input ends."""
    with pytest.raises(SystemExit) as stop:
        experiment.main(module, words)
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert out == ""
    assert re.fullmatch(r"lines\.py: [A-Z\-/].*\.\n", err), err
    return err


def test_a_run_leaves_arrays_results_and_figures(module, tmp_path, capsys):
    experiment.main(module, ["--slope", "-3", "--offsets", "1", "2", "3", "--noisy", "--seed", "7"], x64=True)
    folder = tmp_path / "results" / "lines"
    assert {path.name for path in folder.iterdir()} == {"arrays.npz", "lines.png", "results.json"}
    results = json.loads((folder / "results.json").read_text())
    config = Config(slope=-3.0, offsets=(1.0, 2.0, 3.0), noisy=True)
    assert results["command"] == "python experiments/lines.py --slope -3.0 --offsets 1.0 2.0 3.0 --noisy --seed 7"
    assert experiment.load(folder, Config)[0] == config
    with jax.enable_x64(True):
        expected = run(config, jax.random.key(7))["lines"]
    np.testing.assert_array_equal(experiment.load(folder, Config)[1]["lines"], expected)
    assert results["measured"] == {"last": list(expected[:, -1]), "ratio": None}  # JSON knows no infinity
    assert results["precision"] == "float64"
    assert results["machine"]["device"].startswith(jax.devices()[0].platform)
    assert {"jax", "jaxlib", "numpy", "python", "gangame"} <= set(results["machine"])
    assert str(tmp_path) not in (folder / "results.json").read_text()
    assert str(folder) in capsys.readouterr().out


def test_the_saved_command_repeats_the_run(module, tmp_path):
    experiment.main(module, ["--tiny", "--noisy", "--output", str(tmp_path / "first")])
    words = json.loads((tmp_path / "first" / "results.json").read_text())["command"].split()[2:]
    experiment.main(module, [*words, "--output", str(tmp_path / "second")])
    first, second = (experiment.load(tmp_path / each, Config) for each in ("first", "second"))
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1]["lines"], second[1]["lines"])


def test_what_no_number_depends_on_is_not_recorded(module, tmp_path):
    experiment.main(module, ["--tiny", "--scratch", "/somewhere", "--output", str(tmp_path)])
    assert "somewhere" not in (tmp_path / "results.json").read_text()
    assert experiment.load(tmp_path, Config)[0] == Config(num_points=3)


def test_tiny_stays_apart_from_full_results_and_takes_options(module, tmp_path):
    experiment.main(module, ["--tiny", "--slope", "5"])
    assert experiment.load(tmp_path / "results" / "lines-tiny", Config)[0] == Config(slope=5.0, num_points=3)
    assert not (tmp_path / "results" / "lines").exists()


def test_redraw_makes_the_same_picture_without_a_run(module, tmp_path):
    experiment.main(module, ["--tiny"])
    picture = tmp_path / "results" / "lines-tiny" / "lines.png"
    before = picture.read_bytes()
    picture.unlink()
    module.run = None
    experiment.main(module, ["--tiny", "--redraw"])
    assert picture.read_bytes() == before


def test_help_shows_question_defaults_and_ranges(module, capsys):
    with pytest.raises(SystemExit) as stop:
        experiment.main(module, ["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert stop.value.code == 0
    for words in ("Are lines straight?", "slope, 100 % of it (default: 2.0)", "(default: 0.0 1.0)", "--no-noisy"):
        assert words in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--colour", "red"], "--colour"),
        (["--slo", "1"], "--slo"),
        (["red"], "red"),
        (["--slope", "steep"], "steep"),
        (["--slope"], "expected one argument"),
        (["--num-points", "2.5"], "2.5"),
        (["--num-points", "0"], "1 or more"),
        (["--offsets"], "at least one"),
        (["--offsets", "1", "b"], "b"),
        (["--noisy", "yes"], "yes"),
        (["--seed", "-1"], "from 0"),
        (["--seed", "99999999999999999999"], "from 0"),
        (["--seed", "pi"], "pi"),
        (["--redraw", "--slope", "1"], "leave out"),
        (["--redraw"], "results.json"),
        (["--output"], "expected one argument"),
    ],
)
def test_bad_input_ends_with_one_sentence(module, capsys, words, says):
    assert says in refused(capsys, module, *words)


def test_output_that_cannot_be_a_folder(module, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    module.run = None  # refused before anything is computed
    assert "taken" in refused(capsys, module, "--output", str(tmp_path / "taken" / "below"))
    assert "taken" in refused(capsys, module, "--output", str(tmp_path / "taken"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("results.json", "{"),
        ("results.json", "[]"),
        ("results.json", '{"config": {"depth": 5}}'),
        ("results.json", '{"config": {"num_points": 0}}'),
        ("arrays.npz", "no archive"),
        ("arrays.npz", "PK\x03\x04 cut off"),
        ("arrays.npz", None),
    ],
)
def test_redraw_of_damaged_results(module, tmp_path, capsys, name, content):
    experiment.main(module, ["--tiny"])
    capsys.readouterr()
    path = tmp_path / "results" / "lines-tiny" / name
    path.unlink()
    if content is not None:
        path.write_text(content)
    refused(capsys, module, "--tiny", "--redraw")


def test_a_script_as_a_user_types_it(tmp_path):
    command = [sys.executable, str(SCRIPTS / "bilinear.py"), "--tiny", "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"Saved in {tmp_path}" in done.stdout
    assert json.loads((tmp_path / "results.json").read_text())["precision"] == "float64"


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_shown_side_by_side_with_black_between(channels):
    drawn = {}
    axes = SimpleNamespace(
        imshow=lambda picture, **how: drawn.update(picture=picture, **how),
        set=lambda **words: drawn.update(words),
        grid=lambda on: drawn.update(grid=on),
    )
    images = np.ones((2, 3, 4, 5, channels))
    images[1, 2] = 0
    images[0, 0] = 7  # outside of the range
    experiment.show_images(axes, images, "twelve")
    picture = drawn["picture"].reshape(2 * 6, 3 * 7, channels)
    expected = np.zeros((12, 21, channels))
    for i in range(2):
        for j in range(3):
            expected[6 * i + 1 : 6 * i + 5, 7 * j + 1 : 7 * j + 6] = 0.5 if (i, j) == (1, 2) else 1
    np.testing.assert_array_equal(picture, expected)
    assert (drawn["picture"].ndim, drawn["title"], drawn["grid"]) == (2 if channels == 1 else 3, "twelve", False)


@pytest.mark.parametrize(
    ("rows", "num_seeds", "told"),
    [(("none",), 2, "rows is 'none'; it has to be one of a, b"), ((), 2, "are 0 rows"), (("a",), 1, "num_seeds is 1;")],
)
def test_a_table_needs_rows_that_there_are_and_seeds_for_an_interval(rows, num_seeds, told):
    experiment.check_rows("rows", ("b", "a"), ("a", "b"), 2)
    with pytest.raises(ValueError, match=told):
        experiment.check_rows("rows", rows, ("a", "b"), num_seeds)
