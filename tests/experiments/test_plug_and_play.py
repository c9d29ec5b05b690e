import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import data, nets
from gangame.lab import experiment
from gangame.lab.chains import Chains, Encoder, gap

KEY = jax.random.key(0)


def test_codes_are_scaled_features_of_the_classifier():
    network = nets.Network(lambda key: None, lambda own, x: x @ own, lambda own, x: 4 * x)
    encoder = Encoder(network, jnp.eye(3), jnp.array(2.0), jnp.array(9.0))
    images = jnp.array([[1.0, 2.0, 0.0]])
    np.testing.assert_array_equal(encoder.encode()(images), 2 * images)
    expected = 2 - np.log(np.exp(1) + np.exp(2) + 1)
    np.testing.assert_allclose(encoder.log_probability(images, jnp.array([1])), [expected], rtol=1e-12)


class Copies:
    """Codes are the images themselves."""

    def generate(self, players, codes):
        return codes

    def reconstruct(self, players, codes):
        return codes


def test_chains_of_a_perfect_generator_do_what_they_are_told(script):
    """The classifier names the pixel that is brightest, of the ten in the lowest rows."""
    config = script.Config("tiny", prior=0.1, condition=1.0, kept=20.0)
    network = nets.Network(lambda key: None, lambda own, x: 5 * x[:, -10:], lambda own, x: x)
    encoder = Encoder(network, None, jnp.array(1.0), jnp.array(1.0))
    test = data.images("digits").test.flat()
    known = script.upper_half(test)
    np.testing.assert_array_equal(np.asarray(known).reshape(8, 8), [[1] * 8] * 4 + [[0] * 8] * 4)
    blocks, places = script.blocks_of(config, test, KEY)
    images = np.asarray(jax.jit(Chains(Copies(), {}, encoder, known, 60, 0.01).after)(blocks, KEY))
    named = images[..., -10:].argmax(axis=-1)
    asked = np.asarray(blocks.asked)
    (sampled, switched, filled) = (places[name] for name in ("sampled", "switched", "filled"))
    np.testing.assert_array_equal(np.asarray(blocks.fresh[switched]), [True] + [False] * 9)
    np.testing.assert_array_equal(np.sort(asked[switched], axis=0), np.tile(np.arange(10)[:, None], 10))
    asked_for, not_asked, _ = np.split(named[sampled] == asked[sampled], 3)
    assert np.all(asked_for)
    assert np.mean(not_asked) < 0.5
    np.testing.assert_array_equal(named[filled], asked[filled])
    # Images in [−1, 1] and codes in [0, 1]: what is kept is the bright part, and no more can be kept.
    missed = np.asarray(gap(jnp.clip(images[filled], 0, 1), jnp.clip(blocks.points[filled], 0, 1), known))
    assert missed[:4].max() < 0.02 < missed[4:].min()


@pytest.mark.slow
def test_summary_and_files(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path), "--parts", str(tmp_path / "parts")])
    measured = json.loads((tmp_path / "results.json").read_text())["measured"]
    _, arrays = experiment.load(tmp_path, script.Config)
    for row, name in enumerate(script.ROWS):
        assert set(measured[name]["sampled/right"]) == set(script.WAYS)
        assert set(measured[name]["filled/kept"]) == set(script.FILLS)
        mean = arrays["sampled/fid"][:, row, 0].mean()
        assert measured[name]["sampled/fid"]["asked"].startswith(f"{mean:.1f}")
    np.testing.assert_allclose(arrays["sampled/shares"].sum(axis=-1), 1, rtol=1e-5)
    assert (tmp_path / "chains.png").exists()
    assert (tmp_path / "switching.png").exists()


@pytest.mark.parametrize("settings", [{"setting": "huge"}, {"num_seeds": 1}, {"learning_rate": 0.0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match="has to be"):
        script.Config(**settings)
