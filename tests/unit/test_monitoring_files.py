"""The dashboard, the alerts and the page about them speak of the metrics that there are, and of all of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.ground.yamlio import read_yaml
from engine.web.exposition import Standing, exposition

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
ALERTS = ROOT / "deploy" / "alerts.yaml"
PAGE = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
_METRIC = re.compile(r"\bfollowup_[a-z_]+")


def exposed() -> dict[str, str]:
    """The kind of each metric of a scrape, by the name that it goes by in queries."""
    lines = exposition(Standing("1", "1")).decode().splitlines()
    return dict(line.split(" ")[2:4] for line in lines if line.startswith("# TYPE "))


def in_queries() -> set[str]:
    """Names as queries may use them: a histogram's with their endings."""
    found = set()
    for name, kind in exposed().items():
        found |= {f"{name}{end}" for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return found


def queries_of_the_dashboard() -> list[str]:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def alerts() -> list[dict[str, Any]]:
    node, problems = read_yaml(ALERTS.read_bytes(), ALERTS.name)
    assert node is not None
    assert not problems
    plain: Any = node.plain()
    return [rule for group in plain["groups"] for rule in group["rules"]]


def test_there_are_metrics_of_every_kind() -> None:
    assert {*exposed().values()} == {"gauge", "counter", "histogram"}
    assert len(exposed()) > 20


def test_queries_name_only_metrics_that_there_are() -> None:
    queries = [*queries_of_the_dashboard(), *(rule["expr"] for rule in alerts())]
    assert len(queries) > 30
    assert {name for query in queries for name in _METRIC.findall(query)} <= in_queries()


def test_the_dashboard_shows_every_metric_but_what_release_it_is() -> None:
    shown = {name for query in queries_of_the_dashboard() for name in _METRIC.findall(query)}
    missing = {name for name, kind in exposed().items()
               if not shown & ({f"{name}_bucket"} if kind == "histogram" else {name})}  # fmt: skip
    assert missing == {"followup_build_info"}


def test_no_panel_lies_upon_another_and_each_has_a_title_and_a_meaning() -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    cells = [
        (x, y) for panel in panels for place in (panel["gridPos"],)
        for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])
    ]  # fmt: skip
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert all(panel["title"] and panel["description"] for panel in panels)
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_the_page_tells_of_every_metric_and_of_no_other() -> None:
    told = set(re.findall(r"^\| `(followup_[a-z_]+)`", PAGE, re.MULTILINE))
    assert told == set(exposed())


def test_the_page_says_what_to_do_about_every_alert() -> None:
    named = re.findall(r"^\| `(Followup[A-Za-z]+)`", PAGE, re.MULTILINE)
    assert named == [rule["alert"] for rule in alerts()]
    assert all(rule["labels"]["severity"] in ("page", "ticket") for rule in alerts())
    assert all(rule["annotations"]["summary"] for rule in alerts())


def test_prometheus_itself_takes_the_alerts() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("NOT CHECKED by Prometheus: promtool is not here; Debian's package prometheus has it")
    done = subprocess.run([promtool, "check", "rules", ALERTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(alerts())} rules found" in done.stdout
