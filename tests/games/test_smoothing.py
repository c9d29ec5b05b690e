"""Label smoothing: the best smoothed discriminator, and what it leaves of the generator's gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame.games.costs import discriminator_cost, optimal_logit, smoothed_discriminator_cost

LABELS = [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1), (1.0, 0.2)]
LOGITS = jnp.asarray(np.random.default_rng(0).standard_normal((2, 20)) * 3)


def test_the_smoothed_cost_is_the_cross_entropy_to_its_labels_and_with_labels_1_and_0_the_plain_one():
    assert smoothed_discriminator_cost(*LOGITS, 1.0, 0.0) == pytest.approx(
        float(discriminator_cost(*LOGITS)), rel=1e-15
    )
    real, fake = 1 / (1 + np.exp(-np.asarray(LOGITS)))
    for r, s in LABELS:
        expected = -np.mean(r * np.log(real) + (1 - r) * np.log(1 - real)) / 2
        expected -= np.mean(s * np.log(fake) + (1 - s) * np.log(1 - fake)) / 2
        assert smoothed_discriminator_cost(*LOGITS, r, s) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("real_label", "fake_label"), LABELS)
def test_no_logit_is_better_than_the_optimal_one(real_label, fake_label):
    for log_ratio in (-3.0, 0.0, 2.0):
        u = np.exp(log_ratio)

        def expected(logit, u=u):
            data = smoothed_discriminator_cost(logit[None], logit[None] * 0, real_label, fake_label)
            sample = smoothed_discriminator_cost(logit[None] * 0, logit[None], real_label, fake_label)
            return u * data + sample

        best = optimal_logit(jnp.asarray(log_ratio), real_label, fake_label)
        assert jax.grad(expected)(best) == pytest.approx(0, abs=1e-14)
        d = (real_label * u + fake_label) / (u + 1)
        assert 1 / (1 + np.exp(-best)) == pytest.approx(d, rel=1e-13)


def test_smoothing_caps_the_logit_where_it_smooths_and_only_there():
    far, rounding = jnp.array([-1e4, 1e4]), 1e4 * np.finfo(float).eps
    np.testing.assert_array_equal(optimal_logit(far), far)
    np.testing.assert_allclose(optimal_logit(far, 0.9), [-1e4 + np.log(0.9), np.log(9)], atol=rounding)
    np.testing.assert_allclose(optimal_logit(far, 0.9, 0.1), [-np.log(9), np.log(9)], atol=rounding)


@pytest.mark.parametrize("theta", [0.5, 2.0, 6.0])
def test_one_sided_smoothing_leaves_the_non_saturating_gradient_and_two_sided_takes_it(theta):
    """Data N(0, 1), samples θ + z, the best discriminator at θ held fixed; the mean over z by quadrature."""
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = jnp.asarray(weights / weights.sum())

    def mean_gradient(labels):
        def cost(moved):
            logits = optimal_logit(theta**2 / 2 - theta * (moved + z), *labels)
            return jnp.sum(weights * jax.nn.softplus(-logits)) / 2

        return jax.grad(cost)(theta)

    plain, one_sided, two_sided = (mean_gradient(labels) for labels in ((1.0, 0.0), (0.9, 0.0), (0.9, 0.1)))
    assert one_sided == pytest.approx(float(plain), rel=1e-13)
    assert 0 < two_sided < plain
    if theta == 6:
        assert two_sided < 0.05 * plain


def test_in_a_gan_smoothing_changes_what_the_discriminator_pays_and_nothing_else(tiny_gan):
    plain, default, smooth = (
        tiny_gan(),
        tiny_gan(real_label=1.0, fake_label=0),
        tiny_gan(real_label=0.9, fake_label=0.05),
    )
    players, batch = tiny_gan.start(plain)
    real = plain.losses.logits(players, batch["real"])
    fake = plain.losses.logits(players, plain.losses.generate(players, batch["latents"]))
    without, with_labels = plain.losses(players, batch), smooth.losses(players, batch)
    assert with_labels["generator"] == without["generator"]
    assert with_labels["discriminator"] == smoothed_discriminator_cost(real, fake, 0.9, 0.05)
    assert without["discriminator"] == discriminator_cost(real, fake) == default.losses(players, batch)["discriminator"]
    # D = (r + s)/2 where the generator is the data.
    d = 0.475
    assert smooth.losses.at_equilibrium()["discriminator"] == pytest.approx(-d * np.log(d) - (1 - d) * np.log(1 - d))
    with pytest.raises(ValueError, match="cost is 'hinge', which has no labels to smooth; those that do are minimax"):
        tiny_gan(cost="hinge", real_label=0.9)
    with pytest.raises(ValueError, match=r"fake_label is 1\.5; it has to be from 0 to 1"):
        tiny_gan(fake_label=1.5)
