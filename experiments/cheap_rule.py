"""Is there a cheap one? All rules play the same games at equal budget (the tutorial's closing question, slide 65).

    python experiments/cheap_rule.py                      under an hour on two cores; the same command goes on
    python experiments/cheap_rule.py --setting paper      the sizes of Metz et al., for an accelerator

Unrolling the discriminator (Metz et al. 2017, https://arxiv.org/abs/1611.02163) makes the generator find all modes, and
one step of it with ten inner steps costs as much as sixteen simultaneous ones. On V = xy the prediction step (Yadav et
al. 2018, https://arxiv.org/abs/1705.07364) has the characteristic polynomial of unrolling by one step at no extra
gradient. Does that survive networks, samples and Adam? And does any rule cover as well as ten unrolled steps at a cost
of at most two simultaneous ones?

Every rule gets the same budget, counted in simultaneous steps as the rules state their cost; the measured cost is
beside it. Every rule gets the same number of candidates: all combinations of its strengths, of the ratio of the
discriminator's learning rate to the generator's (1 or 3), and as many learning rates as make 16. They are tried on four
seeds which are none of the 32 that are reported. Rules that take an optimiser get Adam with b1 = 0.5; those which are
defined by plain steps get larger rates, and the row "simultaneous (plain)" is what to hold them against. Rules that
collapse or diverge stay in the table.

    ring       eight Gaussians; a generator of 64-64 against a discriminator of 32, so that collapse is real
    grid       25 Gaussians; 32-32 against 64
    bilinear, dirac, quadratic, linear-quadratic
               games with a known equilibrium, plain steps for all: the rate of the step's own Jacobian at the tuned
               numbers, and the measured one; the linear-quadratic GAN, whose generator may end at s or at -s, has
               one start, and so one seed

What one should see (this command, 2026-11-24, two shared cores of an AMD EPYC; 54 minutes of CPU time in the steps):
counted in gradients, yes. On the ring the prediction of the generator covers all modes in 29 of 32 seeds (0.76 to
0.97), the average of alternating steps in 24, plain steps in 20, unrolling by one step in 20, by five in 18, by ten in
15, and in 21 with four times the budget. On the grid, which is harder, the average does so in 22 (0.51 to 0.82), the
prediction in 9, plain steps in 3, unrolling by one step in 3, by five in one, by ten in none, and in one with four
times the budget. So the prediction survives networks, samples and Adam: against plain steps, +0.28 (+0.04 to +0.49) and
+0.19 (+0.02 to +0.33) of the seeds, against unrolling by ten with four times the budget +0.25 (+0.02 to +0.45) and
+0.25 (+0.07 to +0.40). Against unrolling by one step it is decided on the ring alone, +0.28 (+0.06 to +0.47), and
+0.19 (-0.01 to +0.37) on the grid; against alternating steps on neither.
Four hopes: that consensus covers more than unrolling by five is decided on neither (+0.06, -0.18 to +0.30, on the
ring), and it takes a larger median budget to get there (4,560 against 2,400); R1 does not improve the share of good
samples (-0.09 on both); that extragradient or optimistic Adam cover fewer seeds than plain steps is decided on neither.
Most corrected fields with plain steps cover nothing: without Adam's scaling the plain rule hardly does either (2 of
32). Whoever sees one game in a paper should try another: the two leaderboards agree on little but that a step should be
cheap. Variance reduction needs finite sums and sits out on the mixtures. Target networks and replay, which let players
face the others' past, have joined the rules since, and do not play here: see `actor_critic`. Linear solves need two
products fewer since then: `proximal` would have a tenth more steps in the same budget, the others that solve a
twentieth.
Counted in time, a step of the prediction takes 1.19 and 1.03 times a plain one, of the average 1.16 and 1.41, of R1
under alternating steps 1.28 and 1.46, of consensus 3.1 and 2.8 (stated 3.1), of unrolling by one 1.07 and 1.63 (stated
2.05), by ten 5.5 and 11 (stated 16). In the time of the plain rule, on the ring and on the grid, the prediction covers
24 and 6 seeds, the average 23 and 20, optimistic steps 29 and 2, plain ones 20 and 3, unrolling by ten 15 and none:
only the average on the grid has an interval (0.45 to 0.77) apart from that of the plain rule (0.03 to 0.24).
On the linear-quadratic GAN the local rates from the step's own Jacobian are those that are measured, to three digits
and more wherever a rule converges smoothly. Hamiltonian descent is the quickest there (0.148 a step), then the
proximal point at the longest step of the grid (0.243), then alternating steps over consensus (0.274).
How far to trust a row: unrolling was played twice, its arithmetic compiled in two ways. Runs that differ by rounding
part within a few hundred steps, and four tuning seeds then choose another candidate: the ring's row of unrolling by
five moved by 9 of 32 seeds (from 9 to 18), the others by 3 at most.
"""

