# SPDX-License-Identifier: Apache-2.0
"""The battery's samples in JAX (XLA) on the GPU. Prints records."""
import time

import jax
import jax.numpy as jnp

from samples import BATCHES, ELEMENTS, MATMULS, SOFTMAX, Budget, chain, record

jax.config.update("jax_default_matmul_precision", "highest")
BUDGET = Budget()


def measure(name, function, *args):
    """Wall time of a call in a stream of calls."""
    if BUDGET.is_over():
        return
    compiled = jax.jit(function)
    jax.block_until_ready(compiled(*args))
    begin = time.perf_counter()
    jax.block_until_ready(compiled(*args))
    count = max(5, min(200, int(1 / max(time.perf_counter() - begin, 1e-6))))
    begin = time.perf_counter()
    for _ in range(count):
        result = compiled(*args)
    jax.block_until_ready(result)
    record(name, "JAX", (time.perf_counter() - begin) * 1e6 / count,
           f"mean of {count}, inputs on the GPU")


def digits_step(params, momenta, x, y):
    def cost(p):
        hidden = jnp.tanh(x @ p[0] + p[1])
        scores = jax.nn.log_softmax(hidden @ p[2] + p[3])
        return -jnp.mean(jnp.take_along_axis(scores, y[:, None], axis=1))

    value, grads = jax.value_and_grad(cost)(params)
    momenta = [0.9 * m - 0.05 * g for m, g in zip(momenta, grads)]
    return value, [p + m for p, m in zip(params, momenta)], momenta


def main():
    key = jax.random.key(0)
    x = jax.random.uniform(key, (ELEMENTS,))
    for n in MATMULS:
        a = jax.random.uniform(key, (n, n))
        measure(f"matmul {n}", jnp.matmul, a, a)
    measure(f"softmax {SOFTMAX[0]}x{SOFTMAX[1]}", lambda v: jax.nn.softmax(v, axis=1),
            jax.random.uniform(key, SOFTMAX))
    measure("chain of 10 operations, 1e7",
            lambda v: chain(v, jnp.maximum, jnp.minimum, jnp.abs), x)
    measure("sum of 1e7", jnp.sum, x)
    params = [jax.random.uniform(key, s) * 0.1 for s in [(64, 100), (100,), (100, 10), (10,)]]
    momenta = [jnp.zeros_like(p) for p in params]
    for batch in BATCHES:
        y = jnp.arange(batch) % 10
        measure(f"digits step, batch {batch}", digits_step, params, momenta,
                jax.random.uniform(key, (batch, 64)), y)


if __name__ == "__main__":
    if jax.default_backend() != "gpu":
        raise SystemExit("JAX sees no GPU")
    main()
