"""The policies of docs/policies.md, read by the real loader, do what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.arbiter.facts import Case, TouchFact
from engine.arbiter.reference import Reference
from engine.arbiter.strata import judge_case, stratify
from engine.rulebook.evaluate import Snapshot
from engine.rulebook.loader import load_rulebook
from engine.rulebook.model import Policy
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"
SETTINGS = Settings.model_validate({"channels": {"email": {"kind": "file", "folder": "outbox"}}})
NOW = 1_800_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def policies() -> tuple[Policy, ...]:
    text = "\n".join(re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    book, problems = load_rulebook({"rules/policies.yaml": text}, catalogue_for(SETTINGS, {}))
    assert problems == ()
    assert book is not None
    return book.policies


def judged(policies: tuple[Policy, ...], categories: str, *circumstances: dict[str, object], sent: int = 0) -> str:
    """The effects on touches of these categories, in their order of rank."""
    touches = tuple(
        TouchFact(
            rank, {"category": name, "audience": "lead", "priority": rank, "rule": name}, 1, NOW, f"{name}|{rank}"
        )
        for rank, name in enumerate(categories.split())
    )
    case = Case(Snapshot("wang", "Asia/Shanghai", NOW, {}, circumstances), touches, (NOW,) * sent)
    strata = stratify(policies)
    return " ".join(str(ruling.effect or "go") for ruling in judge_case(case, strata, Reference(strata).fires))


def test_the_policies_of_the_page_do_what_it_says(policies: tuple[Policy, ...]) -> None:
    mourning = {"kind": "bereavement", "active": True, "age": NOW - 48 * DAY}
    complaint = {"kind": "complaint", "active": True, "age": NOW - DAY}
    assert judged(policies, "festive sales care", mourning) == "suppress suppress go"
    assert judged(policies, "festive sales", complaint) == "go hold"
    assert judged(policies, "festive festive care") == "go merge go"
    assert judged(policies, "sales sales sales", sent=1) == "go defer defer"
    assert judged(policies, "sales festive", mourning, complaint) == "suppress suppress"
