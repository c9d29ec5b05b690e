"""What a sample set or a run is worth: pure functions of features, samples or labels.

`METRICS` is the one catalogue of what compares sets of samples. `with_floor` puts any of them beside its value between
two halves of the real set, and gives it an interval.
"""

from collections.abc import Callable
from typing import Any

from gangame.metrics.annealing import annealed_importance_sampling, bidirectional_bounds, sigmoid_schedule
from gangame.metrics.birthday import birthday_test, duplicate_threshold
from gangame.metrics.classifiers import Classifier, from_estimator, k_nearest, perceptron
from gangame.metrics.code_information import code_information
from gangame.metrics.combinations import combination_scores
from gangame.metrics.conditional import gan_test, gan_train
from gangame.metrics.counting import count_parts
from gangame.metrics.duplicates import duplicates
from gangame.metrics.feature_networks import FeatureNetwork, feature_network
from gangame.metrics.flips import flip_log_probability, flip_window
from gangame.metrics.floors import with_floor
from gangame.metrics.frechet import fid, fid_infinity, frechet_distance
from gangame.metrics.inception import Inception, inception_network
from gangame.metrics.inception_score import inception_score
from gangame.metrics.intervals import difference_of_rates, mean_and_error, mean_interval, wilson
from gangame.metrics.inversion import inversion_error, latent_search
from gangame.metrics.manifolds import density_coverage, precision_recall
from gangame.metrics.matching import best_matching, matched_accuracy
from gangame.metrics.memorisation import memorisation, one_pixel_control, shifted
from gangame.metrics.missing import missing_share
from gangame.metrics.mmd import gaussian_kernel, kid, median_distance, mmd, mmd_test, polynomial_kernel
from gangame.metrics.modes import HIGH_QUALITY_CEILING, mode_coverage
from gangame.metrics.neighbours import nearest_classes
from gangame.metrics.ngrams import ngram_distance, ngram_divergence, ngram_shares
from gangame.metrics.pairwise import pairwise_distance_gap, pairwise_distances
from gangame.metrics.parzen import parzen_log_density, parzen_window
from gangame.metrics.perspective import line_angle, parallelism
from gangame.metrics.pyramid import patch_wasserstein
from gangame.metrics.survival import median_time
from gangame.metrics.symmetry import mirror_symmetry
from gangame.metrics.two_sample import classifier_two_sample_test, nearest_neighbour_test
from gangame.metrics.wasserstein import sliced_wasserstein, wasserstein_1d

METRICS: dict[str, Callable[..., Any]] = {
    "mode_coverage": mode_coverage,
    "nearest_classes": nearest_classes,
    "inception_score": inception_score,
    "fid": fid,
    "fid_infinity": fid_infinity,
    "kid": kid,
    "mmd": mmd,
    "mmd_test": mmd_test,
    "precision_recall": precision_recall,
    "density_coverage": density_coverage,
    "gan_train": gan_train,
    "gan_test": gan_test,
    "classifier_two_sample_test": classifier_two_sample_test,
    "nearest_neighbour_test": nearest_neighbour_test,
    "sliced_wasserstein": sliced_wasserstein,
    "patch_wasserstein": patch_wasserstein,
    "pairwise_distance_gap": pairwise_distance_gap,
    "memorisation": memorisation,
    "one_pixel_control": one_pixel_control,
    "inversion_error": inversion_error,
    "birthday_test": birthday_test,
    "duplicates": duplicates,
    "missing_share": missing_share,
    "parzen_window": parzen_window,
    "flip_window": flip_window,
    "annealed_importance_sampling": annealed_importance_sampling,
    "bidirectional_bounds": bidirectional_bounds,
    "count_parts": count_parts,
    "mirror_symmetry": mirror_symmetry,
    "parallelism": parallelism,
    "combination_scores": combination_scores,
}

__all__ = [
    "HIGH_QUALITY_CEILING",
    "METRICS",
    "Classifier",
    "FeatureNetwork",
    "Inception",
    "annealed_importance_sampling",
    "best_matching",
    "bidirectional_bounds",
    "birthday_test",
    "classifier_two_sample_test",
    "code_information",
    "combination_scores",
    "count_parts",
    "density_coverage",
    "difference_of_rates",
    "duplicate_threshold",
    "duplicates",
    "feature_network",
    "fid",
    "fid_infinity",
    "flip_log_probability",
    "flip_window",
    "frechet_distance",
    "from_estimator",
    "gan_test",
    "gan_train",
    "gaussian_kernel",
    "inception_network",
    "inception_score",
    "inversion_error",
    "k_nearest",
    "kid",
    "latent_search",
    "line_angle",
    "matched_accuracy",
    "mean_and_error",
    "mean_interval",
    "median_distance",
    "median_time",
    "memorisation",
    "mirror_symmetry",
    "missing_share",
    "mmd",
    "mmd_test",
    "mode_coverage",
    "nearest_classes",
    "nearest_neighbour_test",
    "ngram_distance",
    "ngram_divergence",
    "ngram_shares",
    "one_pixel_control",
    "pairwise_distance_gap",
    "pairwise_distances",
    "parallelism",
    "parzen_log_density",
    "parzen_window",
    "patch_wasserstein",
    "perceptron",
    "polynomial_kernel",
    "precision_recall",
    "shifted",
    "sigmoid_schedule",
    "sliced_wasserstein",
    "wasserstein_1d",
    "wilson",
    "with_floor",
]
