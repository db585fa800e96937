"""What is personal in the book, and which of it can be recognised in a line without taking a common word for it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

PERSONAL = {
    "lead": ("name", "salutation", "email", "phone", "wecom", "hope", "attrs", "restricted_for"),
    "rep": ("name", "email", "phone", "wecom", "feishu"),
    "account": ("name", "attrs"),
    "date_record": ("note",), "record": ("note",), "opportunity": ("note",),
    "interaction": ("note", "benefit", "next_step"),
    "suppression": ("reason", "address"),
    "circumstance": ("attrs",),
    "delivery": ("address", "subject", "text", "receiver_name", "reply_to", "reply_to_name"),
    "draft": ("subject", "text"),
    "source_row": ("cells", "told"),
}  # fmt: skip
"""Columns with people's own words, names and addresses. Left out: HTML, which says no more than its text, and what
is made of words that config.yaml lists (tier, stage, ...)."""

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_WORDS = re.compile(r"[A-Z].*[a-z]|\s")
SHORT = 3
"""Letters of a Latin name that are too few to know it by: "Li" stands in many a word. Ours."""
AT_MOST = 300
"""Rows of a table that are read from a file; tests of speed have a hundred thousand alike."""


def lines_of(value: object) -> Iterator[str]:
    """The texts in a cell, line by line; of JSON, every text in it."""
    if isinstance(value, str):
        yield from (line.strip() for line in value.splitlines())
    elif isinstance(value, dict):
        for one in value.values():
            yield from lines_of(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from lines_of(one)


def is_telling(line: str) -> bool:
    """Whether that line, found elsewhere, can only have come from there."""
    if _ADDRESS.fullmatch(line) or sum(letter.isdigit() for letter in line) >= 8:
        return True
    if _WIDE.search(line):
        return len(line) > 1
    return len(line) >= SHORT and bool(_WORDS.search(line)) and not line.endswith(":")


def stands_in(line: str, text: str) -> bool:
    """Whether it stands there as a word of its own, in this spelling; a number also without its country."""
    if line.startswith("+") and len(line) > 9:
        return line[3:] in text
    if line not in text:
        return False
    return bool(_WIDE.search(line) or re.search(rf"(?<![\w@.+-]){re.escape(line)}(?!\w|[.@-]\w)", text))


def in_file(path: Path) -> Iterator[object]:
    """The personal cells of a SQLite file, those that other processes wrote among them."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as connection:
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, columns in PERSONAL.items():
            if table in there:
                yield from _cells(connection, table, columns)


def _cells(connection: sqlite3.Connection, table: str, columns: Iterable[str]) -> Iterator[object]:
    has = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    chosen = ", ".join(one for one in columns if one in has)
    for row in connection.execute(f"SELECT {chosen} FROM {table} LIMIT {AT_MOST}"):
        for cell in row:
            yield _unpacked(cell)


def _unpacked(cell: object) -> object:
    """JSON as what it holds: our columns of texts hold none that begins so."""
    if isinstance(cell, str) and cell[:1] in ("{", "["):
        try:
            return json.loads(cell)
        except ValueError:  # a text, then
            return cell
    return cell
