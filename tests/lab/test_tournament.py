import dataclasses
import json

import jax
import numpy as np
import pytest

import gangame as gg
from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.engine import Engine
from gangame.lab.spec import Spec, Swept, UserError
from gangame.lab.tournament import Arena, Protocol, contender, play_all, questions, tasks_of
from gangame.lab.tournament import report as reports
from gangame.lab.tournament.cell import Cell, Played
from gangame.lab.tournament.choose import rank
from gangame.lab.tournament.contenders import Contender
from gangame.lab.tournament.protocol import REPORTING, TUNING
from gangame.lab.tournament.rates import measured_rates
from gangame.lab.tournament.standings import front, goal_in, standings
from gangame.lab.tournament.work import load, play_task, save
from gangame.rules import RULES
from gangame.rules.cost import Cost, costs

HERE = Engine("local", 1)
PROTOCOL = Protocol(
    budget=80, tuning_budget=40, num_records=4, num_candidates=4, num_tuning_seeds=2, num_seeds=3, lanes=4,
    plain_rates=(0.05, 0.5), ratios=(1.0,),
)  # fmt: skip
PLANE = Arena("plane", spec.parse("bilinear", GAMES, "game"), PROTOCOL, plain=True, dtype="float64")


@costs(Cost(gradients=1))
def hopeless(optimizer, *, factor=1e6):
    """Everybody runs away from everything."""
    del optimizer

    def update(game, players, state, key):
        del game, key
        return jax.tree.map(lambda w: factor * (w + 1), players), state

    return gg.UpdateRule(lambda players: (), update)


@pytest.fixture
def with_hopeless(monkeypatch):
    monkeypatch.setitem(RULES, "hopeless", hopeless)


@pytest.fixture
def tasks(tmp_path):
    rows = [contender(text, "sgd") for text in ("simultaneous", "consensus:strength=0.5|1")]
    return tasks_of(rows, [PLANE], tmp_path)


def arrays(task):
    return [load(task.path(phase))[0].records for phase in ("tuning", "reporting")]


def assert_same_bits(one, other):
    assert [set(each) for each in one] == [set(each) for each in other]
    for left, right in zip(one, other, strict=True):
        for name in left:
            np.testing.assert_array_equal(left[name], right[name], strict=True)


# What a row is.


def test_a_swept_number_is_a_place_for_each_candidates_value_however_deep():
    row = contender("lookahead:period=3,rule=(extragradient:direction=(consensus:strength=0.1|1))", "adam", {"b1": 0.5})
    place = "rule/rule/direction/strength"
    assert row.swept() == {place: (0.1, 1.0)}
    assert row.label == "lookahead:period=3,rule=(extragradient:direction=(consensus))"
    assert row.describe() == "adam:b1=0.5"
    rule = row.make(["x", "y"], {"rate": 0.1, "ratio": 2.0, place: 1.0})
    assert isinstance(rule, gg.UpdateRule)
    # Extragradient looks twice along a field and one product with Jᵀ; the lookahead adds nothing but a copy.
    assert row.cost() == Cost(gradients=2, transposed=2, copies=1)


def test_the_first_player_by_name_has_the_ratio(monkeypatch):
    seen = {}
    monkeypatch.setattr("gangame.lab.tournament.contenders.make_rule", lambda rule, settings: seen.update(settings))
    contender("simultaneous", "sgd").make(["generator", "discriminator"], {"rate": 0.5, "ratio": 3.0})
    assert {name: each.learning_rate for name, each in seen.items()} == {"discriminator": 1.5, "generator": 0.5}


def test_rules_of_plain_steps_get_plain_steps_and_larger_rates():
    protocol = Protocol(rates=(1e-3, 1e-3), plain_rates=(0.5, 0.5))
    plain, own, adaptive = (contender(name, "adam") for name in ("heavy_ball", "optimistic_adam", "simultaneous"))
    assert [row.describe() for row in (plain, own, adaptive)] == ["sgd", "its own", "adam"]
    assert [protocol.candidates(row)[0]["rate"] for row in (plain, own, adaptive)] == [0.5, 1e-3, 1e-3]
    assert contender("lookahead:rule=heavy_ball", "adam").describe() == "sgd"
    for own in ("competitive:adaptive=true", "averaged:rule=optimistic_adam"):
        assert contender(own, "adam").describe() == "its own"


