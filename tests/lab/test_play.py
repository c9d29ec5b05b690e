"""The main job as a user types it: what it computes, what it leaves, how it goes on."""

import inspect
import json
import re
import signal
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import gangame as gg
from gangame import games, lab, rules
from gangame.lab import session, spec, store
from gangame.lab.config import Config
from gangame.lab.configure import Request, configure
from gangame.lab.intervals import ABOUT

SMALL_NETS = "hidden=8,discriminator_hidden=8,latent_dim=2"


@pytest.fixture
def finished(gangame, tmp_path):
    """A finished run on the bilinear game."""
    status, out, err = gangame(
        "play bilinear simultaneous unrolled:depth=2 --learning-rate 0.1 --steps 30 --every 10 --seeds 3 "
        "--dtype float64 --output run"
    )
    assert (status, err) == (0, "")
    return tmp_path / "run", out


def test_a_run_is_what_the_library_plays(finished):
    folder, _ = finished
    like = {"x": jax.ShapeDtypeStruct((3,), float), "y": jax.ShapeDtypeStruct((3,), float)}
    players = store.load_tree(folder / "players" / "simultaneous-00000030.npz", like)
    assert players["x"].dtype == np.float64
    for seed in range(3):
        key = jax.random.fold_in(jax.random.key(0), seed)
        alone = gg.play(games.bilinear(), rules.simultaneous(0.1), key, 30).players
        np.testing.assert_allclose(players["x"][seed], alone["x"], rtol=1e-13)
        np.testing.assert_allclose(players["y"][seed], alone["y"], rtol=1e-13)


def test_records_are_read_by_pandas_in_one_line(finished):
    folder, _ = finished
    records = pd.read_parquet(folder / "records")
    assert sorted(records.groupby(["rule", "seed", "step"]).size().unique()) == [1]
    assert len(records) == 2 * 3 * 3
    plain = records[(records.rule == "simultaneous") & (records.seed == 1)].sort_values("step")
    assert records.equals(pd.DataFrame(lab.read_records(folder)))
    growth = plain.distance.to_numpy()[1:] / plain.distance.to_numpy()[:-1]
    np.testing.assert_allclose(growth, (1 + 0.1**2) ** (10 / 2), rtol=1e-12)


def test_a_run_says_what_it_was_made_with(finished):
    folder, _ = finished
    content = json.loads((folder / "config.json").read_text())
    assert content["jax"] == jax.__version__
    assert content["gangame"] == gg.__version__
    assert content["device"].startswith("cpu")
    assert content["config"]["num_seeds"] == 3
    assert Config.from_json(content["config"]).lanes[1].rule.arguments == {"depth": 2}
    assert content["config"]["complete"]["lanes"]["unrolled:depth=2"] == {
        "leader": None, "depth": 2, "inner": None, "through": True, "fresh": False, "moments": "live",
        "own_sample": False, "keep": False, "alternating": False, "remat": False,
    }  # fmt: skip


def test_the_complete_arguments_of_a_game_have_the_values_of_its_setting():
    arguments = spec.complete(spec.parse("mixture:setting=metz,modes=3,std=0.5", games.GAMES, "game"), games.GAMES)
    published = {"latent_dim": 256, "hidden": (128, 128), "batch_size": 512, "cost": "minimax", "weights": None}
    given = {"setting": "metz", "modes": 3, "std": 0.5}
    assert {name: arguments[name] for name in {**published, **given}} == {**published, **given}
    assert list(arguments) == list(inspect.signature(games.mixture).parameters)


def test_the_report_is_one_page_with_everything(finished):
    folder, out = finished
    page = (folder / "report.html").read_text()
    assert not re.findall(r'(?:src|href)="(?!data:)', page)  # needs no other file
    assert page.count("data:image/png;base64,") == len(list((folder / "figures").iterdir())) == 3
    for text in ("simultaneous", "unrolled:depth=2", "distance to equilibrium", "gradients per step", "ms per step"):
        assert text in page
        assert text in out
    gradients = json.loads((folder / "status.json").read_text())
    assert gradients["simultaneous"]["gradients_per_step"] == 2
    assert gradients["unrolled:depth=2"]["gradients_per_step"] == 4  # one of the follower, two inner, one of the leader


def test_report_draws_again_from_the_folder(finished, gangame):
    folder, _ = finished
    before = (folder / "report.html").read_text()
    (folder / "report.html").unlink()
    assert gangame(f"report {folder}")[0] == 0
    assert (folder / "report.html").read_text() == before


