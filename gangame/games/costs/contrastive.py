"""NCE, maximum likelihood and GANs as three ways to play one value function (slide 36).

    V(p_c, p_g) = E_data log p_c(real | x) + E_g log(1 − p_c(real | x))

                     p_c(real | x) = σ(a(x))                     who is p_g         who learns
    NCE              a = log p_m − log p_g                       fixed noise        the model in p_c ascends V
    maximum          a = log p_m − log p_g                       a copy of p_m,     the model in p_c ascends V
      likelihood                                                 made at each step
    GAN              a any function                              the model          p_c ascends, p_g descends V

With p_g a copy, a = 0 everywhere, and the model's gradient is ∇V = ½ E_data ∇log p_m − ½ E_m ∇log p_m, whose second
term is zero: half of the gradient of the log-likelihood. So a game with cost −V is maximum likelihood at half the rate.

`discriminator_cost` is −V/2; what differs is where logits and samples come from.

Source: Goodfellow, "On distinguishability criteria for estimating generative models", 2015,
https://arxiv.org/abs/1412.6515; Gutmann, Hyvärinen, "Noise-contrastive estimation: A new estimation principle for
unnormalized statistical models", 2010, https://proceedings.mlr.press/v9/gutmann10a.html.
"""

from collections.abc import Callable

import jax

from gangame.core import Array, PyTree
from gangame.games.costs.logistic import discriminator_cost

LogDensity = Callable[[PyTree, Array], Array]
"""From parameters and points `[batch, ...]` to the logarithm of a density, `[batch]`."""


def noise_contrastive(
    log_model: LogDensity, log_noise: Callable[[Array], Array], parameters: PyTree, real: Array, noise: Array
) -> Array:
    """Returns V of noise-contrastive estimation, a scalar that the model ascends.

    The model need not integrate to 1: a constant in it is a parameter like any other, and ends at −log Z.

    Args:
      log_model: log p_m, up to what the parameters make of its constant.
      log_noise: log p_g at points.
      parameters: those of the model.
      real: data, `[batch, ...]`.
      noise: samples of p_g, `[batch, ...]`.
    """

    def logits(points: Array) -> Array:
        return log_model(parameters, points) - log_noise(points)

    return -2 * discriminator_cost(logits(real), logits(noise))


def self_contrastive(log_model: LogDensity, parameters: PyTree, real: Array, samples: Array) -> Array:
    """Returns V where p_g is a copy of the model: log ¼ whatever the model, with half the gradient of log-likelihood.

    Differentiated once it is what a step with a fresh copy needs. The copy is a constant, so second derivatives are
    those of V with a fixed p_g, and not those of a log-likelihood.

    Args:
      log_model: log p_m, which integrates to 1 for all parameters.
      parameters: those of the model, and of the copy.
      real: data, `[batch, ...]`.
      samples: samples of the model, through which no derivative goes, `[batch, ...]`.
    """
    copy, fixed = jax.lax.stop_gradient((parameters, samples))
    return noise_contrastive(log_model, lambda points: log_model(copy, points), parameters, real, fixed)
