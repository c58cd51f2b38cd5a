"""One engine of vLLM: answers and scores rows of token ids. Runs in a Ray actor, so that it can die without the job."""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from laurel_cluster.errors import ClusterError
from laurel_cluster.models import local_copy
from laurel_cluster.results import Item
from laurel_cluster.scoring import Ask, Scoring
from laurel_cluster.storage import Storage

Row = dict[str, Any]

BATCH_SECONDS = 0.2
"""Items are handed on in batches, several times a second."""


class VllmEngine:
    """A model in vLLM, in the process that made it: a killed process is then a killed engine, and nothing is left over."""

    def __init__(self, storage: str, model: str, precision: str, arguments: dict[str, Any]) -> None:
        """`model`: its folder in the storage, which this node may have to copy."""
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
        os.environ["VLLM_ALLOW_LONG_MAX_MODEL_LEN"] = "1"
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
        from transformers import AutoConfig
        from vllm import LLM

        folder = str(local_copy(Storage(storage), model))
        # A text that fills the context is scored too, and vLLM wants room for the token after it, which is never computed.
        context = AutoConfig.from_pretrained(folder).max_position_embeddings
        given = {"enable_prefix_caching": True, "disable_log_stats": True, "max_logprobs": -1, "max_model_len": context + 1, **arguments}
        has_tokenizer = os.path.exists(os.path.join(folder, "tokenizer.json"))
        self._llm = LLM(model=folder, dtype=precision, skip_tokenizer_init=not has_tokenizer, **given)
        self._stopped = 0
        self._served = 0

    def ready(self) -> int:
        """The process's ID, once the model is loaded."""
        return os.getpid()

    def stop(self, number: int) -> None:
        """End the work on request `number`, and on those before it, after the current step. It may come before the work does."""
        self._stopped = max(self._stopped, number)

    def generate(self, number: int, request: Row, rows: list[Row]) -> Iterator[list[Item]]:
        """Sample a response for each seed of each row; items in order of completion."""
        rows, left_out = self._fitting(rows)
        if left_out:
            yield left_out
        asked = [(row, sample) for row in rows for sample in row["samples"]]
        prompts = [(row["ids"], self._sampling(request, row, row["seeds"][sample])) for row, sample in asked]

        def item_of(index: int, output: Any) -> Item:
            row, sample = asked[index]
            answer = output.outputs[0]
            reason = "stop" if answer.finish_reason == "stop" else "length"
            return {"row": row["row"], "sample": sample, "tokenIds": list(answer.token_ids), "finishReason": reason}

        yield from self._run(number, prompts, item_of)

    def score(self, number: int, request: Row, rows: list[Row]) -> Iterator[list[Item]]:
        """Log-probabilities of each row's tokens, of its most likely next tokens, and of its choices."""
        rows, left_out = self._fitting(rows)
        if left_out:
            yield left_out
        scoring = Scoring(request, rows)
        for asked in (scoring.texts, scoring.choices):
            take = partial(self._take, scoring, asked)
            yield from self._run(number, [(ask.ids, ask.params) for ask in asked], take)

    def _fitting(self, rows: list[Row]) -> tuple[list[Row], list[Item]]:
        """Rows that vLLM has room for, with a token after them; and an item for each sample of the others, which says why."""
        most = self._llm.llm_engine.model_config.max_model_len
        fitting = [row for row in rows if len(row["ids"]) < most]
        left_out: list[Item] = []
        for row in rows:
            if len(row["ids"]) >= most:
                reason = f"{len(row['ids'])} tokens don't fit vLLM's max_model_len of {most} (cluster.json)"
                left_out += [{"row": row["row"], "sample": sample, "leftOut": reason} for sample in row["samples"]]
        return fitting, left_out

    @staticmethod
    def _take(scoring: Scoring, asked: list[Ask], index: int, output: Any) -> Item | None:
        return scoring.take(asked[index], output)

    def _sampling(self, request: Row, row: Row, seed: int) -> Any:
        from vllm import SamplingParams

        sampling = request["sampling"]
        return SamplingParams(
            temperature=sampling["temperature"],
            top_p=sampling["topP"] if sampling["temperature"] > 0 else 1.0,
            top_k=sampling["topK"] if sampling["temperature"] > 0 else 0,
            seed=seed,
            max_tokens=row["room"],
            min_tokens=min(sampling["minNewTokens"], row["room"]),
            stop=sampling["stop"] or None,
            include_stop_str_in_output=True,
            stop_token_ids=request["stopTokens"],
            ignore_eos=True,  # Laurel's stop tokens are all there are
            detokenize=bool(sampling["stop"]),
        )

    def _run(self, number: int, prompts: list[tuple[list[int], Any]], item_of: Callable[[int, Any], Item | None]) -> Iterator[list[Item]]:
        """Have vLLM's scheduler work through prompts, and yield items as they are complete. However it ends, vLLM keeps none of them."""
        engine = self._llm.llm_engine
        known: dict[str, int] = {}
        try:
            for index, (ids, params) in enumerate(prompts):
                name = str(self._served)
                self._served += 1
                known[name] = index
                try:
                    engine.add_request(name, {"prompt_token_ids": ids}, params)
                except ValueError as error:
                    remedy = "The job's log in Ray's dashboard says more. Check inference.engine in cluster.json."
                    raise ClusterError("BAD_INPUT", f"vLLM refuses a row of {len(ids)} tokens: {error}", remedy) from error
            items: list[Item] = []
            handed_on = time.monotonic()
            while engine.has_unfinished_requests() and self._stopped < number:
                for output in engine.step():
                    if not output.finished:
                        continue
                    item = item_of(known.pop(output.request_id.split("-")[0]), output)
                    if item is not None:
                        items.append(item)
                if items and time.monotonic() - handed_on >= BATCH_SECONDS:
                    yield items
                    items, handed_on = [], time.monotonic()
            if items:
                yield items
        finally:
            if known:
                engine.abort_request(list(known))
