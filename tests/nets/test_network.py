import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from gangame.nets import from_linen


@pytest.fixture
def promotion():
    return "standard"  # linen's own layers keep float32 statistics


class Normalised(linen.Module):
    @linen.compact
    def __call__(self, x):
        return linen.BatchNorm(use_running_average=False)(linen.Dense(3)(x))


class Remembering(linen.Module):
    @linen.compact
    def __call__(self, x):
        count = self.variable("memory", "count", lambda: jnp.zeros(()))
        count.value += 1
        return x * count.value


def test_running_averages_are_dropped():
    network = from_linen(Normalised(), (2,))
    parameters = network.init(jax.random.key(0))
    assert set(parameters) == {"BatchNorm_0", "Dense_0"}
    x = jax.random.normal(jax.random.key(1), (64, 2))
    y = network.apply(parameters, x)
    np.testing.assert_array_equal(y, network.apply(parameters, x))
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(y.std(axis=0), 1, atol=1e-3)


def test_a_module_with_a_memory_is_refused():
    with pytest.raises(ValueError, match=r"keeps memory besides its parameters"):
        from_linen(Remembering(), (2,)).init(jax.random.key(0))
