# SPDX-License-Identifier: Apache-2.0
"""The battery's samples in PyTorch on the GPU; matrix products are cuBLAS's. Prints records."""
import torch

from samples import BATCHES, ELEMENTS, MATMULS, SOFTMAX, Budget, chain, record

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
BUDGET = Budget()
DEVICE = "cuda"


def measure(name, measure_name, call, note=""):
    """Mean of the GPU's time over a stream of calls, by CUDA events."""
    if BUDGET.is_over():
        return
    for _ in range(5):
        call()
    torch.cuda.synchronize()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    call()
    end.record()
    torch.cuda.synchronize()
    count = max(5, min(200, int(1000 / max(begin.elapsed_time(end), 1e-3))))
    begin.record()
    for _ in range(count):
        call()
    end.record()
    torch.cuda.synchronize()
    record(name, measure_name, begin.elapsed_time(end) * 1e3 / count,
           note or f"mean of {count}, inputs on the GPU")


def digits_step(batch):
    model = torch.nn.Sequential(torch.nn.Linear(64, 100), torch.nn.Tanh(),
                                torch.nn.Linear(100, 10)).to(DEVICE)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, fused=True)
    x = torch.rand(batch, 64, device=DEVICE)
    y = torch.randint(0, 10, (batch,), device=DEVICE)

    def step():
        optimizer.zero_grad(set_to_none=False)
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def captured(step):
    """The same step replayed as a CUDA graph."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def main():
    x = torch.rand(ELEMENTS, device=DEVICE)
    for n in MATMULS:
        a, b, c = (torch.rand(n, n, device=DEVICE) for _ in range(3))
        measure(f"matmul {n}", "PyTorch (cuBLAS)", lambda: torch.matmul(a, b, out=c))
    logits = torch.rand(*SOFTMAX, device=DEVICE)
    measure(f"softmax {SOFTMAX[0]}x{SOFTMAX[1]}", "PyTorch (cuBLAS)",
            lambda: torch.softmax(logits, dim=1))
    measure("chain of 10 operations, 1e7", "PyTorch (cuBLAS)",
            lambda: chain(x, torch.maximum, torch.clamp_max, torch.abs))
    measure("sum of 1e7", "PyTorch (cuBLAS)", x.sum)
    for batch in BATCHES:
        measure(f"digits step, batch {batch}", "PyTorch (cuBLAS)", digits_step(batch))
    for batch in BATCHES:
        measure(f"digits step, batch {batch}", "PyTorch, CUDA graph", captured(digits_step(batch)))
    compiled = torch.compile(lambda v: chain(v, torch.maximum, torch.clamp_max, torch.abs))
    measure("chain of 10 operations, 1e7", "PyTorch, compiled", lambda: compiled(x))


if __name__ == "__main__":
    if not torch.cuda.is_available():
        raise SystemExit("PyTorch sees no GPU")
    main()
