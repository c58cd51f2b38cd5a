"""Encode texts with small tokenizers in the original library (tokenizers) and record the results.

    pip install tokenizers
    python test/engine/tokenizers/record-tokenizers.py
"""

import itertools
import json
import pathlib
import random

from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

file = pathlib.Path(__file__).with_name("recorded.json")
random.seed(7)


def added(content, **properties):
    token = {"id": None, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {**token, **properties}


def byte_level(merges):
    alphabet = sorted(ByteLevel.alphabet())
    vocab = {token: id for id, token in enumerate(alphabet + [a + b for a, b in merges])}
    return {"type": "BPE", "vocab": vocab, "merges": [list(pair) for pair in merges], "unk_token": None, "byte_fallback": False, "fuse_unk": False, "ignore_merges": False}


def sentence_piece(pieces, merges):
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + pieces + [a + b for a, b in merges]
    vocab = {token: id for id, token in enumerate(tokens)}
    return {"type": "BPE", "vocab": vocab, "merges": [list(pair) for pair in merges], "unk_token": "<unk>", "byte_fallback": True, "fuse_unk": True, "ignore_merges": False}


def unigram(pieces):
    return {"type": "Unigram", "unk_id": 0, "byte_fallback": False, "vocab": [["<unk>", 0.0]] + [[piece, -1.0 - 0.37 * i] for i, piece in enumerate(pieces)]}


def tokenizer(model, tokens, normalizer=None, pre_tokenizer=None):
    vocab = model["vocab"] if isinstance(model["vocab"], dict) else {piece: id for id, (piece, _) in enumerate(model["vocab"])}
    next_id = itertools.count(len(vocab))
    tokens = [{**token, "id": vocab[token["content"]] if token["content"] in vocab else next(next_id)} for token in tokens]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": normalizer, "pre_tokenizer": pre_tokenizer, "post_processor": None, "decoder": None, "model": model}


words = [("i", "o"), ("io", "n"), ("a", "t"), ("Ġ", "io"), ("l", "l")]
pieces = list("abcdefghilnorst▁.<>|")
joins = [("▁", "a"), ("i", "o"), ("io", "n"), ("▁a", "t"), ("l", "l")]
flags = [dict(zip(("single_word", "lstrip", "rstrip", "normalized"), values)) for values in itertools.product((False, True), repeat=4)]
by_bytes = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
sets = [[added("ion", **flag), added("<t>", **{**flag, "special": True}), added("<t>x"), added(" ll")] for flag in flags]
prepend = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
meta = lambda scheme: {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": False}

tokenizers = [
    *(tokenizer(byte_level(words), tokens, None, by_bytes) for tokens in sets),
    *(tokenizer(byte_level(words), tokens, {"type": "Lowercase"}, by_bytes) for tokens in sets[1::3]),
    *(tokenizer(sentence_piece(pieces, joins), tokens, prepend) for tokens in sets[::3]),
    *(tokenizer(sentence_piece(pieces, joins), tokens, None, meta(scheme)) for scheme, tokens in zip(("first", "always", "never"), sets[5:])),
    *(tokenizer(unigram(pieces + ["ion", "▁a", "at", "ll"]), tokens, None, meta("always")) for tokens in sets[2::6]),
]
parts = ["ion", "<t>", "<t>x", " ll", " ", "  ", "\n", "\u3000", "a", "nation", "-", "_", "é", "😀", "ION", ".", "all", "t", "1"]
texts = ["", " ", "ion", "ions", "nation ion", "x <t> <t>x y", "ion\u0301", "<t><t>"] + ["".join(random.choices(parts, k=random.randint(2, 9))) for _ in range(24)]

recorded = []
for definition in tokenizers:
    original = Tokenizer.from_str(json.dumps(definition))
    original.encode_special_tokens = False
    parsed = [original.encode(text, add_special_tokens=False).ids for text in texts]
    original.encode_special_tokens = True
    spelled = [original.encode(text, add_special_tokens=False).ids for text in texts]
    recorded.append({"tokenizer": definition, "parsed": parsed, "spelled": spelled})
file.write_text(json.dumps({"texts": texts, "recorded": recorded}, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
print(len(tokenizers), "tokenizers", len(texts), "texts", file.stat().st_size, "bytes")
