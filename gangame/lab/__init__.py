"""The host side: runs, records, figures, reports, the command line, and the harness of experiment scripts."""

from gangame.lab.records import read_records

__all__ = ["read_records"]
