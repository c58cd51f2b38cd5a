"""Errors in the form that Laurel shows its users: what happened, and what to do about it."""

from typing import TypedDict


class ErrorValue(TypedDict):
    """An error as it crosses to Laurel (`errorValue` of its engine protocol)."""

    code: str
    message: str
    remedy: str


class ClusterError(Exception):
    """An error with one of Laurel's codes."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(code, message, remedy)  # all of them: an exception is unpickled from its arguments
        self.code = code
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message


class Stopped(Exception):
    """The user stopped the work; nothing is wrong."""


def error_value(error: BaseException) -> ErrorValue:
    """Any exception as Laurel shows it. Keeps the inner text, which a bug report needs."""
    if isinstance(error, ClusterError):
        return {"code": error.code, "message": str(error), "remedy": error.remedy}
    text = f"{type(error).__name__}: {error}"
    if any(sign in text.lower() for sign in ("out of memory", "outofmemory", "cannot allocate", "kv cache is needed")):
        remedy = "Give the cluster more memory, or set a smaller max_model_len, micro-batch, or more devices in cluster.json."
        return {"code": "OUT_OF_MEMORY", "message": text, "remedy": remedy}
    return {"code": "INTERNAL", "message": text, "remedy": "The job's log in Ray's dashboard says more."}
