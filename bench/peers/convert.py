"""Convert a GGUF file to a Hugging Face folder with float32 weights, for the peers. Usage: convert.py FILE.gguf FOLDER"""
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

source, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)

# The weights are plain numbers now; leftover quantization metadata would make the folder unreadable.
if hasattr(model.config, "quantization_config"):
    del model.config.quantization_config
model.is_quantized, model.hf_quantizer = False, None
model.save_pretrained(folder)
tokenizer.save_pretrained(folder)

# SmolLM2's tokenizer first splits digits. The GGUF file only encodes that in the pre-tokenizer's name, which the conversion loses.
path = folder / "tokenizer.json"
tokenizer_json = json.loads(path.read_text())
digits = {"type": "Digits", "individual_digits": True}
byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
tokenizer_json["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, byte_level]}
path.write_text(json.dumps(tokenizer_json, ensure_ascii=False))
