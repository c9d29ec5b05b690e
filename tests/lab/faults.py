"""Faults that befall real runs.

One process imports everything once and forks each run from itself, before any backend is there; all runs share a
compilation cache. Every fault ends with a restart whose files are compared with those of a run that nothing befell.
"""

import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import orbax.checkpoint  # noqa: F401  # what a run imports late is here before its first fork
import pyarrow.parquet  # noqa: F401

from gangame.lab import cli, diary
from gangame.lab import report as _report

COMMAND = "play bilinear {} --optimizer adam --steps 16 --every 2 --seeds 2 --save-every 0 --quiet"
PLAIN = "simultaneous"
WITH_STATE = ("anderson:memory=3", "averaged:decay=0.9,rule=alternating", "lookahead:period=3", "optimistic")
CAPABILITIES_VERSION, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 0x20080522, 1, 2
YEAR = 365 * 24 * 3600


def _without_pictures(session, facts):
    """Stands in for the report, whose pictures are no part of what can be lost."""
    del facts
    return session.folder / "report.html", []


def fork(folder, extra="", prepare=lambda: None, rule=PLAIN):
    """Starts a run, as typed, in a process of its own; returns the process' number."""
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        prepare()
        with (folder.parent / f"{folder.name}.err").open("w") as err:
            os.dup2(err.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _report.write_report = _without_pictures
        sys.argv = ["gangame", *COMMAND.format(rule).split(), "--output", str(folder), *extra.split()]
        cli.main()
        status = 0
    except SystemExit as exit_:
        status = exit_.code or 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def ended(pid):
    """Waits for a process; returns its exit status, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def play(folder, extra="", prepare=lambda: None, rule=PLAIN):
    """Plays to the end of the process; returns its exit status and what it said."""
    status = ended(fork(folder, extra, prepare, rule))
    return status, (folder.parent / f"{folder.name}.err").read_text()


def events(folder, *kinds):
    """The events of these kinds in the log of a run."""
    return [event for event in diary.read(folder) if event["event"] in kinds]


def wait_for(folder, count, *kinds):
    """Waits until the log holds so many events of these kinds."""
    deadline = time.monotonic() + 300
    while len(events(folder, *kinds)) < count:
        assert time.monotonic() < deadline, f"no {kinds} in {folder}"
        time.sleep(0.01)


def result(folder):
    """All that a run computed, as bytes by name: players at all moments, and records."""
    return {path.name: path.read_bytes() for kind in ("players/*", "records/*") for path in sorted(folder.glob(kind))}


def one_sentence(said, *parts):
    """Whether a failing run said one sentence that holds all these parts, and nothing of its insides."""
    lines = [line for line in said.splitlines() if line.startswith("Error: ")]
    return len(lines) == 1 and "Traceback" not in said and all(part in lines[0] for part in parts)


class Bench:
    """Where the faults happen: a folder, and what a run without faults leaves."""

    def __init__(self, folder, rule=PLAIN):
        self.folder, self.rule = folder, rule
        began = time.monotonic()
        self.whole = self.fresh("whole")
        assert play(self.whole, rule=rule) == (0, "")
        self.expected = result(self.whole)
        assert len(self.expected) == 6 + 1
        begun = time.monotonic()
        pid = fork(self.fresh("timed"), rule=rule)
        wait_for(self.folder / "timed", 1, "started")
        self.startup = time.monotonic() - begun
        assert ended(pid) == 0
        self.playing = time.monotonic() - begun - self.startup
        print(f"a run takes {self.startup:.2f} s to start and {self.playing:.2f} s to play "
              f"(the first one {begun - began:.2f} s)", file=sys.stderr)  # fmt: skip

    def fresh(self, name):
        """An empty place for a run."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.folder / name

    def interrupted(self, name):
        """A run that was terminated after its fourth checkpoint."""
        folder = self.fresh(name)
        pid = fork(folder)
        wait_for(folder, 4, "saved")
        os.kill(pid, signal.SIGTERM)
        return folder, ended(pid)

    def wrong(self, folder):
        """1 if the run in a folder, played to its end now, is not to the bit what it has to be; else 0."""
        status, _ = play(folder, rule=self.rule)
        return int(status != 0 or result(folder) != self.expected)


def kill_9(bench, kills, seed=0):
    """SIGKILL at random moments, a quarter of them while the process starts; restarted until it comes to its end."""
    chance, done, lost, wrong, resumed = random.Random(seed), 0, 0, 0, 0
    while done < kills:
        folder = bench.fresh("killed")
        safe = 0
        while True:
            before, pid = len(events(folder, "started", "resumed")), fork(folder, rule=bench.rule)
            if chance.random() < 0.25:
                time.sleep(chance.uniform(0, bench.startup))
            else:
                with contextlib.suppress(AssertionError):
                    wait_for(folder, before + 1, "started", "resumed")
                time.sleep(chance.uniform(0, bench.playing))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            alive = ended(pid) != 0
            for event in events(folder, "started", "resumed")[before:]:
                resumed += event["event"] == "resumed"
                lost += event.get("step", 0) < safe
            safe = max([safe, *(event["step"] for event in events(folder, "saved"))])
            if not alive:
                wrong += result(folder) != bench.expected
                break
            done += 1
            if done >= kills:
                wrong += bench.wrong(folder)
                lost += events(folder, "started", "resumed")[-1].get("step", 0) < safe and safe < 16
                break
    return {"tries": done, "lost": lost, "wrong": wrong, "note": f"{resumed} restarts went on from a checkpoint"}


def kill_9_with_state(place, kills):
    """The same for rules that remember, each on a bench of its own."""
    rows = []
    for number, rule in enumerate(WITH_STATE):
        (place / str(number)).mkdir()
        rows.append(kill_9(Bench(place / str(number), rule), kills, number))
    return {
        **{name: sum(row[name] for row in rows) for name in ("tries", "lost", "wrong")},
        "note": ", ".join(WITH_STATE),
    }


def sigterm(bench, tries=1):
    lost = wrong = unclear = 0
    for _ in range(tries):
        folder, status = bench.interrupted("terminated")
        said = (bench.folder / "terminated.err").read_text()
        unclear += status != 143 or not one_sentence(said, "Terminated", "Go on with")
        lost += events(folder, "stopped")[-1]["step"] != events(folder, "saved")[-1]["step"]
        wrong += bench.wrong(folder)
    return {"tries": tries, "lost": lost, "wrong": wrong, "unclear": unclear, "note": "exit status 143"}


def damaged(bench, num_files):
    """The newest checkpoint with a bit flipped, or cut in half, in one of its files."""
    origin, _ = bench.interrupted("origin")
    saved = [event["step"] for event in events(origin, "saved")]
    names = sorted(path.relative_to(origin) for path in (origin / "checkpoints/simultaneous").glob(f"{saved[-1]}/**/*")
                   if path.is_file())  # fmt: skip
    cases = [(name, how) for how in ("flipped", "cut") for name in names]
    lost = wrong = unclear = 0
    cases = cases[:: max(1, len(cases) // num_files)]
    for name, how in cases:
        folder = bench.fresh("damaged")
        shutil.copytree(origin, folder)
        content = bytearray((folder / name).read_bytes())
        if how == "flipped":
            content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content if how == "flipped" else content[: len(content) // 2])
        status, said = play(folder)
        wrong += status != 0 or result(folder) != bench.expected
        lost += events(folder, "resumed")[-1]["step"] != saved[-2]
        unclear += sum(name.name in line for line in said.splitlines() if line.startswith("Damaged")) != 1
    return {"tries": len(cases), "lost": lost, "wrong": wrong, "unclear": unclear,
            "note": f"{len(names)} files in a checkpoint; each named, and the one before taken"}  # fmt: skip


def full_disk(bench):
    folder = bench.fresh("full")
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        return {"tries": 0, "note": "needs root and tmpfs"}
    try:
        pid = fork(folder)
        wait_for(folder, 3, "saved")
        os.kill(pid, signal.SIGSTOP)
        with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(b"0" * 512)
        os.kill(pid, signal.SIGCONT)
        status = ended(pid)
        said = (bench.folder / "full.err").read_text()
        safe = events(folder, "saved")[-1]["step"]
        (folder / "ballast").unlink()
        wrong = bench.wrong(folder)
        lost = events(folder, "resumed")[-1]["step"] < safe
        unclear = status != 2 or not one_sentence(said, "No space left on device", "is kept")
        return {"tries": 1, "lost": int(lost), "wrong": wrong, "unclear": int(unclear), "note": said.strip()[:200]}
    finally:
        subprocess.run(["umount", folder], check=False)


def without_privileges():
    """Gives up what lets root pass by permissions, so that those of its own files count; nothing else changes."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; the first 32 capabilities, then the others
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    for index in range(2):
        sets[index] &= ~(1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def no_permission(bench, what):
    folder, _ = bench.interrupted("forbidden")
    paths = {
        "read-only folder": [folder, *(each for each in folder.rglob("*") if each.is_dir())],
        "checkpoint that may not be read": list((folder / "checkpoints").rglob("manifest.json")),
    }[what]
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0)
    safe = events(folder, "saved")[-1]["step"]
    status, said = play(folder, prepare=without_privileges)
    unclear = status != 2 or not one_sentence(said, "Permission denied")
    for path, mode in zip(paths, modes, strict=True):
        path.chmod(mode)
    wrong = bench.wrong(folder)
    lost = events(folder, "resumed")[-1]["step"] < safe
    return {"tries": 1, "lost": int(lost), "wrong": wrong, "unclear": int(unclear), "note": said.strip()[:200]}


def clock_set_back(bench):
    folder, _ = bench.interrupted("early")
    safe, later = events(folder, "saved")[-1]["step"], time.time() + YEAR
    for path in folder.rglob("*"):
        os.utime(path, (later, later))
    now, now_ns = time.time, time.time_ns

    def prepare():
        time.time = lambda: now() - YEAR
        time.time_ns = lambda: now_ns() - YEAR * 10**9

    status, _ = play(folder, prepare=prepare)
    wrong = status != 0 or result(folder) != bench.expected
    lost = events(folder, "resumed")[-1]["step"] < safe
    return {"tries": 1, "lost": int(lost), "wrong": int(wrong), "note": "files from next year, a clock of last year"}


def two_processes(bench):
    folder = bench.fresh("shared")
    pid = fork(folder)
    wait_for(folder, 2, "saved")
    os.kill(pid, signal.SIGSTOP)
    status, said = play(folder)
    unclear = status != 2 or not one_sentence(said, "Another process is at work")
    os.kill(pid, signal.SIGCONT)
    wrong = ended(pid) != 0 or result(folder) != bench.expected
    return {"tries": 1, "lost": 0, "wrong": int(wrong), "unclear": int(unclear), "note": "the second refuses"}
