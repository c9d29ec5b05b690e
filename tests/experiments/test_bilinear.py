import json
from fractions import Fraction

import jax
import numpy as np
import pytest

from gangame.lab import experiment

BOUND = 1e-12  # the claim of the experiment; float64 accumulates about 1e-14 over 1,000 steps


@pytest.fixture(scope="module")
def paths(script):
    return {name: np.asarray(path) for name, path in script.run(script.Config(), jax.random.key(0)).items()}


def exact_steps(rule, step_size, depth, start, num_steps):
    """The rules written from the papers, in exact rational arithmetic."""
    h, (x, y) = Fraction(step_size), map(Fraction, start)
    path = [(x, y)]
    for _ in range(num_steps):
        if rule == "simultaneous":
            x, y = x - h * y, y + h * x
        elif rule == "alternating":
            x = x - h * y
            y = y + h * x
        else:  # x descends x (y + k h x), what its loss is after k steps of y
            x, y = x - h * (y + 2 * depth * h * x), y + h * x
        path.append((x, y))
    return path


@pytest.mark.parametrize("rule", ["simultaneous", "alternating", "unrolled"])
@pytest.mark.parametrize(("step_size", "depth"), [(0.1, 5), (0.3, 1), (0.01, 20)])
def test_closed_form_is_the_exact_recursion(script, rule, step_size, depth):
    config = script.Config(step_size=step_size, depth=depth, num_steps=60, start=(0.7, -1.2))
    exact = np.array(exact_steps(rule, step_size, depth, config.start, 60), float)
    gap = np.linalg.norm(script.closed_forms(config)[rule] - exact, axis=1) / np.linalg.norm(exact, axis=1)
    assert np.max(gap) < 1e-14  # 1e-16 is the rounding of `exact`; the rest for machines without a long double


@pytest.mark.parametrize("rule", ["flow", "simultaneous", "alternating", "unrolled"])
def test_a_thousand_steps_agree_with_the_closed_form(script, paths, rule):
    assert len(paths[rule]) == 1001
    assert np.max(script.deviations(script.Config(), paths)[rule]) < BOUND


def test_flow_is_a_circle(script, paths):
    angle = np.unwrap(np.arctan2(*paths["flow"].T[::-1]))
    np.testing.assert_allclose(script.radius(paths["flow"]), np.sqrt(2), rtol=BOUND)
    np.testing.assert_allclose(np.diff(angle), script.Config().step_size, rtol=1e-10)  # differences of angles near 100


def test_simultaneous_radius_grows_by_the_law_in_every_step(script, paths):
    growth = np.diff(np.log(script.radius(paths["simultaneous"])))
    np.testing.assert_allclose(growth, np.log1p(0.1**2) / 2, rtol=1e-11)  # differences of logarithms near 5
    assert script.summarize(script.Config(), paths)["simultaneous"]["from_radius_law"] < BOUND


def test_alternating_stays_between_the_axes_of_its_ellipse(script, paths):
    x, y = paths["alternating"].T
    invariant = x**2 + y**2 - 0.1 * x * y
    np.testing.assert_allclose(invariant, 1.9, rtol=BOUND)
    squared = script.radius(paths["alternating"]) ** 2
    assert np.all((squared > 1.9 / 1.05 * (1 - BOUND)) & (squared < 1.9 / 0.95 * (1 + BOUND)))
    assert squared.max() > 1.999  # it comes close to both ends, so the bounds say something
    assert squared.min() < 1.811


def test_unrolled_area_shrinks_by_the_law(script, paths):
    x, y = paths["unrolled"].T
    area = x**2 + y**2 + 2 * 5 * 0.1 * x * y
    np.testing.assert_allclose(area / area[0], 0.91 ** np.arange(1001), rtol=BOUND)
    assert script.radius(paths["unrolled"])[-1] < 1e-19


@pytest.mark.parametrize("rule", ["simultaneous", "alternating", "unrolled"])
def test_area_law(script, paths, rule):
    assert script.summarize(script.Config(), paths)[rule]["from_area_law"] < BOUND


def test_tiny_run_saves_what_it_measured(script, tmp_path, capsys):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)], x64=True)
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["config"]["num_steps"] == script.TINY.num_steps
    for measured in results["measured"].values():
        assert measured["from_closed_form"] < BOUND
    config, arrays = experiment.load(tmp_path, script.Config)
    assert config == script.TINY
    assert set(arrays) == {"flow", "simultaneous", "alternating", "unrolled"}
    assert {path.name for path in tmp_path.glob("*.png")} == {"trajectories.png", "radius.png"}
    assert "from_closed_form" in capsys.readouterr().out


@pytest.mark.parametrize(
    "settings",
    [
        {"step_size": 0.0},
        {"step_size": 2.0},
        {"step_size": float("nan")},
        {"depth": 0},
        {"depth": 10},
        {"num_steps": 0},
        {"shown_steps": 0},
        {"start": (1.0,)},
        {"start": (0.0, 0.0)},
        {"start": (float("inf"), 0.0)},
    ],
)
def test_settings_without_a_closed_form_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"ha(s|ve) to be"):
        script.Config(**settings)
