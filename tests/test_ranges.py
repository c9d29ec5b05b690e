"""What factories say of numbers out of range."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.ranges import check_number, check_numbers, check_positive, check_sizes, check_whole, is_number


def test_a_number_is_one_and_real():
    assert all(map(is_number, (0, -1.5, np.float32(2), np.array(3), jnp.array(0.5), float("nan"))))
    assert not any(map(is_number, (True, "1", None, 1j, [1.0], [[1], [1, 2]], np.ones(2), {"x": 1})))


def test_what_is_in_range_or_traced_passes():
    def make(traced):
        check_number(traced, "rate")
        check_numbers(rate=traced, other=traced)
        check_positive(rate=traced)
        return traced

    jax.make_jaxpr(make)(-1.0)
    check_number(-3, "coupling", -np.inf)
    check_numbers(0, 1, low=0, high=jnp.array(1.0))
    check_positive(std=np.float64(1e-9))
    check_whole(np.int32(0), "depth", 0)
    check_sizes(width=1, batch_size=np.int64(7))


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        (lambda: check_number(-1, "rate"), "The rate is -1; it has to be finite and 0 or more."),
        (lambda: check_number("1", "rate"), "The rate is '1'; it has to be one real number, finite and 0 or more."),
        (lambda: check_number(np.inf, "bound", -np.inf), "The bound is inf; it has to be finite."),
        (lambda: check_number(2, "decay", 0, 1), "The decay is 2; it has to be from 0 to 1."),
        (lambda: check_numbers(noise=-1.0), "noise is -1.0; it has to be 0 or more."),
        (lambda: check_numbers(noise=np.inf), "noise is inf; it has to be finite, 0 or more."),
        (lambda: check_numbers(noise=None), "noise is None; it has to be one real number, 0 or more."),
        (lambda: check_numbers(0, 1, good=1, label=1.5), "label is 1.5; it has to be from 0 to 1."),
        (lambda: check_positive(std=0), "std is 0; it has to be positive and finite."),
        (lambda: check_positive(std="a"), "std is 'a'; it has to be positive and finite."),
        (lambda: check_whole(1.5, "period"), "period is 1.5; it has to be a whole number, 1 or more."),
        (lambda: check_whole(True, "period"), "period is True; it has to be a whole number, 1 or more."),
        (lambda: check_whole(-1, "depth", 0), "depth is -1; it has to be a whole number, 0 or more."),
        (lambda: check_sizes(width=2, size=0), "size is 0; it has to be 1 or more."),
        (lambda: check_sizes(size=2.0), "size is 2.0; it has to be a whole number, 1 or more."),
    ],
)
def test_what_is_not_gets_one_sentence(check, sentence):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (the whole sentence is compared below)
        check()
    assert str(raised.value) == sentence


def test_an_array_that_is_known_is_checked_where_others_are_traced():
    known = jnp.asarray(0.5)
    jax.jit(lambda x: (check_numbers(0, 1, share=known), x)[1])(1.0)
    with pytest.raises(ValueError, match=r"share is 0\.5; it has to be 1 or more"):
        jax.jit(lambda x: (check_numbers(1, share=known), x)[1])(1.0)
