"""The load of a plan as one page that needs no network: its data, style and script stand in the file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.desk.load import Item, People
from engine.desk.load_marks import Marks
from engine.desk.planning import ASSUMED

_PAGE = Path(__file__).with_name("load_page.html")
_UNSAFE = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
"""Letters that would end a script element, whatever text they stand in; the same text to a reader of JSON."""


def load_page(items: Sequence[Item], people: People, summaries: Mapping[str, str], company: str, marks: Marks) -> str:
    """The page. Names are data that its script puts in as text; of confidential leads there are only the ids.

    `summaries` are those of the rules, by id. A browser runs nothing in it but the page's own script.
    """
    page = _PAGE.read_text("utf-8")
    told = _data(items, people, summaries, company) | _marked(marks)
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    parts = {"POLICY": _policy(page), "DATA": data.translate(_UNSAFE)}
    return re.sub(r"__(POLICY|DATA)__", lambda found: parts[found[1]], page)


def _policy(page: str) -> str:
    """What the browser may do: only the style and script that stand here, by their digests."""
    style, script = (_digest(page, tag) for tag in ("style", "script"))
    return f"default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"


def _digest(page: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)
    assert found is not None, f"the page has no <{tag}>"
    return f"'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'"


def _data(items: Sequence[Item], people: People, summaries: Mapping[str, str], company: str) -> dict[str, Any]:
    """Whatever comes again and again stands once, and is named by its place."""
    categories = list(dict.fromkeys(sorted(one.touch.category for one in items)))
    reps = list(dict.fromkeys(sorted(one.rep for one in items)))
    rules = list(dict.fromkeys(sorted(one.touch.rule for one in items)))
    leads = list(dict.fromkeys(sorted(one.touch.lead for one in items)))
    rep_at, rule_at, lead_at = ({name: n for n, name in enumerate(names)} for names in (reps, rules, leads))
    return {
        "company": company,
        "assumed": ASSUMED,
        "reps": [[rep, people.reps.get(rep, "")] for rep in reps],
        "rules": [[rule, summaries.get(rule, "")] for rule in rules],
        "leads": [[lead, _name(lead, people)] for lead in leads],
        "categories": [[category, ""] for category in categories],
        "touches": [
            [one.day.isoformat(), one.touch.comes_up_at[11:16], rep_at[one.rep], rule_at[one.touch.rule],
             lead_at[one.touch.lead], one.touch.step, one.touch.receiver, one.touch.audience, one.touch.state,
             one.touch.policy or one.touch.reason or "", ", ".join(one.touch.channels), int(one.counts),
             categories.index(one.touch.category)]
            for one in items
        ],
    }  # fmt: skip


def _marked(marks: Marks) -> dict[str, Any]:
    return {"festivals": {day.isoformat(): name for day, name in marks.festivals.items()}, "level": marks.level}


def _name(lead: str, people: People) -> str:
    known = people.leads.get(lead)
    return known.name if known and not known.confidential else ""
