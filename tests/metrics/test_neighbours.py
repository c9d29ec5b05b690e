import jax.numpy as jnp
import numpy as np

from gangame.data import images
from gangame.metrics import nearest_classes


def test_each_sample_takes_the_class_of_the_nearest_reference():
    references = jnp.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    labels = jnp.array([0, 1, 2])
    samples = jnp.array([[1.0, 0.0], [0.0, 2.0], [9.0, 0.0], [0.0, 0.0]])
    found = nearest_classes(samples, references, labels, 3)
    assert found["classes"] == 2
    np.testing.assert_allclose(found["nearest"], (1 + 2 + 1 + 0) / 4)
    share = np.array([3 / 4, 1 / 4])
    np.testing.assert_allclose(found["class_kl"], np.sum(share * np.log(share * 3)))


def test_real_digits_are_told_apart_by_their_nearest_neighbour():
    digits = images("digits")
    train, test = digits.train.flat(), digits.test.flat()
    references, samples = train.scaled(train.pixels), test.scaled(test.pixels)
    found = nearest_classes(samples, references, train.labels, 10)
    assert found["classes"] == 10
    assert found["class_kl"] < 0.02
    collapsed = nearest_classes(samples[test.labels == 1], references, train.labels, 10)
    assert collapsed["classes"] <= 3  # nearly all of them are taken for a 1
    assert collapsed["class_kl"] > 1.5  # log 10 = 2.3 would be one class alone
