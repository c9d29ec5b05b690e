"""What a sample set or a run is worth."""

from gangame.metrics.intervals import mean_and_error, wilson
from gangame.metrics.modes import HIGH_QUALITY_CEILING, mode_coverage
from gangame.metrics.neighbours import nearest_classes

__all__ = ["HIGH_QUALITY_CEILING", "mean_and_error", "mode_coverage", "nearest_classes", "wilson"]
