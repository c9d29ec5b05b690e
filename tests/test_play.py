from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from compiling import as_users_do

import gangame as gg
from gangame import blocks, games, rules

GAME = games.bilinear(start=(1.0, 0.0))
RULE = rules.simultaneous(0.1)
KEY = jax.random.key(0)

# The player adds up the noise of its steps: what it is after t steps shows which draws were made.
WALK = gg.Game(
    init=lambda key: {"walker": jnp.zeros(())},
    sample=lambda key: jax.random.normal(key),
    losses=lambda players, batch: {"walker": -batch * players["walker"]},
)


def radius(players, key):
    return players["x"] ** 2 + players["y"] ** 2


@pytest.mark.parametrize(("num_steps", "every"), [(10, 1), (10, 5), (10, 3), (10, 11), (1, 1), (0, 1)])
def test_records_are_taken_after_every_nth_step_and_the_rest_is_played_unobserved(num_steps, every):
    run = gg.play(GAME, RULE, KEY, num_steps, radius, every)
    assert run.step == num_steps
    observed = every * np.arange(1, num_steps // every + 1)
    # 1e-14: ten products with 1 + η², each rounded.
    np.testing.assert_allclose(run.records, 1.01**observed, rtol=1e-14)
    np.testing.assert_allclose(radius(run.players, None), 1.01**num_steps, rtol=1e-14)


def test_records_may_be_any_tree_and_there_are_none_without_an_observer():
    assert gg.play(GAME, RULE, KEY, 3).records is None
    run = gg.play(GAME, RULE, KEY, 6, lambda players, key: {"w": players, "pair": (jnp.ones(3), 1)}, every=2)
    assert run.records["w"]["x"].shape == (3,)
    assert run.records["pair"][0].shape == (3, 3)
    assert run.records["w"]["x"][-1] == run.players["x"]


def test_the_randomness_of_a_step_depends_on_key_and_step_alone():
    steps = gg.play(WALK, rules.simultaneous(1.0), KEY, 6, lambda players, key: players["walker"]).records
    noise = np.diff(np.asarray(steps), prepend=0)
    _, key_steps, _ = jax.random.split(KEY, 3)
    expected = [jax.random.normal(jax.random.fold_in(key_steps, t)) for t in range(6)]
    # Differences of partial sums lose a few of the last bits.
    np.testing.assert_allclose(noise, expected, atol=1e-14)
    assert len(set(noise.tolist())) == 6
    elsewhere = gg.play(WALK, rules.simultaneous(1.0), KEY, 6, players={"walker": jnp.array(100.0)})
    np.testing.assert_allclose(elsewhere.players["walker"] - 100, steps[-1], atol=1e-13)


def test_observers_get_a_key_of_their_step_that_no_step_uses():
    def draw(players, key):
        return jax.random.normal(key)

    often = gg.play(WALK, rules.simultaneous(1.0), KEY, 6, draw).records
    seldom = gg.play(WALK, rules.simultaneous(1.0), KEY, 6, draw, every=3).records
    np.testing.assert_array_equal(often[2::3], seldom)
    walk = gg.play(WALK, rules.simultaneous(1.0), KEY, 6, lambda players, key: players["walker"]).records
    assert not set(np.asarray(often)) & set(np.diff(np.asarray(walk), prepend=0))


@pytest.fixture
def programs(rule, make_rule):
    """Returns a function from a game to a beginning, `advance` and `play` as users compile them, and what is the same.

    Programs compiled with all effort cost the most of this file: where a run is cut is asked in single precision, how
    often it is observed in double.
    """

    def make(game):
        # Momentum, square roots and a counter: enough products and sums that XLA might contract in one way or another.
        moves = make_rule(rule, optax.adam(1e-2, eps_root=1e-16), 1e-2)

        def observe(players, key):
            return {**players, "key": key}

        @partial(as_users_do, static_argnums=(1, 2))
        def advance(run, num_steps, every=None):
            return gg.advance(game, moves, run, num_steps, observe if every else None, every or 1)

        @partial(as_users_do, static_argnums=1)
        def play(key, num_steps):
            return gg.play(game, moves, key, num_steps)

        begin = gg.start(game, moves, KEY)
        whole = advance(begin, 12)

        def assert_same(run):
            for left, right in zip(jax.tree.leaves(run._replace(records=None)), jax.tree.leaves(whole), strict=True):
                assert left.dtype == right.dtype
                assert (left == right).all()

        return begin, advance, play, assert_same

    return make


@pytest.mark.parametrize("rule", rules.RULES)
@jax.numpy_dtype_promotion("standard")  # for optax's Adam
@jax.enable_x64(False)
def test_a_run_has_the_same_bits_however_it_is_cut(programs):
    begin, advance, play, assert_same = programs(games.quadratic(start=[[1.0], [-0.5]]))
    assert_same(play(KEY, 12))
    # No step, one, two, an odd and an even number: `advance` pads each of these in its own way.
    for chunks in [(1,) * 12, (11, 1), (2,) * 6, (12, 0)]:
        run = begin
        for num_steps in chunks:
            run = advance(run, num_steps)
        assert_same(run)


@pytest.mark.parametrize("rule", rules.RULES)
@jax.numpy_dtype_promotion("standard")  # for optax's Adam
def test_a_run_has_the_same_bits_however_often_it_is_observed(programs):
    begin, advance, _, assert_same = programs(games.bilinear(start=(1.0, -0.5)))
    often = advance(begin, 12, 1)
    for every in (1, 5, 12):  # after each step, with a remainder, once
        seldom = advance(begin, 12, every)
        assert_same(seldom)
        for name, record in seldom.records.items():
            assert (record == often.records[name][every - 1 :: every]).all()
    pieces = [begin]
    for _ in range(12):
        pieces.append(advance(pieces[-1]._replace(records=None), 1, 1))
    assert_same(pieces[-1])
    for name, record in often.records.items():
        assert (jnp.concatenate([piece.records[name] for piece in pieces[1:]]) == record).all()


def test_start_uses_the_given_players_else_those_of_the_game():
    run = gg.start(GAME, RULE, KEY)
    assert (run.players["x"], run.players["y"], int(run.step), run.records) == (1.0, 0.0, 0, None)
    given = gg.start(GAME, RULE, KEY, players={"x": 3.0, "y": 4.0})
    assert (given.players["x"], given.players["y"]) == (3.0, 4.0)
    assert isinstance(given.players["x"], jax.Array)
    assert gg.play(GAME, RULE, KEY, 1, players={"x": 3.0, "y": 4.0}).players["x"] == pytest.approx(2.6)


def test_the_derivative_with_respect_to_the_learning_rate_is_that_of_the_closed_form():
    def squared_radius(rate):
        return radius(gg.play(GAME, rules.simultaneous(rate), KEY, 5).players, None)

    rate = 0.3
    exact = 5 * (1 + rate**2) ** 4 * 2 * rate
    for derivative in (jax.grad, jax.jacfwd):
        np.testing.assert_allclose(derivative(squared_radius)(rate), exact, rtol=1e-13)


def test_a_second_call_compiles_nothing(counted, num_compiled):
    game, traces = counted(gg.portable(GAME))
    elsewhere, key = game._replace(equilibrium=jax.tree.map(jnp.ones_like, game.equilibrium)), jax.random.key(1)
    play = jax.jit(lambda game, key: gg.play(game, RULE, key, 20, radius, every=7))
    before = num_compiled()
    play(game, KEY)
    once = len(traces), num_compiled()
    play(game, key)
    play(elsewhere, KEY)
    assert (len(traces), num_compiled()) == once
    assert once[0] > 0
    assert once[1] > before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"num_steps": -1}, "num_steps is -1; it has to be a whole number, 0 or more"),
        ({"num_steps": 4, "every": 0}, "every is 0; it has to be 1 or more"),
    ],
)
def test_bad_numbers_of_steps_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        gg.play(GAME, RULE, KEY, **arguments)