import dataclasses
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from gangame.games import GAMES
from gangame.lab import experiment, spec, store
from gangame.lab.engine import engine_of
from gangame.lab.machine import machine, today
from gangame.lab.spec import Swept, UserError
from gangame.lab.tournament import Arena, Contender, Protocol, Task, clock, contender, play_all, questions, tasks_of
from gangame.lab.tournament.answers_page import questions_page
from gangame.lab.tournament.report import unbundle, write_report

ADAM = {"b1": 0.5, "eps_root": 1e-16}  # the root is smooth: unrolling differentiates through it
GENERATOR_FIRST = "order=[second,first]"  # by their sorted names
CONSENSUS = "(consensus:strength=0.1|1)"

ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("simultaneous", {}),
    ("simultaneous", {"optimizer": "sgd", "arguments": {}, "label": "simultaneous (plain)"}),
    ("alternating", {}),
    ("unrolled:depth=1", {}),
    ("unrolled:depth=5", {}),
    ("unrolled:depth=10", {}),
    ("unrolled:depth=10", {"label": "unrolled:depth=10, 4 x the budget", "more": 4.0}),
    ("unrolled:depth=5,through=false", {"label": "unrolled:depth=5, not through"}),
    ("extragradient", {}),
    ("optimistic", {}),
    ("optimistic_adam", {}),
    (f"prediction:{GENERATOR_FIRST}", {"label": "prediction of the generator"}),
    ("prediction:order=[first,second]", {"label": "prediction of the discriminator"}),
    (f"heavy_ball:momentum=-0.5|-0.25,{GENERATOR_FIRST}", {"label": "heavy_ball, alternating"}),
    ("complex_momentum:momentum=0.5|0.9", {}),
    ("runge_kutta:stages=4", {}),
    ("consensus:strength=0.1|1", {}),
    ("one_sided:strength=0.1|1", {}),
    ("hamiltonian", {}),
    ("symplectic:strength=0.1|1", {}),
    ("opponent_lookahead:rate=0.1|1", {}),
    ("lola:rate=0.1|1", {}),
    ("lead:momentum=0.5,coupling=0.1|1", {}),
    ("drift_corrected", {}),
    ("stable_opponent_shaping:rate=0.1|1", {}),
    ("competitive:maxiter=4", {}),
    ("follow_the_ridge:maxiter=4", {}),
    ("symplectic_surgery:maxiter=4", {}),
    ("proximal:maxiter=2", {}),
    ("variance_reduced", {}),
    ("lookahead:period=5", {}),
    ("averaged:decay=0.99,rule=alternating", {"label": "alternating, average"}),
    ("anchored:strength=0.01|0.1", {}),
    ("anderson:memory=3", {}),
    (f"alternating:direction={CONSENSUS}", {"label": "alternating over consensus"}),
    (f"extragradient:direction={CONSENSUS}", {"label": "extragradient over consensus"}),
    (f"optimistic:direction={CONSENSUS}", {"label": "optimistic over consensus"}),
    (f"prediction:{GENERATOR_FIRST},direction={CONSENSUS}", {"label": "prediction over consensus"}),
    (f"lookahead:period=5,rule=(simultaneous:direction={CONSENSUS})", {"label": "lookahead over consensus"}),
    ("simultaneous", {"label": "simultaneous + R1", "game": {"penalty": "r1", "penalty_strength": Swept((0.1, 1.0))}}),
    ("alternating", {"label": "alternating + R1", "game": {"penalty": "r1", "penalty_strength": Swept((0.1, 1.0))}}),
)

ABSENT = ("target_network", "opponent_replay")
"""Rules that do not play here; what they do on a ring is in `actor_critic`."""


def rows() -> list[Contender]:
    """Returns all rules that play, with Adam where nothing else is said."""
    return [contender(text, **{"optimizer": "adam", "arguments": ADAM, **how}) for text, how in ROWS]


