"""One self-rewarding iteration with transformers and TRL: candidates, judgements, the best and the worst as pairs, DPO."""
import re
import time

import trl
from datasets import Dataset
from peer import load_model, read_job, report, sample, training_settings, turn
from trl import DPOConfig, DPOTrainer

job = read_job()
model, tokenizer = load_model(job)
prompts, count, each = job["prompts"], job["candidates"], job["judgements"]


def timed(work):
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def score_in(text):
    found = re.findall(r"score:?\s*([0-5](?:\.\d+)?)", text, re.IGNORECASE)
    return float(found[-1]) if found else None


def reward_of(judgements, response):
    """The mean of the readable scores; if there is none, the length, so that every prompt makes a pair."""
    scores = [score for score in map(score_in, judgements) if score is not None]
    return sum(scores) / len(scores) if scores else len(response) / 1e4


texts, candidates_seconds = timed(lambda: sample(model, tokenizer, prompts, count, job["responseTokens"], job))
asked = [job["rubric"].replace("{prompt}", prompts[i // count]).replace("{response}", text) for i, text in enumerate(texts)]
judged, judgements_seconds = timed(lambda: sample(model, tokenizer, asked, each, job["judgeTokens"], job))

rewards = [reward_of(judged[i * each : (i + 1) * each], text) for i, text in enumerate(texts)]
rows = []
for i, prompt in enumerate(prompts):
    order = sorted(range(i * count, (i + 1) * count), key=lambda candidate: -rewards[candidate])
    best, worst = texts[order[0]], texts[order[-1]]
    rows.append({"prompt": turn("user", prompt), "chosen": turn("assistant", best), "rejected": turn("assistant", worst)})

trainer = DPOTrainer(
    model=model,
    args=DPOConfig(beta=job["beta"], **training_settings(job)),
    train_dataset=Dataset.from_list(rows),
    processing_class=tokenizer,
)
_, dpo_seconds = timed(trainer.train)
report(
    {"trl": trl.__version__},
    totalSeconds=candidates_seconds + judgements_seconds + dpo_seconds,
    candidatesSeconds=candidates_seconds,
    judgementsSeconds=judgements_seconds,
    dpoSeconds=dpo_seconds,
)
