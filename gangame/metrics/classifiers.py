"""Classifiers as pure functions, for the metrics that ask one."""

import copy
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key
from gangame.metrics.distances import map_distances

Classifier: TypeAlias = Callable[[Key, Array, Array, Array], Array]
"""`classifier(key, inputs [n, features], labels [n], queries [m, features]) -> labels of the queries [m]`."""


def k_nearest(num_classes: int, *, k: int | None = None) -> Classifier:
    """Returns the classifier that gives a query the commonest label among its k nearest inputs, the lowest in a tie.

    Args:
      num_classes: labels go from 0 to num_classes − 1.
      k: 1 or more; `None` is the root of the number of inputs, rounded down, as in the two-sample tests of Lopez-Paz
        and Oquab.

    Raises:
      ValueError: k below 1, or above the number of inputs (when called).
    """
    if k is not None and k < 1:
        raise ValueError(f"k is {k}; a query needs 1 neighbour or more.")

    def classifier(key: Key, inputs: Array, labels: Array, queries: Array) -> Array:
        del key
        labels = jnp.asarray(labels)  # traced neighbours are looked up in it
        number = math.isqrt(len(inputs)) if k is None else k
        if number > len(inputs):
            raise ValueError(
                f"k is {number} and there are {len(inputs)} inputs to choose neighbours from; k is too large."
            )

        def vote(distances: Array) -> Array:
            neighbours = labels[jax.lax.top_k(-distances, number)[1]]
            return jnp.argmax(jnp.bincount(neighbours, length=num_classes)).astype(labels.dtype)

        return map_distances(vote, queries, inputs)

    return classifier


def perceptron(
    num_classes: int, *, hidden: int = 20, num_steps: int = 100, learning_rate: float | Array = 0.05
) -> Classifier:
    """Returns the classifier with one hidden layer of ReLU, trained by Adam on all inputs at once, in standard units.

    Args:
      num_classes: labels go from 0 to num_classes − 1.
      hidden: width of the hidden layer, 1 or more.
      num_steps: of Adam, 1 or more.
      learning_rate: of Adam, positive.

    Raises:
      ValueError: fewer steps than 1; a width below 1.
    """
    import optax

    from gangame.nets import mlp  # brings a network library, which the other metrics do without

    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}; a classifier that is trained needs 1 or more.")
    optimizer = optax.adam(learning_rate)
    mlp(1, (hidden,), num_classes)  # complains here about the sizes, not at the first call

    def classifier(key: Key, inputs: Array, labels: Array, queries: Array) -> Array:
        network = mlp(inputs.shape[1], (hidden,), num_classes)
        mean, std = jnp.mean(inputs, axis=0), jnp.std(inputs, axis=0)
        scale = jnp.where(std > 0, std, 1)

        def loss(parameters: Any) -> Array:
            logits = network.apply(parameters, (inputs - mean) / scale)
            return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels))

        def step(carry: Any, _: None) -> tuple[Any, None]:
            parameters, state = carry
            updates, state = optimizer.update(jax.grad(loss)(parameters), state, parameters)
            return (optax.apply_updates(parameters, updates), state), None

        start = network.init(key)
        (parameters, _), _ = jax.lax.scan(step, (start, optimizer.init(start)), length=num_steps)
        return jnp.argmax(network.apply(parameters, (queries - mean) / scale), axis=1).astype(labels.dtype)

    return classifier


def from_estimator(estimator: Any) -> Classifier:
    """Returns the classifier of an estimator with `fit` and `predict`, such as those of scikit-learn.

    A copy of it is fitted on the host for each call, also from within compiled programs.

    Args:
      estimator: an object with `fit(inputs, labels)`, which returns the fitted estimator, and `predict(queries)`.

    Raises:
      ValueError: it has no such methods.
    """
    if isinstance(estimator, type) or not (hasattr(estimator, "fit") and hasattr(estimator, "predict")):
        raise ValueError(f"The estimator is {estimator!r}; it has to be an object with the methods fit and predict.")

    def classifier(key: Key, inputs: Array, labels: Array, queries: Array) -> Array:
        del key

        def on_host(inputs: Array, labels: Array, queries: Array) -> np.ndarray:
            fitted = copy.deepcopy(estimator).fit(np.asarray(inputs), np.asarray(labels))
            return np.asarray(fitted.predict(np.asarray(queries)), labels.dtype)

        predicted = jax.ShapeDtypeStruct((len(queries),), labels.dtype)
        return jax.pure_callback(on_host, predicted, inputs, labels, queries, vmap_method="sequential")

    return classifier
