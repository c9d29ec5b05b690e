import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree

import gangame as gg
from gangame import games, rules

KEY = jax.random.key(0)
# optax's Adam mixes Python and array numbers in a way that strict promotion refuses.
with_adam = pytest.mark.parametrize("promotion", ["standard"])


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.7])
@pytest.mark.parametrize("depth", [0, 1, 2, 5, 10])
@pytest.mark.parametrize("through", [True, False])
def test_the_one_step_matrices_and_spectral_radii_on_xy(rate, depth, through, one_step_matrix):
    def matrix(leader):
        return one_step_matrix(games.bilinear(), rules.unrolled(rate, leader=leader, depth=depth, through=through))

    k = depth * (2 if through else 1)  # the through-gradient counts twice
    one, both = matrix("x"), matrix(("x", "y"))
    np.testing.assert_allclose(one, [[1 - k * rate**2, -rate], [rate, 1]], rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(both, [[1 - k * rate**2, -rate], [rate, 1 - k * rate**2]], rtol=1e-14, atol=1e-14)

    # λ² − (2 − kη²)λ + 1 − (k − 1)η² = 0: complex up to kη = 2, then real. At kη = 2 the root is double.
    inside = k**2 * rate**2 - 4
    if inside <= 0:
        radius = np.sqrt(1 - (k - 1) * rate**2)
    else:
        radius = max(abs(1 - k * rate**2 / 2 + s * rate * np.sqrt(inside) / 2) for s in (-1, 1))
    # A perturbation eps of a double root moves it by √eps.
    assert np.abs(np.linalg.eigvals(one)).max() == pytest.approx(radius, rel=1e-12 if abs(inside) > 1e-6 else 1e-7)
    radius = np.sqrt((1 - k * rate**2) ** 2 + rate**2)
    assert np.abs(np.linalg.eigvals(both)).max() == pytest.approx(radius, rel=1e-12)


def saddle(a, b, c):
    def value(players, batch):
        return a / 2 * players["x"] ** 2 + b * players["x"] * players["y"] - c / 2 * players["y"] ** 2

    return gg.zero_sum(value)


@pytest.mark.parametrize("depth", [1, 3, 8])
@pytest.mark.parametrize("alpha", [None, 0.02, 0.4])
def test_the_one_step_matrix_on_a_quadratic_saddle_with_an_inner_rate(depth, alpha, one_step_matrix):
    a, b, c, eta = 0.7, 1.3, 0.9, 0.1
    M = one_step_matrix(saddle(a, b, c), rules.unrolled(eta, depth=depth, inner=alpha))
    alpha = eta if alpha is None else alpha
    r = 1 - alpha * c
    s = alpha * b * sum(r**j for j in range(depth))
    expected = [[1 - eta * (a + b * s + s * (b - c * s)), -eta * (b - c * s) * r**depth], [eta * b, 1 - eta * c]]
    np.testing.assert_allclose(M, expected, rtol=1e-13)


@pytest.mark.parametrize(("players", "size"), [(2, 1), (2, 3), (3, 2)])
@pytest.mark.parametrize("through", [True, False])
def test_a_trajectory_is_that_of_the_equations(players, size, through, random_matrix, trajectory):
    A = random_matrix(20 + players, players, size)
    b = np.linspace(-1, 1, len(A))
    names = [f"p{i + 1}" for i in range(players)]
    eta, depth = 0.03, 4
    start = np.linspace(0.5, 2, len(A))
    rule = rules.unrolled(eta, leader="p1", depth=depth, through=through)
    game = games.quadratic(A, offset=b, players=players, size=size)
    points = trajectory(game, rule, 50, dict(zip(names, start.reshape(players, size), strict=True)))
    L, F = slice(0, size), slice(size, None)
    w = start
    for point in points:
        theta, phi, sensitivity = w[L], w[F], np.zeros((len(A) - size, size))
        for _ in range(depth):
            phi, sensitivity = (
                phi - eta * (A[F, L] @ theta + A[F, F] @ phi + b[F]),
                sensitivity - eta * (A[F, L] + A[F, F] @ sensitivity),  # dφʲ⁺¹/dθ
            )
        gradient = A[L, L] @ theta + A[L, F] @ phi + b[L]
        if through:
            gradient = gradient + sensitivity.T @ (A[L, F].T @ theta)
        w = np.concatenate([theta - eta * gradient, w[F] - eta * (A[F] @ w + b[F])])
        np.testing.assert_allclose(point, w, rtol=1e-10, atol=1e-10)


SMALL_GAMES = {
    "bilinear": games.bilinear,
    "quadratic": functools.partial(games.quadratic, "random", players=3, size=2),
    "dirac": games.dirac,
    "mixture": functools.partial(games.mixture, hidden=(4,), discriminator_hidden=(4,), latent_dim=2, batch_size=4),
}


@pytest.mark.parametrize("name", SMALL_GAMES)
@with_adam
def test_depth_0_is_simultaneous_to_the_bit(name):
    game = SMALL_GAMES[name]()
    optimizer = optax.adam(0.01, b1=0.5)
    runs = [
        jax.jit(lambda key, rule=rule: gg.play(game, rule, key, 5))(KEY)
        for rule in (rules.unrolled(optimizer, depth=0), rules.simultaneous(optimizer))
    ]
    for left, right in zip(*(jax.tree.leaves((run.players, run.state)) for run in runs), strict=True):
        np.testing.assert_array_equal(left, right)


OPTIMIZERS = {"sgd": optax.sgd(0.1), "adam": optax.adam(0.02, b1=0.5, eps_root=1e-16)}


@functools.cache
def small_gan(activation):
    game = games.mixture(
        hidden=(6,), discriminator_hidden=(6,), latent_dim=3, batch_size=8, activation=activation, std=0.1
    )

    def loss(name, generator, discriminator, batch):
        return game.losses({"generator": generator, "discriminator": discriminator}, batch)[name]

    leader_loss = jax.jit(functools.partial(loss, "generator"))
    follower_gradient = jax.jit(jax.grad(functools.partial(loss, "discriminator"), argnums=1))
    return game, leader_loss, follower_gradient


@functools.cache
def warmed_up(activation, name):
    game, *_ = small_gan(activation)
    return jax.jit(lambda: gg.play(game, rules.simultaneous(OPTIMIZERS[name]), KEY, 5))()


def loss_after_unroll(activation, name, depth, generator, discriminator, state, batch):
    """The leader's loss after `depth` steps of the follower, by a Python loop; Adam by hand, rates as in OPTIMIZERS."""
    _, leader_loss, follower_gradient = small_gan(activation)
    flat, unravel = ravel_pytree(discriminator)
    phi = np.asarray(flat)
    if name == "adam":
        m, v, t = (np.asarray(ravel_pytree(part)[0]) for part in (state[0].mu, state[0].nu, state[0].count))
        assert np.any(m != 0)
        t = int(t[0])
    for _ in range(depth):
        gradient = np.asarray(ravel_pytree(follower_gradient(generator, unravel(jnp.asarray(phi)), batch))[0])
        if name == "sgd":
            phi = phi - 0.1 * gradient
        else:
            t += 1
            m = 0.5 * m + 0.5 * gradient
            v = 0.999 * v + 0.001 * gradient**2
            phi = phi - 0.02 * (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.999**t) + 1e-16) + 1e-8)
    return float(leader_loss(generator, unravel(jnp.asarray(phi)), batch))


