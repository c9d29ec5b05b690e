"""Tournaments: rules play the same games at equal budget, each tuned by the same protocol on seeds of its own.

`contenders` says what a row is, `protocol` what rules are held to, `cell` plays one rule on one game, `choose` picks
its numbers, `work` plays all cells and keeps them, `standings` says what was found, `report` writes it down.
"""

from gangame.lab.tournament.contenders import Contender, contender
from gangame.lab.tournament.protocol import Protocol
from gangame.lab.tournament.work import Arena, Task, play_all, tasks_of

__all__ = ["Arena", "Contender", "Protocol", "Task", "contender", "play_all", "tasks_of"]
