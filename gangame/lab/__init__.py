"""The host side: runs, records, figures, reports, the command line, and the harness of experiment scripts."""
