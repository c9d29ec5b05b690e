import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binom, norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, recall_score
from sklearn.neighbors import KNeighborsClassifier

from gangame.metrics import (
    classifier_two_sample_test,
    from_estimator,
    gan_test,
    gan_train,
    k_nearest,
    nearest_neighbour_test,
    perceptron,
)

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)
CENTERS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
LABELS = np.arange(90) % 3
INPUTS = CENTERS[LABELS] + RNG.normal(size=(90, 2))
QUERIES = CENTERS[LABELS] + RNG.normal(size=(90, 2))


@pytest.mark.parametrize("k", [1, 5, None])
def test_the_nearest_vote_as_in_scikit_learn(k):
    theirs = KNeighborsClassifier(k or 9).fit(INPUTS, LABELS).predict(QUERIES)
    np.testing.assert_array_equal(jax.jit(k_nearest(3, k=k))(KEY, INPUTS, LABELS, QUERIES), theirs)


def test_an_estimator_is_asked_from_within_a_compiled_program():
    estimator = LogisticRegression()
    score = jax.jit(
        lambda *sets: gan_test(INPUTS, LABELS, *sets, KEY, num_classes=3, classifier=from_estimator(estimator))
    )(QUERIES, LABELS)
    theirs = LogisticRegression().fit(INPUTS, LABELS).predict(QUERIES)
    assert score["accuracy"] == pytest.approx(accuracy_score(LABELS, theirs), rel=1e-12)
    assert not hasattr(estimator, "coef_")  # a copy was fitted


@pytest.mark.parametrize("promotion", ["standard"])
def test_a_perceptron_learns_what_no_line_separates(promotion):
    inputs = RNG.normal(size=(200, 2))
    labels = (inputs[:, 0] * inputs[:, 1] > 0).astype(np.int32)
    predicted = jax.jit(perceptron(2))(KEY, 100 * inputs + 7, labels, 100 * inputs + 7)
    assert np.mean(predicted == labels) > 0.9
    assert predicted.dtype == np.int32


def test_train_and_test_scores_are_those_of_scikit_learn():
    three = KNeighborsClassifier(1)
    trained, tested = (
        jax.jit(lambda *sets, score=score: score(*sets, KEY, num_classes=3))(INPUTS, LABELS, QUERIES, LABELS)
        for score in (gan_train, gan_test)
    )
    for found, predicted in (
        (trained, three.fit(QUERIES, LABELS).predict(INPUTS)),
        (tested, three.fit(INPUTS, LABELS).predict(QUERIES)),
    ):
        assert found["accuracy"] == pytest.approx(accuracy_score(LABELS, predicted), rel=1e-12)
        np.testing.assert_allclose(found["recall"], recall_score(LABELS, predicted, average=None), rtol=1e-12)
    assert trained["class_kl"] == pytest.approx(0, abs=1e-12)
    shares = np.bincount(predicted, minlength=3) / 90
    assert tested["class_kl"] == pytest.approx(np.sum(shares * np.log(3 * shares)), rel=1e-9)


def test_a_class_made_too_often_trains_well_and_is_told_by_the_balance():
    real, labels = 10 * CENTERS[LABELS] + RNG.normal(size=(90, 2)), jnp.asarray(LABELS)
    often = jnp.asarray([0] * 80 + [1] * 5 + [2] * 5)
    found = gan_train(real, labels, 10 * CENTERS[often], often, KEY, num_classes=3)
    shares = np.array([80, 5, 5]) / 90
    assert found["accuracy"] == 1
    assert found["class_kl"] == pytest.approx(np.sum(shares * np.log(3 * shares)), rel=1e-12)


def test_the_classifier_two_sample_test_has_its_size_and_power():
    def test(shift, key):
        key_real, key_fake, key_test = jax.random.split(key, 3)
        real, fake = jax.random.normal(key_real, (60, 2)), shift + jax.random.normal(key_fake, (60, 2))
        return classifier_two_sample_test(real, fake, key_test)

    repetitions = 500
    found = jax.jit(jax.vmap(test))(jnp.array([0.0, 1.5]).repeat(repetitions), jax.random.split(KEY, 2 * repetitions))
    accuracy, p_value = (np.asarray(found[name]).reshape(2, repetitions) for name in ("accuracy", "p_value"))
    np.testing.assert_allclose(p_value, norm.sf(accuracy, 0.5, np.sqrt(1 / (4 * 60))), rtol=1e-9)
    # Accuracies are multiples of 1/60, so the size is that of the normal distribution only up to one such step.
    rejected = np.sum(p_value[0] <= 0.05)
    assert rejected <= binom.ppf(0.999, repetitions, binom.sf(np.ceil(60 * norm.isf(0.05, 0.5, 0.0645)) - 1, 60, 0.5))
    assert np.mean(accuracy[0]) == pytest.approx(0.5, abs=0.02)
    assert np.mean(p_value[1] <= 0.05) > 0.9


def test_the_nearest_neighbour_test_is_leave_one_out_and_has_its_size():
    real, fake = RNG.normal(size=(25, 2)), RNG.normal(size=(25, 2)) + 0.7
    pool, marks = np.concatenate([real, fake]), np.arange(50) < 25
    held_out = [
        KNeighborsClassifier(1).fit(np.delete(pool, i, 0), np.delete(marks, i)).predict(pool[i : i + 1])[0] == marks[i]
        for i in range(50)
    ]
    test = jax.jit(lambda real, fake, key: nearest_neighbour_test(real, fake, key, num_permutations=39))
    found = test(real, fake, KEY)
    assert found["real_accuracy"] == pytest.approx(np.mean(held_out[:25]), rel=1e-12)
    assert found["fake_accuracy"] == pytest.approx(np.mean(held_out[25:]), rel=1e-12)
    assert found["accuracy"] == pytest.approx(np.mean(held_out), rel=1e-12)

    repetitions = 400
    keys = jax.random.split(KEY, (repetitions, 2))
    null = jax.jit(jax.vmap(lambda key: test(*jax.random.normal(key[0], (2, 25, 2)), key[1])))(keys)
    assert np.mean(null["accuracy"]) == pytest.approx(24 / 49, abs=3 * float(np.std(null["accuracy"])) / 20)
    assert np.sum(np.asarray(null["p_value"]) <= 0.1) <= binom.ppf(0.999, repetitions, 0.1)
    apart, copied = test(real, fake + 9, KEY), test(real, real + 1e-3, KEY)
    assert apart["accuracy"] == 1
    assert copied["accuracy"] == 0
    assert max(apart["p_value"], copied["p_value"]) == pytest.approx(2 / 40)
    assert np.isnan(test(real, np.where(fake > 1, np.inf, fake), KEY)["p_value"])


def test_copies_are_nobodys_neighbours_for_being_real():
    """All samples are one point: the one that counts as the nearest of all others is real or not by chance."""
    same = jnp.zeros((20, 2))
    found = jax.vmap(lambda key: nearest_neighbour_test(same, same, key, num_permutations=1))(jax.random.split(KEY, 64))
    assert np.mean(found["real_accuracy"]) == pytest.approx(0.5, abs=3 * 0.5 / np.sqrt(64))


@pytest.mark.parametrize("score", [gan_train, gan_test])
def test_labels_that_do_not_belong_to_the_samples_are_refused(score):
    with pytest.raises(ValueError, match="give one label to each"):
        score(jnp.zeros((4, 2)), jnp.zeros(3, int), jnp.zeros((4, 2)), jnp.zeros(4, int), KEY, num_classes=2)
