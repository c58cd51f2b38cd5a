"""Render the templates of recorded.json with transformers and Jinja2 and record the output.

    pip install jinja2 transformers
    python test/engine/jinja/record-jinja2.py

To record another template, add {"template": ...} (with "variables", if it needs other messages than the usual ones) and run this again.
"""

import datetime
import json
import pathlib

from transformers.utils import chat_template_utils

file = pathlib.Path(__file__).with_name("recorded.json")


class Today(datetime.datetime):
    """The fixed date in Laurel's templates."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


chat_template_utils.datetime = Today


def rendered(template, variables):
    try:
        compiled = chat_template_utils._cached_compile_jinja_template(template)
        return {"text": compiled.render(**variables)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


recorded = json.loads(file.read_text(encoding="utf-8"))
usual = recorded["variables"]
recorded["cases"] = [
    {**{key: case[key] for key in ("template", "variables") if key in case}, **rendered(case["template"], case.get("variables", usual))}
    for case in recorded["cases"]
]
file.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
