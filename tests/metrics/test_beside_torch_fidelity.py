"""InceptionV3 and the metrics of its features beside torch-fidelity's, which agree with the TensorFlow originals.

`pip install 'gangame[peer]'` brings it. The weights are drawn here: the published ones come with no package, and that
two networks agree does not depend on what they have learned.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import metrics
from gangame.metrics.inception import NAMES
from gangame.nets import inception_v3

torch = pytest.importorskip("torch")
pytest.importorskip("torch_fidelity")
metric_fid = pytest.importorskip("torch_fidelity.metric_fid")
metric_isc = pytest.importorskip("torch_fidelity.metric_isc")
metric_kid = pytest.importorskip("torch_fidelity.metric_kid")
metric_prc = pytest.importorskip("torch_fidelity.metric_prc")
extractor = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.slow


def drawn_weights():
    """Returns arrays with PyTorch's names and axes, at which activations neither vanish nor grow."""
    arrays = {}
    for place, leaf in jax.tree_util.tree_leaves_with_path(jax.eval_shape(inception_v3().init, jax.random.key(0))):
        *layers, kind = (each.key for each in place)
        shape = leaf.shape if kind != "kernel" else (leaf.shape[-1], leaf.shape[-2], *leaf.shape[:-2])
        if layers == ["fc"]:
            name, array = {"kernel": "weight", "bias": "bias"}[kind], RNG.normal(size=shape) / 10
        elif kind == "kernel":
            name, array = NAMES[kind], RNG.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))
        else:
            name = NAMES[kind]
            array = RNG.uniform(0.5, 2, shape) if kind in ("scale", "variance") else RNG.normal(size=shape) / 4
        arrays[".".join([*layers, name])] = array.astype(np.float32)
    return arrays


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder, weights = tmp_path_factory.mktemp("weights"), drawn_weights()
    np.savez(folder / "weights.npz", **weights)
    torch.save({name: torch.as_tensor(each) for name, each in weights.items()}, folder / "weights.pth")
    theirs = extractor.FeatureExtractorInceptionV3(
        "drawn", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(folder / "weights.pth")
    )
    return metrics.inception_network(folder / "weights.npz"), theirs


def seen(theirs, pixels):
    """What torch-fidelity's network says of pixels `[images, h, w, 3]` from 0 to 255."""
    return [each.numpy() for each in theirs(torch.as_tensor(pixels.transpose(0, 3, 1, 2)))]


def test_features_and_scores_are_those_of_the_same_weights(networks):
    ours, theirs = networks
    pixels = RNG.integers(0, 256, (3, 299, 299, 3), np.uint8)
    images = jnp.asarray(pixels, jnp.float32) / 128 - 1  # their scale, which leaves out the last step up to 1
    features, logits = seen(theirs, pixels)
    found = np.asarray(ours.features(images))
    assert np.std(features, axis=0).mean() > 1e-3  # of images that differ
    np.testing.assert_allclose(found, features, rtol=1e-3, atol=1e-4 * np.abs(features).max())
    expected = torch.as_tensor(logits).double().softmax(dim=1).numpy()
    np.testing.assert_allclose(ours.probabilities(images), expected, rtol=1e-2, atol=1e-5)


def test_images_are_resized_as_by_pytorch(networks):
    """As pytorch-fid does: half-pixel centres, no smoothing. torch-fidelity itself resizes as TensorFlow 1 did."""
    ours, _ = networks
    for size in (32, 320):
        images = RNG.uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
        resized = torch.nn.functional.interpolate(
            torch.as_tensor(images.transpose(0, 3, 1, 2)), (299, 299), mode="bilinear", align_corners=False
        )
        at_size = jnp.asarray(resized.numpy().transpose(0, 2, 3, 1))
        expected = np.asarray(ours.features(at_size))
        np.testing.assert_allclose(
            ours.features(jnp.asarray(images)), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max()
        )


def test_metrics_of_the_same_features():
    real = RNG.normal(size=(400, 24))
    fake = RNG.normal(size=(300, 24)) * RNG.uniform(0.5, 1.5, 24) + 0.3
    first, second = (metric_fid.fid_features_to_statistics(torch.as_tensor(each)) for each in (real, fake))
    expected = metric_fid.fid_statistics_to_metric(first, second, False)["frechet_inception_distance"]
    assert float(metrics.fid(real, fake)) == pytest.approx(expected, rel=1e-9)
    precision, recall = metric_prc.calculate_precision_recall_full(torch.as_tensor(fake), torch.as_tensor(real))
    found = metrics.precision_recall(real, fake, k=3)
    assert (found["precision"], found["recall"]) == pytest.approx((precision, recall), abs=1e-6)
    grams = [
        metric_kid.kernel_poly(*pair, kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1)
        for pair in ((real[:300], real[:300]), (real[:300], fake), (fake, fake))
    ]
    assert float(metrics.mmd(real[:300], fake)) == pytest.approx(metric_kid.mmd2(*grams), rel=1e-9)
    logits = torch.as_tensor(RNG.normal(size=(300, 10)) * 3)
    expected = metric_isc.isc_features_to_metric(logits, splits=5, shuffle=False)
    found = metrics.inception_score(logits.softmax(dim=1).numpy(), num_splits=5)
    assert float(found["mean"]) == pytest.approx(expected["inception_score_mean"], rel=1e-9)
    assert float(found["std"]) == pytest.approx(expected["inception_score_std"], rel=1e-9)
