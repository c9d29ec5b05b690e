"""How users compile, for what is said of bits: the suite compiles more quickly, see conftest.py."""

from functools import partial

import jax

as_users_do = partial(
    jax.jit,
    compiler_options={
        "xla_cpu_use_fusion_emitters": True,
        "xla_backend_optimization_level": 3,
        "xla_llvm_disable_expensive_passes": False,
    },
)