@pytest.mark.parametrize("depth", [1, 3, 10])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("name", OPTIMIZERS)
@with_adam
def test_the_gradient_of_a_gan_is_that_of_central_differences(activation, depth, name):
    game, *_ = small_gan(activation)
    optimizer = OPTIMIZERS[name]
    warm = warmed_up(activation, name)
    # A generator that steps at rate 1 shows its gradient; the follower keeps its warm optimiser.
    rule = rules.unrolled({"generator": optax.sgd(1.0), "discriminator": optimizer}, depth=depth)
    state = {**rule.init(warm.players), "discriminator": warm.state["discriminator"]}
    moved, _ = jax.jit(lambda players, state: rule.update(game, players, state, KEY))(warm.players, state)
    theta, unravel = ravel_pytree(warm.players["generator"])
    gradient = np.asarray(theta) - np.asarray(ravel_pytree(moved["generator"])[0])

    def loss(point):
        return loss_after_unroll(
            activation, name, depth, unravel(jnp.asarray(point)), warm.players["discriminator"],
            warm.state["discriminator"], game.sample(KEY),
        )  # fmt: skip

    # The error of a central difference is h²f‴/6 + eps f/h, least near h = eps^(1/3) = 6e-6; both terms are then about
    # 4e-11 in units of f and f‴. Relative to a derivative of 1e-2 that leaves 1e-6 a factor of 100 and more. A kink of
    # a ReLU within h of one of the pre-activations would show as an error of order one; there are some hundreds of
    # them, of size 0.1 to 1, so this has a probability of about a per cent.
    h = np.finfo(float).eps ** (1 / 3)
    directions = np.random.default_rng(0).standard_normal((3, theta.size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    differences = [(loss(theta + h * u) - loss(theta - h * u)) / (2 * h) for u in directions]
    error = np.linalg.norm(differences - directions @ gradient) / np.linalg.norm(directions @ gradient)
    assert error < 1e-6


@pytest.mark.parametrize(("eps_root", "finite"), [(0.0, False), (1e-16, True)])
@with_adam
def test_through_adam_a_gradient_of_zero_is_nan_unless_eps_root_is_positive(eps_root, finite):
    game = gg.zero_sum(lambda players, batch: players["x"] ** 2 + 0 * players["x"] * players["y"])
    rule = rules.unrolled(optax.adam(0.1, eps_root=eps_root), depth=2)
    run = gg.play(game, rule, KEY, 1, players={"x": jnp.array(1.0), "y": jnp.array(0.0)})
    assert bool(jnp.isfinite(run.players["x"])) is finite


# One noisy game shows who saw which sample: y climbs along the sample, x descends along the y that it imagines.
def noisy():
    return gg.Game(
        init=lambda key: {"x": jnp.array(0.0), "y": jnp.array(2.0)},
        sample=jax.random.normal,
        losses=lambda players, batch: {"x": players["x"] * players["y"], "y": -batch * players["y"]},
    )


def what_each_saw(**options):
    """Returns the sample of y's real step, and the mean sample of the three that x imagined."""
    moved, _ = rules.unrolled({"x": 1.0, "y": 0.1}, depth=3, **options).update(
        noisy(), noisy().init(KEY), {"x": optax.sgd(1.0).init(0.0), "y": optax.sgd(0.1).init(0.0)}, KEY
    )
    start = float(moved["y"]) if options.get("alternating") else 2.0
    return (float(moved["y"]) - 2) / 0.1, (-float(moved["x"]) - start) / 0.3


def test_by_default_one_sample_serves_all():
    real, imagined = what_each_saw()
    assert imagined == pytest.approx(real, rel=1e-12)


@pytest.mark.parametrize("options", [{"fresh": True}, {"own_sample": True}, {"alternating": True}])
def test_fresh_own_and_alternating_samples_are_other_samples(options):
    real, imagined = what_each_saw(**options)
    assert abs(real - imagined) > 1e-3


def test_fresh_samples_differ_from_each_other():
    seen = []

    def losses(players, batch):
        jax.debug.callback(lambda b: seen.append(float(b)), batch)
        return {"x": players["x"] * players["y"], "y": -batch * players["y"]}

    game = noisy()._replace(losses=losses)
    for fresh, expected in ((False, 1), (True, 5)):  # y's own step, three inner ones and the leader's loss
        seen.clear()
        rule = rules.unrolled(0.1, depth=3, fresh=fresh, own_sample=fresh)
        jax.block_until_ready(rule.update(game, game.init(KEY), rule.init(game.init(KEY)), KEY))
        jax.effects_barrier()
        assert len(set(seen)) == expected


def test_in_alternating_order_the_leader_unrolls_from_where_the_followers_have_gone(one_step_matrix):
    eta, depth = 0.2, 3
    M = one_step_matrix(games.bilinear(), rules.unrolled(eta, leader="x", depth=depth, alternating=True))
    # y⁺ = y + ηx, and then x⁺ = x − η(y⁺ + 2kηx).
    np.testing.assert_allclose(M, [[1 - (2 * depth + 1) * eta**2, -eta], [eta, 1]], rtol=1e-14)


@pytest.mark.parametrize(("moments", "memory"), [("live", 4.0), ("fresh", 0.0)])
def test_the_inner_optimiser_starts_from_the_live_moments_or_from_fresh_ones(moments, memory):
    game = gg.Game(
        init=lambda key: {"x": jnp.array(0.0), "y": jnp.array(2.0)},
        sample=lambda key: None,
        losses=lambda players, batch: {"x": players["x"] * players["y"], "y": 3 * players["y"]},
    )
    rule = rules.unrolled({"x": 1.0, "y": optax.sgd(0.1, momentum=0.5)}, depth=2, moments=moments)
    players = game.init(KEY)
    state = {**rule.init(players), "y": jax.tree.map(lambda leaf: jnp.full_like(leaf, 4.0), rule.init(players)["y"])}
    moved, _ = rule.update(game, players, state, KEY)
    m1 = 0.5 * memory + 3
    m2 = 0.5 * m1 + 3
    assert -moved["x"] == pytest.approx(2 - 0.1 * (m1 + m2), rel=1e-14)
    assert moved["y"] == pytest.approx(2 - 0.1 * (0.5 * 4 + 3), rel=1e-14)  # the real step is with the live ones


def test_an_inner_optimiser_of_its_own_starts_fresh_and_moves_in_imagination_only():
    rule = rules.unrolled(0.1, leader="x", depth=2, inner={"y": optax.sgd(0.5, momentum=0.5)}, through=False)
    players = {"x": jnp.array(1.0), "y": jnp.array(2.0)}
    moved, _ = rule.update(games.bilinear(), players, rule.init(players), KEY)
    assert moved["x"] == pytest.approx(1 - 0.1 * (2 + 0.5 * (1 + 1.5)), rel=1e-14)
    assert moved["y"] == pytest.approx(2.1, rel=1e-14)


def test_keep_leaves_the_followers_where_the_leader_imagined_them():
    players = {"x": jnp.array(1.0), "y": jnp.array(2.0)}
    optimizer = {"x": 0.1, "y": optax.sgd(0.1, momentum=0.5)}
    thrown, kept = (rules.unrolled(optimizer, depth=3, keep=keep) for keep in (False, True))
    (lost, _), (moved, state) = (
        rule.update(games.bilinear(), players, rule.init(players), KEY) for rule in (thrown, kept)
    )
    assert moved["x"] == lost["x"]
    traces = [1, 1.5, 1.75]  # of −∂V/∂y = x = 1, which momentum adds up
    assert moved["y"] == pytest.approx(2 + 0.1 * sum(traces), rel=1e-14)
    assert jax.tree.leaves(state["y"])[0] == pytest.approx(-traces[-1], rel=1e-14)


@with_adam
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


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"depth": -1}, "depth is -1; it has to be a whole number, 0 or more"),
        ({"depth": 2.0}, "depth is 2.0"),
        ({"depth": True}, "depth is True"),
        ({"moments": "warm"}, "moments is 'warm'; it has to be 'live' or 'fresh'"),
        ({"keep": True, "inner": 0.1}, "needs one leader, moments='live', no inner optimiser, depth of 1 or more"),
        ({"keep": True, "moments": "fresh"}, "it needs one leader"),
        ({"keep": True, "leader": ("x", "y")}, "it needs one leader"),
    ],
)
def test_the_factory_refuses_bad_options(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        rules.unrolled(0.1, **options)


def test_a_leader_who_does_not_play_is_refused():
    with pytest.raises(ValueError, match="'generator' is no player of this game; its players are x, y"):
        gg.start(games.bilinear(), rules.unrolled(0.1, leader="generator"), KEY)


def test_the_leader_is_the_generator_where_there_is_one_else_the_first_by_name():
    players = {"generator": jnp.array(1.0), "discriminator": jnp.array(0.5)}
    default, named = (rules.unrolled(0.1, leader=leader) for leader in (None, "generator"))
    moved = [rule.update(games.dirac(), players, rule.init(players), KEY)[0] for rule in (default, named)]
    assert moved[0] == moved[1]
    other = rules.unrolled(0.1, leader="discriminator").update(games.dirac(), players, default.init(players), KEY)[0]
    assert other["discriminator"] != moved[0]["discriminator"]
