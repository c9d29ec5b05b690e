"""What one can type after `gangame`, a file for each command; `COMMANDS` is the one list of them."""

from collections.abc import Callable

from gangame.lab.commands.bench import bench
from gangame.lab.commands.compare import compare
from gangame.lab.commands.explore import explore
from gangame.lab.commands.list import list_
from gangame.lab.commands.play import play
from gangame.lab.commands.report import report
from gangame.lab.commands.sweep import sweep

COMMANDS: dict[str, Callable[..., None]] = {
    "play": play,
    "sweep": sweep,
    "compare": compare,
    "bench": bench,
    "list": list_,
    "report": report,
    "explore": explore,
}
