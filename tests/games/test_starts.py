import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import games
from gangame.games import GAMES
from gangame.games.starts import initial
from gangame.lab import spec

STARTS = {
    "quadratic": ("[[1],[2]]", {"p1": [1.0], "p2": [2.0]}),
    "matrix_game": ("[[1,2],[3,4]]", {"row": [1.0, 2.0], "column": [3.0, 4.0]}),
    "cyclic": ("[[1],[2],[3]]", {"p1": [1.0], "p2": [2.0], "p3": [3.0]}),
    "market": ("[1,2]", {"x": 1.0, "y": 2.0}),
    "cobweb": ("[1,2]", {"price": 1.0, "quantity": 2.0}),
    "ridge": ("[5,7]", {"x": 5.0, "y": 7.0}),
    "tandem": ("[1,2]", {"x": 1.0, "y": 2.0}),
    "hamiltonian_game": ("[[1],[2]]", {"p1": [1.0], "p2": [2.0]}),
    "prisoners_dilemma": ("[[1,1,-1,1,-1],[0,0,0,0,0]]", {"p1": [1.0, 1, -1, 1, -1], "p2": [0.0] * 5}),
    "noisy_bilinear": ("[1,2]", {"x": 1.0, "y": 2.0}),
    "finite_sum_bilinear": ("[[1,2],[3,4]],num_terms=2", {"x": [1.0, 2.0], "y": [3.0, 4.0]}),
    "linear_quadratic_gan": ("[[[2]],[[1]]]", {"generator": [[2.0]], "discriminator": [[1.0]]}),
    "ttur_toy": ("[1,2]", {"x": 1.0, "y": 2.0}),
}


@pytest.mark.parametrize("name", STARTS)
def test_a_start_as_one_types_it_is_where_every_run_starts(name):
    text, players = STARTS[name]
    game = spec.build(spec.parse(f"{name}:start={text}", GAMES, "game"), GAMES)
    for seed in range(2):
        made = game.init(jax.random.key(seed))
        assert set(made) == set(players)
        for player, own in players.items():
            assert made[player].dtype == jnp.float64
            np.testing.assert_array_equal(made[player], own)


def test_a_gaussian_starts_at_its_mean_before_a_blind_discriminator():
    game = spec.build(spec.parse("gaussian_gan:start=[1,2],size=2", GAMES, "game"), GAMES)
    players = game.init(jax.random.key(0))
    np.testing.assert_array_equal(players["generator"]["mean"], [1, 2])
    np.testing.assert_array_equal(players["generator"]["factor"], np.eye(2))
    assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(players["discriminator"]))


def test_without_a_start_players_are_independent_standard_normals():
    draws = jax.vmap(initial({"x": (), "y": (2,)}))(jax.random.split(jax.random.key(0), 4000))
    columns = np.column_stack([draws["x"], draws["y"]])
    # 4000 draws: means and second moments are off by at most √2/√4000 = 0.022 in standard deviation; five of these.
    np.testing.assert_allclose(columns.mean(axis=0), 0, atol=0.08)
    np.testing.assert_allclose(columns.T @ columns / 4000, np.eye(3), atol=0.11)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ((1.0,), "start has 1 entries; it needs one for each of x"),
        (1.0, "start is 1.0; it has to be a sequence, one entry for each of x"),
        (([1.0], 2.0), r"start for x has the shape \(1,\)"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(start, sentence):
    for factory in (games.tandem, games.market, games.ridge, games.ttur_toy, games.noisy_bilinear, games.bilinear):
        with pytest.raises(ValueError, match=sentence):
            factory(start=start)


@pytest.mark.parametrize("name", ["bilinear", "dirac", *(name for name in STARTS if name != "linear_quadratic_gan")])
def test_two_calls_of_a_factory_share_their_programs(name, num_compiled):
    text, _ = STARTS.get(name, ("None", None))

    @jax.jit
    def look(game, key):
        players = game.init(key)
        return game.losses(players, game.sample(key))

    counts = []
    for _ in range(2):
        look(spec.build(spec.parse(f"{name}:start={text}", GAMES, "game"), GAMES), jax.random.key(0))
        counts.append(num_compiled())
    assert counts[0] == counts[1]
