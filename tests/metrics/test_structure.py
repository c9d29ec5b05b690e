import jax
import numpy as np
import pytest
from scipy.ndimage import label
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score

from gangame.metrics import combination_scores, count_parts, line_angle, mirror_symmetry, parallelism

RNG = np.random.default_rng(0)
scores = jax.jit(combination_scores, static_argnames="num_values")


def test_parts_are_counted_as_scipy_labels_them():
    images = RNG.uniform(size=(30, 12, 9))
    images[0] = 0
    images[1] = 1
    snake = np.zeros((12, 9))
    snake[::2] = 1
    snake[1::4, -1] = snake[3::4, 0] = 1  # one part, as long as it can be
    images[2] = snake
    counted = jax.jit(count_parts)
    for threshold in (0.5, 0.8):
        theirs = [label(image > threshold, np.ones((3, 3)))[1] for image in images]
        found = counted(images, threshold=threshold)
        np.testing.assert_array_equal(found, theirs)
    assert found[2] == 1


def test_symmetry_is_the_correlation_with_the_mirror_image():
    images = RNG.normal(size=(5, 6, 7))
    theirs = [np.corrcoef(image.ravel(), image[:, ::-1].ravel())[0, 1] for image in images]
    np.testing.assert_allclose(mirror_symmetry(images), theirs, rtol=1e-9)
    np.testing.assert_allclose(mirror_symmetry(images + images[:, :, ::-1]), 1, rtol=1e-12)
    np.testing.assert_allclose(mirror_symmetry(images - images[:, :, ::-1]), -1, rtol=1e-12)
    assert np.isnan(mirror_symmetry(np.zeros((1, 4, 4))))


def stripes(angle, height=32, width=32):
    down, right = np.mgrid[:height, :width] - 16.0
    return np.sin(0.6 * (down * np.cos(angle) - right * np.sin(angle)))


def test_the_angle_of_lines_is_that_at_which_they_were_drawn():
    angles = np.array([-1.2, -0.6, 0.0, 0.4, 0.8, 1.4])
    found = line_angle(np.stack([stripes(angle) for angle in angles]))
    np.testing.assert_allclose(found, angles, atol=0.03)  # differences across pixels shorten the steeper component
    pairs = [(0.2, 0.2), (0.2, 1.0), (0.2, 0.2 + np.pi / 2)]
    images = np.stack([np.concatenate([stripes(one), stripes(other)], axis=1) for one, other in pairs])
    np.testing.assert_allclose(parallelism(images), [np.cos(2 * (a - b)) for a, b in pairs], atol=0.07)


def test_scores_of_combinations_are_those_of_scipy_and_scikit_learn():
    def draw(number):
        first = RNG.integers(0, 3, number)
        return np.stack([first, (first + RNG.integers(0, 2, number)) % 3], axis=1)

    def joint(attributes):
        return np.histogram2d(*attributes.T, bins=3, range=[[0, 3], [0, 3]])[0] / len(attributes)

    real, fake = draw(400), draw(300)
    found = scores(real, fake, num_values=3)
    assert found["valid"] == 1
    assert found["joint_kl"] == pytest.approx(entropy(joint(fake).ravel(), joint(real).ravel()), rel=1e-9)
    marginals = [entropy(joint(fake).sum(axis=1 - part), joint(real).sum(axis=1 - part)) for part in (0, 1)]
    np.testing.assert_allclose(found["marginal_kl"], marginals, rtol=1e-9)
    assert found["dependence"] == pytest.approx(mutual_info_score(*fake.T), rel=1e-9)
    assert found["real_dependence"] == pytest.approx(mutual_info_score(*real.T), rel=1e-9)


def test_right_parts_in_wrong_combinations_are_found():
    part = np.arange(100) % 2
    real, fake = np.stack([part, part], axis=1), np.stack([part, np.arange(100) // 2 % 2], axis=1)
    found = scores(real, fake, num_values=2)
    assert found["valid"] == 0.5
    np.testing.assert_allclose(found["marginal_kl"], 0, atol=1e-12)
    assert found["real_dependence"] == pytest.approx(np.log(2), rel=1e-12)
    nothing = scores(np.array([0, 1]), np.array([7, -1, 2]), num_values=3)
    assert nothing["valid"] == 0
    assert np.isnan(nothing["joint_kl"])
    three = np.stack([part, part, 1 - part], axis=1)
    assert scores(three, three, num_values=2)["dependence"] == pytest.approx(2 * np.log(2), rel=1e-12)
