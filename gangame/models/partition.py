"""The partition function of a restricted Boltzmann machine: exact where it is small, and annealed."""

import jax
import jax.numpy as jnp
import numpy as np

from gangame.core import Array, Key
from gangame.models.bits import draw_bits
from gangame.models.gibbs import Weights, free_energy, gibbs
from gangame.ranges import check_sizes

MOST_HIDDEN = 20
"""The most hidden units whose states are enumerated, a million."""
BLOCK = 4096


def hidden_states(codes: Array, num_hidden: int) -> Array:
    """Returns the bits `[..., num_hidden]` of whole numbers `[...]`, as floats."""
    return ((codes[..., None] >> jnp.arange(num_hidden)) & 1).astype(float)


def hidden_log_weights(parameters: Weights) -> Array:
    """Returns log Σ_x e^{−E(x, h)} of all states h, `[2^num_hidden]`, in the order of `hidden_states`.

    Raises:
      ValueError: more than `MOST_HIDDEN` hidden units.
    """
    num_hidden = len(parameters["hidden"])
    if num_hidden > MOST_HIDDEN:
        raise ValueError(
            f"There are {num_hidden} hidden units; the exact sum is over all their states, which has to be of at most "
            f"{MOST_HIDDEN}: use annealed_log_partition."
        )

    def of_state(code: Array) -> Array:
        hidden = hidden_states(code, num_hidden).astype(parameters["hidden"].dtype)
        inputs = parameters["visible"] + parameters["weights"] @ hidden
        return parameters["hidden"] @ hidden + jnp.sum(jax.nn.softplus(inputs))

    return jax.lax.map(of_state, jnp.arange(2**num_hidden), batch_size=BLOCK)


def log_partition(parameters: Weights) -> Array:
    """Returns log Z = log Σ_x Σ_h e^{−E(x, h)}, summed over all states of the hidden units.

    Raises:
      ValueError: more than `MOST_HIDDEN` hidden units.

    Example:
      >>> blank = {"weights": jnp.zeros((3, 2)), "visible": jnp.zeros(3), "hidden": jnp.zeros(2)}
      >>> round(float(log_partition(blank) / np.log(2)), 5)  # 2⁵ states of energy 0
      5.0
    """
    return jax.nn.logsumexp(hidden_log_weights(parameters))


def exact_samples(parameters: Weights, key: Key, num_samples: int) -> Array:
    """Returns independent samples `[num_samples, num_pixels]`, which no Markov chain had to reach.

    The state of the hidden units is drawn in two steps, one half of them first: noise for each sample and each state
    would be 4 GB at 1,000 samples of 20 units.

    Raises:
      ValueError: more than `MOST_HIDDEN` hidden units.
    """
    key_row, key_column, key_visible = jax.random.split(key, 3)
    num_hidden = len(parameters["hidden"])
    table = hidden_log_weights(parameters).reshape(2 ** (num_hidden // 2), -1)
    rows = jax.random.categorical(key_row, jax.nn.logsumexp(table, axis=1), shape=(num_samples,))
    codes = table.shape[1] * rows + jax.random.categorical(key_column, table[rows])
    hidden = hidden_states(codes, num_hidden).astype(parameters["hidden"].dtype)
    return draw_bits(key_visible, parameters["visible"] + hidden @ parameters["weights"].T)


def annealed_log_partition(
    parameters: Weights, base: Array, key: Key, *, num_steps: int = 1000, num_chains: int = 100
) -> Array:
    """Returns an estimate of log Z by annealed importance sampling, too small on average.

    Chains start from independent bits with logits a, whose partition function is known, and are moved by Gibbs steps
    through the machines with weights βW, βc and (1 − β)a + βb, for β from 0 to 1. With w = Π_t p*_t(x_{t−1})/p*_{t−1}
    (x_{t−1}) of the unnormalised probabilities, E w = Z/Z_0. A log Z that is too small makes likelihoods too large.

    Args:
      parameters: of the machine.
      base: a, `[num_pixels]`, such as the logits of the mean of the data.
      key: draws the chains.
      num_steps: number of temperatures, 1 or more.
      num_chains: 1 or more.

    Raises:
      ValueError: a number outside its range.

    Source: Salakhutdinov, Murray, "On the Quantitative Analysis of Deep Belief Networks", 2008,
    https://doi.org/10.1145/1390156.1390266; Neal, "Annealed importance sampling", 2001,
    https://arxiv.org/abs/physics/9803008.

    Example:
      >>> blank = {"weights": jnp.zeros((3, 2)), "visible": jnp.zeros(3), "hidden": jnp.zeros(2)}
      >>> found = annealed_log_partition(blank, jnp.ones(3), jax.random.key(0), num_steps=100, num_chains=100)
      >>> bool(abs(found - 5 * np.log(2)) < 0.05)
      True
    """
    check_sizes(num_steps=num_steps, num_chains=num_chains)

    def tempered(beta: Array) -> Weights:
        scaled = {name: beta * each for name, each in parameters.items()}
        return {**scaled, "visible": scaled["visible"] + (1 - beta) * base}

    def step(carry: tuple[Array, Array], each: tuple[Array, Array, Key]) -> tuple[tuple[Array, Array], None]:
        (points, log_weights), (before, beta, key) = carry, each
        hotter, colder = tempered(before), tempered(beta)
        log_weights = log_weights + free_energy(hotter, points) - free_energy(colder, points)
        return (gibbs(colder, points, key), log_weights), None

    key_start, key_steps = jax.random.split(key)
    start = draw_bits(key_start, jnp.broadcast_to(base, (num_chains, len(base))))
    betas = jnp.linspace(0, 1, num_steps + 1, dtype=base.dtype)
    steps = (betas[:-1], betas[1:], jax.random.split(key_steps, num_steps))
    (_, log_weights), _ = jax.lax.scan(step, (start, jnp.zeros(num_chains, base.dtype)), steps)
    log_base = jnp.sum(jax.nn.softplus(base)) + len(parameters["hidden"]) * np.log(2)
    return log_base + jax.nn.logsumexp(log_weights) - np.log(num_chains)
