"""Convolutions of stride 2, against those of JAX: values, derivatives of two orders, and how they are computed."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from gangame.nets import strided
from gangame.nets.strided import strided_conv, transposed_conv

AXES = ("NHWC", "HWIO", "NHWC")
DOWN = {
    "same": (strided_conv, lambda x, w: lax.conv_general_dilated(x, w, (2, 2), "SAME", dimension_numbers=AXES)),
    "valid": (
        lambda x, w: strided_conv(x, w, "VALID"),
        lambda x, w: lax.conv_general_dilated(x, w, (2, 2), "VALID", dimension_numbers=AXES),
    ),
    "padded": (
        lambda x, w: strided_conv(x, w, [(1, 1), (2, 0)]),
        lambda x, w: lax.conv_general_dilated(x, w, (2, 2), [(1, 1), (2, 0)], dimension_numbers=AXES),
    ),
}


def of_patches(x, kernel):
    """The convolution down as a CPU computes it for one channel."""
    pads = lax.padtype_to_pads(x.shape[1:3], kernel.shape[:2], (2, 2), "SAME")
    return strided._of_patches(pads, x, kernel)


UP = (transposed_conv, lambda x, w: lax.conv_transpose(x, w, (2, 2), "SAME"))
CASES = [
    *((*DOWN["same"], size, taps) for size, taps in [((7, 8), 5), ((1, 2), 4)]),
    *((*DOWN[name], size, taps) for name, size, taps in [("valid", (6, 7), 3), ("padded", (4, 6), 4)]),
    *((of_patches, DOWN["same"][1], size, taps) for size, taps in [((4, 5), 1), ((1, 2), 4)]),
    *((strided._of_products, UP[1], size, taps) for size, taps in [((3, 4), 5), ((2, 1), 2)]),
    *((*UP, size, taps) for size, taps in [((3, 4), 5), ((3, 2), 4), ((2, 2), 1)]),
]


@pytest.mark.parametrize(("ours", "theirs", "size", "taps"), CASES)
def test_values_and_two_derivatives_are_those_of_jax(ours, theirs, size, taps):
    keys = jax.random.split(jax.random.key(taps), 4)
    at = jax.random.normal(keys[0], (2, *size, 3)), jax.random.normal(keys[1], (taps, taps, 3, 2))
    along = jax.random.normal(keys[2], at[0].shape), jax.random.normal(keys[3], at[1].shape)

    @partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def everything(at, along):
        def derivatives(conv):
            def loss(pair):
                return jnp.sum(jnp.sin(conv(*pair)))

            return conv(*at), jax.jvp(jax.grad(loss), (at,), (along,)), jax.vmap(conv)(*(each[None] for each in at))

        return derivatives(ours), derivatives(theirs)

    one, other = everything(at, along)
    # Sums of at most 7·7·3 products, three in a row, of numbers of order 1 to 100.
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-10), one, other)
    assert jax.tree.leaves(one)[0].size


@pytest.mark.parametrize(("conv", "theirs"), [DOWN["same"], UP])
def test_no_derivative_turns_a_kernel_around(conv, theirs):
    """Which is what XLA does where it has no fast code; it does so for JAX's own, or this test shows nothing."""

    def turned(conv):
        def slope(x, w):
            return jax.grad(lambda x: jnp.sum(jnp.sin(conv(x, w))))(x)

        def penalty(x, w):
            return jnp.sum(slope(x, w) ** 2)

        shapes = jax.ShapeDtypeStruct((2, 8, 8, 3), jnp.float32), jax.ShapeDtypeStruct((5, 5, 3, 2), jnp.float32)
        text = jax.jit(jax.grad(penalty, argnums=(0, 1))).lower(*shapes).compile().as_text()
        windows = re.findall(r"window={[^}]*}", text)
        assert windows
        return [window for window in windows if "reversal" in window]

    assert not turned(conv)
    assert turned(theirs)
