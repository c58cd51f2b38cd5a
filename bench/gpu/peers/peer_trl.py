"""DPO and SFT steps by TRL's trainers, with an untrained model and a tokenizer whose words are numbers."""
import copy
import tempfile
import time

import torch
from gpu_peer import PRECISIONS, device, figures, finish, missing, peak, print_line, restart_peak, sizes, timing, tokens

try:
    import transformers
    import trl
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
except ImportError as error:
    missing(f"TRL ({error})")

WARM_UP = 2


def tokenizer():
    size = sizes["model"]["vocab_size"]
    words = Tokenizer(models.WordLevel({str(i): i for i in range(size)}, unk_token="0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="0", pad_token="1", eos_token="2")


def text(count, seed):
    return " " + " ".join(str(int(id)) for id in tokens(count, seed))


class Clock(transformers.TrainerCallback):
    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *args, **kwargs):
        finish()
        self.began = time.perf_counter()

    def on_step_end(self, *args, **kwargs):
        finish()
        self.seconds.append(time.perf_counter() - self.began)


def measure_training():
    print_line(version=["TRL", trl.__version__])
    lengths = sizes["training"]
    for precision, dtype in PRECISIONS.items():
        for count in lengths["pairs"]:
            steps = WARM_UP + timing["fewest"]
            rows = [
                {"prompt": text(lengths["prompt"], 3 * i), "chosen": text(lengths["chosen"] - 1, 3 * i + 1), "rejected": text(lengths["rejected"] - 1, 3 * i + 2)}
                for i in range(count * steps)
            ]
            examples = [{"prompt": row["prompt"], "completion": row["chosen"]} for row in rows]
            per_pair = lengths["prompt"] + lengths["chosen"] + lengths["rejected"]
            noun = "" if count == 1 else "s"
            seconds = seconds_of(trl.DPOTrainer, trl.DPOConfig, rows, count, dtype, beta=0.1)
            figures(f"DPO step, {count} pair{noun}", precision, pairs_per_s=count / seconds, tokens_per_s=count * per_pair / seconds, **peak())
            seconds = seconds_of(trl.SFTTrainer, trl.SFTConfig, examples, count, dtype, completion_only_loss=True)
            per_example = lengths["prompt"] + lengths["chosen"]
            figures(f"SFT step, {count} example{noun}", precision, examples_per_s=count / seconds, tokens_per_s=count * per_example / seconds, **peak())


def seconds_of(trainer, config, rows, count, dtype, **settings):
    """Median seconds of a step. The completions are one token shorter than Laurel's, since TRL adds the end of the text."""
    restart_peak()
    fields = {key: value for key, value in sizes["model"].items() if key != "model_type"}
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**fields)).to(device, dtype)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        arguments = config(
            output_dir=folder,
            use_cpu=device == "cpu",
            bf16=dtype == torch.bfloat16,
            per_device_train_batch_size=count,
            num_train_epochs=1,
            learning_rate=1e-6,
            max_grad_norm=1.0,
            max_length=4096,
            gradient_checkpointing=False,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            **settings,
        )
        train(trainer, model, arguments, rows, clock)
    measured = sorted(clock.seconds[WARM_UP:])
    return measured[len(measured) // 2]


def train(trainer, model, arguments, rows, clock):
    data = dict(train_dataset=Dataset.from_list(rows), processing_class=tokenizer())
    reference = {"ref_model": copy.deepcopy(model)} if trainer is trl.DPOTrainer else {}
    trainer(model=model, args=arguments, callbacks=[clock], **data, **reference).train()
