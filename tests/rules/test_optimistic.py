import numpy as np
import optax
import pytest
from theory.linear import LINEAR

from gangame import games, rules

QUADRATIC = LINEAR["three players"]


def played(trajectory, rule, num_steps=20):
    return trajectory(QUADRATIC.game(), rule, num_steps, QUADRATIC.players())


@pytest.mark.parametrize("form", ["ogda", "past"])
def test_without_optimism_it_is_simultaneous(form, trajectory):
    optimizer = optax.sgd(0.1, momentum=0.5)
    np.testing.assert_array_equal(
        played(trajectory, rules.optimistic(optimizer, optimism=0.0, form=form)),
        played(trajectory, rules.simultaneous(optimizer)),
    )


@pytest.mark.parametrize("optimism", [0.5, 1.0])
def test_the_imagined_points_of_the_past_form_are_those_of_ogda(optimism, trajectory):
    ogda = played(trajectory, rules.optimistic(0.1, optimism=optimism, first="zero"))
    past = np.vstack([QUADRATIC.start, played(trajectory, rules.optimistic(0.1, optimism=optimism, form="past"))])
    imagined = past[1:] + optimism * np.diff(past, axis=0)
    np.testing.assert_allclose(imagined, ogda, rtol=1e-13)


def test_it_is_optax_s_optimistic_descent(trajectory):
    np.testing.assert_allclose(
        played(trajectory, rules.optimistic(0.1, optimism=0.7)),
        played(trajectory, rules.simultaneous(optax.optimistic_gradient_descent(0.1, beta=0.7))),
        rtol=1e-13,
    )


@pytest.mark.parametrize(("first", "length"), [("repeat", 1), ("zero", 2)])
def test_the_first_step_is_plain_or_twice_as_long(first, length, trajectory):
    points = played(trajectory, rules.optimistic(0.1, first=first), 1)
    np.testing.assert_allclose(points[0], QUADRATIC.start - length * 0.1 * QUADRATIC.field(QUADRATIC.start), rtol=1e-14)


def test_it_is_not_negative_momentum(trajectory):
    """A published hook of that name computes v_t − ½ v_{t−1}, which is optimism 1 with half the step."""
    game = games.bilinear(start=(1.0, 0.5))
    half = trajectory(game, rules.optimistic(0.1, optimism=1.0, first="zero"), 200)
    u, before = 1.0 + 0.5j, 0.0
    for x, y in half:
        v = -1j * u
        u, before = u - 0.2 * (v - before / 2), v
        assert complex(x, y) == pytest.approx(u, rel=1e-12)
    ball = trajectory(game, rules.heavy_ball(0.2, momentum=-0.5), 200)
    assert np.hypot(*half[-1]) < 0.5
    assert np.hypot(*ball[-1]) > 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"optimism": -1.0}, "optimism is -1.0; it has to be finite and 0 or more"),
        ({"first": "one"}, "first is 'one'; it has to be 'repeat' or 'zero'"),
        ({"form": "future"}, "form is 'future'; it has to be 'ogda' or 'past'"),
    ],
)
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.optimistic(0.1, **arguments)
