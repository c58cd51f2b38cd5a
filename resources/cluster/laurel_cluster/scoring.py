"""Scoring as requests to vLLM: one for a row's tokens, and one for each position at which choices are compared."""

from dataclasses import dataclass
from typing import Any

from laurel_cluster.results import Item

Row = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """A request to vLLM."""

    row: int
    """Index among the rows."""
    place: int | None
    """Which of the row's positions it is about; None: the row's own tokens and the most likely next ones."""
    ids: list[int]
    params: Any


class Scoring:
    """The requests of some rows, and the items that their outputs add up to.

    A row's tokens are scored as its prompt. What may follow a position is the distribution of one more token after the text up to there;
    prefix caching makes such a request cheap. The two kinds must not be in one batch of vLLM 0.32: if a batch asks for the
    log-probabilities of given tokens, it has no others.
    """

    def __init__(self, request: Row, rows: list[Row]) -> None:
        self._top: int = request["top"]
        self._rows = rows
        self.texts: list[Ask] = []
        self.choices: list[Ask] = []
        self._items: list[Item] = []
        self._missing: list[int] = []
        for index, row in enumerate(rows):
            self._plan(index, row, choices_only=request["choicesOnly"])

    def _plan(self, index: int, row: Row, *, choices_only: bool) -> None:
        item: Item = {"row": row["row"], "tokenLogprobs": [], "topIds": [], "topLogprobs": []}
        positions = row["at"]["positions"] if "at" in row else []
        asks_text = not choices_only or self._top > 0 or not positions
        if asks_text:
            params = _one_more(prompt_logprobs=None if choices_only else 0, logprobs=self._top or None)
            self.texts.append(Ask(index, None, row["ids"], params))
        if "at" in row:
            item["choiceLogprobs"] = [[] for _ in positions]
            params = _one_more(logprob_token_ids=sorted(set(row["at"]["choices"])))
            self.choices += [Ask(index, place, row["ids"][:position], params) for place, position in enumerate(positions)]
        self._items.append(item)
        self._missing.append(int(asks_text) + len(positions))

    def take(self, ask: Ask, output: Any) -> Item | None:
        """Add an output; the row's item once it is complete."""
        row, item = self._rows[ask.row], self._items[ask.row]
        answer = output.outputs[0]
        if ask.place is not None:
            found = answer.logprobs[0]
            item["choiceLogprobs"][ask.place] = [found[choice].logprob for choice in row["at"]["choices"]]
        else:
            if output.prompt_logprobs is not None:
                pairs = zip(output.prompt_token_ids[1:], output.prompt_logprobs[1:], strict=True)
                item["tokenLogprobs"] = [logprobs[token].logprob for token, logprobs in pairs]
            if self._top > 0:
                best = sorted(answer.logprobs[0].items(), key=lambda entry: (-entry[1].logprob, entry[0]))[: self._top]
                item["topIds"] = [token for token, _ in best]
                item["topLogprobs"] = [logprob.logprob for _, logprob in best]
        self._missing[ask.row] -= 1
        return item if self._missing[ask.row] == 0 else None


def _one_more(**wanted: Any) -> Any:
    """Parameters for a single further token."""
    from vllm import SamplingParams

    return SamplingParams(temperature=0.0, max_tokens=1, detokenize=False, ignore_eos=True, **wanted)
