"""Words of care that ship: they fit what happened, and do not come again ten days later."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.stages.compose.templates import TemplateSet, Written, render

FOLDER = Path(__file__).parents[2] / "templates"
TEMPLATES = TemplateSet({str(path.relative_to(FOLDER)): path.read_text("utf-8") for path in FOLDER.rglob("*.j2")})


def written(
    template: str, language: str, kind: str = "epidemic", on: str = "2026-03-02", audience: str = "lead"
) -> Written:
    facts = ("salutation", "account", "tier", "grade", "last_talk", "next_step", "hope", "temperament")
    context = {
        "lead": dict.fromkeys((*facts, "last_contact"), "") | {"name": "Wang"}, "rep": {"name": "Li"},
        "receiver": {"name": "Li"}, "occasion": {"date": on}, "circumstance": {"kind": kind},
        "company": {"name": "Co."}, "links": (), "merged": (),
    }  # fmt: skip
    return render(TEMPLATES, template, language, audience, context)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_advice_in_an_epidemic_is_another_one_every_ten_days(language: str) -> None:
    days = [(date(2026, 1, 1) + timedelta(days=first + 10 * k)).isoformat() for first in range(10) for k in range(12)]
    texts = [written("greeting/epidemic", language, on=day).text for day in days]
    again = [days[n] for n in range(1, len(texts)) if n % 12 and texts[n] == texts[n - 1]]
    assert again == []


@pytest.mark.parametrize(("language", "struck", "call"), [("zh-Hans", "灾", "上门看看"), ("zh-Hant", "災", "登門看看")])
def test_an_epidemic_is_spoken_of_as_one_and_brings_nobody_to_the_door(language: str, struck: str, call: str) -> None:
    for template, audience in (("greeting/disaster", "lead"), ("reminder/disaster_after", "rep")):
        epidemic = written(template, language, audience=audience)
        flood = written(template, language, kind="flood", audience=audience)
        assert struck in flood.text
        assert struck not in epidemic.text + epidemic.subject
    assert call in flood.text
    assert call not in epidemic.text
    assert struck not in written("greeting/disaster", language, kind="storm").text, "bad weather is no disaster yet"


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_grief_is_not_congratulated_and_illness_is_not_mourned(language: str) -> None:
    def said(*folders: str) -> str:
        return "".join(path.read_text("utf-8") for one in folders for path in (FOLDER / one).glob(f"*.{language}.*"))

    grave = [f"reminder/{one}" for one in ("bereavement", "mourning_over", "illness", "affected", "disaster_after")]
    words = said(*grave, "reminder/complaint", "greeting/disaster", "greeting/epidemic")
    assert [word for word in ("恭喜", "快乐", "快樂", "祝贺", "祝賀", "贺卡", "賀卡") if word in words] == []
    assert ("节哀" if language == "zh-Hans" else "節哀") in said("reminder/bereavement")
    assert "早日康" in said("reminder/illness")
    assert "早日康" not in said("reminder/bereavement", "reminder/mourning_over")
    assert re.findall("[节節]哀", said(*grave[1:])) == []
