"""Sampling with transformers: new tokens per second, including prefill, after a short warm-up on the same prompts."""
import time

from peer import load_model, read_job, report, sample

job = read_job()
model, tokenizer = load_model(job)
sample(model, tokenizer, job["prompts"], job["copies"], job["warmUpTokens"], job)
began = time.perf_counter()
sample(model, tokenizer, job["prompts"], job["copies"], job["tokens"], job)
seconds = time.perf_counter() - began
report(tokensPerSecond=len(job["prompts"]) * job["copies"] * job["tokens"] / seconds)
