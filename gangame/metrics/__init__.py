"""What a sample set or a run is worth."""

from gangame.metrics.modes import HIGH_QUALITY_CEILING, mode_coverage

__all__ = ["HIGH_QUALITY_CEILING", "mode_coverage"]
