"""How fast games are played here: every number beside another one from the same run, since only ratios carry over.

Time is the process's own CPU time on a CPU, of one core unless told otherwise, so that what else the machine does
changes it little, and time on the wall elsewhere. What is compared is measured in turns, and the median of the ratios
of each turn is given.
"""

from gangame.lab.bench.counted import Work, work_of
from gangame.lab.bench.hardware import Hardware, hardware, on_cores
from gangame.lab.bench.points import Point, measure
from gangame.lab.bench.program import Program
from gangame.lab.bench.settings import SETTINGS, Setting
from gangame.lab.bench.turns import interleaved, median_ratio

__all__ = [
    "SETTINGS", "Hardware", "Point", "Program", "Setting", "Work", "hardware", "interleaved", "measure", "median_ratio",
    "on_cores", "work_of",
]  # fmt: skip
