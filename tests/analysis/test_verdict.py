import jax.numpy as jnp
import numpy as np
import optax
import pytest
from analysis.verdicts import all_cases, cheap_cases, outcomes

from gangame import analysis, games, rules

XY = games.bilinear()


def check(cases):
    """Most cases are decided, at least forty of them clearly, and of these at least 95 % come true."""
    results = list(outcomes(cases))
    unknown = [result.label for result in results if result.verdict.outcome == "unknown"]
    decisive = [result for result in results if result.decisive]
    wrong = [result.label for result in decisive if not result.right]
    assert len(decisive) >= 40
    assert len(wrong) <= 0.05 * len(decisive), wrong
    assert len(unknown) <= 0.1 * len(results), unknown
    return results


def test_what_is_said_of_more_than_forty_cases_comes_true():
    results = check(cheap_cases())
    # Of alternating steps without a penalty linear terms decide nothing; all else does decide.
    neutral = [result.label for result in results if not result.decisive]
    assert neutral == [f"Dirac minimax r1 0.0, alternating {rate}" for rate in (0.2, 1.0, 3.0)]


@pytest.mark.slow
def test_what_is_said_of_all_cases_comes_true():
    check(all_cases())


def test_one_row_for_the_flow_and_one_for_each_rule():
    game = games.quadratic([[0.1, 1.0], [-1.0, 0.1]])
    of_name = {"slow": rules.simultaneous(0.05), "fast": rules.simultaneous(1.0), "in turn": rules.alternating(0.5)}
    table = analysis.verdict(game, game.equilibrium, of_name)
    assert [row.rule for row in table] == ["flow", *of_name]
    assert [row.outcome for row in table] == ["converges", "converges", "diverges", "converges"]
    radii = [np.exp(-0.1), np.hypot(0.995, 0.05), np.hypot(0.9, 1.0), 1 - 0.5 * 0.1]
    np.testing.assert_allclose([row.radius for row in table], radii, rtol=1e-12)
    assert table[0].halving == pytest.approx(np.log(2) / 0.1)
    assert table[2].halving == np.inf
    assert "shrinks by" in table[0].reason
    assert "grows by" in table[2].reason


def test_what_cannot_be_decided_is_neutral_or_unknown():
    flow, plain, in_turn = analysis.verdict(
        XY, XY.equilibrium, {"plain": rules.simultaneous(0.1), "in turn": rules.alternating(0.1)}
    )
    assert [flow.outcome, plain.outcome, in_turn.outcome] == ["neutral", "diverges", "neutral"]
    moving = {"x": jnp.array(1.0), "y": jnp.array(0.0)}
    for row in analysis.verdict(XY, moving, {"plain": rules.simultaneous(0.1)}):
        assert row.outcome == "unknown"
        assert "not at rest" in row.reason


@pytest.mark.parametrize("promotion", ["standard"])
def test_a_step_without_a_derivative_is_unknown(promotion):
    row = analysis.verdict(XY, XY.equilibrium, {"adam": rules.simultaneous(optax.adam(0.1))})[1]
    assert row.outcome == "unknown"
    assert "no finite derivative" in row.reason


def test_a_step_with_a_kink_is_unknown():
    # Anderson mixing weighs its last residuals against each other; at rest all of them vanish.
    game = games.dirac(penalty="r1", strength=0.3)
    row = analysis.verdict(game, game.equilibrium, {"anderson": rules.anderson(rules.simultaneous(0.2))})[1]
    assert row.outcome == "unknown"
    assert "not smooth" in row.reason


def test_wrong_arguments_are_told_in_sentences():
    with pytest.raises(ValueError, match="periods names other"):
        analysis.verdict(XY, XY.equilibrium, {"plain": rules.simultaneous(0.1)}, periods={"other": 2})
    with pytest.raises(ValueError, match="both have to be 0 or more"):
        analysis.verdict(XY, XY.equilibrium, {}, margin=-1.0)


def test_rules_without_names_are_refused():
    game = games.bilinear()
    with pytest.raises(TypeError, match="a dict of rules by their names"):
        analysis.verdict(game, game.equilibrium, [rules.simultaneous(0.1)])
