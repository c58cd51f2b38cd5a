"""Log-probabilities of token ids by other programs, for exports.test.ts and hub-to-gguf.test.ts: reads [{kind, path, ids}] from standard input, and writes one list of numbers for each.

    pip install torch transformers peft llama-cpp-python
"""

import json
import sys

import numpy as np


def of_logits(logits, ids):
    logits = np.asarray(logits, dtype=np.float64)
    logits = logits - logits.max(-1, keepdims=True)
    logprobs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return [float(logprobs[i, token]) for i, token in enumerate(ids[1:])]


def by_transformers(path, ids):
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        return of_logits(model(torch.tensor([ids])).logits[0, :-1], ids)


def by_peft(path, ids):
    import torch
    from peft import AutoPeftModelForCausalLM

    model = AutoPeftModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        return of_logits(model(input_ids=torch.tensor([ids])).logits[0, :-1], ids)


def by_llama_cpp(path, ids):
    from llama_cpp import Llama

    model = Llama(path, n_ctx=256, n_threads=1, logits_all=True, type_k=0, type_v=0, verbose=False)
    model.eval(ids)
    return of_logits(np.array(model.scores[: len(ids) - 1]), ids)


def tokens_by_llama_cpp(path, text):
    from llama_cpp import Llama

    model = Llama(path, vocab_only=True, verbose=False)
    return model.tokenize(text.encode(), add_bos=False, special=True)


def tokens_by_transformers(path, text):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(path)(text, add_special_tokens=False)["input_ids"]


readers = {
    "transformers": by_transformers,
    "peft": by_peft,
    "llama.cpp": by_llama_cpp,
    "tokens llama.cpp": tokens_by_llama_cpp,
    "tokens transformers": tokens_by_transformers,
}
print(json.dumps([readers[kind](path, given) for kind, path, given in json.load(sys.stdin)]))
