"""Check a showcase's answers again with if-verifiable's programs for IFEval, and compare with Laurel's.

    npm run bench -- showcase --model SmolLM2-135M-Instruct --answers answers.jsonl
    pip install if-verifiable
    python bench/peers/if-verifiable.py answers.jsonl

Only prompts all of whose requirements are IFEval's can be checked; the rest are counted. For each run, model, and measure: answers, how many follow their prompt by
if-verifiable, and how many by Laurel.
"""

import collections
import json
import sys

from if_verifiable.ifeval.instructions_registry import INSTRUCTION_DICT


def follows(row):
    for requirement in row["requirements"]:
        check = requirement["check"]
        instruction = INSTRUCTION_DICT[check["id"]](check["id"])
        instruction.build_description(**check["args"])
        if not row["response"].strip() or not instruction.check_following(row["response"]):
            return False
    return True


counts = collections.defaultdict(lambda: [0, 0, 0])
left_out, different = 0, []
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line)
    if any(requirement["check"]["id"] not in INSTRUCTION_DICT for requirement in row["requirements"]):
        left_out += 1
        continue
    theirs, ours = follows(row), row["all_met"]
    count = counts[row["run"], row["measure"], row["model"]]
    count[0] += 1
    count[1] += theirs
    count[2] += ours
    if theirs != ours:
        different.append(row)

for (run, measure, model), (answers, theirs, ours) in counts.items():
    print(f"{run}  {measure:24} {model}  {answers:4} answers  if-verifiable {theirs / answers:6.1%}  Laurel {ours / answers:6.1%}")
print(f"{len(different)} outcomes differ; {left_out} answers to prompts with a requirement of Laurel's own left out")
for row in different[:10]:
    print(json.dumps(row, ensure_ascii=False))
