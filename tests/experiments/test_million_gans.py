import jax
import numpy as np
import pytest

from gangame import games


@pytest.fixture(scope="module")
def found(script):
    config = script.TINY
    return config, script.summarize(config, script.run(config, jax.random.key(0)))


def test_players_and_state_are_counted(script):
    size = script.size_of(games.mixture(hidden=(8,), discriminator_hidden=(8,), latent_dim=2))
    generator, discriminator = (2 * 8 + 8) + (8 * 2 + 2), (2 * 8 + 8) + (8 + 1)
    itemsize = np.dtype(float).itemsize
    assert size.players == itemsize * (generator + discriminator)
    assert size.state == 3 * size.players + 4 * 2  # two moments of Adam, and a count for each player


def test_the_simulation_agrees_with_the_arithmetic(found):
    config, measured = found
    for of_game in measured.values():
        calm = of_game["simulated"]["calm"][f"every {config.intervals[-1]:g} s"]
        # The same work up to the last job, which is counted as full: 79 jobs of 256 for 20,000 GANs, 1.1 % more.
        assert calm["useful"][0] * calm["makespan"][0] == pytest.approx(3600 * of_game["bill"]["hours"], rel=0.02)
        assert calm["makespan"][0] >= 3600 * of_game["bill"]["hours"] * 0.9


def test_more_failures_lose_more(found):
    config, measured = found
    for of_game in measured.values():
        rows = [of_game["simulated"][label][f"every {config.intervals[-1]:g} s"] for label in ("calm", "stress")]
        assert rows[0]["failures"][0] < rows[1]["failures"][0]
        assert rows[0]["lost"][0] < rows[1]["lost"][0]


def test_negative_numbers_are_refused(script):
    with pytest.raises(ValueError, match="storage is -1"):
        script.Config(storage=-1.0)
