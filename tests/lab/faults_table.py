"""Prints the table of what faults cost: `python tests/lab/faults_table.py --kills 100`.

Each row says how often a fault was tried, how often a run then lost steps that were safe, how often it ended on other
bits than one that nothing befell, and how often it said something else than one clear sentence.
"""

import argparse
import json
import math
import tempfile
from pathlib import Path

import faults
import jax

COLUMNS = ("tries", "lost", "wrong", "unclear", "note")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--files", type=int, default=100, help="damaged files to try at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="faults whose names hold this")
    parser.add_argument("--without", help="no fault whose name holds this")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gangame-faults-") as place:
        for name, value in {
            "jax_platforms": "cpu",
            "jax_compilation_cache_dir": f"{place}/cache",
            "jax_persistent_cache_min_compile_time_secs": 0,
            "jax_persistent_cache_min_entry_size_bytes": -1,
        }.items():
            jax.config.update(name, value)
        bench = faults.Bench(Path(place))
        befalling = {
            "kill -9 at a random moment": lambda: faults.kill_9(bench, asked.kills, asked.seed),
            "kill -9 of a rule with state": lambda: faults.kill_9_with_state(Path(place), math.ceil(asked.kills / 8)),
            "SIGTERM": lambda: faults.sigterm(bench),
            "checkpoint flipped or cut": lambda: faults.damaged(bench, asked.files),
            "disk full": lambda: faults.full_disk(bench),
            "read-only folder": lambda: faults.no_permission(bench, "read-only folder"),
            "checkpoint that may not be read": lambda: faults.no_permission(bench, "checkpoint that may not be read"),
            "clock set back": lambda: faults.clock_set_back(bench),
            "two processes": lambda: faults.two_processes(bench),
        }
        rows = {}
        if not asked.json:
            print(f"| fault | {' | '.join(COLUMNS)} |\n|{'---|' * (1 + len(COLUMNS))}")
        for name, fault in befalling.items():
            if asked.only not in name or (asked.without and asked.without in name):
                continue
            rows[name] = {"lost": 0, "wrong": 0, "unclear": 0, **fault()}
            if not asked.json:
                cells = [name, *(str(rows[name][column]) for column in COLUMNS)]
                print(f"| {' | '.join(cells)} |", flush=True)
        if asked.json:
            print(json.dumps(rows))


if __name__ == "__main__":
    main()