def test_the_axes_of_a_sweep_are_the_grid_in_its_order_and_then_the_seeds():
    keys = jax.random.split(KEY, 2)

    def game(strength):
        return gg.zero_sum(lambda players, batch: strength * players["x"] * players["y"])

    rates, strengths = jnp.array([0.1, 0.2, 0.3]), jnp.array([1.0, 2.0, 3.0, 4.0])
    grid = {"optimizer": rates, "strength": strengths}
    run = gg.sweep(game, rules.simultaneous, keys, 5, radius, every=2, grid=grid)
    assert run.players["x"].shape == (3, 4, 2)
    assert run.records.shape == (3, 4, 2, 2)
    growth = run.records[..., 1] / run.records[..., 0]
    np.testing.assert_allclose(
        growth, np.broadcast_to((1 + (rates[:, None, None] * strengths[:, None]) ** 2) ** 2, (3, 4, 2)), rtol=1e-13
    )
    other = gg.sweep(game, rules.simultaneous, keys, 5, grid=dict(reversed(grid.items())))
    np.testing.assert_allclose(other.players["x"], np.swapaxes(run.players["x"], 0, 1), rtol=1e-13)


def test_a_sweep_without_a_grid_is_one_run_for_each_seed():
    keys = jax.random.split(KEY, 3)
    run = gg.sweep(games.bilinear(), RULE, keys, 4)
    for seed in range(3):
        separate = gg.play(games.bilinear(), RULE, keys[seed], 4)
        np.testing.assert_allclose(run.players["x"][seed], separate.players["x"], rtol=1e-14)


