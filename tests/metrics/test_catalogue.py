"""What all metrics have in common: documents, tracing, types, and sentences for what does not fit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import metrics
from gangame.lab.spec import parameters

KEY = jax.random.key(0)
LABELS = jnp.arange(20) % 2
CALLS = {
    "mode_coverage": lambda x, y: metrics.mode_coverage(y, x[:4], x[0, 0] ** 2),
    "nearest_classes": lambda x, y: metrics.nearest_classes(y, x, LABELS, 2),
    "inception_score": lambda x, y: metrics.inception_score(jax.nn.softmax(y), num_splits=3),
    "fid": metrics.fid,
    "fid_infinity": lambda x, y: metrics.fid_infinity(x, y, KEY, smallest=0.5),
    "kid": lambda x, y: metrics.kid(x, y, KEY, num_subsets=2, subset_size=5),
    "mmd": lambda x, y: metrics.mmd(x, y, metrics.gaussian_kernel(metrics.median_distance(x, y))),
    "mmd_test": lambda x, y: metrics.mmd_test(x, y, KEY, num_permutations=9),
    "precision_recall": metrics.precision_recall,
    "density_coverage": metrics.density_coverage,
    "gan_train": lambda x, y: metrics.gan_train(x, LABELS, y, LABELS, KEY, num_classes=2),
    "gan_test": lambda x, y: metrics.gan_test(x, LABELS, y, LABELS, KEY, num_classes=2),
    "classifier_two_sample_test": lambda x, y: metrics.classifier_two_sample_test(x, y, KEY),
    "nearest_neighbour_test": lambda x, y: metrics.nearest_neighbour_test(x, y, KEY, num_permutations=9),
    "sliced_wasserstein": lambda x, y: metrics.sliced_wasserstein(x, y, KEY),
    "patch_wasserstein": lambda x, y: metrics.patch_wasserstein(
        x[:, None, :, None] + jnp.zeros((8, 1, 1), x.dtype), y[:, None, :, None] + jnp.zeros((8, 1, 1), y.dtype), KEY,
        coarsest=4, patch=3,
    ),
    "pairwise_distance_gap": metrics.pairwise_distance_gap,
    "memorisation": lambda x, y: metrics.memorisation(y, x, x + 1),
    "missing_share": lambda x, y: metrics.missing_share(y, x),
    "duplicates": lambda x, y: metrics.duplicates(y, x),
    "one_pixel_control": lambda x, y: metrics.one_pixel_control(x, y, (2, 4)),
    "inversion_error": lambda x, y: metrics.inversion_error(lambda z: z @ y[:8], x, KEY, latent_dim=8, num_steps=2),
    "birthday_test": lambda x, y: metrics.birthday_test(y, batch_size=5, threshold=0.5),
    "parzen_window": lambda x, y: metrics.parzen_window(y, x, x + 1, np.array([0.1, 1.0])),
    "flip_window": lambda x, y: metrics.flip_window(y, x, x + 1, np.array([0.1, 0.2])),
    "bidirectional_bounds": lambda x, y: metrics.bidirectional_bounds(
        lambda z: -jnp.sum((z - y[0]) ** 2), x[0], KEY, num_steps=3, num_chains=2
    ),
    "mirror_symmetry": lambda x, y: metrics.mirror_symmetry(y.reshape(-1, 2, 4)),
    "parallelism": lambda x, y: metrics.parallelism(y.reshape(-1, 4, 8)),
}  # fmt: skip
OTHERS = {"annealed_importance_sampling", "count_parts", "combination_scores"}  # which take no sets of floats


def test_every_metric_is_called_here():
    assert set(CALLS) | OTHERS == set(metrics.METRICS)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("name", CALLS)
def test_a_metric_can_be_compiled_and_keeps_the_float_type(name, dtype):
    sets = (jax.ShapeDtypeStruct((20, 8), dtype),) * 2
    for leaf in jax.tree.leaves(jax.eval_shape(CALLS[name], *sets)):
        assert leaf.dtype == dtype or jnp.issubdtype(leaf.dtype, jnp.integer)


@pytest.mark.parametrize("name", metrics.METRICS)
def test_a_metric_says_where_it_comes_from_and_describes_its_arguments(name):
    metric = metrics.METRICS[name]
    assert "Source: " in metric.__doc__
    for each in parameters(metric).values():
        assert each.text, each.name


NUMBERS = np.zeros((6, 3))
IMAGES = np.zeros((2, 8, 8, 1))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: metrics.fid(NUMBERS[:3], NUMBERS), "3 samples of 3 features; a covariance needs more"),
        (lambda: metrics.fid_infinity(NUMBERS, NUMBERS, KEY), "1 samples of 3 features"),
        (lambda: metrics.fid_infinity(NUMBERS, NUMBERS, KEY, num_sizes=1), "num_sizes is 1"),
        (lambda: metrics.fid(NUMBERS[None], NUMBERS), r"shape \(1, 6, 3\); it has to be \[samples, features\]"),
        (lambda: metrics.mmd(NUMBERS.astype(np.uint8), NUMBERS), "holds uint8; it has to hold floats"),
        (lambda: metrics.mmd(NUMBERS, NUMBERS[:, :2]), "3 and 2 features"),
        (lambda: metrics.mmd(NUMBERS[:1], NUMBERS), "1 samples; this metric needs 2"),
        (lambda: metrics.mmd_test(NUMBERS, NUMBERS, KEY, num_permutations=0), "num_permutations is 0"),
        (lambda: metrics.kid(NUMBERS, NUMBERS, KEY), "subset_size 1000; .* 2 to 6 samples"),
        (lambda: metrics.precision_recall(NUMBERS, NUMBERS, k=6), "k is 6; it has to be 1 to 5"),
        (lambda: metrics.density_coverage(NUMBERS, NUMBERS, k=0), "k is 0; it has to be 1 to 5"),
        (lambda: metrics.inception_score(NUMBERS[0]), "it has to be .samples, classes."),
        (lambda: metrics.inception_score(NUMBERS), "num_splits is 10; it has to be 1 to 6"),
        (lambda: metrics.k_nearest(2, k=0), "k is 0"),
        (lambda: metrics.k_nearest(2, k=9)(KEY, NUMBERS, LABELS[:6], NUMBERS), "there are 6 inputs"),
        (lambda: metrics.perceptron(2, num_steps=0), "num_steps is 0"),
        (lambda: metrics.from_estimator(dict), "fit and predict"),
        (lambda: metrics.nearest_neighbour_test(NUMBERS, NUMBERS, KEY, num_permutations=0), "num_permutations is 0"),
        (lambda: metrics.sliced_wasserstein(NUMBERS, NUMBERS, KEY, num_projections=0), "num_projections is 0"),
        (lambda: metrics.patch_wasserstein(NUMBERS, NUMBERS, KEY), "both have to be .images, height"),
        (lambda: metrics.patch_wasserstein(IMAGES, IMAGES, KEY), "coarsest 16"),
        (lambda: metrics.shifted(NUMBERS, (2, 2)), r"3 pixels do not have the shape \(2, 2\)"),
        (lambda: metrics.birthday_test(NUMBERS, batch_size=7, threshold=0.0), "batch_size is 7; it has to be 2 to 6"),
        (lambda: metrics.duplicate_threshold(NUMBERS, NUMBERS[:2]), "6 and 2 images"),
        (lambda: metrics.inversion_error(lambda z: z, IMAGES, KEY, latent_dim=2), "generator makes .* both have to be"),
        (lambda: metrics.inversion_error(lambda z: z, NUMBERS, KEY, latent_dim=0), "latent_dim is 0"),
        (lambda: metrics.sigmoid_schedule(0), "num_steps is 0"),
        (lambda: metrics.annealed_importance_sampling(jnp.sum, 0, KEY), "latent_dim is 0"),
        (lambda: metrics.bidirectional_bounds(jnp.sum, jnp.zeros((2, 2)), KEY), r"latents have the shape \(2, 2\)"),
        (lambda: metrics.count_parts(NUMBERS, threshold=0.5), "it has to be .images, height, width."),
        (lambda: metrics.mirror_symmetry(NUMBERS), "it has to be .images, height, width."),
        (lambda: metrics.line_angle(IMAGES), "it has to be .images, height, width."),
        (lambda: metrics.combination_scores(LABELS, NUMBERS, num_values=2), r"shapes \(20, 1\) and \(6, 3\)"),
        (lambda: metrics.combination_scores(NUMBERS, NUMBERS, num_values=2), "they have to be whole numbers"),
        (lambda: metrics.combination_scores(LABELS + 1, LABELS, num_values=2), "from 1 to 2; they have to be 0 to 1"),
        (lambda: metrics.with_floor(metrics.mmd, NUMBERS[:3], NUMBERS, KEY), "3 and 6 samples"),
        (lambda: metrics.with_floor(metrics.mmd, (NUMBERS, LABELS), NUMBERS, KEY), "different lengths"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