ONE_START = "[[[1.5]],[[0.5]]]"
RING, GRID = "mixture:batch_size=64,latent_dim=8", "mixture:layout=grid,modes=25,radius=4,std=0.05"
PLAIN = {
    "bilinear": "bilinear", "dirac": "dirac:cost=minimax", "quadratic": "quadratic:size=4,seed=1",
    "linear-quadratic": f"linear_quadratic_gan:start={ONE_START}",
}  # fmt: skip
SETTINGS: dict[str, tuple[dict[str, str], Protocol]] = {
    "cpu": (
        {
            "ring": f"{RING},hidden=64x64,discriminator_hidden=[32]",
            "grid": f"{GRID},batch_size=64,latent_dim=8,hidden=32x32,discriminator_hidden=[64]",
        },
        Protocol(budget=9600, tuning_budget=4800),
    ),
    "paper": (
        {"ring": "mixture:setting=metz", "grid": f"{GRID},setting=metz"},
        Protocol(
            budget=100_000, tuning_budget=50_000, num_candidates=32, num_tuning_seeds=32, num_seeds=512, lanes=512,
            rates=(3e-5, 1e-3), plain_rates=(1e-3, 1.0),
        ),
    ),
    "tiny": (
        {"ring": f"{RING},hidden=[8],discriminator_hidden=[8]"},
        Protocol(
            budget=80, tuning_budget=40, num_records=4, num_candidates=4, num_tuning_seeds=2, num_seeds=3, lanes=4,
        ),
    ),
}  # fmt: skip


PREDICTION, TEN = "prediction of the generator", "unrolled:depth=10"
REFERENCES = (TEN, f"{TEN}, 4 x the budget")
QUESTIONS = questions.Questions(
    pairs=(
        *((PREDICTION, other) for other in ("unrolled:depth=1", "simultaneous", "alternating", *REFERENCES)),
        *(("simultaneous", other) for other in REFERENCES),
        ("consensus", "unrolled:depth=5"),
        ("alternating + R1", "alternating"),
        ("extragradient", "simultaneous"),
        ("optimistic_adam", "simultaneous"),
    ),
    references=REFERENCES,
    most=2.1,  # two simultaneous steps, and what the stated cost of a Jacobian product may be off
    medians=("consensus", "unrolled:depth=5"),  # does consensus cover at two thirds of the cost of unrolling?
    claims={
        "consensus covers more seeds than unrolling by five": ("consensus", "unrolled:depth=5", "share", 1),
        "R1 gives better samples than none": ("alternating + R1", "alternating", "high_quality", 1),
        "extragradient covers fewer seeds than plain steps": ("extragradient", "simultaneous", "share", -1),
        "optimistic Adam covers fewer seeds than plain steps": ("optimistic_adam", "simultaneous", "share", -1),
    },
)


@dataclasses.dataclass(frozen=True)
class Config:
    """Which setting, and which part of it."""

    setting: str = experiment.option("cpu", f"one of {', '.join(SETTINGS)}")
    rules: tuple[str, ...] = experiment.option((), "labels of the rules to play; all by default")
    games: tuple[str, ...] = experiment.option((), "games to play; all by default")
    jobs: int = experiment.option(0, "processes at once; 0 is one for each core of a CPU, one for an accelerator")
    clock: bool = experiment.option(False, "measure the time of all steps anew, and play nothing")

    def __post_init__(self):
        """Checks the values."""
        experiment.check_choice("setting", self.setting, SETTINGS)
        for name, given, known in (
            ("rules", self.rules, [row.label for row in rows()]),
            ("games", self.games, [*SETTINGS[self.setting][0], *PLAIN]),
        ):
            if not set(given) <= set(known):
                raise ValueError(f"{name} are {', '.join(given)}; they have to be among {', '.join(known)}.")
        if self.jobs < 0:
            raise ValueError(f"jobs is {self.jobs}; it has to be 0 or more.")


TINY = Config("tiny", ("simultaneous", "prediction of the generator"), ("ring", "bilinear"), jobs=1)


