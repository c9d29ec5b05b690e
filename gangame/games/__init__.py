"""Games: what each player wants. `GAMES` is the one catalogue."""

from collections.abc import Callable

from gangame.core import Game
from gangame.games import attacks, costs, langevin
from gangame.games.adversarial_training import adversarial_training
from gangame.games.bilinear import bilinear
from gangame.games.cobweb import cobweb
from gangame.games.conditional_gan import conditional_gan, generate_classes
from gangame.games.costs import COSTS
from gangame.games.cyclic import cyclic
from gangame.games.dcgan import dcgan
from gangame.games.digits import digits
from gangame.games.dirac import dirac
from gangame.games.edgeworth import edgeworth, edgeworth_mixture, edgeworth_payoffs
from gangame.games.environments import Environment, environment
from gangame.games.finite_sum import Terms, finite_sum
from gangame.games.finite_sum_bilinear import finite_sum_bilinear
from gangame.games.function_space import function_space
from gangame.games.gan import gan, generate, with_noise, with_penalty
from gangame.games.gaussian_gan import gaussian_gan
from gangame.games.guided_cost_learning import guided_cost_learning
from gangame.games.hamiltonian import hamiltonian_game
from gangame.games.imitation import imitation
from gangame.games.infogan import Codes, infogan, information_bound
from gangame.games.introspective_autoencoder import introspective_autoencoder
from gangame.games.lapgan import lapgan, lapgan_perceptrons
from gangame.games.linear_quadratic_gan import linear_quadratic_gan
from gangame.games.market import market
from gangame.games.matrix_game import matrix_game
from gangame.games.mixture import mixture
from gangame.games.neural_cryptography import neural_cryptography
from gangame.games.noisy_bilinear import noisy_bilinear
from gangame.games.plug_and_play import plug_and_play
from gangame.games.predictability_minimisation import predictability_minimisation
from gangame.games.prisoners_dilemma import prisoners_dilemma
from gangame.games.quadratic import quadratic
from gangame.games.representations import adversarial_privacy, domain_adversarial, fresh_adversary
from gangame.games.ridge import ridge
from gangame.games.semi_supervised import semi_supervised, with_labels
from gangame.games.sequence_gan import sequence_gan
from gangame.games.tandem import tandem
from gangame.games.translation import translation
from gangame.games.ttur_toy import ttur_toy

GAMES: dict[str, Callable[..., Game]] = {
    "bilinear": bilinear,
    "quadratic": quadratic,
    "dirac": dirac,
    "mixture": mixture,
    "digits": digits,
    "dcgan": dcgan,
    "matrix_game": matrix_game,
    "cobweb": cobweb,
    "cyclic": cyclic,
    "market": market,
    "ridge": ridge,
    "tandem": tandem,
    "hamiltonian_game": hamiltonian_game,
    "prisoners_dilemma": prisoners_dilemma,
    "noisy_bilinear": noisy_bilinear,
    "finite_sum_bilinear": finite_sum_bilinear,
    "linear_quadratic_gan": linear_quadratic_gan,
    "gaussian_gan": gaussian_gan,
    "ttur_toy": ttur_toy,
    "function_space": function_space,
    "conditional_gan": conditional_gan,
    "semi_supervised": semi_supervised,
    "infogan": infogan,
    "lapgan": lapgan,
    "sequence_gan": sequence_gan,
    "translation": translation,
    "adversarial_training": adversarial_training,
    "domain_adversarial": domain_adversarial,
    "adversarial_privacy": adversarial_privacy,
    "neural_cryptography": neural_cryptography,
    "predictability_minimisation": predictability_minimisation,
    "guided_cost_learning": guided_cost_learning,
}

__all__ = [
    "COSTS",
    "GAMES",
    "Codes",
    "Environment",
    "Terms",
    "attacks",
    "costs",
    "edgeworth",
    "edgeworth_mixture",
    "edgeworth_payoffs",
    "environment",
    "finite_sum",
    "fresh_adversary",
    "gan",
    "generate",
    "generate_classes",
    "imitation",
    "information_bound",
    "introspective_autoencoder",
    "langevin",
    "lapgan_perceptrons",
    "plug_and_play",
    "with_labels",
    "with_noise",
    "with_penalty",
    *GAMES,
]
