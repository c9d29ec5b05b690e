import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gangame import linear

RNG = np.random.default_rng(0)
A = RNG.standard_normal((6, 6)) + 3 * np.eye(6)
SYMMETRIC = A @ A.T
B = RNG.standard_normal(6)


def tree(vector):
    return {"x": vector[:2], "y": vector[2:]}


def solution(solver, matrix, scale, dtype, tol):
    """Solves (scale · matrix) x = scale² · b over a tree, so that x is proportional to the scale."""
    scaled = jnp.asarray(matrix, dtype) * scale

    def product(u):
        return tree(scaled @ jnp.concatenate([u["x"], u["y"]]))

    x = solver(product, tree(jnp.asarray(B, dtype) * scale**2), tol=tol, maxiter=20)
    return jnp.concatenate([x["x"], x["y"]])


@pytest.mark.parametrize(("solver", "matrix"), [(linear.cg, SYMMETRIC), (linear.gmres, A)])
@pytest.mark.parametrize(("dtype", "tol"), [(jnp.float64, 1e-14), (jnp.float32, 1e-6)])
def test_a_solve_is_that_of_the_dense_matrix_and_differentiates_in_both_modes(solver, matrix, dtype, tol):
    def solve(scale):
        return solution(solver, matrix, scale, dtype, tol)

    exact = np.linalg.solve(matrix, B)
    close = {"rtol": 0, "atol": 1e3 * tol * np.abs(exact).max()}  # the condition number of A Aᵀ is below 1e3
    assert np.linalg.cond(SYMMETRIC) < 1e3
    scales = jnp.array([0.5, 1.3], dtype)
    result = jax.jit(jax.vmap(solve))(scales)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, np.outer(scales, exact), **close)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(solve))(scales[1]), exact, **close)
    np.testing.assert_allclose(jax.jit(jax.jacrev(solve))(scales[1]), exact, **close)


@pytest.mark.parametrize(("solver", "matrix"), [(linear.cg, SYMMETRIC), (linear.gmres, A)])
def test_where_the_right_hand_side_is_zero_so_is_the_solution_and_its_derivative_is_solved_for(solver, matrix):
    def solve(size):
        return solver(lambda u: matrix @ u, size * B, tol=1e-12, maxiter=20)

    value, slope = jax.jit(lambda: jax.jvp(solve, (0.0,), (1.0,)))()
    np.testing.assert_array_equal(value, 0)
    np.testing.assert_allclose(slope, np.linalg.solve(matrix, B), rtol=1e-9)


@pytest.mark.parametrize(("solver", "matrix"), [(linear.cg, SYMMETRIC), (linear.gmres, A)])
def test_the_tolerance_is_relative_to_the_right_hand_side(solver, matrix):
    for size in (1e-8, 1e8):
        x = jax.jit(lambda size: solver(lambda u: matrix @ u, size * B, tol=0.1, maxiter=20))(size)
        residual = np.linalg.norm(matrix @ x - size * B) / np.linalg.norm(size * B)
        assert 1e-12 < residual <= 0.1


def test_iterations_are_limited():
    one, six = (linear.cg(lambda u: SYMMETRIC @ u, jnp.asarray(B), tol=0.0, maxiter=n) for n in (1, 6))
    step = (B @ B) / (B @ SYMMETRIC @ B)  # the first iterate is the steepest descent with exact line search
    np.testing.assert_allclose(one, step * B, rtol=1e-13)
    np.testing.assert_allclose(SYMMETRIC @ six, B, rtol=1e-8)


def test_gmres_leaves_the_smallest_residual_of_its_directions_and_restarts_from_there(monkeypatch):
    monkeypatch.setattr(linear, "RESTART", 2)
    matrix = np.kron(np.eye(3), [[0.0, 1.0], [-1.0, 0.0]]) + 0.3 * A  # nearly a rotation: Ar ⊥ r
    found = jax.jit(
        lambda: [linear.gmres(lambda u: matrix @ u, jnp.asarray(B), tol=0.0, maxiter=n) for n in (2, 3, 6)]
    )()
    x, expected = np.zeros(6), []
    for _ in range(3):
        residual = B - matrix @ x
        directions = np.stack([residual, matrix @ residual], axis=1)
        x = x + directions @ np.linalg.lstsq(matrix @ directions, residual)[0]
        expected.append(x)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_gmres_ends_where_the_solution_is_in_the_directions_it_has():
    matrix = np.diag([2.0, 4.0, 5.0])
    x = jax.jit(lambda: linear.gmres(lambda u: matrix @ u, jnp.array([1.0, 1.0, 0.0]), tol=0.0, maxiter=20))()
    np.testing.assert_allclose(x, [0.5, 0.25, 0.0], rtol=1e-14)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_not_finite_is_an_answer_that_is_not_and_leaves_other_lanes_alone(wrong):
    right = jnp.asarray([B, [*B[:-1], wrong]])

    @jax.jit
    def solved(right):
        solvers = (
            lambda b: linear.cg(lambda u: SYMMETRIC @ u, b, tol=1e-9, maxiter=6),
            lambda b: linear.gmres(lambda u: SYMMETRIC @ u, b, tol=1e-9, maxiter=6),
            lambda b: linear.gmres(lambda u: SYMMETRIC @ u, b, tol=1e-9, maxiter=linear.RESTART + 1),
        )
        return [jax.vmap(solve)(right) for solve in solvers]

    for finite, other in solved(right):
        np.testing.assert_allclose(SYMMETRIC @ finite, B, rtol=1e-6)
        assert not np.any(np.isfinite(other))


def test_a_singular_matrix_has_an_answer_for_what_is_in_its_range_alone():
    matrix = np.diag([2.0, 0.0])
    inside, outside = jax.jit(jax.vmap(lambda b: linear.gmres(lambda u: matrix @ u, b, tol=1e-9, maxiter=5)))(
        jnp.array([[1.0, 0.0], [1.0, 1.0]])
    )
    np.testing.assert_allclose(inside, [0.5, 0.0], rtol=1e-12)
    assert np.all(np.isnan(outside))
