"""Writes the pairs in TRL's forms, with TRL's own conversions. See README.md."""

from pathlib import Path

from datasets import Dataset
from trl.data_utils import maybe_extract_prompt, maybe_unpair_preference_dataset

here = Path(__file__).parent


def turns(*texts):
    return [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * 2, texts)]


texts = [{"chosen": f"{i} plus {i} is {2 * i}.", "rejected": f"{i} plus {i} is {2 * i + 1}."} for i in range(1, 4)]
chats = [{"chosen": turns(f"{i} + {i}?", f"{2 * i}."), "rejected": turns(f"{i} + {i}?", f"{2 * i + 1}.")} for i in range(1, 4)]

for name, rows in [("texts", texts), ("chats", chats)]:
    implicit = Dataset.from_list(rows)
    explicit = implicit.map(maybe_extract_prompt)
    implicit.to_json(here / f"trl-implicit-{name}.jsonl")
    explicit.to_json(here / f"trl-explicit-{name}.jsonl")
    maybe_unpair_preference_dataset(explicit).to_json(here / f"trl-unpaired-{name}.jsonl")
