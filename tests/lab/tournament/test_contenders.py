import numpy as np
import pytest

import gangame as gg
from gangame.games import GAMES
from gangame.lab import spec
from gangame.lab.spec import Spec, Swept, UserError
from gangame.lab.tournament import Arena, Protocol, contender, tasks_of
from gangame.lab.tournament.cell import Cell
from gangame.lab.tournament.protocol import TUNING
from gangame.rules import RULES
from gangame.rules.cost import Cost


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


def test_a_spec_with_several_values_is_for_comparisons_alone():
    assert spec.parse("consensus:strength=0.1|1", RULES, "rule", sweep=True) == Spec(
        "consensus", {"strength": Swept((0.1, 1.0))}
    )
    assert str(Spec("consensus", {"strength": Swept((0.1, 1.0))})) == "consensus:strength=0.1|1"
    with pytest.raises(UserError, match="are several values"):
        spec.parse("consensus:strength=0.1|1", RULES, "rule")
    with pytest.raises(UserError, match="has to be a whole number"):
        spec.parse("unrolled:depth=1|5", RULES, "rule", sweep=True)


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


def test_a_penalty_costs_what_xla_counts_for_it_and_is_traced(small):
    game = spec.parse("mixture:hidden=[4],discriminator_hidden=[4],latent_dim=2,batch_size=8", GAMES, "game")
    row = contender("alternating", "sgd", game={"penalty": "r1", "penalty_strength": Swept((0.5, 1.0))})
    cell = Cell(row, game, 2)
    assert 1.05 < cell.cost() < 2
    candidates = [{"rate": 0.0, "ratio": 1.0, "game/penalty_strength": strength} for strength in (0.5, 1.0, 1.5)]
    keys = small.keys(TUNING, 1)
    records = cell.play(candidates, keys, np.array([1, 2])).records
    losses = records["loss_discriminator"][:, -1]
    np.testing.assert_allclose(losses[2] - losses[1], losses[1] - losses[0], rtol=1e-4)  # float32 losses near 1
    assert losses[1] > losses[0]


def test_rows_that_are_the_same_where_all_take_plain_steps_play_once(tmp_path, plane, small):
    rows = [contender("simultaneous", "adam"), contender("simultaneous", "sgd", label="simultaneous (plain)")]
    ring = Arena("ring", spec.parse("mixture", GAMES, "game"), small)
    penalised = contender("alternating", "adam", game={"penalty": "r1", "penalty_strength": 1.0}, label="with R1")
    found = [(task.arena.name, task.row.label) for task in tasks_of([*rows, penalised], [ring, plane], tmp_path)]
    assert found == [
        ("ring", "simultaneous"), ("plane", "simultaneous"), ("ring", "simultaneous (plain)"), ("ring", "with R1")
    ]  # fmt: skip
