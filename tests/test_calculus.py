import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import gangame as gg
from gangame import calculus

# Products and dense matrices are the same sums of at most ten terms in other orders: 1e-12 is some thousand eps.
ROUNDING = {"rtol": 1e-12, "atol": 1e-12}


def losses(players, batch):
    """Three players of different shapes and no structure: every block of J is full and depends on the point."""
    a, b, c = players["a"], players["b"]["deep"], players["c"]
    total = jnp.sum(b)
    return {
        "a": jnp.sin(a * total) + a**2 * jnp.sum(c**2) + batch * a,
        "b": jnp.sum(jnp.cos(b) * c) * a + jnp.sum(b**3) / 3 + batch * total * jnp.sum(c),
        "c": jnp.exp(-jnp.sum(c**2)) + jnp.sum(c * b) * a**2 + jnp.prod(c),
    }


GAME = gg.Game(lambda key: None, lambda key: None, losses)
# Out of the sorted order on purpose.
POINT = {"c": jnp.array([0.3, -0.7]), "a": jnp.array(0.8), "b": {"deep": jnp.array([1.1, -0.4])}}
BATCH = 0.6
TANGENT = {"c": jnp.array([-1.0, 0.2]), "a": jnp.array(0.5), "b": {"deep": jnp.array([0.9, 2.0])}}
FLAT, UNRAVEL = ravel_pytree(POINT)
OWNER = ["a", "b", "b", "c", "c"]


def numpy_field(w):
    """The own gradients by hand, in the order a, b, c."""
    a, b, c = w[0], w[1:3], w[3:5]
    total = b.sum()
    return np.concatenate(
        [
            [np.cos(a * total) * total + 2 * a * np.sum(c**2) + BATCH],
            -np.sin(b) * c * a + b**2 + BATCH * c.sum(),
            -2 * c * np.exp(-np.sum(c**2)) + b * a**2 + c[::-1],
        ]
    )


def numpy_jacobian(w):
    # Central differences have the error h² f'''/6 + eps f/h, least near h = eps^(1/3) = 6e-6: about 1e-10.
    h = np.finfo(float).eps ** (1 / 3)
    return np.stack([(numpy_field(w + h * e) - numpy_field(w - h * e)) / (2 * h) for e in np.eye(5)], axis=1)


def flat(tree):
    return np.asarray(ravel_pytree(tree)[0])


def test_the_field_is_the_gradient_by_hand_and_the_losses_come_with_it():
    values, v = jax.jit(calculus.losses_and_field(GAME))(POINT, BATCH)
    np.testing.assert_allclose(flat(v), numpy_field(np.asarray(FLAT)), **ROUNDING)
    np.testing.assert_array_equal(flat(jax.jit(calculus.field(GAME))(POINT, BATCH)), flat(v))
    np.testing.assert_allclose(flat(values), flat(losses(POINT, BATCH)), **ROUNDING)


def test_the_dense_jacobian_has_rows_and_columns_in_the_order_of_ravel_pytree():
    J = jax.jit(lambda w: calculus.jacobian(GAME, w, BATCH))(POINT)
    np.testing.assert_allclose(J, numpy_jacobian(np.asarray(FLAT)), atol=1e-8)
    assert not np.allclose(J, J.T, atol=1e-2)


@pytest.fixture(scope="module", name="J")
def dense_jacobian():
    return np.asarray(jax.jit(lambda w: calculus.jacobian(GAME, w, BATCH))(POINT))


@pytest.mark.parametrize(
    ("product", "matrix"),
    [
        (calculus.jacobian_product, lambda J: J),
        (calculus.transposed_product, lambda J: J.T),
        (calculus.symmetric_product, lambda J: (J + J.T) / 2),
        (calculus.antisymmetric_product, lambda J: (J - J.T) / 2),
    ],
)
def test_products_are_those_of_the_dense_matrix_also_under_jit_and_vmap(product, matrix, J):
    expected = matrix(J) @ flat(TANGENT)
    compiled = jax.jit(lambda w, u: product(GAME, w, BATCH, u))
    np.testing.assert_allclose(flat(compiled(POINT, TANGENT)), expected, **ROUNDING)
    columns = jax.jit(jax.vmap(lambda u: ravel_pytree(product(GAME, POINT, BATCH, UNRAVEL(u)))[0], out_axes=1))(
        jnp.eye(5)
    )
    np.testing.assert_allclose(columns, matrix(J), **ROUNDING)


@pytest.mark.parametrize("row", "abc")
@pytest.mark.parametrize("column", "abc")
def test_a_block_product_is_that_of_the_block(row, column, J):
    rows, columns = [[i for i, name in enumerate(OWNER) if name == which] for which in (row, column)]
    product = jax.jit(lambda w, u: calculus.block_product(GAME, w, BATCH, row, column, u))(POINT, TANGENT[column])
    assert jax.tree.structure(product) == jax.tree.structure(POINT[row])
    np.testing.assert_allclose(flat(product), J[np.ix_(rows, columns)] @ flat(TANGENT[column]), **ROUNDING)


