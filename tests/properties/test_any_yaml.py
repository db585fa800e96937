"""Whatever stands in a rule file, reading it gives a book or problems with places, and nothing else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.any_yaml import BYTES, SECONDS, soak
from engine.ground.yamlio import read_yaml
from engine.rulebook.catalogue import Catalogue
from engine.rulebook.codes import CODES
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings

TEMPLATES = {"greeting/birthday/mail.en.txt.j2": "", "reminder/birthday/mail.en.txt.j2": ""}
RULES = """
rules:
  - id: birthday
    summary: Birthday wish
    category: festive
    on: {date: birthday, only: [1, 5]}
    for: {tier: [platinum, gold], any: [{contacts: {gte: 10, since: order}}, {not: {region: {within: "51"}}}]}
    until: contacted
    from: 2026-01-01
    steps:
      - {id: call, at: -3d 09:00, remind: owner, template: reminder/birthday, priority: 5, urgent: false}
      - id: wish
        at: 0d 09:00
        if: {age.last_contact: {gte: 90d}, circumstance: {kind: bereavement, age: {lt: 49d}}}
        greet: lead
        template: greeting/birthday
        via: [mail]
        sign_by: {who: owner, draft: -3d, deadline: "0d 08:30", late: expire}
        misfire: {belated: 1d}
        expires: 2d
  - id: rhythm
    category: care
    on: {since: {latest: [last_contact], else: registered}, after: {by: grade, A: 1w, else: 6mo},
         repeat: 7d, times: 3, jitter: ±3d}
    steps: [{id: call, at: +0h, remind: "rep:li", template: reminder/birthday}]
policies:
  - id: cap
    when: {touch: {audience: lead}, lead: {touches_7d: {gte: 2}}, other: {within: 0d, outranks: touch}}
    then: {merge: touch, into: other}
gates: []
"""
TOKENS = (
    "{", "}", "[", "]", ":", "-", "\n", "  ", '"', "#", "|", "null", "true", "0", "-3d", "09:00", "on", "&a", "*a",
    "!!x", "<<", "? ", "1e9", "since", "contacts", "all", "not", "\t", "\u2028", "\x00", "±", "€",
)  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    channels = {"mail": {"kind": "console"}}
    return catalogue_for(Settings.model_validate({"channels": channels}), TEMPLATES)


def check(content: str | bytes, catalogue: Catalogue) -> None:
    """The promise: a book and no error, or no book and errors that point into the file."""
    book, problems = load_rulebook({"rules/any.yaml": content}, catalogue)
    assert (book is None) == any(problem.severity == "error" for problem in problems)
    assert problems == tuple(sorted(problems))
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    lines = len(text.splitlines()) + 1
    for problem in problems:
        assert problem.file == "rules/any.yaml"
        assert 1 <= problem.line <= lines
        assert problem.col >= 1
        assert problem.code in CODES
        assert len(str(problem).splitlines()) == 1 + bool(problem.other)


def mutated(text: str, seed: int) -> str:
    """The text with a few places cut, doubled, or overwritten."""
    dice = random.Random(seed)
    for _ in range(dice.randint(1, 4)):
        start = dice.randrange(len(text))
        end = min(len(text), start + dice.choice((0, 1, 1, 3, 12)))
        piece = dice.choice((dice.choice(TOKENS), text[start:end] * 2, ""))
        text = text[:start] + piece + text[end:]
    return text


def test_the_rules_before_mutation_are_right(catalogue: Catalogue) -> None:
    assert load_rulebook({"rules/any.yaml": RULES}, catalogue)[1] == ()


@pytest.mark.parametrize("seed", range(0, 1000, 100))
def test_mutated_rules_give_a_book_or_problems_with_places(seed: int, catalogue: Catalogue) -> None:
    for one in range(seed, seed + 100):
        check(mutated(RULES, one), catalogue)


@pytest.mark.parametrize("first", range(0, 400, 200))
def test_what_ships_broken_in_many_ways_is_told_soon_and_in_little_memory(first: int) -> None:
    """`make fuzz` holds it ten thousand times; here with other tests on every core, which slow a second down."""
    worst = soak(range(first, first + 200))
    assert worst.seconds < 2 * SECONDS, f"file {worst.of_time}"
    assert worst.bytes < BYTES, f"file {worst.of_memory}"


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_book_or_problems_with_places(content: bytes) -> None:
    check(content, catalogue_for(Settings(), TEMPLATES))


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_heap_of_tokens_is_read_or_refused(text: str) -> None:
    node, problems = read_yaml(text, "f.yaml")
    assert node is not None or problems


keys = st.sampled_from(
    ("rules", "policies", "id", "on", "for", "steps", "at", "if", "date", "since", "after", "by", "else", "latest",
     "repeat", "reaches", "contacts", "becomes", "stage", "event", "when", "then", "touch", "other", "within",
     "merge", "defer", "hold", "all", "any", "not", "circumstance", "kind", "age", "region", "tier", "sign_by",
     "misfire", "belated", "via", "until", "from", "template", "remind", "greet", "gte", "in", "exists")
)  # fmt: skip
scalars = st.sampled_from(("null", "true", "7", "1.5", "3d", "-3d 09:00", "gold", "owner", "touch", '""', "2026-01-01"))


def _flow_list(items: list[str]) -> str:
    return f"[{', '.join(items)}]"


def _flow_map(items: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"


documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(_flow_list) | st.dictionaries(keys, inner, max_size=4).map(_flow_map),
    max_leaves=25,
)


@given(rule=st.dictionaries(keys, documents, max_size=6), policy=st.dictionaries(keys, documents, max_size=5))
@settings(max_examples=300, deadline=None)
def test_words_of_the_language_in_any_wrong_place_are_told(rule: dict[str, str], policy: dict[str, str]) -> None:
    text = f"rules: [{_flow_map(rule)}]\npolicies: [{_flow_map(policy)}]\n"
    check(text, catalogue_for(Settings(), TEMPLATES))
