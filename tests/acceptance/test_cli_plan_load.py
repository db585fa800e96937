"""How much a plan is for whom: the chart on the terminal, and the page."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

NOW = "2026-02-14T10:00+08:00"
WEEK = ("--from", "2026-02-14", "--to", "2026-02-21", "--now", NOW)
EVIL = '</script><script>alert("1")</script><img src=x onerror=alert(2)>'


def counted(house: Any) -> list[dict[str, Any]]:
    """The touches of the week that reach somebody."""
    return [line for line in house.rows("plan", *WEEK) if line["state"] == "planned"]


def test_the_load_counts_what_the_plan_lists_by_rep_and_day(house: Any) -> None:
    owners = {"wang": "li", "chen": "li", "zhou": "li", "sato": "li"}
    load = {(row["rep"], row["day"]): row["touches"] for row in house.rows("plan", *WEEK, "--load")}
    plan = Counter(
        (owners[line["lead"]] if line["audience"] == "lead" else line["receiver"], line["due_at"][:10])
        for line in counted(house)
    )
    assert sum(load.values()) == sum(plan.values())
    assert {rep for rep, _ in load} == {rep for rep, _ in plan}


@pytest.mark.parametrize("by", ["rep", "rule", "day"])
def test_every_way_of_counting_gives_the_same_total(house: Any, by: str) -> None:
    rows = house.rows("plan", *WEEK, "--load", "--by", by)
    assert all(set(row) == {by, "day", "touches"} for row in rows)
    assert sum(row["touches"] for row in rows) == len(counted(house))


def test_the_chart_in_a_pipe_is_plain_aligned_and_fits_eighty_columns(house: Any) -> None:
    lines = house.say("plan", *WEEK, "--load").splitlines()
    assert lines[0] == "touches per rep and day"
    rep = next(line for line in lines if line.startswith("li 李雷"))
    whole = next(line for line in lines if line.startswith("all"))
    assert cell_len(rep) == cell_len(whole)
    assert whole.split()[-1] == str(len(counted(house)))
    assert max(map(cell_len, lines)) <= 80
    assert "\x1b" not in "".join(lines)


def test_more_than_fourteen_weeks_are_charted_by_weeks_in_eighty_columns(house: Any) -> None:
    lines = house.say("plan", "--to", "2026-06-08", "--now", NOW, "--load").splitlines()
    assert lines[0] == "touches per rep and week, named by its Monday"
    assert max(map(cell_len, lines)) <= 80


def test_a_bar_a_day_names_who_has_most(house: Any) -> None:
    lines = house.say("plan", *WEEK, "--load", "--by", "day").splitlines()
    assert any(re.match(r"2026-02-17 Tu +\d+  █+ +li 李雷 \d+$", line) for line in lines)


def test_counting_by_something_needs_load(house: Any) -> None:
    result = house.call("plan", *WEEK, "--by", "rule")
    assert result.exit_code == 2
    assert "add --load" in result.stderr


def page(house: Any) -> str:
    path = house.folder / "load.html"
    house.say("plan", *WEEK, "--html", str(path))
    return path.read_text("utf-8")


def data(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(found[1])


def test_the_page_holds_every_touch_and_names_nothing_outside_itself(house: Any) -> None:
    text = page(house)
    assert len(data(text)["touches"]) == len(house.rows("plan", *WEEK))
    own = re.sub(r'id="data">.*?</script>', "", text, flags=re.S)
    assert not re.search(r"(src|href)\s*=|url\(|@import|https?://", own)
    assert "default-src 'none'" in text


def test_a_name_cannot_become_markup(house: Any) -> None:
    house.then("lead", "set", "wang", f"name={EVIL}")
    config = house.config.read_text("utf-8")
    house.write("config.yaml", config.replace("示例公司 Example Co.", "</script>&amp;<b>Co.</b>"))
    text = page(house)
    assert "<img" not in text
    assert text.count("</script>") == 2
    assert EVIL in [name for _, name in data(text)["leads"]]
    assert data(text)["company"] == "</script>&amp;<b>Co.</b>"


def test_of_a_confidential_lead_the_page_has_only_the_id(house: Any) -> None:
    house.then("lead", "set", "chen", "confidential=yes")
    leads = dict(data(page(house))["leads"])
    assert leads["chen"] == ""
    assert leads["wang"] == "王芳"
    assert "陈晨" not in page(house)


def test_a_page_that_cannot_be_written_is_one_line(house: Any, tmp_path: Path) -> None:
    result = house.call("plan", *WEEK, "--html", str(tmp_path / "nowhere" / "load.html"))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith("cannot be written: No such file or directory")