def arenas(config: Config, seed: int) -> list[Arena]:
    """Returns the games with their protocols."""
    mixtures, protocol = SETTINGS[config.setting]
    protocol = dataclasses.replace(protocol, key=seed)
    plain = dataclasses.replace(
        protocol, budget=min(protocol.budget, 800), tuning_budget=min(protocol.budget, 800), plain_rates=(0.03, 2.0),
        ratios=(1.0,), num_seeds=min(protocol.num_seeds, 32), lanes=min(protocol.lanes, 32),
        num_tuning_seeds=min(protocol.num_tuning_seeds, 4),
    )  # fmt: skip
    found = [Arena(name, spec.parse(text, GAMES, "game"), protocol) for name, text in mixtures.items()]
    for name, text in PLAIN.items():
        seeds = {"num_seeds": 1, "num_tuning_seeds": 1} if ONE_START in text else {}
        own = dataclasses.replace(plain, **seeds)
        found.append(Arena(name, spec.parse(text, GAMES, "game"), own, plain=True, dtype="float64"))
    return [arena for arena in found if not config.games or arena.name in config.games]


def cells(config: Config, seed: int, folder: Any) -> tuple[list[Task], list[Arena]]:
    """Returns all cells of a run, and its games."""
    chosen = [row for row in rows() if not config.rules or row.label in config.rules]
    return tasks_of(chosen, arenas(config, seed), folder), arenas(config, seed)


def main(module: Any, arguments: Sequence[str] | None = None) -> None:
    """Runs the experiment; the same command goes on with what is in its folder.

    Args:
      module: this one.
      arguments: the words after the command; `None` takes those of the process.
    """
    asked = experiment.ask(module, arguments)
    folder, anew = asked.output, asked.config.clock
    config = dataclasses.replace(asked.config, clock=False)  # who measures anew has the results of the same command
    try:
        if asked.redraw:
            saved = store.read_json(folder / "results.json")
            config, seed = Config(**{name: _tuple(each) for name, each in saved["config"].items()}), saved["seed"]
            facts = {name: saved[name] for name in ("command", "date", "machine", "seed", "config")}
        else:
            seed = asked.seed
            facts = {
                "command": experiment.command(module, config, seed), "date": today(), "machine": machine(),
                "seed": seed, "config": dataclasses.asdict(config),
            }  # fmt: skip
        tasks, games = cells(config, seed, folder)
        if not asked.redraw:
            _claim(folder, config, seed)
        engine = engine_of("local", config.jobs or None)
        if asked.redraw or anew:
            unbundle(folder / "arrays.npz", folder)
            refused = store.read_json(folder / "results.json")["refused"]
        else:
            refused = play_all(tasks, engine, _say)
        if not asked.redraw:
            clock.measure_all(tasks, engine, _say, anew=anew)
        mixtures = [arena for arena in games if not arena.plain]
        found = {arena.name: questions.answers(QUESTIONS, tasks, arena) for arena in mixtures}
        facts["seconds"] = _seconds(tasks)
        write_report(
            folder, "Is there a cheap one?", tasks, games, facts, refused=refused, answers=found,
            sections=[("What was asked", questions_page(found))],
        )  # fmt: skip
    except UserError as problem:
        asked.parser.error(str(problem))
    except KeyboardInterrupt:
        asked.parser.exit(130, f"Stopped; what is in {folder} is kept, and the same command goes on.\n")
    print(f"Saved in {folder}.")


def _say(line: str) -> None:
    print(line, flush=True)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _claim(folder: Any, config: Config, seed: int) -> None:
    """Writes what is played into the folder; what another setting or seed has left there is not gone on with.

    A game that has come to the tournament since is played too.
    """
    path = folder / "playing.json"
    mine = {"setting": config.setting, "seed": seed, "protocol": _protocols(config, seed)}
    found = store.read_json(path) if path.exists() else mine
    if {**found, "protocol": {**mine["protocol"], **found["protocol"]}} != mine:
        raise UserError(f"{folder} holds a tournament of other settings; choose another --output, or delete it.")
    store.write_json(path, mine)


def _protocols(config: Config, seed: int) -> dict[str, Any]:
    whole = dataclasses.replace(config, games=())
    return {arena.name: [str(arena.game), arena.protocol.to_json()] for arena in arenas(whole, seed)}


def _seconds(tasks: Sequence[Task]) -> float:
    """Returns the time of all cells together, in seconds of one process, without measuring and compiling."""
    from gangame.lab.tournament.work import PHASES, load

    times = [load(task.path(phase))[0].seconds[-1] for task in tasks for phase in set(PHASES) - set(task.missing())]
    return float(np.sum(times))


if __name__ == "__main__":
    main(sys.modules[__name__])
