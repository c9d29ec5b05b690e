import jax
import numpy as np
import pytest

from gangame.metrics import inception_score

inception_score = jax.jit(inception_score, static_argnames="num_splits")


def reference(probabilities, num_splits):
    """As the paper has it, for rows without zeros."""
    scores = []
    for part in np.array_split(probabilities, num_splits):
        marginal = part.mean(0)
        scores.append(np.exp(np.mean([np.sum(row * (np.log(row) - np.log(marginal))) for row in part])))
    return np.mean(scores), np.std(scores)


def test_it_is_the_definition_of_the_paper():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(7), 60)
    for num_splits in (1, 5):
        found = inception_score(probabilities, num_splits=num_splits)
        assert (found["mean"], found["std"]) == pytest.approx(reference(probabilities, num_splits), rel=1e-12)


def test_it_lies_between_one_and_the_number_of_classes():
    certain = np.tile(np.eye(5), (20, 1))  # 0 log 0 is 0
    assert inception_score(certain, num_splits=10)["mean"] == pytest.approx(5, rel=1e-12)
    assert inception_score(certain[::-1], num_splits=10)["std"] == pytest.approx(0, abs=1e-12)
    assert inception_score(np.full((100, 5), 0.2), num_splits=10)["mean"] == pytest.approx(1, rel=1e-12)
    one_class = np.tile(np.eye(5)[2], (100, 1))
    assert inception_score(one_class, num_splits=10)["mean"] == 1  # collapse onto one certain class
    assert np.isnan(inception_score(np.full((100, 5), np.nan), num_splits=10)["mean"])
