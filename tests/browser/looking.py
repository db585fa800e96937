"""What a page is looked over for: its width, what a finger meets, what axe finds; and how keys walk through it."""

from __future__ import annotations

from functools import cache
from typing import Any

from engine.domain.links import Purpose
from tests.browser.lived_in import LivedIn

SERIOUS = ("serious", "critical")
FINGER = 44
"""CSS pixels of the smallest thing to tap, each way up and down: WCAG 2.2's target size (enhanced)."""
_TOO_SMALL = """
least => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => e.checkVisibility() && getComputedStyle(e).display !== 'inline')
  .map(e => [(e.matches('[type=checkbox], [type=radio]') && e.closest('label') || e), e])
  .filter(([e]) => { const box = e.getBoundingClientRect(); return box.right > 0 && box.height < least })
  .map(([, e]) => e.outerHTML.slice(0, 120))
"""
_SPILLS = """
() => document.scrollingElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('main *, header *, footer *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 120)).slice(0, 5)
"""
_RUN_AXE = "options => axe.run(document, {resultTypes: ['violations'], ...options})"
_FOCUSED = """
() => { const e = document.activeElement, look = getComputedStyle(e), box = e.getBoundingClientRect();
  return {is: e.outerHTML.slice(0, 120), says: (e.innerText || e.value || '').trim(), id: e.id,
          shown: e === document.body || look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 && box.width,
         }; }
"""
MOST_TABS = 80


def too_small(page: Any) -> list[str]:
    """What a thumb would miss. Links within a sentence are as high as their line, and may be."""
    found: list[str] = page.evaluate(_TOO_SMALL, FINGER)
    return found


def spills(page: Any) -> list[str]:
    """What makes the page scroll sideways."""
    found: list[str] = page.evaluate(_SPILLS)
    return found


def serious_findings(page: Any, *rules: str) -> list[str]:
    """What axe calls serious or critical; of those rules only, if any are named."""
    page.evaluate(_axe())
    options = {"runOnly": list(rules)} if rules else {}
    return [
        f"{found['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for found in page.evaluate(_RUN_AXE, options)["violations"]
        if found["impact"] in SERIOUS
        for node in found["nodes"]
    ]


def tab_to(page: Any, says: str) -> None:
    """Press Tab until what says that has the focus. Wherever it goes on the way, it can be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        assert focused["shown"], f"the focus cannot be seen on {focused['is']}"
        if says in (focused["says"], focused["id"]):
            return
    raise AssertionError(f"no key leads to {says!r}")


def come_in(town: LivedIn, page: Any, who: str) -> None:
    """As the ops desk by its token, or as a rep by the link of his digest."""
    if who == "ops":
        page.goto("/login")
        page.fill("#token", town.ops_token)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{town.url}/board")
    elif who:
        page.goto(town.link(Purpose.DAY, who))


@cache
def _axe() -> str:
    """axe-core, as its package brings it along."""
    from axe_playwright_python.base import AXE_FILE_PATH

    return str(AXE_FILE_PATH.read_text(encoding="utf-8"))
