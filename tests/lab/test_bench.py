import json
import math
import os

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gangame import games, rules, user_cache
from gangame.lab import bench, cache
from gangame.lab.bench import convolutions, coverage, peers, points, record, tables, torch_dcgan, torch_twin, toys
from gangame.lab.bench.hardware import Hardware
from gangame.lab.optimizers import Setting
from gangame.lab.spec import Spec, UserError, parse

GAME = "mixture:latent_dim=4,hidden=8,discriminator_hidden=8,batch_size=16"


def test_a_bench_measures_every_point_and_compares_with_an_older_one(gangame):
    status, out, _ = gangame("bench --setting tiny --cores 0 --output one.json")
    assert status == 0
    assert any("rule" in line and "stated" in line for line in out.splitlines())  # as wide as it is
    with open("one.json") as file:
        result = json.load(file)
    assert os.path.getsize("one.png") > 1000
    assert {"command", "date", "jax", "device", "peaks", "setting"} <= set(result)
    assert [(row["rule"], row["seeds"]) for row in result["points"]] == [
        (rule, seeds) for seeds in (1, 2) for rule in ("simultaneous", "unrolled:depth=2")
    ]
    for row in result["points"]:
        for name in ("start_seconds", "trace_seconds", "compile_seconds", "step_seconds", "held_bytes", "peak_bytes"):
            assert row[name] > 0
        assert row["seed_steps_per_second"] == pytest.approx(row["seeds"] * row["steps_per_second"])
        assert row["share_of_peak"] == pytest.approx(row["flops_per_second"] / result["peaks"]["matrix_flops"])
        assert row["share_of_roofline"] >= row["share_of_peak"]
    assert [row["cost"] for row in result["points"] if row["rule"] == "simultaneous"] == [1.0, 1.0]
    assert result["spectra"][0]["parameters"] == 2
    assert [row["contender"] for row in result["tasks"]][:2] == [toys.OURS, toys.BY_HAND]
    assert result["tasks"][0]["ratio"] == 1.0
    assert all(row["flops"] == 20 * 20 * 1000 * 8 and row["seconds"] > 0 for row in result["tasks"])

    status, out, _ = gangame(
        "bench bilinear simultaneous --setting tiny --cores 0 --output two.json --compare one.json"
    )
    assert status == 0
    assert "now/then" in out
    status, out, _ = gangame("bench bilinear simultaneous --setting tiny --cores 0 --seeds 3 --quiet")
    assert (status, out.strip().startswith("runs")) == (0, True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("simultanous", "There is no game or rule named 'simultanous'. Did you mean 'simultaneous'?"),
        ("--setting tinny", "There is no setting named 'tinny'. Did you mean 'tiny'?"),
        ("--seeds 0", "--seeds is 0; it has to be a whole number, 1 or more."),
        ("--batch-size 8 bilinear", "Game 'bilinear' has no batches; leave --batch-size out."),
        ("--scale 0", "--scale is 0.0; it has to be above 0 and at most 1."),
        ("--rounds 0", "--rounds is 0; it has to be a whole number, 1 or more."),
        ("--cores -1", "--cores is -1; it has to be a whole number, 0 or more."),
        ("--compare missing.json", "Could not read missing.json"),
        ("bilinear competitive:iters=3", "takes no argument 'iters'"),
        ("--dtype bfloat16", "--dtype is 'bfloat16'"),
    ],
)
def test_what_is_wrong_is_one_sentence(gangame, typed, sentence):
    status, _, err = gangame(f"bench --setting tiny {typed}")
    assert status == 2
    assert sentence in err
    assert err.count("\n") == 1


def test_what_both_results_have_is_compared():
    pair = {"game": "dirac", "batch_size": None, "rule": "lead", "contender": "scan", "step_seconds": 2.0, "ratio": 1.0}
    spectrum = {"game": "dirac", "parameters": 2, "first_seconds": 3.0, "seconds": 1.0}
    now = {"points": [], "pairs": [pair, {**pair, "contender": "other"}], "spectra": [spectrum]}
    before = {"points": [], "pairs": [{**pair, "step_seconds": 1.0}], "spectra": [{**spectrum, "seconds": 4.0}]}
    pairs, spectra = tables.comparison_tables(now, before)
    assert [next(iter(column.cells)).plain for column in pairs.columns[-2:]] == ["2.00", "1.00"]
    assert [next(iter(column.cells)).plain for column in spectra.columns[-2:]] == ["1.00", "0.25"]
    assert (pairs.row_count, spectra.row_count) == (1, 1)
    assert tables.comparison_tables(now, {"points": []}) == []