def test_the_antisymmetric_part_does_no_work_and_the_parts_add_up():
    parts = [product(GAME, POINT, BATCH, TANGENT) for product in (calculus.symmetric_product,
                                                                  calculus.antisymmetric_product)]  # fmt: skip
    assert abs(flat(TANGENT) @ flat(parts[1])) < 1e-12
    whole = calculus.jacobian_product(GAME, POINT, BATCH, TANGENT)
    np.testing.assert_allclose(flat(parts[0]) + flat(parts[1]), flat(whole), **ROUNDING)


def test_the_jacobian_of_xy_is_a_rotation_and_its_gradient_penalty_differentiates():
    game = gg.zero_sum(lambda players, batch: players["x"] * players["y"])
    point = {"x": jnp.array(2.0), "y": jnp.array(3.0)}
    np.testing.assert_array_equal(calculus.jacobian(game, point, None), [[0.0, 1.0], [-1.0, 0.0]])

    def half_squared_field(w):
        return sum(v**2 for v in calculus.field(game)(w, None).values()) / 2

    # ∇ ½‖v‖² = Jᵀv, here (x, y).
    assert jax.grad(half_squared_field)(point) == point


def test_a_hessian_of_a_potential_game_is_its_jacobian_and_it_is_symmetric():
    def potential(players, batch):
        value = jnp.sin(players["x"]) * players["y"] ** 3
        return {"x": value, "y": value}

    x, y = 0.4, 1.5
    game = gg.Game(lambda key: None, lambda key: None, potential)
    J = calculus.jacobian(game, {"x": jnp.array(x), "y": jnp.array(y)}, None)
    mixed = 3 * np.cos(x) * y**2
    np.testing.assert_allclose(J, [[-np.sin(x) * y**3, mixed], [mixed, 6 * np.sin(x) * y]], **ROUNDING)


@pytest.mark.parametrize("name", "abc")
def test_the_influence_of_a_player_on_the_others_is_a_block_of_the_transposed_matrix(name, J):
    others = {other: own for other, own in TANGENT.items() if other != name}
    own, rest = ([i for i, owner in enumerate(OWNER) if (owner == name) is same] for same in (True, False))
    product = jax.jit(lambda w, u: calculus.influence_product(GAME, name, w, BATCH, u))(POINT, others)
    assert jax.tree.structure(product) == jax.tree.structure(POINT[name])
    np.testing.assert_allclose(flat(product), J[np.ix_(rest, own)].T @ flat(others), **ROUNDING)


def test_the_field_of_others_has_the_field_for_value_and_the_off_diagonal_blocks_for_jacobian(J):
    v, product = jax.linearize(calculus.field_of_others(GAME, POINT, BATCH), POINT)
    np.testing.assert_allclose(flat(v), numpy_field(np.asarray(FLAT)), **ROUNDING)
    same = np.array(OWNER)[:, None] == np.array(OWNER)
    expected = np.where(same, 0, J) @ flat(TANGENT)
    np.testing.assert_allclose(flat(product(TANGENT)), expected, **ROUNDING)
    np.testing.assert_allclose(flat(calculus.off_diagonal_product(GAME, POINT, BATCH, TANGENT)), expected, **ROUNDING)


def test_the_shaping_term_is_the_change_of_the_first_order_loss_through_the_others_steps():
    rates = {"a": 0.3, "b": 0.2, "c": 0.5}

    def steps(tree):
        return {name: jax.tree.map(lambda leaf, name=name: rates[name] * leaf, own) for name, own in tree.items()}

    chi = jax.jit(lambda: calculus.shaping_term(GAME, POINT, BATCH, steps))()
    for name in POINT:

        def gain(own, name=name):  # Σ_j ⟨∇_j ℓ_i held, α_j ∇_j ℓ_j⟩
            held = calculus.others_gradients(GAME, name, POINT, BATCH)
            gradients = calculus.field(GAME)({**POINT, name: own}, BATCH)
            return sum(rates[other] * jnp.vdot(flattened(held[other]), flattened(gradients[other])) for other in held)

        np.testing.assert_allclose(flat(chi[name]), flat(jax.jit(jax.grad(gain))(POINT[name])), **ROUNDING)


def flattened(tree):
    return ravel_pytree(tree)[0]


def test_zero_sum_is_read_off_the_losses():
    point = {"x": jnp.array(2.0), "y": jnp.array(3.0)}
    game = gg.zero_sum(lambda players, batch: jnp.sin(players["x"]) * players["y"])
    swapped = gg.zero_sum(lambda players, batch: players["x"] * players["y"], "y", "x")
    assert calculus.is_zero_sum(game, point, None)
    assert calculus.is_zero_sum(swapped, point, None)
    assert calculus.is_zero_sum(game._replace(losses=jax.jit(game.losses)), point, None)
    assert not calculus.is_zero_sum(GAME, POINT, BATCH)
    team = gg.Game(None, None, lambda w, batch: {"x": w["x"] * w["y"], "y": w["x"] * w["y"]})
    assert not calculus.is_zero_sum(team, point, None)
    assert not calculus.is_zero_sum(team._replace(losses=jax.jit(team.losses)), point, None)
