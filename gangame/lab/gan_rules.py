"""Rules for a GAN that experiments hold against each other, from the optimisers of its players."""

from functools import partial

import optax

from gangame import rules
from gangame.core import UpdateRule
from gangame.rules.optimizer import Optimizer

smooth_adam = partial(optax.adam, b1=0.5, eps_root=1e-16)
"""Adam whose root is smooth, since unrolling differentiates through it."""

prediction = partial(rules.prediction, order=("generator", "discriminator"))


def average(optimizer: Optimizer) -> UpdateRule:
    """Returns alternating steps, of which the average of the last thousand or so is looked at."""
    return rules.averaged(rules.alternating(optimizer), decay=0.999)


def average_of_prediction(optimizer: Optimizer) -> UpdateRule:
    """Returns the same of steps with the prediction of the generator."""
    return rules.averaged(prediction(optimizer), decay=0.999)
