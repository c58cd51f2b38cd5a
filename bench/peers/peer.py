"""Shared by the peers' programs: the job that the harness wrote, the model, step times, and the final line of output."""
import json
import platform
import resource
import sys
import time

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback


def read_job():
    with open(sys.argv[1]) as file:
        return json.load(file)


def load_model(job):
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=getattr(torch, job["dtype"]))
    return model, tokenizer


class StepClock(TrainerCallback):
    """Seconds of every optimizer step."""

    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *args, **kwargs):
        self.began = time.perf_counter()

    def on_step_end(self, *args, **kwargs):
        self.seconds.append(time.perf_counter() - self.began)


def training_settings(job):
    """TrainingArguments for a fair comparison on the CPU: the rows in order, no saving, no reporting, no evaluation."""
    return dict(
        output_dir="output",
        use_cpu=True,
        bf16=job["dtype"] == "bfloat16",
        per_device_train_batch_size=job["batch"],
        num_train_epochs=1,
        train_sampling_strategy="sequential",
        learning_rate=job["learningRate"],
        lr_scheduler_type="linear",
        max_grad_norm=job["maxGradNorm"],
        max_length=job["maxLength"],
        gradient_checkpointing=False,
        save_strategy="no",
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
    )


def turn(role, content):
    return [{"role": role, "content": content}]


def sample(model, tokenizer, texts, copies, tokens, job):
    """`copies` responses of exactly `tokens` tokens to every text; the prompts of a batch are padded on the left."""
    tokenizer.padding_side = "left"
    rendered = [tokenizer.apply_chat_template(turn("user", text), tokenize=False, add_generation_prompt=True) for text in texts]
    batch = tokenizer(rendered, return_tensors="pt", padding=True, add_special_tokens=False)
    output = model.generate(
        **batch,
        do_sample=True,
        temperature=job["temperature"],
        top_p=job["topP"],
        top_k=0,
        min_new_tokens=tokens,
        max_new_tokens=tokens,
        num_return_sequences=copies,
        pad_token_id=tokenizer.pad_token_id,
    )
    return tokenizer.batch_decode(output[:, batch.input_ids.shape[1] :], skip_special_tokens=True)


def report(versions=None, **figures):
    """Print the last line: the figures, including the process's peak memory, and the library versions."""
    kilobyte = 1 if sys.platform == "darwin" else 1024
    figures["peakGb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobyte / 1e9
    own = {"Python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__}
    own["torch threads"] = str(torch.get_num_threads())
    print(json.dumps({"figures": figures, "versions": own | (versions or {})}), flush=True)
