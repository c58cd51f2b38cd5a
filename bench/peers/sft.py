"""Full-model supervised fine-tuning with TRL, loss on the completion: examples per second over all steps except the first."""
import trl
from datasets import Dataset
from peer import StepClock, load_model, read_job, report, training_settings, turn
from trl import SFTConfig, SFTTrainer

job = read_job()
model, tokenizer = load_model(job)
rows = [{"prompt": turn("user", row["prompt"]), "completion": turn("assistant", row["chosen"])} for row in job["rows"]]
clock = StepClock()
trainer = SFTTrainer(
    model=model,
    args=SFTConfig(completion_only_loss=True, **training_settings(job)),
    train_dataset=Dataset.from_list(rows),
    processing_class=tokenizer,
    callbacks=[clock],
)
trainer.train()
measured = clock.seconds[1:]
report({"trl": trl.__version__}, examplesPerSecond=job["batch"] * len(measured) / sum(measured), stepSeconds=sum(measured))
