"""A rule's summary in several languages: whoever reads it, in a mail or on a page, gets his own."""

from __future__ import annotations

import pytest

from engine.domain.spoken import Spoken, said_in
from engine.stages.compose.templates import TemplateSet, render
from engine.web.rendering import _environment
from engine.web.wording import translator

LINE = Spoken.of({"en": "Birthday", "zh-Hans": "生日"})

@pytest.mark.parametrize(("locale", "text"), [
    ("en", "Birthday"), ("zh-Hans", "生日"), ("zh-Hant", "生日"), ("de", "Birthday"), ("", "Birthday"),
])  # fmt: skip
def test_each_reader_gets_his_own(locale: str, text: str) -> None:
    assert LINE.in_language(locale) == text
    told = said_in(locale, {"merged": ({"summary": LINE, "count": 2},), "date": "2026-02-17"})
    assert told == {"merged": ({"summary": text, "count": 2},), "date": "2026-02-17"}


def test_without_english_the_first_is_for_all() -> None:
    assert Spoken.of({"zh-Hant": "生日", "de": "Geburtstag"}).in_language("en") == "生日"


def test_a_reminder_says_it_in_its_receivers_language_also_in_the_middle_of_a_line() -> None:
    body = "- {{ '  ' ~ occasion.summary }}"
    text = f"{{% block subject %}}{{{{ occasion.summary }}}}{{% endblock %}}{{% block body %}}{body}{{% endblock %}}"
    templates = TemplateSet({"x/mail.en.txt.j2": text})
    told = render(templates, "x", "zh-Hans", "rep", {"occasion": {"summary": LINE}})
    assert (told.subject, told.text) == ("生日", "-   生日\n")


def test_a_page_says_it_in_its_visitors_language() -> None:
    page = _environment().from_string("{{ one or 'x' }}")
    assert page.render(one=LINE, language="zh-Hans") == "生日"
    assert translator("zh-Hans")("report.then", when="9", what=LINE).count("生日") == 1
