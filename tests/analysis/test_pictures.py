import jax
import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest

import gangame as gg
from gangame import analysis, games, rules

XY = games.bilinear()


def r1_and_rule(rate, strength):
    return games.dirac(penalty="r1", strength=strength), rules.simultaneous(rate)


def test_the_stability_region_is_the_closed_form():
    real, imaginary = jnp.linspace(-0.5, 2.5, 7), jnp.linspace(-1.0, 1.0, 5)
    z = np.asarray(real)[None, :] + 1j * np.asarray(imaginary)[:, None]
    plain = analysis.stability_region(rules.simultaneous(0.7), real, imaginary)
    np.testing.assert_allclose(plain, np.abs(1 - 0.7 * z), atol=1e-12)
    twice = analysis.stability_region(rules.simultaneous(0.7), real, imaginary, num_steps=2)
    np.testing.assert_allclose(twice, plain, atol=1e-12)


def test_a_phase_diagram_of_runs_is_that_of_the_exact_rates():
    rates, strengths = jnp.array([0.1, 0.5, 3.0]), jnp.array([0.0, 0.3, 0.8])
    exact = analysis.rate_diagram(r1_and_rule, rates, strengths)
    h, gamma = np.asarray(rates)[None], np.asarray(strengths)[:, None]
    np.testing.assert_allclose(exact, np.sqrt(1 - h * gamma + h**2 / 4), rtol=1e-12)
    runs = jax.jit(lambda: analysis.phase_diagram(r1_and_rule, rates, strengths, num_steps=400, distance=1e-6))()
    # Runs that stay near 0: complex pairs change the distance by a bounded factor, hence by 1/400 of its log a step.
    near = (exact < 1.02) & (exact > 0.95)
    np.testing.assert_allclose(np.asarray(runs)[near], exact[near], atol=5e-3)
    np.testing.assert_array_equal(np.asarray(runs) < 1, exact < 1)


def test_a_phase_diagram_of_250_000_runs_is_one_program():
    traces = []

    def make(rate, pull):
        traces.append(None)
        origin = {"x": jnp.array(0.0), "y": jnp.array(0.0)}
        spiral = gg.zero_sum(
            lambda w, batch: pull * (w["x"] ** 2 - w["y"] ** 2) / 2 + w["x"] * w["y"], equilibrium=origin
        )
        return spiral, rules.simultaneous(rate)

    rates, pulls = jnp.linspace(0.0, 2.5, 500), jnp.linspace(0.0, 1.5, 500)
    factors = jax.jit(lambda: analysis.phase_diagram(make, rates, pulls, num_steps=20, distance=1e-3))()
    assert len(traces) <= 3  # for the size of a cell, for a block of them, and for those that are left
    # J = [[m, 1], [−1, m]] is normal, so each step of each run has exactly the factor |1 − η(m + i)|.
    exact = np.abs(1 - np.asarray(rates)[None] * (np.asarray(pulls)[:, None] + 1j))
    np.testing.assert_allclose(factors, exact, rtol=1e-12)


def test_basins_of_a_double_well():
    well = gg.zero_sum(lambda w, batch: (w["x"] ** 2 - 1) ** 2 / 4 - w["y"] ** 2 / 2)
    line = jnp.linspace(-1.5, 1.5, 8)
    found = analysis.basins(well, rules.simultaneous(0.1), line, line, num_steps=400)
    np.testing.assert_allclose(np.sort(found.attractors[:, 0]), [-1, 1], atol=1e-6)
    side = found.attractors[found.labels][..., 0]
    np.testing.assert_array_equal(np.sign(side), np.broadcast_to(np.sign(line), (8, 8)))
    circling = analysis.basins(XY, rules.simultaneous(0.1), line, line, num_steps=50)
    assert np.all(circling.labels == -1)
    assert len(circling.attractors) == 0


def test_every_picture_is_drawn_with_names_on_its_axes_and_leaves_no_trace():
    before = dict(matplotlib.rcParams)
    line = jnp.linspace(-2.0, 2.0, 9)
    labels = analysis.Basins(np.array([[0, 1], [-1, 0]]), np.array([[0.0, 0.0], [1.0, 1.0]]))
    radii = np.array([[0.5, 1.5], [np.inf, np.nan]])
    curves = analysis.path(XY, {"x": 1.0, "y": 0.0}, {"x": 0.0, "y": 0.1}, alphas=line)
    spiral = np.array([[1.0, 0.0], [0.5, 0.5], [1e9, np.inf]])
    pictures = analysis.pictures
    figures = [
        pictures.vector_field(XY, {"plain": spiral}, title="xy"),
        pictures.eigenvalue_plane({"now": np.array([1j, -1j])}, (line[:2], line[:2], radii)),
        pictures.eigenvalue_plane({}),
        pictures.phase(jnp.array([0.1, 1.0]), jnp.array([0.0, 1.0]), radii),
        pictures.basins(labels, line[:2], line[:2]),
        pictures.path(curves),
    ]
    for figure in figures:
        figure.canvas.draw()
        assert figure.axes[-1].get_xlabel() or figure.axes[0].get_xlabel()
        assert figure.axes[0].get_ylabel()
    assert dict(matplotlib.rcParams) == before


def test_wrong_arguments_are_told_in_sentences():
    line = jnp.linspace(-1.0, 1.0, 3)
    with pytest.raises(ValueError, match="two players of one number each"):
        analysis.pictures.vector_field(games.quadratic(size=2))
    with pytest.raises(ValueError, match="num_steps is 5"):
        analysis.basins(XY, rules.simultaneous(0.1), line, line, num_steps=5)
    with pytest.raises(ValueError, match="distance is 0"):
        analysis.phase_diagram(r1_and_rule, line, line, distance=0.0)
    with pytest.raises(ValueError, match="knows no equilibrium"):
        analysis.rate_diagram(lambda a, b: (games.dirac(penalty="gradient"), rules.simultaneous(a)), line, line)