def test_an_order_names_players_by_their_places(monkeypatch):
    seen = []
    monkeypatch.setattr("gangame.lab.tournament.contenders.make_rule", lambda rule, settings: seen.append(rule))
    row = contender("prediction:order=[second,first]", "sgd")
    for players in (["x", "y"], ["generator", "discriminator"]):
        row.make(players, {"rate": 0.1, "ratio": 1.0})
    assert [tuple(each.arguments["order"]) for each in seen] == [("y", "x"), ("generator", "discriminator")]


def test_a_penalty_costs_what_xla_counts_for_it_and_is_traced():
    game = spec.parse("mixture:hidden=[4],discriminator_hidden=[4],latent_dim=2,batch_size=8", GAMES, "game")
    row = contender("alternating", "sgd", game={"penalty": "r1", "penalty_strength": Swept((0.5, 1.0))})
    cell = Cell(row, game, 2)
    assert 1.05 < cell.cost() < 2
    candidates = [{"rate": 0.0, "ratio": 1.0, "game/penalty_strength": strength} for strength in (0.5, 1.0, 1.5)]
    keys = PROTOCOL.keys(TUNING, 1)
    records = cell.play(candidates, keys, np.array([1, 2])).records
    losses = records["loss_discriminator"][:, -1]
    np.testing.assert_allclose(losses[2] - losses[1], losses[1] - losses[0], rtol=1e-4)  # float32 losses near 1
    assert losses[1] > losses[0]


# What rules are held to.


def test_every_rule_has_the_same_number_of_candidates_or_is_told(tasks):
    protocol = Protocol(num_candidates=12, ratios=(1.0, 3.0), rates=(1e-3, 1e-2))
    for text, num_rates in (("simultaneous", 6), ("consensus:strength=0.1|1|10", 2)):
        candidates = protocol.candidates(contender(text, "adam"))
        assert len(candidates) == len({tuple(each.items()) for each in candidates}) == 12
        rates = sorted({each["rate"] for each in candidates})
        np.testing.assert_allclose(rates, 10 ** np.linspace(-3, -2, num_rates), rtol=1e-12)
    with pytest.raises(UserError, match="6 combinations of ratios and swept numbers, which does not divide 16"):
        Protocol().candidates(contender("consensus:strength=0.1|1|10", "adam"))


def test_steps_are_what_the_budget_pays_at_equal_fractions():
    protocol = dataclasses.replace(PROTOCOL, num_records=5)
    assert protocol.steps(1.0, 100).tolist() == [20, 40, 60, 80, 100]
    assert protocol.steps(3.0, 100).tolist() == [6, 13, 20, 26, 33]
    assert protocol.steps(64.0, 100).tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("key", [0, 1, 7])
def test_no_seed_is_both_for_tuning_and_for_the_report(key):
    protocol = Protocol(key=key)
    both = [
        tuple(each)
        for phase, number in ((TUNING, 500), (REPORTING, 500))
        for each in np.asarray(jax.random.key_data(protocol.keys(phase, number))).tolist()
    ]
    assert len(set(both)) == 1000
    few, many = (jax.random.key_data(protocol.keys(REPORTING, number)) for number in (3, 5))
    np.testing.assert_array_equal(few, many[:3])  # more seeds leave the others as they are


