"""What is missing of a request, and scoring as requests to vLLM."""

from types import SimpleNamespace

from laurel_cluster.inference import missing_rows
from laurel_cluster.scoring import Scoring
from laurel_cluster.trainers import labels_of


def test_only_samples_that_arent_stored_are_asked_for():
    rows = [{"ids": [1], "seeds": [5, 6]}, {"ids": [2], "seeds": [7]}]
    missing = missing_rows(rows, {(0, 1), (1, 0)})
    assert missing == [{"ids": [1], "seeds": [5, 6], "row": 0, "samples": [0]}]


def logprobs(**values: float):
    return {int(token[1:]): SimpleNamespace(logprob=value) for token, value in values.items()}


def test_a_scored_row_is_complete_once_all_its_outputs_are_there():
    row = {"row": 4, "ids": [7, 8, 9], "at": {"positions": [2, 3], "choices": [5, 6, 5]}}
    scoring = Scoring({"top": 1, "choicesOnly": False}, [row])
    assert [ask.ids for ask in scoring.texts] == [[7, 8, 9]]
    assert [ask.ids for ask in scoring.choices] == [[7, 8], [7, 8, 9]]
    assert scoring.choices[0].params.logprob_token_ids == [5, 6]
    text = SimpleNamespace(
        prompt_token_ids=[7, 8, 9],
        prompt_logprobs=[None, logprobs(t8=-1.0), logprobs(t9=-2.0, t3=-0.5)],
        outputs=[SimpleNamespace(logprobs=[logprobs(t1=-0.25, t2=-3.0)])],
    )
    assert scoring.take(scoring.texts[0], text) is None
    choice = SimpleNamespace(prompt_logprobs=None, outputs=[SimpleNamespace(logprobs=[logprobs(t5=-4.0, t6=-5.0, t1=-0.1)])])
    assert scoring.take(scoring.choices[0], choice) is None
    item = scoring.take(scoring.choices[1], choice)
    assert item == {
        "row": 4,
        "tokenLogprobs": [-1.0, -2.0],
        "topIds": [1],
        "topLogprobs": [-0.25],
        "choiceLogprobs": [[-4.0, -5.0, -4.0], [-4.0, -5.0, -4.0]],
    }


def test_choices_alone_need_no_pass_over_the_text():
    scoring = Scoring({"top": 0, "choicesOnly": True}, [{"row": 0, "ids": [7], "at": {"positions": [1], "choices": [5]}}])
    assert scoring.texts == []


def test_only_targets_have_a_loss():
    assert labels_of({"ids": [4, 5, 6], "targets": [2]}) == [-100, -100, 6]
