"""References for rules of gradients alone, written from the papers in plain NumPy."""

import cmath
from itertools import count

import numpy as np
from theory.case import Trajectory

from gangame import rules


def simultaneous(linear, rate):
    w = linear.start
    while True:
        w = w - rate * linear.field(w)
        yield w


def alternating(linear, rate):
    w = linear.start.copy()
    while True:
        for own in linear.blocks:
            w[own] = w[own] - rate * linear.field(w)[own]
        yield w.copy()


def extragradient(extrapolation):
    def reference(linear, rate):
        w = linear.start
        while True:
            w = w - rate * linear.field(w - (extrapolation or rate) * linear.field(w))
            yield w

    return reference


def optimistic(optimism=1.0, first="repeat"):
    def reference(linear, rate):
        w = linear.start
        before = linear.field(w) if first == "repeat" else np.zeros_like(w)
        while True:
            v = linear.field(w)
            w = w - rate * v - optimism * rate * (v - before)
            before = v
            yield w

    return reference


def past_extragradient(optimism):
    def reference(linear, rate):
        w, v = linear.start, np.zeros_like(linear.start)
        while True:
            v = linear.field(w - optimism * rate * v)
            w = w - rate * v
            yield w

    return reference


def prediction(order):
    """`order` is a permutation of the players' numbers, or "forward" or "backward"."""

    def reference(linear, rate):
        w = linear.start.copy()
        blocks = linear.blocks[::-1] if order == "backward" else linear.blocks
        while True:
            seen = w.copy()
            for own in blocks:
                before = w[own].copy()
                w[own] = before - rate * linear.field(seen)[own]
                seen[own] = 2 * w[own] - before
            yield w.copy()

    return reference


def momentum(beta, in_turn):
    """Real or complex momentum, of which the real part moves the players."""

    def reference(linear, rate):
        w, m = linear.start.copy(), np.zeros(len(linear.start), complex)
        while True:
            for own in linear.blocks if in_turn else [slice(None)]:
                m[own] = beta * m[own] - linear.field(w)[own]
                w[own] = w[own] + rate * m[own].real
            yield w.copy()

    return reference


def optimistic_adam(form="paper", first="zero", b1=0.5, b2=0.9, eps=1e-8):
    def reference(linear, rate):
        w = linear.start
        m = s = np.zeros_like(w)
        before, t = np.zeros_like(w), 0
        while True:
            v, t = linear.field(w), t + 1
            m, s = b1 * m + (1 - b1) * v, b2 * s + (1 - b2) * v**2
            if form == "paper":
                now, now_rate = (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + eps), rate
            else:
                now, now_rate = m / (np.sqrt(s) + eps), rate * np.sqrt(1 - b2**t) / (1 - b1**t)
            if first == "repeat" and t == 1:
                before = now
            w = w - 2 * now_rate * now + now_rate * before
            before = now
            yield w

    return reference


def lead(beta, alpha, in_turn=False):
    """In turn, all forces are those of the moves in the step before."""

    def reference(linear, rate):
        w, last = linear.start.copy(), np.zeros_like(linear.start)
        while True:
            moves = np.zeros_like(w)
            for own in linear.blocks if in_turn else [slice(None)]:
                force = linear.off_diagonal @ last
                moves[own] = (beta * last - alpha * force - rate * linear.field(w))[own]
                w[own] = w[own] + moves[own]
            last = moves
            yield w.copy()

    return reference


def flow_series(order):
    """Joint Runge–Kutta steps of a linear game: the Taylor series of its flow, cut off after `order` terms."""

    def reference(linear, rate):
        w = linear.start
        while True:
            term = -rate * linear.field(w)
            w = w.copy()
            for k in range(1, order + 1):
                w = w + term
                term = -rate * linear.A @ term / (k + 1)
            yield w

    return reference


def ode_gan(penalty, paying):
    """Heun, and the players of the numbers `paying` descend the squared gradient norm of the first one."""

    def reference(linear, rate):
        w, steps = linear.start, flow_series(2)
        while True:
            first = linear.blocks[0]
            step = next(steps(linear._replace(start=w), rate))
            for j in paying:
                own = linear.blocks[j]
                step[own] = step[own] - rate * penalty * 2 * linear.A[first, own].T @ linear.field(w)[first]
            w = step
            yield w

    return reference


def drift_corrected(linear, rate):
    """Only the interactions are cancelled."""
    w = linear.start
    while True:
        v = linear.field(w)
        w = w - rate * v + rate**2 / 2 * linear.off_diagonal @ v
        yield w


def lookahead(period, step):
    def reference(linear, rate):
        slow = linear.start
        while True:
            fast = slow
            for t in range(1, period + 1):
                fast = fast - rate * linear.field(fast)
                if t == period:
                    fast = slow = slow + step * (fast - slow)
                yield fast

    return reference


def anchored(strength, decay=None):
    def reference(linear, rate):
        w = mean = linear.start
        t = 1
        while True:
            w = w - rate * (linear.field(w) + 2 * strength * (w - mean))
            t += 1
            mean = mean + (w - mean) / t if decay is None else decay * mean + (1 - decay) * w
            yield w

    return reference


def target_network(decay, in_turn=False):
    """Others are faced as averages that follow within the step; in turn, whoever comes later faces newer ones."""

    def reference(linear, rate):
        w, mean = linear.start.copy(), linear.start
        own_blocks = linear.A - linear.off_diagonal
        while True:
            for own in linear.blocks if in_turn else [slice(None)]:
                target = decay * mean + (1 - decay) * w
                w[own] = w[own] - rate * (own_blocks @ w + linear.off_diagonal @ target + linear.b)[own]
            mean = decay * mean + (1 - decay) * w
            yield w.copy()

    return reference


