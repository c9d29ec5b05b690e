"""What it costs to catch non-finite values on the device: `python tests/lab/cost_of_watching.py`, a minute or two.

The main job's game and batch with 8 seeds, played in turn by the plain rule, the watched one and the one that freezes;
printed are the median ratios of CPU time (which other jobs on the machine disturb least) and of wall time to the plain
rule, and the bytes that XLA needs for intermediate results.
"""

import sys
import time

import jax
import numpy as np
import optax

import gangame as gg
from gangame import games, rules
from gangame.core import portable
from gangame.lab.watch import watched

SEEDS, STEPS = 8, 50


def main():
    game = portable(games.mixture())
    plain = rules.simultaneous(optax.adam(1e-3, b1=0.5))
    kinds = {"plain": plain, "watched": watched(plain), "freezing": watched(plain, freeze=True)}
    keys = jax.random.split(jax.random.key(0), SEEDS)
    ready, working = {}, {}
    for name, rule in kinds.items():
        runs = jax.jit(jax.vmap(lambda key, rule=rule: gg.start(game, rule, key)))(keys)
        piece = jax.vmap(lambda game, run, rule=rule: gg.advance(game, rule, run, STEPS), in_axes=(None, 0))
        compiled = jax.jit(piece).lower(game, runs).compile()
        ready[name] = (compiled, runs)
        working[name] = compiled.memory_analysis().temp_size_in_bytes
    times = {name: [] for name in kinds}
    for _ in range(1 + int(sys.argv[1] if len(sys.argv) > 1 else 15)):
        for name, (compiled, runs) in ready.items():
            wall, cpu = time.perf_counter(), time.process_time()
            jax.block_until_ready(compiled(game, runs))
            times[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    seconds = {name: np.array(each)[1:] for name, each in times.items()}
    for name in kinds:
        cpu, wall = np.median(seconds[name] / seconds["plain"], axis=0)
        millis = 1000 * np.median(seconds[name], axis=0) / STEPS
        print(
            f"{name:10} CPU × {cpu:.3f}  wall × {wall:.3f}  {millis[0]:.2f} ms of CPU a step  {working[name]:,} bytes"
        )


if __name__ == "__main__":
    main()
