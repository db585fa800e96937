"""Every mistake has a tiny file with the exact lines an author sees, as `# expect:` comments at its top."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.rulebook.catalogue import Catalogue
from engine.rulebook.codes import CODES
from engine.rulebook.loader import load_rulebook

FILES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))
WARNINGS = sorted((Path(__file__).parent / "warnings").glob("*.yaml"))


def expected_lines(text: str) -> list[str]:
    """What follows `# expect: `; a second place of a conflict keeps its indent."""
    marked = "# expect: "
    return [line.removeprefix(marked) for line in text.splitlines() if line.startswith(marked)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_mistake_is_told_in_exactly_these_lines(path: Path, catalogue: Catalogue) -> None:
    text = path.read_text("utf-8")
    book, problems = load_rulebook({path.name: text}, catalogue)
    told = [line for problem in problems for line in str(problem).splitlines()]
    assert told == expected_lines(text)
    assert book is None


@pytest.mark.parametrize("path", WARNINGS, ids=lambda path: path.stem)
def test_a_warning_is_told_and_the_rule_is_taken(path: Path, catalogue: Catalogue) -> None:
    text = path.read_text("utf-8")
    book, problems = load_rulebook({path.name: text}, catalogue)
    assert [str(problem) for problem in problems] == expected_lines(text)
    assert book is not None
    assert book.rules


def test_every_code_of_a_rule_file_has_a_mistake_that_shows_it() -> None:
    lines = [line for path in FILES + WARNINGS for line in expected_lines(path.read_text("utf-8"))]
    shown = {line.split()[2].rstrip(":") for line in lines if " error " in line or " warning " in line}
    elsewhere = {"Y101", "Y102", "Y199", "R100"}  # bytes and folders that no small text file can hold
    assert shown == set(CODES) - elsewhere


def test_all_mistakes_of_all_files_are_listed_at_once_in_order(catalogue: Catalogue) -> None:
    files = {
        "rules/b.yaml": "rules:\n  - setps: []\n",
        "rules/a.yaml": "policies: 5\nrulse: []\n",
        "rules/c.yaml": "rules: [",
    }
    _, problems = load_rulebook(files, catalogue)
    assert [(p.file, p.line, p.col, p.code) for p in problems] == [
        ("rules/a.yaml", 1, 11, "R102"),
        ("rules/a.yaml", 2, 1, "R104"),
        ("rules/b.yaml", 2, 5, "R104"),
        ("rules/b.yaml", 2, 5, "R105"),
        ("rules/b.yaml", 2, 5, "R105"),
        ("rules/b.yaml", 2, 5, "R105"),
        ("rules/c.yaml", 2, 1, "Y100"),
    ]


def test_of_a_file_with_thousands_of_mistakes_the_first_are_told_and_the_rest_is_counted(catalogue: Catalogue) -> None:
    files = {"a.yaml": "rules:\n" + "  - 5\n" * 1_300, "b.yaml": "rules: [7]\n"}
    _, problems = load_rulebook(files, catalogue)
    assert [str(problem) for problem in problems[199:]] == [
        "a.yaml:201:5: error R101: a rule must be a mapping, not 5",
        "a.yaml:201:5: error Y199: and 1,100 more problems in this file",
        "b.yaml:1:9: error R101: a rule must be a mapping, not 7",
    ]


def test_a_mistake_of_the_defaults_counts_once_however_many_rules_take_it(catalogue: Catalogue) -> None:
    step = "{id: s, at: 0d 09:00, remind: owner, template: greeting/birthday}"
    rule = "  - {id: a%d, on: {date: birthday}, steps: [" + step + "]}"
    rules = "rules:\n" + "\n".join(rule % n for n in range(300))
    _, problems = load_rulebook({"_defaults.yaml": "category: festiv\n", "a.yaml": rules}, catalogue)
    assert len(problems) == 1


def test_an_id_used_in_two_files_points_at_the_other_file(catalogue: Catalogue) -> None:
    policy = "policies:\n  - {id: quiet, when: {touch: {urgent: false}}, then: {suppress: touch}}\n"
    _, problems = load_rulebook({"rules/a.yaml": policy, "rules/b.yaml": "\n" + policy}, catalogue)
    assert [str(problem) for problem in problems] == [
        'rules/b.yaml:3:10: error R215: policy "quiet" stands twice; ids are unique\n'
        "    rules/a.yaml:2:10: the first one stands here"
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"rules: []\n# \xff\n", "f.yaml:2:3: error Y101: the file is not UTF-8; save it as UTF-8"),
        (b"#" * 262_145, "f.yaml:1:1: error Y102: the file is larger than 256 KB; split it into several files"),
    ],
)
def test_bytes_that_are_no_text_of_ours_are_told_by_place(
    content: bytes, line: str, catalogue: Catalogue
) -> None:
    book, problems = load_rulebook({"f.yaml": content}, catalogue)
    assert ([str(problem) for problem in problems], book) == ([line], None)
