"""Matrix products, and torch's own operations for what Laurel's kernels do, under the names in bench/kernels."""
import gpu_peer
import torch
import torch.nn.functional as F
from gpu_peer import PRECISIONS, device, figures, print_line, seconds_per_call, sizes
from peer_llama import attention

TEXTS = 4  # in a micro-batch, as in attention-kernels.ts
CACHED = 192  # tokens of each sequence that is being sampled


def noise(*shape, dtype=torch.float32, scale=1.0):
    return ((torch.rand(shape, device=device) * 2 - 1) * scale).to(dtype)


def measure_products():
    for precision, dtype in PRECISIONS.items():
        for terms, columns in sizes["products"]["factors"]:
            weight = noise(columns, terms, dtype=dtype)
            for rows in sizes["products"]["rows"]:
                x = noise(rows, terms, dtype=dtype)
                seconds = seconds_per_call(lambda: F.linear(x, weight))
                figures(f"product {rows}x{terms}x{columns}", precision, TFLOP_per_s=2 * rows * terms * columns / seconds / 1e12)
    source = noise(2**28 if device == "cuda" else 2**10)
    target = torch.empty_like(source)
    seconds = seconds_per_call(lambda: target.copy_(source))
    figures("copy", "float32", GB_per_s=2 * source.nbytes / seconds / 1e9)


def kernels_of(dtype):
    shape = sizes["kernels"]
    N, C, IN, V, M, S = (shape[key] for key in ("tokens", "hidden", "intermediate", "vocabulary", "rows", "sequences"))
    H, KV, D = shape["heads"], shape["keyValueHeads"], shape["headDim"]
    width = (H + 2 * KV) * D

    x, branch, weight = noise(N, C), noise(N, C, dtype=dtype), noise(C)

    def norm():
        total = x + branch
        return total, F.rms_norm(total, (C,), weight, 1e-5).to(dtype)

    yield "residual and RMS norm", norm

    gate_up = noise(N, 2 * IN, dtype=dtype)

    def swiglu():
        gate, up = gate_up.chunk(2, dim=1)
        return F.silu(gate) * up

    yield "SwiGLU", swiglu

    qkv, bias = noise(N, width, dtype=dtype), noise(width, dtype=dtype)
    yield "bias", lambda: qkv + bias
    for name, rows in (("projection while decoding", S), ("projection of one sequence", 1)):
        left, right = noise(rows, C, dtype=dtype), noise(2 * IN, C, dtype=dtype)
        yield name, lambda left=left, right=right: F.linear(left, right)

    length = N // TEXTS
    q, k, v = (noise(TEXTS, heads, length, D, dtype=dtype).requires_grad_() for heads in (H, KV, KV))
    dy = noise(TEXTS, H, length, D, dtype=dtype)

    @torch.no_grad()
    def forward():
        return attention(q, k, v, is_causal=True)

    yield "attention over texts", forward
    y = attention(q, k, v, is_causal=True)
    yield "attention over texts, backward", lambda: torch.autograd.grad(y, (q, k, v), dy, retain_graph=True)

    one, keys, values = noise(S, H, 1, D, dtype=dtype), noise(S, KV, CACHED, D, dtype=dtype), noise(S, KV, CACHED, D, dtype=dtype)
    yield "attention, one token per sequence", lambda: attention(one, keys, values, is_causal=False)

    logits, targets = noise(M, V, dtype=dtype, scale=4), torch.arange(M, device=device) % V
    yield "token log-probabilities", lambda: F.cross_entropy(logits, targets, reduction="none")
    few = noise(S, V, dtype=dtype, scale=4)
    yield "top-k tokens", lambda: (few.topk(64), few.logsumexp(1))

    parameter = torch.nn.Parameter(noise(C, 2 * IN))
    parameter.grad = noise(C, 2 * IN, scale=1e-3)
    optimizer = torch.optim.AdamW([parameter], lr=1e-6, fused=True)
    yield "AdamW", optimizer.step
    gradient, total = noise(C, 2 * IN, dtype=dtype), noise(C, 2 * IN)
    yield "squared norm", lambda: torch.linalg.vector_norm(gradient, dtype=torch.float32)
    yield "gradient accumulation", lambda: total.add_(gradient)
    table, rows, indices = noise(V, C), noise(N, C), (torch.arange(N, device=device) * 7919) % V
    yield "scatter-add of rows", lambda: table.index_add_(0, indices, rows)


def measure_kernels():
    for precision, dtype in PRECISIONS.items():
        for name, call in kernels_of(dtype):
            try:
                figures(name, precision, calls_per_s=1 / seconds_per_call(call))
            except RuntimeError as error:
                print_line(note=f"{name}, {precision}: {str(error).splitlines()[0]}")
