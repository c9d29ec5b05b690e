"""Runs the command line: `python -m gangame`."""

from gangame.lab.cli import main

main()
