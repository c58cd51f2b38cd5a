"""What the same card does with torch, transformers, or TRL. Usage: gpu_peer.py PROGRAM WORK SIZES, where SIZES is gpu-sizes.ts's JSON.

Each measured number is a line of JSON as soon as it is there, as from Laurel's own parts (report-schema.ts).
"""
import json
import statistics
import sys
import time


def print_line(**line):
    print(json.dumps(line), flush=True)


def missing(what):
    print_line(missing=what)
    sys.exit(0)


try:
    import torch
except ImportError:
    missing("torch")

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
MOST_CALLS = 1000

program, work, sizes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
timing = sizes["timing"]
# The tiny sizes only show that everything runs.
device = "cuda" if torch.cuda.is_available() else "cpu"
if device == "cpu" and sizes["name"] != "tiny":
    missing("a GPU that torch can use")


def figures(name, precision, **measured):
    """Names of measures have characters that Python's don't: pairs_per_s is pairs/s."""
    for measure, value in measured.items():
        measure = {"TFLOP_per_s": "TFLOP/s", "GB_per_s": "GB/s", "peak_GB": "peak GB"}.get(measure, measure.replace("_per_", "/"))
        print_line(figure={"program": program, "work": name, "precision": precision, "measure": measure, "value": value})


def finish():
    if device == "cuda":
        torch.cuda.synchronize()


def elapsed(call, count):
    began = time.perf_counter()
    for _ in range(count):
        call()
    finish()
    return time.perf_counter() - began


def seconds_per_call(call):
    """As gpu-clock.ts measures: the median of several rounds of calls, each followed by one wait for the device."""
    elapsed(call, 1)
    pilot = elapsed(call, 4)
    count = min(MOST_CALLS, max(1, int(4 * timing["kernelSeconds"] / pilot) + 1))
    return statistics.median(elapsed(call, count) / count for _ in range(timing["rounds"]))


def seconds_per_step(step):
    """The median of several steps after two to warm up: the first makes the optimizer's state."""
    elapsed(step, 2)
    seconds, began = [], time.perf_counter()
    while len(seconds) < timing["fewest"] or (len(seconds) < timing["most"] and time.perf_counter() - began < timing["stepSeconds"]):
        seconds.append(elapsed(step, 1))
    return statistics.median(seconds)


def restart_peak():
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak():
    """Memory taken from the device, freed blocks that torch keeps included, as on Laurel's side."""
    return {"peak_GB": torch.cuda.max_memory_reserved() / 1e9} if device == "cuda" else {}


def tokens(count, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(3, sizes["model"]["vocab_size"], (count,), generator=generator)


if __name__ == "__main__":
    sys.modules["gpu_peer"] = sys.modules["__main__"]  # the works import this file
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("highest")  # no rounding of float32 factors, as in Laurel
    print_line(version=["torch", torch.__version__])
    if work in ("products", "kernels"):
        import peer_kernels

        {"products": peer_kernels.measure_products, "kernels": peer_kernels.measure_kernels}[work]()
    elif program == "TRL":
        import peer_trl

        peer_trl.measure_training()
    else:
        import peer_steps

        {"training": peer_steps.measure_training, "decoding": peer_steps.measure_decoding}[work]()
    print_line(finished=True)
