import jax
import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import ortho_group

from gangame.metrics import fid, fid_infinity, frechet_distance

fid = jax.jit(fid)
KEY = jax.random.key(0)


def reference(real, fake):
    """The formula of the paper with scipy's matrix root, in double precision."""
    one, other = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    shift = real.mean(0) - fake.mean(0)
    return shift @ shift + np.trace(one + other - 2 * sqrtm(one @ other).real)


@pytest.fixture(scope="module")
def sets():
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(6, 6))
    return rng.normal(size=(80, 6)), rng.normal(size=(80, 6)) @ mix + 0.5


def test_fid_is_the_formula_of_the_paper(sets):
    real, fake = sets
    assert fid(real, fake) == pytest.approx(reference(real, fake), rel=1e-9)
    moments = [each for one in sets for each in (one.mean(0), np.cov(one, rowvar=False))]
    assert frechet_distance(*moments) == pytest.approx(reference(real, fake), rel=1e-9)


def test_fid_does_not_depend_on_order_or_coordinates(sets):
    real, fake = sets
    rotation = ortho_group.rvs(6, random_state=0)
    distance = float(fid(real, fake))
    assert fid(real, real) == pytest.approx(0, abs=1e-12)
    assert fid(fake, real) == pytest.approx(distance, rel=1e-12)
    assert fid(real[::-1], fake) == pytest.approx(distance, rel=1e-12)
    assert fid(3 + real @ rotation, 3 + fake @ rotation) == pytest.approx(distance, rel=1e-12)
    assert fid(real, real + np.arange(6)) == pytest.approx(55, rel=1e-12)  # 0 + 1 + 4 + 9 + 16 + 25
    assert np.isnan(fid(np.where(real > 2, np.nan, real), fake))


@pytest.mark.parametrize("scale", [0.0, 0.3, 2.0])
def test_between_gaussians_it_is_the_closed_form(scale):
    mean = np.arange(4.0)
    distance = frechet_distance(np.zeros(4), np.eye(4), mean, scale**2 * np.eye(4))
    assert distance == pytest.approx(mean @ mean + 4 * (1 - scale) ** 2, rel=1e-12)


def test_single_precision_is_enough_where_a_root_of_the_covariance_is_not():
    """Features of a network are nearly dependent: standard deviations from 1 down to 1e-4 here."""
    rng = np.random.default_rng(1)
    directions = ortho_group.rvs(32, random_state=1)
    scales = np.logspace(0, -4, 32)
    real = ((rng.normal(size=(300, 32)) * scales) @ directions).astype(np.float32)
    fake = ((rng.normal(size=(300, 32)) * scales) @ directions).astype(np.float32)
    exact = float(fid(real.astype(float), fake.astype(float)))
    one, other = (np.cov(each, rowvar=False, dtype=np.float32) for each in (real, fake))
    usual = np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.trace(one + other - 2 * sqrtm(one @ other).real)
    assert fid(real, fake).dtype == np.float32
    error = abs(float(fid(real, fake)) - exact)
    assert error < 1e-5
    assert error < abs(usual - exact) / 10


def test_extrapolation_removes_the_bias_that_fid_has():
    """Of two sets from one distribution the distance is 0, and FID is about constant/n above it."""

    @jax.jit
    def both(key):
        key_real, key_fake, key_subsets = jax.random.split(key, 3)
        real, fake = (jax.random.normal(each, (400, 8)) for each in (key_real, key_fake))
        return fid(real, fake), fid_infinity(real, fake, key_subsets)

    plain, extrapolated = np.transpose([both(key) for key in jax.random.split(KEY, 25)])
    error = np.std(extrapolated, ddof=1) / np.sqrt(len(extrapolated))
    assert np.mean(plain) > 10 * error
    assert abs(np.mean(extrapolated)) < 3 * error


def test_extrapolation_is_the_intercept_of_a_line_in_one_over_n():
    """Where each set repeats four points, a subset of any size has nearly the distance of the whole."""
    rng = np.random.default_rng(2)
    real, fake = np.tile(rng.normal(size=(4, 2)), (500, 1)), np.tile(rng.normal(size=(4, 2)), (500, 1)) + 3
    assert jax.jit(fid_infinity)(real, fake, KEY) == pytest.approx(reference(real, fake), rel=0.02)
