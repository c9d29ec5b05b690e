"""What a sample set or a run is worth."""

from gangame.metrics.intervals import difference_of_rates, mean_and_error, mean_interval, wilson
from gangame.metrics.modes import HIGH_QUALITY_CEILING, mode_coverage
from gangame.metrics.neighbours import nearest_classes
from gangame.metrics.survival import median_time

__all__ = [
    "HIGH_QUALITY_CEILING",
    "difference_of_rates",
    "mean_and_error",
    "mean_interval",
    "median_time",
    "mode_coverage",
    "nearest_classes",
    "wilson",
]
