import shlex
import sys

import jax
import pytest

from gangame import user_cache
from gangame.lab import cli


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    """Compiled programs are not kept: a test leaves nothing behind, and none is quick because another one was there."""
    monkeypatch.setenv(user_cache.VARIABLE, "off")


@pytest.fixture
def gangame(monkeypatch, tmp_path, capsys):
    """Runs the command line as a user types it, in an empty folder; returns exit status, standard output and error."""
    monkeypatch.chdir(tmp_path)
    x64 = jax.config.jax_enable_x64

    def run(command):
        monkeypatch.setattr(sys, "argv", ["gangame", *shlex.split(command)])
        status = 0
        try:
            cli.main()
        except SystemExit as exit_:
            status = exit_.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    yield run
    jax.config.update("jax_enable_x64", x64)