def test_a_finished_run_is_never_overwritten_silently(gangame, tmp_path):
    command = "play bilinear simultaneous --steps 4 --seeds 1 --quiet"
    assert gangame(command)[1] == "runs/bilinear-simultaneous/report.html\n"
    assert gangame(command)[1] == "runs/bilinear-simultaneous-2/report.html\n"
    status, _, err = gangame(f"{command} --key 4 --output runs/bilinear-simultaneous")
    assert status == 2
    assert "exists already" in err
    status, _, _ = gangame(f"{command} --output runs/bilinear-simultaneous --overwrite --key 5")
    assert status == 0
    content = json.loads((tmp_path / "runs" / "bilinear-simultaneous" / "config.json").read_text())
    assert content["config"]["key"] == 5


def test_the_same_command_again_changes_nothing_where_the_run_has_finished(gangame, tmp_path):
    command = "play bilinear simultaneous simultaneous --steps 4 --seeds 1 --output run"
    said = "simultaneous is given 2 times and is played once.\n"
    assert gangame(command)[::2] == (0, said)
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    for again in (command, "play --resume run"):
        status, out, err = gangame(again)
        assert (status, out) == (0, "run/report.html\n")
        assert "nothing was changed" in err
    assert before == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}


@pytest.mark.parametrize("again", ["play --resume cut", "the same command"])
def test_an_interrupted_run_goes_on_to_the_very_same_bits(gangame, tmp_path, again):
    typed = f"mixture:{SMALL_NETS} alternating"
    options = "--steps 12 --every 3 --seeds 2 --batch-size 4"
    assert gangame(f"play {typed} {options} --output whole")[0] == 0

    request = Request(typed.split()[0], ["alternating"], steps=12, seeds=2, every=3, batch_size=4)
    jax.config.update("jax_enable_x64", False)  # as the command line has it
    config = configure(request)
    folder = tmp_path / "cut"
    store.write_json(folder / "config.json", {"config": config.to_json(), "device": "", "date": ""})
    pieces = []
    cut = session.Session(config, folder)
    assert not cut.run(config.lanes[0], lambda position, _: pieces.append(position), lambda: len(pieces) == 2)
    assert pieces == [3, 6]
    beyond = folder / "records" / "alternating-00000009.parquet"  # written, but after the checkpoint
    beyond.write_bytes((folder / "records" / "alternating-00000006.parquet").read_bytes())

    status, _, err = gangame(again if "resume" in again else f"play {typed} {options} --output cut")
    assert status == 0
    assert "cut holds an unfinished run of this configuration; going on with it." in err
    for kind, least in (("players/*", 4), ("records/*", 1)):
        names = [path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").glob(kind)]
        assert len(names) >= least
        assert len(names) == len(list((tmp_path / "cut").glob(kind)))
        for name in names:
            assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_damaged_records_of_a_finished_run_are_made_again(finished, gangame):
    folder, _ = finished
    path = sorted((folder / "records").iterdir())[0]
    before = path.read_bytes()
    path.write_bytes(before[: len(before) // 2])
    status, _, err = gangame("play --resume run")
    assert status == 0
    assert path.name in " ".join(err.split())
    assert path.read_bytes() == before


def test_a_run_that_diverges_says_who_when_and_where(gangame, tmp_path):
    status, _, err = gangame("play bilinear simultaneous:learning_rate=1000 --steps 40 --seeds 2 --output run")
    assert status == 0

    key_init = jax.random.split(jax.random.fold_in(jax.random.key(0), 1), 3)[0]
    x, y = (np.float32(each) for each in games.bilinear().init(key_init).values())
    step, rate = 0, np.float32(1000)
    with np.errstate(over="ignore", invalid="ignore"):
        while np.isfinite(x) and np.isfinite(y):
            x, y, step = x - rate * y, y + rate * x, step + 1
    sentence = re.search(r"the (\w) of seed 1 was no longer finite after step (\d+); 0 of 2", " ".join(err.split()))
    assert sentence is not None
    assert abs(int(sentence.group(2)) - step) <= 1  # rounding may shift the overflow by a step
    assert np.isnan(lab.read_records(tmp_path / "run")["distance"]).any()


def test_ctrl_c_keeps_everything_and_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-m", "gangame", "play", "bilinear", "simultaneous"]
    options = ["--steps", "40000000", "--seeds", "2", "--every", "200000", "--output", "run"]
    process = subprocess.Popen(
        [*command, *options], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "run" / "records").glob("*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Go on with: gangame play --resume run" in err
    assert "Traceback" not in out + err
    steps = json.loads((tmp_path / "run" / "status.json").read_text())["simultaneous"]["steps"]
    assert 0 < steps < 40_000_000
    assert lab.read_records(tmp_path / "run")["step"].max() == steps
    assert "stopped after" in (tmp_path / "run" / "report.html").read_text()


def test_the_main_job_in_small_shows_both_sides(gangame, tmp_path):
    status, out, err = gangame(
        f"play mixture:{SMALL_NETS} simultaneous unrolled:depth=1 --steps 10 --seeds 2 --batch-size 4 --output run"
    )
    assert (status, err) == (0, "")
    assert "(control)" in out
    labels = list(json.loads((tmp_path / "run" / "status.json").read_text()))
    assert labels == ["simultaneous", "unrolled:depth=1", "simultaneous:discriminator.learning_rate=0.003"]
    page = (tmp_path / "run" / "report.html").read_text()
    for text in ("modes covered of 8", "high-quality share", "reverse KL", "seeds with all 8", "98.89 %", "Both sides"):
        assert text in page
    names = {path.stem for path in (tmp_path / "run" / "figures").iterdir()}
    assert names == {"samples", "every_seed", "measures", "losses"}


def test_digits_are_played_on_real_images(gangame, tmp_path):
    status, out, _ = gangame(
        "play digits:hidden=8,discriminator_hidden=8 alternating --steps 6 --seeds 2 --batch-size 4 --output run"
    )
    assert status == 0
    assert "classes covered of 10" in out
    assert re.search(r"classes covered of 10 +\d\.\d\d \(-?\d+\.\d\d to \d+\.\d\d\)", out)
    assert ABOUT in " ".join(out.split())
    assert (tmp_path / "run" / "figures" / "samples.png").exists()


def test_rates_and_optimisers_go_to_the_players_they_name():
    request = Request(
        "mixture",
        ["simultaneous", "simultaneous:generator.learning_rate=0.5,optimizer=sgd"],
        learning_rates=["0.01", "discriminator=0.02"],
        optimizers=["generator=rmsprop:decay=0.99"],
    )
    first, second = configure(request).lanes
    assert str(first.optimizers["generator"]) == "rmsprop:learning_rate=0.01,decay=0.99"
    assert str(first.optimizers["discriminator"]) == "adam:learning_rate=0.02,eps_root=1e-16,b1=0.5"
    assert str(second.optimizers["generator"]) == "sgd:learning_rate=0.5"
    assert str(second.optimizers["discriminator"]) == "sgd:learning_rate=0.02"


def test_published_settings_bring_their_optimisers():
    (lane,) = configure(Request("mixture:setting=metz", ["unrolled:depth=10"])).lanes
    assert str(lane.optimizers["generator"]) == "adam:learning_rate=0.0001,eps_root=1e-16,b1=0.5"
    assert configure(Request("mixture:setting=metz", ["unrolled"])).num_steps == 25_000


def test_complex_eigenvalues_survive_the_configuration(gangame):
    command = "play quadratic:matrix=spectrum,spectrum=[0.1+2j,0.1-2j] simultaneous --steps 20 --seeds 1 --output run"
    assert gangame(command)[0] == 0
    assert gangame("report run")[0] == 0


@pytest.mark.parametrize(("steps", "every"), [(10, 3), (7, 7), (100, 1), (1, 1), (23, 5)])
def test_pieces_add_up_to_all_steps(steps, every):
    config = configure(Request("bilinear", ["simultaneous"], steps=steps, every=every))
    pieces = list(config.pieces())
    assert sum(num_steps for num_steps, _ in pieces) == steps
    assert all(num_steps % spacing == 0 for num_steps, spacing in pieces)


def test_a_seed_does_not_depend_on_how_many_there_are():
    few, many = (configure(Request("bilinear", ["simultaneous"], seeds=seeds)).keys() for seeds in (2, 5))
    assert jnp.array_equal(jax.random.key_data(few), jax.random.key_data(many)[:2])


def test_list_names_every_game_and_rule_with_their_parameters(gangame):
    status, out, _ = gangame("list")
    assert status == 0
    for name in (*games.GAMES, *rules.RULES):
        assert name in out
    assert "depth=5" in out
    details = gangame("list unrolled")[1]
    assert "number of inner steps, 0 or more" in details
    assert "Metz" in details
