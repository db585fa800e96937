"""docs/starter-rules.md is what rules/ says; run as a program, this file writes the page anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "starter-rules.md"
FILES = sorted((ROOT / "rules").glob("*.yaml"))
HEAD = """\
# What does each rule that ships do, and where does the number come from?

The rules that `followup init` lays down are customer care as sales teams are taught it. Where the teaching gives a
number (contact by grade, five hours for a newcomer, twelve contacts before anybody is suspended, ten before the manager
steps in, ninety days until a customer is dormant), it stands in the rule without a comment. Where it gives none, the
number is ours: a sensible default, called so in the rule file and listed here. The hour of the day at which something
leaves, and how late a step is still worth sending (`expires`, `misfire`), are always ours. Change it as you like.
`followup rules show ID` prints a rule with the tests that play it; each rule has one in `rules/tests/`.

This page is written from the rule files, and a test holds it to them.
"""


def _in_english(summary: str | dict[str, str]) -> str:
    return summary if isinstance(summary, str) else summary["en"]


def test_the_page_says_what_the_rule_files_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def page() -> str:
    return HEAD + "".join(f"\n{part}\n" for path in FILES for part in sections(path))


def sections(path: Path) -> Iterator[str]:
    """The file's opening words, and a table for its rules, its policies and its gates."""
    text = path.read_text(encoding="utf-8")
    words = " ".join(line[2:] for line in takewhile(lambda line: line.startswith("# "), text.splitlines()))
    yield f"## {path.name}\n\n{words}"
    for kind, items in yaml.safe_load(text).items():
        head = f"| {kind[:-1] if kind != 'policies' else 'policy'} | what it does | our defaults |\n|---|---|---|\n"
        yield head + "\n".join(row(item, block(text, item["id"])) for item in items)


def row(item: dict[str, object], lines: list[str]) -> str:
    off = "" if item.get("enabled", True) else " (switched off)"
    return f"| `{item['id']}` | {_in_english(item['summary'])}{off} | {'; '.join(defaults(lines)) or 'none'} |"


def block(text: str, ident: str) -> list[str]:
    """The lines from one item's id to the next item, or to the next list."""
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if re.match(rf"  - id: {re.escape(ident)}(\s|$)", line))
    rest = lines[first + 1 :]
    return rest[: next((n for n, line in enumerate(rest) if re.match(r"  - id: |\S", line)), len(rest))]


def defaults(lines: list[str]) -> Iterator[str]:
    """Every value whose comment calls it our default, in its step, with the reason that stands there."""
    step = ""
    for line in lines:
        if found := re.match(r"      - \{?id: ([\w-]+)", line):
            step = f"{found[1]}: "
        value, _, comment = line.partition("#")
        if "our default" in comment:
            reason = comment.replace("our default", "").strip(" :,").removesuffix(" is")
            yield f"{step}`{value.strip().removeprefix('- ')}`" + (f" ({reason})" if reason else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
