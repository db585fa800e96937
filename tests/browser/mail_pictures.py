"""The pictures of shipped mails in docs/images, taken anew: `python -m tests.browser.mail_pictures`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.desk.folder import Checked, check_folder, read_folder
from engine.desk.tried.samples import samples_for
from engine.domain.words import Action
from engine.settings.load import load_settings
from engine.settings.model import Settings
from engine.stages.compose.links import ANSWERS, MORE
from engine.stages.compose.templates import TemplateSet, render
from tests.browser.driven import chromium

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
WIDTH, TALLEST = 390, 960

TOLD = {"hope": "孩子考上好大学", "last_talk": "新厂房三月投产，想先看样品。", "next_step": "周五前寄样品"}
TAPS = tuple(
    {"kind": kind, "label": label, "url": "https://followup.example.com/"}
    for kind, label in zip((*ANSWERS, MORE), ("已联系上", "无人接听", "明天再说", "更多：记录、约见……"), strict=True)
)
DAY = {
    "drafts": ("birthday-signed", "spring-festival"), "handed": ("mid-autumn-eve", "spring-festival-notes"),
    "overdue": ("contact-rhythm", "usage-call"), "due": ("complaint", "contract-end"),
    "entries": ("portrait-gaps", "who-decides"), "in_doubt": ("signing-anniversary", "birthday"),
}  # fmt: skip
"""What a rep's lines are about: the made-up ones are all of one rule."""


class Shot(NamedTuple):
    """A mail by its template, which of the made-up people it is about, and the links it has."""

    name: str
    template: str
    sample: int = 0
    locale: str = "zh-Hans"
    taps: bool = False


SHOTS = (
    Shot("mail-reminder", "reminder/visit", taps=True),
    Shot("mail-wish", "greeting/birthday"),
    Shot("mail-disaster", "greeting/disaster"),
    Shot("mail-affected", "reminder/affected", locale="en"),
    Shot("mail-digest", "digest/morning", locale="en"),
    Shot("mail-report", "digest/report"),
)


def pages() -> dict[str, str]:
    """The HTML of each, by its name."""
    settings = load_settings(ROOT / "config.yaml")
    checked = check_folder(settings, read_folder(settings, ROOT))
    templates = TemplateSet(checked.templates)
    return {shot.name: _page(shot, templates, checked, settings) for shot in SHOTS}


def _page(shot: Shot, templates: TemplateSet, checked: Checked, settings: Settings) -> str:
    used = ((rule, step) for rule in checked.book.rules for step in rule.steps if step.template == shot.template)
    rule, step = next(used)
    context = _told(samples_for(rule, step, settings)[shot.sample].context)
    context = context | {"links": TAPS if shot.taps else ()}
    if "digest" in context:
        context["digest"] = _of_several_rules(context["digest"], {rule.id: rule.summary for rule in checked.book.rules})
    audience = "lead" if step.action is Action.GREET else "rep"
    return render(templates, shot.template, shot.locale, audience, context).html


def _told(context: Mapping[str, Any]) -> dict[str, Any]:
    lead = context.get("lead")
    return {**context, "lead": {**lead, **TOLD}, "merged": ()} if isinstance(lead, Mapping) else dict(context)


def _of_several_rules(digest: Mapping[str, Any], summaries: Mapping[str, str]) -> dict[str, Any]:
    told = {
        part: [{**line, "summary": summaries[rule]} for line, rule in zip(digest[part], rules, strict=False)]
        for part, rules in DAY.items()
    }
    return {**digest, **told}


def take(folder: Path = IMAGES) -> None:
    """Each by day and by night, as a phone shows it."""
    with chromium() as browser:
        for name, html in pages().items():
            for scheme, ending in (("light", ""), ("dark", "-dark")):
                _shoot(browser, html, scheme, folder / f"{name}{ending}.png")


def _shoot(browser: Any, html: str, scheme: str, path: Path) -> None:
    size = {"width": WIDTH, "height": 400}
    context = browser.new_context(viewport=size, device_scale_factor=1.5, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.set_content(html)
    tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": tall})
    context.close()


if __name__ == "__main__":
    take(*map(Path, sys.argv[1:]))
