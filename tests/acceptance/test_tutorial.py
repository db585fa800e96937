"""docs/tutorial.md is followed to the letter: its commands in a shell, its edits in the files, its output as shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLLOWUP = f'#!/bin/sh\nexec {sys.executable} -m engine.cli.main "$@"\n'
AT_THE_END = "# at the end of "


@pytest.mark.slow
def test_who_follows_the_tutorial_only_has_cards_for_platinum_customers(reader: Reader) -> None:
    for kind, text in blocks("tutorial.md"):
        {"sh": reader.types, "text": reader.sees, "diff": reader.edits, "yaml": reader.writes}[kind](text)
    assert "birthday-platinum" in (reader.home / "rules/birthday.yaml").read_text(encoding="utf-8")
    reader.types("followup test\nfollowup rules show birthday-platinum\n")
    reader.sees("…\n…, 0 failed\n…\n- id: birthday-platinum\n…")


def test_the_mirror_has_the_same_commands_files_and_output() -> None:
    assert list(blocks("zh-Hans/tutorial.md")) == list(blocks("tutorial.md"))


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every block, in their order."""
    return (found.groups() for found in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")))  # type: ignore[misc]


class Reader:
    """Somebody with a terminal and an editor, who does what stands there and nothing else."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.home = self._folder = folder
        self._path = f"{program}{os.pathsep}{os.environ['PATH']}"
        self._said = ""

    def types(self, commands: str) -> None:
        """Commands of one block; what they say is kept for the next block. Its `cd` holds for later blocks."""
        env = os.environ | {"PATH": self._path, "PYTHONPATH": str(DOCS.parent), "USER": "ops", "COLUMNS": "200"}
        ended = self._folder / "ended-in"
        done = subprocess.run(
            ["bash", "-c", f"{commands}\npwd > {ended}"], cwd=self.home, env=env, text=True, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True,
        )  # fmt: skip
        self.home = Path(ended.read_text(encoding="utf-8").strip())
        self._said = done.stdout

    def sees(self, shown: str) -> None:
        """What the page shows is what was said: `…` stands for anything in a line, alone for any lines."""
        assert re.fullmatch(pattern(shown), self._said), f"\nshown:\n{shown}\nsaid:\n{self._said}"

    def edits(self, diff: str) -> None:
        """Lines with a minus are found once, with those around them, and become the lines with a plus."""
        head, _, body = diff.partition("\n")
        file = self.home / head.removeprefix("--- ")
        lines = body.splitlines()
        old = "".join(line[1:] + "\n" for line in lines if line[0] in "- ")
        new = "".join(line[1:] + "\n" for line in lines if line[0] in "+ ")
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file.name} has this {text.count(old)} times:\n{old}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def writes(self, text: str) -> None:
        """A whole file whose name its first line says, or lines at the end of one that is there."""
        first, _, rest = text.partition("\n")
        if first.startswith(AT_THE_END):
            with (self.home / first.removeprefix(AT_THE_END)).open("a", encoding="utf-8") as file:
                file.write(rest)
        else:
            (self.home / first.removeprefix("# ")).write_text(text, encoding="utf-8")


def pattern(shown: str) -> str:
    """A regular expression for the block: `…` with the spaces around it is any part of a line, alone any lines."""
    return "".join(
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, re.split(r" *… *", line))) + r"\n"
        for line in shown.splitlines()
    )


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    program = tmp_path / "bin"
    program.mkdir()
    (program / "followup").write_text(FOLLOWUP, encoding="utf-8")
    (program / "followup").chmod(0o755)
    return Reader(tmp_path, program)
