import jax
import numpy as np
import pytest

from gangame.lab import experiment


@pytest.fixture(scope="module")
def arrays(script):
    return {name: np.asarray(each) for name, each in script.run(script.TINY, jax.random.key(0)).items()}


def test_every_way_is_timed_in_every_round(script, arrays):
    config = script.TINY
    assert arrays["read_seconds"].shape == (2, config.num_rounds)
    assert arrays["play_seconds"].shape == (3, config.num_rounds)
    assert (arrays["read_seconds"] > 0).all()
    assert (arrays["play_seconds"] > 0).all()
    assert arrays["steps"] == config.buffer_size // config.batch_size


def test_rates_are_those_of_the_seconds(script):
    config = script.Config(num_images=100, size=10, buffer_size=100, batch_size=10)
    seconds = {
        "read_seconds": np.array([[0.1, 0.1, 9.0], [1.0, 1.0, 1.0]]),
        "play_seconds": np.array([[0.5, 0.5, 0.5], [0.5, 0.55, 0.6], [0.75, 0.75, 0.75]]),
        "steps": np.array(10),
    }
    found = script.summarize(config, seconds)
    assert found["delivered_images_per_second"] == {"memory": pytest.approx(1000), "files": pytest.approx(100)}
    assert found["delivered_megabytes_per_second"]["files"] == pytest.approx(0.03)
    assert found["consumed_images_per_second"] == pytest.approx(200)
    assert found["milliseconds_per_step"]["memory"] == pytest.approx(55)
    assert found["overhead"] == {"memory": pytest.approx(0.1), "files": pytest.approx(0.5)}


def test_the_figure_and_the_command_line(script, arrays, capsys):
    assert list(script.draw(script.TINY, arrays)) == ["rates"]
    with pytest.raises(SystemExit):
        experiment.main(script, ["--buffer-size", "9000"])
    assert "none may be above the next" in capsys.readouterr().err