def test_tuning_sees_its_own_seeds_alone(tasks, monkeypatch):
    seen, play = [], Cell.play

    def watched(cell, candidates, keys, steps, told):
        seen.append((len(candidates), set(map(tuple, np.asarray(jax.random.key_data(keys)).tolist()))))
        return play(cell, candidates, keys, steps, told)

    monkeypatch.setattr(Cell, "play", watched)
    assert play_task(tasks[0]) is None
    (num_tried, tuning), (num_reported, reporting) = seen
    assert (num_tried, len(tuning), num_reported, len(reporting)) == (4, 2, 1, 3)
    assert not tuning & reporting


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"num_seeds": 0}, "num_seeds is 0; it has to be 1 or more"),
        ({"budget": 3.0}, "budget is 3; it has to be at least 40"),
        ({"rates": (1.0, 0.1)}, "rates are 1 to 0.1; they have to be positive, the lower one first"),
        ({"ratios": ()}, "there has to be one at least"),
    ],
)
def test_a_protocol_out_of_range_is_told(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Protocol(**values)


def test_the_best_candidate_is_the_one_that_the_criterion_names():
    goal = goal_in(Arena("ring", spec.parse("mixture", GAMES, "game"), PROTOCOL))

    def candidate(*seeds, kl=0.0):
        return [([0, *modes], kl) for modes in seeds]

    lanes = [
        *candidate([8, 8, 8, 8, 0], [8, 8, 8, 8, 7]),  # never there at the end
        *candidate([1, 1, 1, 1, 8], [1, 1, 1, 1, 8], kl=0.2),  # there at the end, late
        *candidate([1, 1, 8, 1, 8], [1, 1, 8, 1, 8], kl=0.9),  # earlier
        *candidate([1, 1, 8, 1, 8], [1, 1, 8, 1, 8], kl=0.1),  # as early, and more even
        *candidate([8, 8, 8, 8, 8], [8, 8, 8, 8, 7]),  # one seed of two
    ]
    modes = np.array([each for each, _ in lanes])
    records = {"modes": modes, "reverse_kl": np.array([[kl] * 6 for _, kl in lanes])}
    assert rank(records, goal, 5) == [3, 2, 1, 4, 0]


# Playing, and going on.


def test_a_tournament_is_played_kept_and_reported(tasks, with_hopeless, tmp_path):
    tasks = [*tasks, *tasks_of([contender("hopeless", "sgd"), contender("extragradient", "sgd")], [PLANE], tmp_path)]
    lines = []
    assert play_all(tasks, HERE, lines.append) == {}
    assert len(lines) == 4
    assert "min left" in lines[0]
    found = standings(tasks, PLANE)
    by_label = {each["label"]: each for each in found}

    # At equal budget the rule of twice the cost takes half the steps.
    assert by_label["simultaneous"]["num_steps"] == 80
    assert by_label["extragradient"]["num_steps"] == 40
    # Consensus and extragradient converge on V = xy, simultaneous steps do not, and the local rates are closed forms.
    eta, gamma = (by_label["consensus"]["tuned"][name] for name in ("rate", "rule/strength"))
    assert by_label["consensus"]["local_rate"] == pytest.approx(np.hypot(1 - eta * gamma, eta), rel=1e-12)
    eta = by_label["simultaneous"]["tuned"]["rate"]
    assert by_label["simultaneous"]["local_rate"] == pytest.approx(np.hypot(1, eta), rel=1e-12)
    assert by_label["simultaneous"]["measured_rate"] == pytest.approx([np.hypot(1, eta)] * 3, rel=1e-9)
    assert by_label["consensus"]["share"][0] > by_label["simultaneous"]["share"][0] == 0
    # The hopeless rule stays in the table, as the failure that it is.
    assert found[-1]["label"] in ("hopeless", "simultaneous")
    assert by_label["hopeless"]["seeds_finite"] == 0
    assert by_label["hopeless"]["budget_to_goal"][0] == np.inf
    assert by_label["simultaneous"]["share_at_equal_time"] == by_label["simultaneous"]["share"]

    written = reports.write_report(tmp_path, "A title", tasks, [PLANE], {"device": "here"})
    assert set(written) == {"plane"}
    results = json.loads((tmp_path / "results.json").read_text())
    assert [each["label"] for each in results["standings"]["plane"]] == [each["label"] for each in found]
    page = (tmp_path / "report.html").read_text()
    for words in ("A title", "hopeless", "extragradient", "data:image/png;base64,", "0/3"):
        assert words in page
    assert "http://" not in page

    # From the bundle alone the cells come back.
    for task in tasks:
        task.path("reporting").unlink()
    reports.unbundle(tmp_path / "arrays.npz", tmp_path)
    assert [each["label"] for each in standings(tasks, PLANE)] == [each["label"] for each in found]


def test_a_tournament_that_is_cut_has_the_same_bits(tasks, tmp_path):
    other = [dataclasses.replace(task, folder=tmp_path / "cut") for task in tasks]
    play_all(tasks, HERE, lambda line: None)
    play_all(other[:1], HERE, lambda line: None)
    other[0].path("reporting").unlink()  # as if it had been stopped between the two phases of the first cell
    lines = []
    play_all(other, HERE, lines.append)
    for one, two in zip(tasks, other, strict=True):
        assert_same_bits(arrays(one), arrays(two))
    before = other[1].path("reporting").read_bytes()
    play_all(other, HERE, lines.append)
    assert lines[-1] == "2 of 2 cells are there already."
    assert other[1].path("reporting").read_bytes() == before


def test_a_file_that_is_damaged_is_told_and_a_rule_that_cannot_play_is_named(tasks, tmp_path):
    path = tasks[0].path("tuning")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(UserError, match="delete it, and it is played again"):
        play_all(tasks[:1], HERE, lambda line: None)
    strange = tasks_of([contender("unrolled:leader=generator", "sgd")], [PLANE], tmp_path)
    assert "its players are x, y" in play_all(strange, HERE, lambda line: None)["plane/unrolled:leader=generator"]


def test_a_cell_that_fails_does_not_stop_the_others(tasks, monkeypatch, capsys):
    def fail(row, game, values):
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr("gangame.lab.tournament.work.local_rate", fail)
    refused = play_all(tasks, HERE, lambda line: None)
    assert refused == dict.fromkeys(
        ("plane/simultaneous", "plane/consensus"), "it failed with RuntimeError: out of memory"
    )
    assert "Traceback" in capsys.readouterr().err
    assert [task.missing() for task in tasks] == [["reporting"]] * 2  # what was done by then is kept


def test_one_program_serves_candidates_and_seeds_of_both_phases(tasks, monkeypatch):
    made, make = [], Contender.make
    monkeypatch.setattr(Contender, "make", lambda row, *rest: made.append(row) or make(row, *rest))
    cell = Cell(tasks[1].row, PLANE.game, 4)
    candidates, steps = PROTOCOL.candidates(tasks[1].row), np.array([2, 4])
    with jax.enable_x64(True):
        cell.play(candidates, PROTOCOL.keys(TUNING, 2), steps)
        traces = len(made)
        cell.play(candidates[:1], PROTOCOL.keys(REPORTING, 3), 3 * steps)
    assert len(made) == traces


def test_rows_that_are_the_same_where_all_take_plain_steps_play_once(tmp_path):
    rows = [contender("simultaneous", "adam"), contender("simultaneous", "sgd", label="simultaneous (plain)")]
    ring = Arena("ring", spec.parse("mixture", GAMES, "game"), PROTOCOL)
    penalised = contender("alternating", "adam", game={"penalty": "r1", "penalty_strength": 1.0}, label="with R1")
    found = [(task.arena.name, task.row.label) for task in tasks_of([*rows, penalised], [ring, PLANE], tmp_path)]
    assert found == [
        ("ring", "simultaneous"), ("plane", "simultaneous"), ("ring", "simultaneous (plain)"), ("ring", "with R1")
    ]  # fmt: skip


# What is asked of it.


def test_measured_rates_are_those_of_geometric_runs():
    steps = np.array([0, 10, 20, 30, 40])
    distance = np.stack([0.9**steps, 1.1**steps, 0.01**steps, np.full(5, np.nan)])
    rates = measured_rates(distance, steps)
    np.testing.assert_allclose(rates[:2], [0.9, 1.1], rtol=1e-12)
    assert np.isnan(rates[3])
    assert np.isnan(measured_rates(distance[:1], np.zeros(5, int))).all()  # the budget paid for no step


def test_the_front_is_what_nothing_else_beats():
    rng = np.random.default_rng(0)
    entries = [
        {"label": str(index), "cost": float(cost), "budget": 1.0, "share": (float(share), 0.0, 1.0)}
        for index, (cost, share) in enumerate(zip(rng.permutation(12), rng.integers(0, 6, 12) / 6, strict=True))
    ]
    expected = {
        one["label"]
        for one in entries
        if one["share"][0] > 0
        and not any(other["cost"] < one["cost"] and other["share"][0] >= one["share"][0] for other in entries)
    }
    assert len(expected) > 1
    assert set(front(entries)) == expected
    more = {"label": "more", "cost": 0.0, "budget": 4.0, "share": (1.0, 0.0, 1.0)}
    assert set(front([*entries, more])) == expected


def test_questions_are_answered_seed_by_seed(tmp_path):
    arena = dataclasses.replace(PLANE, protocol=dataclasses.replace(PROTOCOL, num_seeds=40))
    rows = [contender("simultaneous", "sgd"), contender("alternating", "sgd"), contender("extragradient", "sgd")]
    tasks = tasks_of(rows, [arena], tmp_path)
    there = {"simultaneous": 10, "alternating": 40, "extragradient": 40}
    for task in tasks:
        distance = np.ones((40, 5))
        distance[: there[task.row.label], -1] = 1e-4
        about = {"cost": task.row.cost().flops()}
        for phase in ("tuning", "reporting"):
            save(task.path(phase), Played({"distance": distance}, np.arange(4.0)), about)
    cells = questions.Cells(tasks, arena)
    difference = questions.against(cells, "simultaneous", "extragradient")
    assert difference["share"][0] == -30 / 40
    assert difference["distance"][0] == pytest.approx(0.75 * (1 - 1e-4))
    assert questions.claim(difference, "share", -1) == "confirmed"
    assert questions.claim(difference, "share", 1) == "refuted"
    assert questions.claim(questions.against(cells, "alternating", "extragradient"), "share", 1) == "undecided"
    assert questions.claim(None, "share", 1) == "not played"
    verdicts = questions.as_well_as(cells, "extragradient", 1.0)
    assert {label: each["verdict"] for label, each in verdicts.items()} == {
        "simultaneous": "worse", "alternating": "as well"
    }  # fmt: skip
    assert questions.against(cells, "simultaneous", "unrolled") is None
    lines = questions.sentence("simultaneous", "extragradient", difference, cells)
    assert lines.startswith("simultaneous minus extragradient: share of seeds at the equilibrium -0.75 (")


def test_a_spec_with_several_values_is_for_comparisons_alone():
    assert spec.parse("consensus:strength=0.1|1", RULES, "rule", sweep=True) == Spec(
        "consensus", {"strength": Swept((0.1, 1.0))}
    )
    assert str(Spec("consensus", {"strength": Swept((0.1, 1.0))})) == "consensus:strength=0.1|1"
    with pytest.raises(UserError, match="has to be a number"):
        spec.parse("consensus:strength=0.1|1", RULES, "rule")
    with pytest.raises(UserError, match="has to be a whole number"):
        spec.parse("unrolled:depth=1|5", RULES, "rule", sweep=True)


def test_what_is_kept_is_what_was_played(tmp_path):
    played = Played({"modes": np.array([[0, 8]]), "reverse_kl": np.array([[0.5, np.nan]])}, np.array([1.0]))
    save(tmp_path / "cell.npz", played, {"label": "x"})
    again, about = load(tmp_path / "cell.npz")
    assert about == {"label": "x"}
    np.testing.assert_array_equal(again.records["modes"], [[0, 8]])
    np.testing.assert_array_equal(again.records["reverse_kl"], [[0.5, np.nan]])
