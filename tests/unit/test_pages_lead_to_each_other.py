"""The README and docs: every link leads to a page and a heading that are there, and every page is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
of_each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def headings(page: Path) -> list[str]:
    """As links write them."""
    lines = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines]


def links(page: Path) -> list[tuple[Path, str]]:
    """The files of ours that a page names, each with the heading, or ""."""
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", re.sub(r"`[^`\n]*`", "", prose(page)))
    return [((page.parent / file).resolve() if file else page, heading) for file, heading in found]


@of_each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [file for file, _ in links(page) if not file.exists()] == []
    assert [(file, heading) for file, heading in links(page) if heading and heading not in headings(file)] == []


@of_each_page
def test_a_page_has_one_title_and_no_heading_twice(page: Path) -> None:
    assert len(re.findall(r"^# ", prose(page), re.MULTILINE)) == 1
    assert len(headings(page)) == len(set(headings(page)))


def test_the_readme_names_every_page() -> None:
    assert set(PAGES) - {file for file, _ in links(README)} == {README}
