"""Full-model DPO with TRL: pairs per second over all steps except the first."""
import trl
from datasets import Dataset
from peer import StepClock, load_model, read_job, report, training_settings, turn
from trl import DPOConfig, DPOTrainer

job = read_job()
model, tokenizer = load_model(job)
rows = [
    {"prompt": turn("user", row["prompt"]), "chosen": turn("assistant", row["chosen"]), "rejected": turn("assistant", row["rejected"])}
    for row in job["rows"]
]
clock = StepClock()
trainer = DPOTrainer(
    model=model,
    args=DPOConfig(beta=job["beta"], **training_settings(job)),
    train_dataset=Dataset.from_list(rows),
    processing_class=tokenizer,
    callbacks=[clock],
)
trainer.train()
measured = clock.seconds[1:]
report({"trl": trl.__version__}, pairsPerSecond=job["batch"] * len(measured) / sum(measured), stepSeconds=sum(measured))