def opponent_replay(share, every):
    """Of one remembered point, so that nothing is drawn."""

    def reference(linear, rate):
        w = past = linear.start
        for t in count(1):
            w = w - rate * (linear.field(w) + share * linear.off_diagonal @ (past - w))
            past = w if t % every == 0 else past
            yield w

    return reference


ORDER = tuple(f"p{i}" for i in (1, 2))
TWO = ("xy", "two players", "two players, zero-sum")
TRAJECTORIES = {
    "simultaneous": [Trajectory(rules.simultaneous, simultaneous)],
    "alternating": [Trajectory(rules.alternating, alternating)],
    "extragradient": [
        Trajectory(rules.extragradient, extragradient(None)),
        Trajectory(lambda rate: rules.extragradient(rate, extrapolation=0.4), extragradient(0.4)),
        Trajectory(lambda rate: rules.extragradient(rate, fresh=True, moments="once"), extragradient(None)),
    ],
    "optimistic": [
        Trajectory(rules.optimistic, optimistic()),
        Trajectory(lambda rate: rules.optimistic(rate, first="zero", optimism=0.5), optimistic(0.5, "zero")),
        Trajectory(lambda rate: rules.optimistic(rate, form="past"), past_extragradient(1.0)),
        Trajectory(lambda rate: rules.optimistic(rate, form="past", optimism=2.0), past_extragradient(2.0)),
    ],
    "optimistic_adam": [
        Trajectory(rules.optimistic_adam, optimistic_adam()),
        Trajectory(lambda rate: rules.optimistic_adam(rate, form="code", b1=0.9), optimistic_adam("code", b1=0.9)),
    ],
    "prediction": [
        Trajectory(rules.prediction, prediction("forward")),
        Trajectory(lambda rate: rules.prediction(rate, order=ORDER[::-1]), prediction("backward"), games=TWO),
    ],
    "heavy_ball": [
        Trajectory(rules.heavy_ball, momentum(-0.5, False)),
        Trajectory(lambda rate: rules.heavy_ball(rate, momentum=0.8), momentum(0.8, False)),
        Trajectory(lambda rate: rules.heavy_ball(rate, order=ORDER), momentum(-0.5, True), games=TWO),
    ],
    "complex_momentum": [
        Trajectory(rules.complex_momentum, momentum(0.9 * cmath.exp(1j * np.pi / 8), False)),
        Trajectory(
            lambda rate: rules.complex_momentum(rate, momentum=0.7, phase=2.0, order=ORDER),
            momentum(0.7 * cmath.exp(2j), True),
            games=TWO,
        ),
    ],
    "lead": [
        Trajectory(rules.lead, lead(0.5, 0.5), games=TWO),
        Trajectory(
            lambda rate: rules.lead(rate, momentum=0.3, coupling=0.1, order=ORDER), lead(0.3, 0.1, True), games=TWO
        ),
    ],
    "runge_kutta": [
        Trajectory(rules.runge_kutta, flow_series(4)),
        Trajectory(lambda rate: rules.runge_kutta(rate, stages=2), flow_series(2)),
        Trajectory(lambda rate: rules.runge_kutta(rate, stages=1), simultaneous),
        Trajectory(lambda rate: rules.runge_kutta(rate, stages=2, penalty=0.3, paid_by="p2"), ode_gan(0.3, [1])),
        Trajectory(
            lambda rate: rules.runge_kutta(rate, stages=2, penalty=0.3), ode_gan(0.3, [1, 2]), games=("three players",)
        ),
    ],
    "drift_corrected": [
        Trajectory(rules.drift_corrected, flow_series(2)),
        Trajectory(lambda rate: rules.drift_corrected(rate, terms="interaction"), drift_corrected),
    ],
    "lookahead": [
        Trajectory(lambda rate: rules.lookahead(rules.simultaneous(rate)), lookahead(5, 0.5)),
        Trajectory(lambda rate: rules.lookahead(rules.simultaneous(rate), period=3, step=0.9), lookahead(3, 0.9)),
    ],
    "averaged": [Trajectory(lambda rate: rules.averaged(rules.simultaneous(rate)), simultaneous)],
    "anchored": [
        Trajectory(lambda rate: rules.anchored(rules.simultaneous(rate)), anchored(1.0)),
        Trajectory(lambda rate: rules.anchored(rules.simultaneous(rate), strength=0.3, decay=0.9), anchored(0.3, 0.9)),
    ],
    "target_network": [
        Trajectory(lambda rate: rules.target_network(rules.simultaneous(rate)), target_network(0.99)),
        Trajectory(lambda rate: rules.target_network(rules.alternating(rate), decay=0.7), target_network(0.7, True)),
    ],
    "opponent_replay": [
        Trajectory(
            lambda rate, share=share, every=every: rules.opponent_replay(
                rules.simultaneous(rate), capacity=1, share=share, every=every
            ),
            opponent_replay(share, every),
        )
        for share, every in ((0.5, 4), (1.0, 7))
    ],
    "variance_reduced": [  # of one term; of more terms a step is random
        Trajectory(rules.variance_reduced, extragradient(None)),
        Trajectory(lambda rate: rules.variance_reduced(rate, period=3), extragradient(None)),
    ],
}