def test_a_toy_that_is_played_otherwise_is_noticed(monkeypatch):
    monkeypatch.setattr(toys, "_scanned", lambda step, ahead: (jnp.ones_like(step), jnp.ones_like(step)))
    with pytest.raises(UserError, match=r"lax\.scan by hand finds other factors than NumPy"):
        toys.toys(bench.SETTINGS["tiny"]._replace(side=2), lambda line: None)


def test_the_time_to_all_modes_counts_the_steps_until_every_seed_has_them(monkeypatch):
    monkeypatch.setattr(coverage, "installed", lambda: False)
    monkeypatch.setattr(coverage, "NUM_SEEDS", 2)
    monkeypatch.setattr(coverage, "EVERY", 3)
    monkeypatch.setattr(coverage, "RADIUS", 1e3)  # everything is near the only mode from the first record on
    [row] = coverage.coverage(bench.SETTINGS["tiny"], lambda line: None, f"{GAME},modes=1", "simultaneous")
    assert row["task"].endswith("3 steps until all have all modes")
    assert (row["contender"], row["ratio"]) == (coverage.OURS, 1.0)
    assert row["seconds"] > 0


def test_layers_down_and_up_are_timed_with_the_operations_of_three_convolutions(monkeypatch):
    monkeypatch.setattr(convolutions, "LAYERS", {(4, 2, 1): "4×4×2 ↔ 8×8×1"})
    monkeypatch.setattr(convolutions, "BATCH", 2)
    rows = convolutions.convolutions(bench.SETTINGS["tiny"], lambda line: None)
    assert [row["ratio"] for row in rows if row["contender"] == "down, nets.strided"] == [1.0]
    # In each of 2 × 4×4 places 5×5 taps of 2×1 numbers, a product and a sum, three times in each of three steps.
    assert all(row["flops"] == 3 * 3 * 2 * 4 * 4 * 5 * 5 * 2 * 2 and row["seconds"] > 0 for row in rows)


@pytest.mark.parametrize("wrong", [{"points": [{}]}, {"spectra": [{}]}, {"tasks": 3}, {"pairs": [[]]}])
def test_a_file_that_is_no_result_is_refused(gangame, wrong):
    sound = {"peaks": dict.fromkeys(Hardware._fields, 1.0), "points": []}
    with open("other.json", "w") as file:
        json.dump({**sound, **wrong}, file)
    status, _, err = gangame("bench --setting tiny --compare other.json")
    assert status == 2
    assert "other.json is no result of gangame bench" in err


@pytest.mark.parametrize("name", bench.SETTINGS)
def test_every_setting_names_games_and_rules_that_there_are(name):
    for setting in (bench.SETTINGS[name], *bench.SETTINGS[name].further):
        for text in (*setting.games, *setting.spectra):
            parsed, game = points.build_game(text)
            players = sorted(jax.eval_shape(game.init, jax.random.key(0)))
            for rule in setting.rules:
                points.build_rule(rule, parsed, players)
                assert points.contender(rule, "sgd").cost().flops() >= 1


def test_parts_of_a_setting_are_changed_alike_and_a_game_is_held_against_the_peak_of_its_type(
    monkeypatch,
):
    small = "dcgan:width=1,kernel_size=1,latent_dim=1,batch_size=2,norm=none"
    part = bench.SETTINGS["tiny"]._replace(games=(f"{small},dtype=bfloat16",), rules=(), spectra=(), tasks=())
    whole = part._replace(games=("bilinear",), work=8.0, further=(part._replace(work=4.0),))
    changed = whole.replaced(seeds=(1,), rounds=1).scaled(0.5)
    assert [each.work for each in (changed, *changed.further)] == [4.0, 2.0]
    assert [each.seeds for each in (changed, *changed.further)] == [(1,), (1,)]
    peaks = {None: Hardware(8.0, 4.0), "bfloat16": Hardware(16.0, 2.0)}
    monkeypatch.setattr(record, "hardware", lambda width, dtype=None: peaks[dtype])
    result = record.measured(changed, {}, lambda line: None)
    assert (result["peaks"], result["peaks_of"]) == (peaks[None]._asdict(), {"bfloat16": peaks["bfloat16"]._asdict()})
    assert [row["game"].partition(":")[0] for row in result["points"]] == ["bilinear", "dcgan"]
    for row, peak in zip(result["points"], (8.0, 16.0), strict=True):
        assert row["share_of_peak"] == pytest.approx(row["flops_per_second"] / peak)
    json.dumps(result)


