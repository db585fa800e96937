"""docs/practice.md holds what the rule files hold: every id named is there, and every id that ships is named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import yaml

from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings
from engine.settings.shape import all_keys

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "practice.md").read_text(encoding="utf-8")


class Statement(NamedTuple):
    """One row: its number, the words, what carries it before any "not yet", and where its number comes from."""

    number: int
    words: str
    carried: str
    open: bool
    source: str


def statements() -> list[Statement]:
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.M)
    return [Statement(int(n), words, by.partition("not yet:")[0], "not yet:" in by, of) for n, words, by, of in rows]


def shipped_ids() -> set[str]:
    files = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (DOCS.parent / "rules").glob("*.yaml"))
    return {item["id"] for file in files for items in file.values() for item in items}


def named(prefix: str = "") -> set[str]:
    """The code spans of the carriers that begin with that prefix; without one, those that have none: ids."""
    spans = {span for one in statements() for span in re.findall(r"`([^`]+)`", one.carried)}
    if prefix:
        return {span.removeprefix(prefix) for span in spans if span.startswith(prefix)}
    return {span for span in spans if ":" not in span}


def test_every_rule_policy_and_gate_that_ships_carries_a_statement_and_none_else_is_named() -> None:
    assert named() == shipped_ids()


def test_keys_of_the_config_and_fields_of_customers_are_real() -> None:
    assert named("config:") <= set(all_keys())
    assert named("field:") <= set(catalogue_for(load_settings(DOCS.parent / "config.yaml"), {}).fields)


def test_each_statement_is_carried_or_says_openly_what_is_missing() -> None:
    assert [one.number for one in statements() if not one.carried.strip() and not one.open] == []
    assert {re.split(r"[ ;]", one.source)[0] for one in statements()} == {"practice", "ours", "–"}


def test_the_head_counts_the_rows() -> None:
    rows = statements()
    assert [one.number for one in rows] == list(range(1, len(re.findall(r"^\| [\d#]", PAGE, re.M)) + 1))
    whole = sum(not one.open for one in rows)
    part = sum(one.open and bool(one.carried) for one in rows)
    none = len(rows) - whole - part
    assert f"Of {len(rows)} statements {whole} are carried whole, {part} in part and {none} not yet." in PAGE