@pytest.mark.parametrize("chunk", [1, 4, 5, 12])
def test_a_sweep_is_the_same_however_it_is_cut(chunk):
    def swept(chunk):
        rates = jnp.array([0.1, 0.2, 0.3])
        return gg.sweep(
            WALK, rules.simultaneous, jax.random.split(KEY, 4), 5, lambda players, key: players["walker"], 2,
            grid={"optimizer": rates}, chunk=chunk,
        )  # fmt: skip

    whole, cut = swept(None), swept(chunk)
    for left, right in zip(
        jax.tree.leaves(cut._replace(key=None)), jax.tree.leaves(whole._replace(key=None)), strict=True
    ):
        np.testing.assert_allclose(left, right, rtol=1e-14)
    assert (jax.random.key_data(cut.key) == jax.random.key_data(whole.key)).all()


def test_the_program_of_a_sweep_does_not_grow_with_steps_or_runs():
    def size(num_steps, num, chunk):
        keys = jax.random.split(KEY, num)
        return len(jax.jit(lambda keys: gg.sweep(GAME, RULE, keys, num_steps, chunk=chunk)).lower(keys).as_text())

    assert size(10, 6, 3) == pytest.approx(size(1000, 6, 3), rel=0.01)
    assert size(10, 6, 3) == pytest.approx(size(10, 60, 3), rel=0.01)
    assert size(10, 6, 6) == pytest.approx(size(10, 60, 60), rel=0.01)


def test_a_sweep_that_does_not_fit_is_cut_by_itself(monkeypatch):
    wide = gg.Game(
        init=lambda key: {"x": jnp.ones(())},
        sample=lambda key: jax.random.normal(key, (4096,)),
        losses=lambda players, batch: {"x": jnp.sum(jnp.sin(players["x"] * batch) * jnp.sort(batch))},
    )

    def temp():
        def play(keys):
            return gg.sweep(wide, rules.simultaneous(0.1), keys, 3).players

        keys = jax.random.split(KEY, 32)
        return jax.jit(play).lower(keys).compile().memory_analysis().temp_size_in_bytes

    whole = temp()
    assert whole > 32 * 8 * 4096
    monkeypatch.setattr(blocks, "CACHE", 1)
    assert temp() < whole / 4


@pytest.mark.parametrize("chunk", [0, -1, 2.5])
def test_a_chunk_of_no_runs_is_refused(chunk):
    with pytest.raises(ValueError, match=r"chunk is .*; it has to be a whole number, 1 or more, or None"):
        gg.sweep(GAME, RULE, jax.random.split(KEY, 2), 1, chunk=chunk)


@pytest.mark.parametrize(
    ("game", "rule", "sentence"),
    [
        (
            GAME,
            rules.simultaneous,
            "grid names 'rate', .* neither the game nor the rule; they take direction, optimizer",
        ),
        (GAME, RULE, "they take none, since both are ready-made: pass their factories"),
        (lambda strength: GAME, RULE, "they take strength"),
    ],
)
def test_a_sweep_over_an_unknown_name_is_refused(game, rule, sentence):
    with pytest.raises(ValueError, match=sentence):
        gg.sweep(game, rule, jax.random.split(KEY, 2), 1, grid={"rate": jnp.ones(2)})
