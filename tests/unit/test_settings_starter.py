"""The content a new house begins with: it holds together, and its words can be written for everybody."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from engine.desk.folder import check_folder, read_folder
from engine.settings.load import load_settings, read_settings
from engine.settings.shape import all_keys
from engine.settings.starter import starter_files
from engine.stages.compose.templates import TemplateSet

ROOT = Path(__file__).parents[2]
SETTINGS = load_settings(ROOT / "config.yaml")
TEMPLATES = read_folder(SETTINGS, ROOT).templates
NAMES = sorted({path.rpartition("/")[0] for path in TEMPLATES if "/mail." in path})
TOLD_OTHERWISE = ("digest/", "reminder/affected", "reminder/on_the_way")  # of a rep's day, of many customers at once
OF_CUSTOMERS = [name for name in NAMES if not name.startswith(TOLD_OTHERWISE)]
LOCALES = ("zh-Hans", "zh-Hant", "en")


def test_the_starter_content_is_there_whole() -> None:
    files = starter_files()
    assert "config.yaml" in files
    assert "rules/birthday.yaml" in files
    assert {path for path in files if path.startswith("templates/")} == {f"templates/{path}" for path in TEMPLATES}
    assert read_settings(files["config.yaml"], "config.yaml")[1] == ()


def test_rules_and_templates_hold_together_without_a_warning() -> None:
    checked = check_folder(SETTINGS, read_folder(SETTINGS, ROOT))
    assert checked.warnings == ()
    used = {step.template for rule in checked.book.rules for step in rule.steps} - {""}
    assert used == set(NAMES)
    assert all(rule.summary for rule in checked.book.rules)
    assert {policy.id for policy in checked.book.policies} == {
        "mourning", "complaint-open", "one-wish-a-day", "weekly-cap", "key-customers-signed", "one-note-a-week",
        "courtesy-apart", "courtesy-apart-asked", "illness-quiet", "disaster-quiet", "disaster-sells-nothing",
        "one-yearly-call", "one-yearly-call-after", "best-wishes-signed",
    }  # fmt: skip
    assert {gate.id for gate in checked.book.gates} == {
        "twelve-touches", "seven-before-lost", "pool-cool-off", "full-hands", "key-stays", "complaint-word",
    }  # fmt: skip


def test_every_template_speaks_every_language_in_text_and_html() -> None:
    expected = {
        f"{name}/mail.{locale}.{kind}.j2"
        for name, locale, kind in product(NAMES, LOCALES, ("txt", "html"))
    }  # fmt: skip
    assert expected <= set(TEMPLATES)


@pytest.mark.parametrize(("name", "locale"), [*product(OF_CUSTOMERS, LOCALES)])
def test_words_come_out_whole_for_a_full_and_for_a_bare_customer(name: str, locale: str) -> None:
    templates = TemplateSet(TEMPLATES)
    bare = templates.render(name, locale, context_of(""))
    assert bare.html.startswith("<!DOCTYPE html>")
    for temperament in ("tiger", "peacock", "koala", "owl"):
        full = templates.render(name, locale, context_of(temperament))
        assert "王建国" in full.text or "王总" in full.text
        assert "李敏" in full.html
        for written in (bare, full):
            assert written.subject
            assert not {"{", "}", "None"} & set(written.text.split()), written.text
            assert "  " not in written.subject + written.text
            assert "src=" not in written.html


@pytest.mark.parametrize("name", [name for name in OF_CUSTOMERS if name.startswith("reminder/")])
def test_every_reminder_shows_its_links_as_lines_and_as_buttons(name: str) -> None:
    links = [{"label": "Reached", "url": "https://x.example/act/T?do=reached", "kind": "reached"},
             {"label": "More", "url": "https://x.example/act/T", "kind": "more"}]  # fmt: skip
    for locale in LOCALES:
        written = TemplateSet(TEMPLATES).render(name, locale, context_of("owl") | {"links": links})
        assert written.text.endswith(
            "\n\nReached\nhttps://x.example/act/T?do=reached\nMore\nhttps://x.example/act/T\n"
        )
        for link in links:
            assert f'href="{link["url"]}"' in written.html


@pytest.mark.parametrize("locale", LOCALES)
def test_a_merged_occasion_is_mentioned_in_the_wish_that_survives(locale: str) -> None:
    merged = [{"rule": "mid-autumn", "summary": "", "date": "2026-09-25"}]
    templates = TemplateSet(TEMPLATES)
    alone = templates.render("greeting/birthday", locale, context_of(""))
    both = templates.render("greeting/birthday", locale, context_of("") | {"merged": merged})
    assert len(both.text.splitlines()) == len(alone.text.splitlines()) + 1


def test_a_customers_mail_never_says_how_we_grade_him() -> None:
    words = ("lead.grade", "lead.stage", "lead.attrs", "base/person")
    for path, text in TEMPLATES.items():
        if path.startswith("greeting/"):
            assert not [word for word in words if word in text], path


def test_every_key_of_the_config_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(all_keys())


def context_of(temperament: str) -> dict[str, Any]:
    """What a template sees: everything known with a temperament, as little as possible without."""
    known = bool(temperament)

    def some(text: str) -> str:
        return text if known else ""

    return {
        "lead": {
            "name": "王建国", "salutation": some("王总"), "tier": some("gold"), "grade": some("A"),
            "stage": some("need"), "hope": some("新厂顺利投产"), "temperament": temperament,
            "profile": some("friend"), "region": some("510104"),
            "account": some("锦江机电"), "last_contact": some("2026-10-01"),
            "last_talk": some("新厂三月投产"), "next_step": some("周五前寄样机"), "attrs": {},
            "last_score": 4 if known else "",
        },
        "rep": {"name": "李敏", "phone": "", "email": "li@example.com"},
        "receiver": {"name": "李敏"},
        "occasion": {
            "rule": "birthday", "summary": "", "date": "2026-11-25", "nth": 3 if known else None, "days_left": 3,
            "time": some("10:00"),
        },
        "touch": {"category": "festive", "step": "wish"}, "links": [], "turn": 0,
        "gifts": [{"label": "tea", "story": "from one hill", "price": "CNY 80"}] if known else [],
        "survey_url": some("https://x.example/survey/T"),
        "merged": [],
        "company": {"name": "示例公司"},
        "record": {"product": some("pump P40"), "amount": some("12,800"), "note": some("two years")},
        "circumstance": {"kind": "flood", "severity": "severe"} if known else {"kind": "bereavement", "severity": ""},
    }  # fmt: skip
