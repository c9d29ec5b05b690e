import jax
import jax.numpy as jnp
import numpy as np
import pytest
from theory.first_order_radii import anchored_radius
from theory.linear import LINEAR

import gangame as gg
from gangame import games, rules


def test_on_xy_the_uniform_spring_decays_as_a_power_slower_when_stronger_and_the_exponential_one_is_exponential():
    def radius(players, key):
        return jnp.hypot(players["x"], players["y"])

    def play(strength, decay):
        rule = rules.anchored(rules.simultaneous(0.1), strength=strength, decay=decay)
        start = {"x": jnp.array(1.0), "y": jnp.array(0.5)}
        return gg.play(games.bilinear(), rule, jax.random.key(0), 20_000, radius, 1000, players=start).records

    strengths = np.array([0.25, 0.5, 1.0])
    radii = np.asarray(jax.jit(jax.vmap(lambda strength: play(strength, None)))(strengths))
    steps = np.arange(1, 21) * 1000.0
    slopes = np.polyfit(np.log(steps[4:]), np.log(radii[:, 4:]).T, 1)[0]
    # The next term of the expansion is smaller by one over the number of steps and the rate, 1/500.
    np.testing.assert_allclose(slopes, -1 / (1 + 4 * strengths**2), atol=2e-3)
    exponential = np.asarray(jax.jit(lambda: play(0.5, 0.9))())
    per_thousand = anchored_radius(0.5, 0.9)([0.1])[0] ** 1000
    np.testing.assert_allclose(exponential[1:4] / exponential[:3], per_thousand, rtol=1e-9)
    assert per_thousand < 1e-5


def test_without_a_spring_it_is_the_rule_inside(trajectory):
    game = LINEAR["three players"]
    points = [
        trajectory(game.game(), rule, 20, game.players())
        for rule in (rules.anchored(rules.extragradient(0.1), strength=0.0), rules.extragradient(0.1))
    ]
    np.testing.assert_allclose(*points, rtol=0, atol=1e-14)  # of coordinates of size 1


def test_the_spring_is_in_everything_that_the_rule_inside_computes(trajectory):
    """An extragradient step on the springs as well, unlike a separate step of the penalty after that of the loss."""
    game, rate, strength = LINEAR["two players"], 0.1, 0.7
    rule = rules.anchored(rules.extragradient(rate), strength=strength)
    points = trajectory(game.game(), rule, 20, game.players())
    w = mean = game.start
    for t, point in enumerate(points):

        def field(w, mean=mean):
            return game.field(w) + 2 * strength * (w - mean)

        w = w - rate * field(w - rate * field(w))
        mean = mean + (w - mean) / (t + 2)
        np.testing.assert_allclose(point, w, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"strength": -1.0}, "strength is -1.0; it has to be finite and 0 or more"),
        ({"decay": -0.1}, "decay is -0.1; it has to be from 0 to 1"),
    ],
)
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.anchored(rules.simultaneous(0.1), **arguments)
