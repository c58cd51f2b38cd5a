"""Training steps and decoding of an untrained model of the given shape: in torch's own operations, compiled, or by transformers."""
import copy
import statistics
import time

import torch
import torch.nn.functional as F
from gpu_peer import PRECISIONS, device, figures, finish, missing, peak, print_line, program, restart_peak, seconds_per_step, sizes, tokens
from peer_llama import Llama

BETA = 0.1


def model_of(dtype):
    """hidden(ids) -> [B, L, C], and the head [V, C]."""
    if program != "transformers":
        model = Llama(sizes["model"]).to(device, dtype)
        if program == "torch.compile":
            for layer in model.layers:
                layer.compile()  # all layers share what is compiled for the first
        return model
    try:
        import transformers
    except ImportError:
        missing("transformers")
    print_line(version=["transformers", transformers.__version__])
    config = transformers.LlamaConfig(**{key: value for key, value in sizes["model"].items() if key != "model_type"}, attn_implementation="sdpa")
    model = transformers.LlamaForCausalLM(config).to(device, dtype)
    model.hidden = lambda ids: model.model(ids, use_cache=False).last_hidden_state
    model.head = model.lm_head.weight
    return model


def sequence_logprobs(model, ids, starts, ends):
    """Summed log-probability of each row's tokens from `starts` on, and how many they are. Logits only where they are needed."""
    hidden = model.hidden(ids)
    places = torch.arange(ids.shape[1], device=device)
    is_target = (places[None] >= starts[:, None]) & (places[None] < ends[:, None])
    rows, columns = is_target.nonzero(as_tuple=True)
    logits = F.linear(hidden[rows, columns - 1], model.head)
    logprobs = -F.cross_entropy(logits.float(), ids[rows, columns], reduction="none")
    return torch.zeros(len(ids), device=device).index_add(0, rows, logprobs), len(rows)


def padded(texts, starts):
    ends = torch.tensor([len(text) for text in texts], device=device)
    ids = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True).to(device)
    return ids, torch.tensor(starts, device=device), ends


def pairs_of(count):
    """Chosen rows first, then rejected ones; every row has its own copy of the prompt, as in TRL."""
    lengths = sizes["training"]
    prompts = [tokens(lengths["prompt"], 3 * i) for i in range(count)]
    sides = [[torch.cat((prompt, tokens(lengths[side], 3 * i + j + 1))) for i, prompt in enumerate(prompts)] for j, side in enumerate(("chosen", "rejected"))]
    return sides, [lengths["prompt"]] * count


def measure_training():
    lengths = sizes["training"]
    per_pair = lengths["prompt"] + lengths["chosen"] + lengths["rejected"]
    per_example = lengths["prompt"] + lengths["chosen"]
    for precision, dtype in PRECISIONS.items():
        model = model_of(dtype)
        reference = copy.deepcopy(model) if program == "torch" else model_of(dtype)
        reference.requires_grad_(False)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0, fused=True)

        def update(loss):
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()

        for count in lengths["pairs"]:
            (chosen, rejected), starts = pairs_of(count)
            both = padded(chosen + rejected, starts * 2)
            single = padded(chosen, starts)

            def dpo_step():
                with torch.no_grad():
                    kept, _ = sequence_logprobs(reference, *both)
                policy, _ = sequence_logprobs(model, *both)
                margins = (policy - kept).chunk(2)
                update(-F.logsigmoid(BETA * (margins[0] - margins[1])).mean())

            def sft_step():
                logprobs, targets = sequence_logprobs(model, *single)
                update(-logprobs.sum() / targets)

            for name, step, measure, each in (
                (f"DPO step, {count} pair", dpo_step, "pairs_per_s", per_pair),
                (f"SFT step, {count} example", sft_step, "examples_per_s", per_example),
            ):
                restart_peak()
                seconds = seconds_per_step(step)
                name += "" if count == 1 else "s"
                figures(name, precision, **{measure: count / seconds}, tokens_per_s=count * each / seconds, **peak())
        del model, reference, optimizer


@torch.inference_mode()
def measure_decoding():
    settings = sizes["decoding"]
    for precision, dtype in PRECISIONS.items():
        model = model_of(dtype)
        for count in settings["sequences"]:
            prompts = torch.stack([tokens(settings["prompt"], i // 4) for i in range(count)]).to(device)
            restart_peak()
            sample = sampled_by_transformers if program == "transformers" else sampled
            sample(model, prompts, 4)
            seconds = sample(model, prompts, settings["tokens"])
            name = f"decoding, {count} sequence" + ("" if count == 1 else "s")
            figures(name, precision, tokens_per_s=count / seconds, **peak())
        del model


def sampled(model, prompts, count):
    """Seconds of a step. Tokens are drawn from the whole distribution, which is less work than top-p."""
    cache = model.cache(len(prompts), prompts.shape[1] + count)
    ids, at, seconds = prompts, 0, []
    for _ in range(count):
        began = time.perf_counter()
        logits = F.linear(model.hidden_with(cache, ids, at)[:, -1], model.head)
        at += ids.shape[1]
        ids = torch.multinomial(logits.float().softmax(-1), 1)
        finish()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])


def sampled_by_transformers(model, prompts, count):
    """Seconds of a step: what more tokens take, so that reading the prompts doesn't count."""

    def generate(new):
        began = time.perf_counter()
        settings = dict(do_sample=True, top_p=0.9, top_k=0, min_new_tokens=new, max_new_tokens=new, pad_token_id=0)
        model.generate(prompts, attention_mask=torch.ones_like(prompts), **settings)
        finish()
        return time.perf_counter() - began

    return max((generate(count) - generate(2)) / (count - 2), 1e-9)
