import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.lab import experiment


def test_the_tiny_setting_leaves_numbers_and_a_picture(script, tmp_path):
    experiment.main(script, ["--tiny", "--output", str(tmp_path)])
    _, arrays = experiment.load(tmp_path, script.Config)
    assert np.all((arrays["wrong"] >= 0) & (arrays["wrong"] <= 2))
    assert set(json.loads((tmp_path / "results.json").read_text())["measured"]["bits"]) == set(script.MEASURES)
    assert (tmp_path / "bits.png").is_file()


def test_the_next_eve_pays_what_the_first_one_would(script):
    game = script.make_game(script.TINY)
    players, batch = game.init(jax.random.key(0)), game.sample(jax.random.key(1))
    late = script.next_eve(game, players["alice_and_bob"])
    assert late.losses({"eve": players["eve"]}, batch) == {"eve": game.losses(players, batch)["eve"]}


def test_a_cipher_is_good_where_bob_reads_and_nobody_else(script):
    wrong = jnp.array([[0.0, 8.0, 8.0], [0.0, 8.0, 3.0], [0.0, 2.0, 1.0], [4.0, 8.0, 8.0]])
    counted = script.summarize(script.Config(num_seeds=4), {"wrong": np.asarray(wrong)})["seeds with a good cipher"]
    assert [each["number"] for each in counted.values()] == [2, 1]


@pytest.mark.parametrize("settings", [{"num_bits": 0}, {"num_seeds": 1}, {"learning_rate": 0.0}])
def test_bad_settings_are_refused(script, settings):
    with pytest.raises(ValueError, match=r"has to be|have to be"):
        script.Config(**settings)
