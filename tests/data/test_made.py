"""Sets that are made here, and what is known of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage
import scipy.stats

from gangame import data
from gangame.data.sprites import SHAPES

KEY = jax.random.key(1)


def test_stacks_have_a_thousand_modes_of_the_weights_that_they_say():
    digits = data.images("mnist_5000").train
    stacks = data.stacked(digits)
    images, modes = jax.jit(lambda stacks, key: stacks.labelled(key, 20_000))(stacks, KEY)
    assert images.shape == (20_000, *stacks.shape)
    np.testing.assert_allclose(stacks.weights, 1e-3)  # 400 images of each digit
    counts = np.bincount(modes, minlength=1000)
    # A chi-squared test of 1,000 cells with 20 each.
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    labels = digits.labels.tolist()
    known = {each.tobytes(): label for each, label in zip(np.asarray(digits.pixels), labels, strict=True)}
    pixels = np.round((np.asarray(images[:50]) + 1) * 127.5).astype(np.uint8)
    for layers, mode in zip(pixels, modes[:50].tolist(), strict=True):
        assert "".join(str(known[layers[..., i].tobytes()]) for i in range(3)) == f"{mode:03d}"
    assert stacks.modes(jnp.array([3, 1, 4])) == 314


def test_classes_of_different_size_make_modes_of_different_weight():
    digits = data.images("digits").train
    share = np.bincount(digits.labels) / len(digits.labels)
    weights = np.asarray(data.stacked(digits).weights)
    assert weights[314] == pytest.approx(share[3] * share[1] * share[4])
    assert weights.sum() == pytest.approx(1)


def test_colours_are_not_stacked():
    with pytest.raises(ValueError, match="images have 7 channels"):
        data.stacked(data.images("stereo", size=64).train)


def test_an_embedded_mixture_lies_in_its_subspace_with_all_its_modes():
    embedded = data.embedded(intrinsic=60, features=100)
    centers, basis = np.asarray(embedded.mixture.centers), np.asarray(embedded.basis)
    noise = np.random.default_rng(0).normal(size=(3, 100))

    @jax.jit
    def draw(embedded, key):
        samples = embedded(key, 2500)
        return samples, embedded.coordinates(samples), embedded.distance(jnp.concatenate([samples, noise]))

    samples, inside, distance = map(np.asarray, draw(embedded, KEY))
    assert (samples.shape, basis.shape) == ((2500, 100), (100, 60))
    assert distance[:-3].max() < 1e-12
    np.testing.assert_allclose(distance[-3:], np.linalg.norm(noise - noise @ basis @ basis.T, axis=1))
    np.testing.assert_allclose(
        np.linalg.norm(centers[:, None] - centers, axis=-1), np.sqrt(8) * (1 - np.eye(10)), atol=1e-12
    )
    squared = np.stack([((inside - center) ** 2).sum(axis=1) for center in centers]) / 0.02**2
    # The squared distance from a centre follows a chi-squared law of 60 degrees, of 700 in the published size, where a
    # sample is 26.5 deviations away and none within 10.
    assert scipy.stats.kstest(squared.min(axis=0), scipy.stats.chi2(60).cdf).pvalue > 1e-3
    assert scipy.stats.chi2(700).cdf(10**2) < 1e-100
    assert scipy.stats.chisquare(np.bincount(squared.argmin(axis=0), minlength=10)).pvalue > 1e-3


def test_sprites_are_their_factors():
    sprites = data.sprites(size=48)
    images, factors = jax.jit(lambda key: (sprites(key, 300), sprites.factors(key, 300)))(KEY)
    factors = jax.tree.map(np.asarray, factors)
    kinds, covered = factors["kind"], (np.asarray(images)[..., 0] + 1) / 2
    assert all(scipy.ndimage.label(image > 0, np.ones((3, 3)))[1] == 1 for image in covered)
    # Area of a shape in the unit circle, and its centroid: of the triangle a third of the way from its short side.
    area = np.array([np.pi / 2, 2 * 2 / 5 * 2, 1.8 * 1.2 / 2])[kinds]
    radius = factors["radius"] * 24
    np.testing.assert_allclose(covered.sum(axis=(1, 2)), area * radius**2, rtol=0.06)
    line = np.arange(48) + 0.5
    centroid = np.stack([(covered.sum(axis=axis) @ line) / covered.sum(axis=(1, 2)) for axis in (2, 1)], axis=-1)
    ahead = np.where(kinds == SHAPES.index("triangle"), (1 - 1.6) / 3, 0) * factors["radius"]
    shift = ahead[:, None] * np.stack([np.sin(factors["angle"]), np.cos(factors["angle"])], axis=-1)
    np.testing.assert_allclose(centroid / 24 - 1, factors["center"] + shift, atol=0.02)
    assert scipy.stats.chisquare(np.bincount(kinds, minlength=3)).pvalue > 1e-3


def test_dots_can_be_counted():
    dots = data.dots(size=32, radius=2.0)
    images, counts = map(np.asarray, jax.jit(dots.labelled, static_argnums=1)(KEY, 500))
    found = [scipy.ndimage.label(image > -1)[1] for image in images[..., 0]]
    assert found == counts.tolist()
    assert scipy.stats.chisquare(np.bincount(counts)[1:]).pvalue > 1e-3
    assert set(counts.tolist()) == {1, 2, 3, 4, 5}
    # All dots are alike, as bright and as large, and none is cut by the border.
    ink = (images + 1).sum(axis=(1, 2, 3)) / 2
    np.testing.assert_allclose(ink / counts, np.pi * 2.0**2, rtol=0.06)
    assert images[:, [0, -1]].max() == images[:, :, [0, -1]].max() == -1
    full = data.dots((16,), size=32, radius=2.0)
    assert scipy.ndimage.label(np.asarray(full(KEY, 1))[0, ..., 0] > -1)[1] == 16


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: data.dots((17,)), "counts go up to 17, and 32×32 pixels have room for 16 dots"),
        (lambda: data.dots(()), "there have to be some"),
        (lambda: data.dots((0, 1)), "each 1 or more"),
        (lambda: data.dots(radius=0.5), "radius is 0.5"),
        (lambda: data.dots((1,), size=-16), "size is -16"),
        (lambda: data.sprites(size=4), "size is 4"),
        (lambda: data.sprites(smallest=0.6), "0 < smallest ≤ largest"),
        (lambda: data.embedded(modes=11, intrinsic=10), "none above the next"),
        (lambda: data.embedded(std=0), "std 0"),
    ],
)
def test_bad_arguments_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
