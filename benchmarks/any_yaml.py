"""Ten thousand broken rule files: each must give a book or problems with places, soon and in little memory.

Made from the files that ship and from one file for each known mistake: cut, doubled, swapped, overwritten; and
heaps of YAML's own signs. Every file has a number, so that one that failed can be made again.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import Figure
from engine.desk.folder import read_folder
from engine.ground.errors import Problem
from engine.ground.yamlio import MAX_BYTES
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.codes import CODES
from engine.rulebook.loader import load_rulebook
from engine.rulebook.model import RuleBook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.load import load_settings

ROOT = Path(__file__).parents[1]
FILE = "rules/any.yaml"
SECONDS, BYTES = 1.0, 100_000_000
"""What one file may take."""

TOKENS = (
    "{", "}", "[", "]", ":", "-", "\n", "  ", '"', "'", "#", "|", ">", "null", "true", "0", "-3d", "09:00", "on",
    "&a", "*a", "!!x", "!!python/object:os.system", "<<: *a", "? ", "1e9", "since", "contacts", "all", "not", "\t",
    "\u2028", "\x00", "\x85", "\ufeff", "±", "€", "\U0001f382", "生日", "9" * 400, "-" * 9, "%YAML 9.9\n", "---\n",
    "...\n", "9999999999999y", "1e999", ".inf", "0x7fffffffffffffffff", "2026-02-30", "' ", "\\u0000", "é" * 50,
)  # fmt: skip


class Worst(NamedTuple):
    """The most that any file took, and its number."""

    seconds: float
    of_time: int
    bytes: int
    of_memory: int


def any_yaml(count: int) -> list[Figure]:
    """So many files, each with its time and memory."""
    worst = soak(range(count))
    return [
        Figure(f"the slowest of {count:,} broken files (#{worst.of_time})", worst.seconds, SECONDS, "s", 1.0),
        Figure(f"the hungriest of them (#{worst.of_memory})", worst.bytes / 1e6, BYTES / 1e6, "MB", 1.0),
    ]


def soak(numbers: Sequence[int]) -> Worst:
    """Read these files. AssertionError names the first that breaks the promise."""
    vocabulary = starter()
    worst = Worst(0.0, -1, 0, -1)
    for number in numbers:
        content = broken_file(number)
        _forget_peak()
        before, start = _resident("VmRSS"), time.process_time()
        book, problems = _read(number, content, vocabulary)
        taken, grown = time.process_time() - start, _resident("VmHWM") - before
        _must_be_placed(number, content, book, problems)
        if taken > worst.seconds:
            worst = worst._replace(seconds=taken, of_time=number)
        if grown > worst.bytes:
            worst = worst._replace(bytes=grown, of_memory=number)
    return worst


def _resident(which: str) -> int:
    """Bytes of memory that this process holds (VmRSS), or held at most since its peak was forgotten (VmHWM)."""
    found = re.search(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None, "the kernel tells what a process holds"
    return int(found[1]) * 1024


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def _read(number: int, content: bytes, vocabulary: Catalogue) -> tuple[RuleBook | None, tuple[Problem, ...]]:
    try:
        return load_rulebook({FILE: content}, vocabulary)
    except Exception as error:
        raise AssertionError(f"file {number} gave {type(error).__name__}: {error}") from error


def _must_be_placed(number: int, content: bytes, book: RuleBook | None, problems: Sequence[Problem]) -> None:
    """A book and no error, or no book and errors that point into the file."""
    lines = len(content.decode("utf-8", "replace").splitlines()) + 1
    assert (book is None) == any(one.severity == "error" for one in problems), f"file {number}: no book and no error"
    for one in problems:
        placed = one.file == FILE and 1 <= one.line <= lines and one.col >= 1 and one.code in CODES
        one_line = len(str(one).splitlines()) == 1 + bool(one.other)
        assert (placed, one_line) == (True, True), f"file {number}: {one!r}"


@cache
def starter() -> Catalogue:
    """What the files of the starter may name."""
    settings = load_settings(ROOT / "config.yaml")
    return catalogue_for(settings, read_folder(settings, ROOT).templates)


@cache
def good_files() -> tuple[str, ...]:
    """What ships, and one file for each known mistake."""
    folders = (ROOT / "rules", ROOT / "tests" / "rules" / "mistakes")
    paths = [path for folder in folders for path in sorted(folder.rglob("*.yaml"))]
    return tuple(path.read_bytes().decode("utf-8", "replace") for path in paths)


def broken_file(number: int) -> bytes:
    """The file of that number, always the same while the files it is made from stay."""
    dice = random.Random(number)
    kind = number % 20
    if kind == 0:
        return dice.randbytes(dice.randrange(2_000))
    if kind == 1:
        return "".join(dice.choice(TOKENS) for _ in range(dice.randrange(400))).encode("utf-8", "surrogatepass")
    if kind == 2:
        return _huge(dice).encode()
    text = _wide(dice) if kind == 3 else dice.choice(good_files())
    breaks = _MEANING if number % 2 else _BREAKS
    for _ in range(dice.randint(1, 6)):
        text = dice.choice(breaks)(text, dice)
    return text.encode("utf-8", "surrogatepass")


def _huge(dice: random.Random) -> str:
    """Deep, wide or long, up to the size that is refused and beyond."""
    size = dice.choice((50, 500, 5_000, MAX_BYTES // 8, MAX_BYTES))
    opening = dice.choice(("[", "{a: ", "- ", "? ", "[[]", "{not: ", "{all: [", '"\\u0041', "&a [*a, "))
    head = dice.choice(("", "rules: ", "policies:\n  - when: ", "rules:\n  - id: a\n    for: ", "gates: "))
    return head + opening * (size // len(opening))


def _wide(dice: random.Random) -> str:
    """One piece again and again, as much as a file may hold: hundreds of rules, or of mistakes."""
    piece = dice.choice((
        "  - {id: a%d, category: care, on: {date: birthday}, steps: [{id: a, at: 0d 09:00, greet: lead}]}\n",
        "  - {id: a%d, on: {since: {latest: [last_contact], else: registered}, after: {by: grade, A: 1w}}}\n",
        "  - {idd: a%d, catagory: care, onn: {dat: birthdy}, stepps: [], summmary: x, fr: {teir: gold}}\n",
        "  - {id: a%d, for: {contcts: 1, teir: gold, regoin: {withn: '5'}, any: [{grde: A}, {stag: won}]}}\n",
        "  - {id: a%d, when: {touch: {categry: sales}}, then: {supress: touch}}\n",
        "  - a%d\n", "  - {a%d: 1}\n", "  - {id: a%d, steps: [1, 2, 3, a, b, [], {}]}\n",
    ))  # fmt: skip
    size = dice.choice((2_000, 20_000, MAX_BYTES - 100))
    head = dice.choice(("rules:\n", "rules:\n", "policies:\n", "gates:\n"))
    return head + "".join(piece % n for n in range((size - len(head)) // (len(piece) + 4)))


def _overwrite(text: str, dice: random.Random) -> str:
    start = dice.randrange(len(text) + 1)
    return text[:start] + dice.choice(TOKENS) + text[start + dice.choice((0, 1, 3, 12)) :]


def _double(text: str, dice: random.Random) -> str:
    start = dice.randrange(len(text) + 1)
    return text[:start] + text[start : start + dice.choice((1, 20, 200))] * dice.choice((2, 3, 50)) + text[start:]


def _drop_line(text: str, dice: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[dice.randrange(len(lines))]
    return "".join(lines)


def _shuffle_lines(text: str, dice: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        one, other = dice.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def _indent(text: str, dice: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        n = dice.randrange(len(lines))
        lines[n] = dice.choice((lines[n].lstrip(), "  " + lines[n], "\t" + lines[n], lines[n].rstrip()))
    return "".join(lines)


_VALUE = re.compile(r"(?<=: )[^\s,{}\[\]#]+(?: \d\d:\d\d)?(?=[,}\n])")


def _swap_values(text: str, dice: random.Random) -> str:
    """A value takes another one's place, of this file or of another one: right words where they do not belong."""
    mine, theirs = list(_VALUE.finditer(text)), _VALUE.findall(dice.choice((text, *good_files())))
    if not mine or not theirs:
        return text
    start, end = dice.choice(mine).span()
    return text[:start] + dice.choice(theirs) + text[end:]


def _wrong_scalar(text: str, dice: random.Random) -> str:
    """A value of the wrong kind."""
    lines = text.split("\n")
    mine = [n for n, line in enumerate(lines) if ": " in line]
    if mine:
        n = dice.choice(mine)
        lines[n] = lines[n].partition(": ")[0] + ": " + dice.choice(TOKENS)
    return "\n".join(lines)


_MEANING = (_swap_values, _swap_values, _swap_values, _drop_line)
"""Breaks after which a file is mostly YAML still, and only means something else."""
_BREAKS = (_overwrite, _double, _drop_line, _shuffle_lines, _indent, _swap_values, _wrong_scalar)