def test_loops_count_as_often_as_they_run_and_open_ones_are_named():
    x = jnp.ones((10, 10))

    def power(n):
        return lambda x: jax.lax.scan(lambda y, _: (y @ x, None), x, length=n)[0]

    once = bench.work_of(lambda x: x @ x, x)
    assert bench.work_of(power(3), x).flops == 3 * once.flops
    assert once.traffic >= 2 * x.nbytes
    assert not bench.work_of(power(3), x).open_loop
    assert bench.work_of(lambda x: jax.lax.while_loop(lambda y: y[0, 0] < 9, lambda y: y @ x, x), x).open_loop

    def again(remat):
        step = jax.checkpoint(jnp.sin, prevent_cse=False) if remat else jnp.sin
        return lambda x: jax.grad(lambda x: jax.lax.scan(lambda y, _: (step(y @ x), None), x, length=4)[0].sum())(x)

    assert bench.work_of(again(True), x).flops >= bench.work_of(again(False), x).flops


def test_turns_are_taken_in_order_and_the_first_round_warms_up():
    seen = []
    seconds = bench.interleaved({name: lambda name=name: seen.append(name) for name in "ab"}, 3)
    assert "".join(seen) == "abababab"
    assert [len(each) for each in seconds.values()] == [3, 3]
    assert bench.median_ratio(np.array([2.0, 9.0, 4.0]), np.array([1.0, 3.0, 4.0])) == 2.0


def test_the_roofline_is_the_lower_of_two_roofs():
    machine = bench.Hardware(matrix_flops=100.0, bandwidth=10.0)
    assert machine.best(bench.Hardware(50.0, 20.0)) == (100.0, 20.0)
    assert machine.roofline(flops=50.0, traffic=10.0) == 50.0
    assert machine.roofline(flops=1000.0, traffic=10.0) == 100.0
    assert machine.roofline(flops=1.0, traffic=0.0) == 100.0


def test_cores_are_given_back():
    before = os.sched_getaffinity(0)
    with bench.on_cores(1):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_without_pytorch_a_sentence_says_so_and_the_loop_is_measured(monkeypatch, gangame):
    monkeypatch.setattr(peers, "installed", lambda: False)
    status, out, _ = gangame(f"bench {GAME} simultaneous --peer --setting tiny --cores 0 --output peer.json")
    assert status == 0
    assert "PyTorch is not installed" in out
    with open("peer.json") as file:
        pairs = json.load(file)["pairs"]
    assert [row["contender"] for row in pairs] == [peers.SCAN, peers.LOOP]
    assert pairs[0]["ratio"] == 1.0
    assert all(math.isfinite(row["ratio"]) for row in pairs)


