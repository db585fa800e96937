"""`pool forecast`: who would go back to the pool on a day, and of whom somebody would be warned, with the facts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

NOW, FRIDAY = "2026-02-23T08:00+08:00", "2026-02-27"


def forecast(house: Any, *args: str) -> list[dict[str, Any]]:
    return list(house.rows("pool", "forecast", "--on", FRIDAY, "--now", NOW, *args))


def facts(rows: Iterable[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {(row["what"], row["lead"], row["grade"], row["last_contact"], row["days"], row["state"]) for row in rows}


@pytest.fixture
def opened(house: Any) -> Any:
    """The pool's rule is on in the folder; wang (A) was reached on the 13th, deng (C) in January."""
    rules = (house.folder / "rules" / "owners.yaml").read_text(encoding="utf-8")
    house.write("rules/owners.yaml", rules.replace("enabled: false", "enabled: true", 1))
    deng = "id,name,owner,grade,stage,status,registered_at,last_contact_at\n"
    deng += "deng,邓超,li,C,need,active,2024-01-02T09:00,2026-01-01T09:00\n"
    house.then("import", "leads", str(house.write("more.csv", deng)))
    return house


def test_tomorrows_returns_and_warnings_stand_with_their_reasons(opened: Any) -> None:
    rows = forecast(opened)
    assert facts(rows) == {
        ("returns", "wang", "A", "2026-02-13", 14, "planned"),
        ("warned", "deng", "C", "2026-01-01", 57, "planned"),
    }
    assert [(row["what"], row["receiver"], row["rule"], row["owner"]) for row in rows] == [
        ("returns", None, "pool-return", "li"), ("warned", "li", "pool-return", "li"),
    ]  # fmt: skip
    opened.then("log", "wang", "--outcome", "reached", "--at", "2026-02-14T09:30")
    [deng, kept] = forecast(opened)
    assert (kept["lead"], kept["what"], kept["receiver"]) == ("wang", "warned", "han"), "a contact keeps him longer"
    assert facts([deng]) == {("warned", "deng", "C", "2026-01-01", 57, "planned")}


def test_tomorrow_is_meant_and_who_was_neglected_before_the_rule_came_is_warned_first(opened: Any) -> None:
    tomorrow = opened.rows("pool", "forecast", "--now", NOW)
    assert [(row["what"], row["lead"]) for row in tomorrow] == [("warned", "wang")]
    late = forecast(opened, "--now", "2026-02-26T10:00+08:00")
    assert [(row["what"], row["lead"]) for row in late] == [("warned", "deng")]


def test_what_a_gate_keeps_is_told_with_the_gate_and_who_is_confidential_as_an_initial(opened: Any) -> None:
    gate = "gates: [{id: keep, on: {assign: pool}, require: {tier: {ne: gold}}, otherwise: refuse}]\n"
    opened.write("rules/keep.yaml", gate)
    opened.then("lead", "set", "wang", "confidential=true")
    wang = next(row for row in forecast(opened) if row["lead"] == "wang")
    assert (wang["state"], wang["why"]) == ("suppressed", "keep")
    assert (wang["name"], wang["grade"], wang["tier"]) == ("王…", None, None)


def test_a_day_can_be_named_and_nonsense_is_refused(opened: Any) -> None:
    table = opened.say("pool", "forecast", "--on", "2026-03-03", "--now", NOW)
    assert table.splitlines()[0] == "2026-03-03: returns", "the manager hears of it on Monday, and has a day"
    monday = opened.say("pool", "forecast", "--on", "2026-03-02", "--now", NOW).splitlines()
    assert [line.split()[:3] for line in monday] == [
        ["2026-03-02:", "warned"], ["time", "to", "lead"], ["08:30", "han", "deng"],
    ]  # fmt: skip
    assert "deng" in table
    for wrong in ("2026-02-20", "2028-01-01", "2026-03-01T09:00"):
        assert opened.call("pool", "forecast", "--on", wrong, "--now", NOW).exit_code == 2


def test_a_folder_without_such_a_rule_says_what_to_switch_on(house: Any) -> None:
    result = house.call("pool", "forecast", "--now", NOW)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "switch pool-return on" in result.stderr
