"""YAML as we read it: few types, every value with its place, no traps."""

from __future__ import annotations

import time

import pytest

from engine.ground.yamlio import MAX_BYTES, Mark, Node, locate, read_yaml


def read(text: str | bytes) -> Node:
    node, problems = read_yaml(text, "f.yaml")
    assert problems == ()
    assert node is not None
    return node


@pytest.mark.parametrize(
    "text",
    ["18:00", "on", "off", "yes", "NO", "True", "2026-02-30", "2026-01-01", "1_000", ".inf", ".nan", "0x1f",
     "0o17", "007", "1e999", "1234567890123456789", "NULL", "1.", ".5"],
)  # fmt: skip
def test_what_yaml_would_bend_stays_text(text: str) -> None:
    assert read(f"key: {text}").plain() == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("null", None), ("~", None), ("", None), ("true", True), ("false", False), ("0", 0), ("-12", -12),
     ("1.5", 1.5), ("-2e3", -2000.0), ('"7"', "7"), ("'true'", "true"), ('""', "")],
)  # fmt: skip
def test_null_booleans_and_decimal_numbers_are_what_they_look_like(text: str, value: object) -> None:
    found = read(f"key: {text}").plain()["key"]
    assert (found, type(found)) == (value, type(value))


def test_every_value_knows_its_line_and_column() -> None:
    node = read("rules:\n  - id: 生日\n    on: {date: birthday}\n")
    rule = node.get("rules").entries()[0]
    assert rule.mark == Mark(2, 5)
    assert rule.get("id").mark == Mark(2, 9)
    assert rule.get("on").get("date").mark == Mark(3, 16)


def test_a_path_is_located_as_far_as_it_goes() -> None:
    node = read("channels:\n  mail: {kind: email, port: 99}\n")
    assert locate(node, ("channels", "mail", "email", "port")) == Mark(2, 29)
    assert locate(node, ("channels", "mail", "port"), key=True) == Mark(2, 23)
    assert locate(node, ("nowhere", "at", 3)) == Mark(1, 1)


def test_list_entries_are_located_by_number() -> None:
    assert locate(read("only:\n  - a\n  - b\n"), ("only", 1)) == Mark(3, 5)


def test_a_byte_order_mark_and_an_empty_file_are_fine() -> None:
    assert read(b"\xef\xbb\xbfa: 1").plain() == {"a": 1}
    assert read("# nothing\n").plain() is None


def test_after_a_duplicate_key_the_first_value_stands_and_reading_goes_on() -> None:
    node, problems = read_yaml("a: 1\nb: 2\na: 3\n", "f.yaml")
    assert node is not None
    assert node.plain() == {"a": 1, "b": 2}
    assert [problem.other for problem in problems] == ["f.yaml:1:1: it stands here already"]


def test_a_tag_that_spells_no_text_is_a_problem_like_any_other() -> None:
    node, problems = read_yaml("!<%ed%a0%80> a", "f.yaml")
    assert node is None
    assert [problem.code for problem in problems] == ["Y100"]


@pytest.mark.parametrize(
    "piece",
    ["[", "{", "- ", "? ", "a: ", "[a, ", "&a ", "- &a\n", "!a ", "'", "\n", "#", "a: 1\n", "*a ", "%A\n", "a,",
     "{a: b, ", '["a":', "|\n ", "\ufeff", "key: [a, b]\n"],
)  # fmt: skip
def test_a_file_of_nothing_but_one_piece_is_read_in_good_time(piece: str) -> None:
    text = piece * (MAX_BYTES // len(piece.encode()))
    before = time.process_time()
    read_yaml(text, "f.yaml")
    assert time.process_time() - before < 5  # takes under half a second; quadratic work takes minutes
