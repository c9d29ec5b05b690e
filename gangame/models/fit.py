"""Training of a model by minibatches, and the choice of the best point on the way."""

import jax
import jax.numpy as jnp
import optax

from gangame.core import Array, Key, PyTree
from gangame.models.model import Model
from gangame.ranges import check_sizes, check_whole


def fit(
    model: Model,
    train: Array,
    validation: Array,
    key: Key,
    *,
    optimizer: optax.GradientTransformation,
    num_steps: int,
    num_looks: int = 10,
    batch_size: int = 64,
    num_chains: int = 0,
) -> tuple[PyTree, Array]:
    """Returns the parameters at the best look along a run, and what was seen at all of them. Pure: jit and vmap work.

    A look is at the mean log-likelihood of the validation data or, for a model without, at minus the loss; all looks
    have the same randomness.

    Args:
      model: any.
      train: `[num, num_pixels]`, from which batches are drawn with replacement.
      validation: other data.
      key: of all randomness.
      optimizer: of optax.
      num_steps: a multiple of `num_looks`.
      num_looks: 1 or more, at equal distances, at the end for the last time.
      batch_size: 1 or more.
      num_chains: how many Markov chains the loss gets its samples from; they start at data. 0 is none: a model with
        chains then goes by its loss for none, which for a Boltzmann machine is contrastive divergence.

    Returns:
      The parameters, and the looks `[num_looks]`.

    Raises:
      ValueError: a number outside its range, or chains for a model that has none.

    Example:
      >>> from gangame import models
      >>> points = jax.random.bernoulli(jax.random.key(0), 0.9, (100, 4)).astype(float)
      >>> parameters, looks = fit(
      ...     models.made(4, hidden=(8,)), points, points, jax.random.key(1), optimizer=optax.adam(0.01), num_steps=100
      ... )
      >>> bool(looks[-1] > looks[0])
      True
    """
    check_sizes(num_steps=num_steps, num_looks=num_looks, batch_size=batch_size)
    check_whole(num_chains, "num_chains", 0)
    if num_steps % num_looks:
        raise ValueError(f"num_steps is {num_steps}; it has to be a multiple of num_looks, {num_looks}.")
    if num_chains and model.negatives is None:
        raise ValueError(f"num_chains is {num_chains}, and this model has no Markov chain in its loss; it has to be 0.")
    key_init, key_chains, key_steps, key_looks = jax.random.split(key, 4)

    def rows(key: Key, number: int) -> Array:
        return train[jax.random.randint(key, (number,), 0, len(train))]

    def step(carry: tuple, key: Key) -> tuple[tuple, None]:
        parameters, state, chains = carry
        key_batch, key_negatives, key_loss = jax.random.split(key, 3)
        kept: tuple[Array, ...] = ()
        if num_chains:
            assert model.negatives is not None
            chains = model.negatives(parameters, chains, key_negatives)
            kept = (chains,)
        slopes = jax.grad(model.loss)(parameters, rows(key_batch, batch_size), key_loss, *kept)
        updates, state = optimizer.update(slopes, state, parameters)
        return (optax.apply_updates(parameters, updates), state, chains), None

    def look(parameters: PyTree) -> Array:
        if model.log_likelihood is None:
            return -model.loss(parameters, validation, key_looks)
        return jnp.mean(model.log_likelihood(parameters, validation, key_looks))

    def stretch(carry: tuple, keys: Key) -> tuple[tuple, Array]:
        run, best, most = carry
        run, _ = jax.lax.scan(step, run, keys)
        seen = look(run[0])
        better = seen > most
        best = jax.tree.map(lambda old, new: jnp.where(better, new, old), best, run[0])
        return (run, best, jnp.where(better, seen, most)), seen

    start = model.init(key_init)
    run = (start, optimizer.init(start), rows(key_chains, num_chains))
    keys = jax.random.split(key_steps, (num_looks, num_steps // num_looks))
    (_, best, _), looks = jax.lax.scan(stretch, (run, start, jnp.asarray(-jnp.inf)), keys)
    return best, looks
