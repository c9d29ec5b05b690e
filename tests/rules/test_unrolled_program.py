import jax
import numpy as np
import optax
import pytest

import gangame as gg
from gangame import games, rules

KEY = jax.random.key(0)


@pytest.mark.parametrize("promotion", ["standard"])  # as optax's Adam needs
def test_the_program_does_not_grow_with_the_depth_and_rematerialised_memory_by_parameters_alone():
    game = games.mixture(hidden=(16,), discriminator_hidden=(16, 16), latent_dim=4, batch_size=512, activation="tanh")
    start = gg.start(game, rules.simultaneous(optax.adam(0.01, eps_root=1e-16)), KEY)

    def compiled(depth, remat):
        rule = rules.unrolled(optax.adam(0.01, eps_root=1e-16), depth=depth, remat=remat)
        return jax.jit(lambda w, s: rule.update(game, w, s, KEY)).lower(start.players, start.state).compile()

    programs = {(depth, remat): compiled(depth, remat) for depth in (4, 12) for remat in (False, True)}
    size = {case: len(program.as_text().splitlines()) for case, program in programs.items()}
    temp = {case: program.memory_analysis().temp_size_in_bytes for case, program in programs.items()}
    for remat in (False, True):
        assert size[12, remat] == size[4, remat]
    slope, rematerialised = ((temp[12, remat] - temp[4, remat]) / 8 for remat in (False, True))
    activation = 512 * 16 * start.players["generator"]["Dense_0"]["kernel"].dtype.itemsize
    held = sum(leaf.nbytes for leaf in jax.tree.leaves((start.players["discriminator"], start.state["discriminator"])))
    assert rematerialised <= 2 * held < activation < slope


def test_rematerialisation_changes_nothing_but_the_last_bits():
    game = games.mixture(hidden=(4,), discriminator_hidden=(4,), latent_dim=2, batch_size=4, activation="tanh")
    players = game.init(KEY)
    moved = []
    for remat in (False, True):
        rule = rules.unrolled(0.1, depth=3, remat=remat)
        moved.append(jax.jit(rule.update)(gg.portable(game), players, rule.init(players), KEY)[0])
    for left, right in zip(*map(jax.tree.leaves, moved), strict=True):
        np.testing.assert_allclose(left, right, rtol=0, atol=1e-14)  # parameters of order 1, some tens of eps


def num_equations(jaxpr):
    total = 0
    for equation in jaxpr.eqns:
        total += 1
        for value in jax.tree.leaves(list(equation.params.values()), is_leaf=lambda leaf: hasattr(leaf, "eqns")):
            inner = getattr(value, "jaxpr", value)
            total += num_equations(inner) if hasattr(inner, "eqns") else 0
    return total


@pytest.mark.parametrize("options", [{}, {"through": False}, {"remat": True}, {"fresh": True}])
def test_the_program_does_not_grow_with_the_depth(options):
    game = games.dirac()
    players = game.init(KEY)

    def size(rule):
        jaxpr = jax.make_jaxpr(lambda players, key: rule.update(game, players, rule.init(players), key))(players, KEY)
        return num_equations(jaxpr.jaxpr)

    short, long = (size(rules.unrolled(0.1, depth=depth, **options)) for depth in (2, 20))
    assert short == long > size(rules.simultaneous(0.1))