@pytest.mark.parametrize("rule", ["simultaneous", "alternating", "unrolled:depth=2"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_step_of_pytorch_goes_where_ours_goes(rule, activation):
    pytest.importorskip("torch")
    with jax.enable_x64(False):
        parsed = parse(f"{GAME},activation={activation}", games.GAMES, "game")
        _, game = points.build_game(str(parsed))
        setting = Setting("adam", 1e-2, {"b1": 0.5, "eps_root": 1e-16})
        players = game.init(jax.random.key(0))
        batch = game.sample(jax.random.key(1))
        twin = torch_twin.Twin(parsed, players, game.sample.data, dict.fromkeys(players, setting))
        twin.sample = lambda: tuple(twin.torch.tensor(np.array(batch[name])) for name in ("real", "latents"))
        typed = parse(rule, rules.RULES, "rule")
        made = rules.make(typed.name, optax.adam(1e-2, b1=0.5, eps_root=1e-16), **typed.arguments)
        state, step = made.init(players), twin.step(typed)
        fixed = game._replace(sample=lambda key: batch)
        update = jax.jit(lambda players, state: made.update(fixed, players, state, jax.random.key(0)))
        for _ in range(3):
            step()
            players, state = update(players, state)
        for name, network in twin.networks.items():
            for index, layer in enumerate(network[::2]):
                ours = players[name][f"Dense_{index}"]
                # Single precision: Adam turns a gradient that is all rounding into a step of full length.
                np.testing.assert_allclose(layer.weight.detach().numpy().T, ours["kernel"], atol=2e-4)
                np.testing.assert_allclose(layer.bias.detach().numpy(), ours["bias"], atol=2e-4)


@pytest.mark.parametrize("layout", torch_dcgan.DcganTwin.layouts)
def test_a_dcgan_in_pytorch_has_our_losses_and_goes_where_ours_goes(layout):
    pytest.importorskip("torch")
    with jax.enable_x64(False):
        text = "dcgan:source=photos,size=16,width=2,kernel_size=5,latent_dim=3,batch_size=8"
        parsed, game = points.build_game(text)
        players = jax.tree.map(lambda leaf: 5 * leaf, jax.jit(game.init)(jax.random.key(0)))  # else all logits are 0
        twin, difference = peers.twin_of(parsed, game, players, layout)
        assert difference < 1e-5
        batch = game.sample(jax.random.key(1))
        twin.sample = lambda: (twin.given(np.array(batch["real"])), twin.torch.tensor(np.array(batch["latents"])))
        rule = rules.alternating(optax.adam(2e-4, b1=0.5, eps_root=1e-16))
        fixed = game._replace(sample=lambda key: batch)
        after, _ = jax.jit(rule.update, static_argnums=0)(fixed, players, rule.init(players), jax.random.key(0))
        twin.step(parse("alternating", rules.RULES, "rule"))()
        losses = {name: float(loss) for name, loss in game.losses(after, batch).items()}
        moved = twin.losses(np.array(batch["real"]), np.array(batch["latents"]))
        before = {name: float(loss) for name, loss in game.losses(players, batch).items()}
        for name, loss in losses.items():
            assert moved[name] == pytest.approx(loss, abs=0.01 * abs(loss - before[name]) + 1e-5)


def test_what_pytorchs_twin_does_not_have_is_refused():
    pytest.importorskip("torch")
    with pytest.raises(UserError, match="twin of digits is not written"):
        torch_twin.Twin(Spec("digits", {}), {}, None, {})
    with pytest.raises(UserError, match="twin of dcgan:norm=layer is not written; there is one of DCGANs"):
        torch_dcgan.DcganTwin(Spec("dcgan", {"norm": "layer"}), {}, None, {})
    with pytest.raises(UserError, match="no second derivatives"):
        torch_twin.Twin.step(None, Spec("unrolled", {}), compiled=True)


@pytest.mark.parametrize("off", ["off", "", "0"])
def test_the_cache_can_be_turned_off(monkeypatch, off):
    monkeypatch.setenv(user_cache.VARIABLE, off)
    assert cache.keep_compiled() is None


def test_the_cache_is_where_it_is_asked_for_and_its_oldest_entries_go_first(monkeypatch, tmp_path):
    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: getattr(jax.config, name) for name in names}
    folder = tmp_path / "compiled"
    folder.mkdir()
    for age, name in enumerate(("new", "old", "older")):
        (folder / name).write_bytes(bytes(400))
        os.utime(folder / name, (1000 - age, 1000 - age))
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(cache, "MOST_BYTES", 1000)
    try:
        assert cache.keep_compiled() == folder
        assert sorted(path.name for path in folder.iterdir()) == ["new", "old"]
        assert jax.config.jax_compilation_cache_dir == str(folder)
    finally:
        for name, value in before.items():
            jax.config.update(name, value)


def test_a_cache_that_cannot_be_written_keeps_nothing(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(user_cache.VARIABLE, str(tmp_path / "file" / "inside"))
    assert cache.keep_compiled() is None
