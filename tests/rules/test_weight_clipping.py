import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import rules

KEY = jax.random.key(0)


@pytest.fixture
def away():
    """A critic w whose loss −w pulls it out of any box, and a generator that stands still."""
    return gg.Game(
        init=lambda key: {"discriminator": jnp.array([0.4, -0.1]), "generator": jnp.zeros(())},
        sample=lambda key: None,
        losses=lambda players, batch: {
            "discriminator": -jnp.sum(players["discriminator"]),
            "generator": players["generator"] ** 2,
        },
    )


def test_weights_stop_at_the_face_and_can_come_back(away):
    critic = optax.chain(optax.sgd(0.3), rules.clip_weights(0.5))
    rule = rules.alternating({"discriminator": critic, "generator": 0.1}, steps={"discriminator": 2})
    players, state = away.init(KEY), rule.init(away.init(KEY))
    players, state = rule.update(away, players, state, KEY)
    # Two steps of the critic: 0.4 → 0.7 → 0.5, stays; −0.1 → 0.2 → 0.5. Without clipping 1.0 and 0.5.
    np.testing.assert_allclose(players["discriminator"], [0.5, 0.5], rtol=1e-15)
    back = away._replace(
        losses=lambda players, batch: {name: -each for name, each in away.losses(players, batch).items()}
    )
    players, _ = rule.update(back, players, state, KEY)
    np.testing.assert_allclose(players["discriminator"], [-0.1, -0.1], rtol=1e-14)


def test_steps_inside_the_box_are_as_they_were_and_outside_of_it_end_on_the_face():
    transformation = rules.clip_weights(jnp.array(0.01))
    weights = {"kernel": jnp.array([0.005, -0.02], jnp.float32)}
    updates = {"kernel": jnp.array([0.001, 0.0], jnp.float32)}
    moves, _ = transformation.update(updates, transformation.init(weights), weights)
    assert moves["kernel"].dtype == jnp.float32
    moved = np.asarray(weights["kernel"] + moves["kernel"])
    np.testing.assert_allclose(moved, [0.006, -0.01], rtol=3 * np.finfo(np.float32).eps)


def test_bad_bounds_are_refused():
    with pytest.raises(ValueError, match="The bound is -1; it has to be finite and 0 or more"):
        rules.clip_weights(-1)
    with pytest.raises(ValueError, match="pass params"):
        rules.clip_weights(1.0).update(jnp.ones(2), optax.EmptyState())
