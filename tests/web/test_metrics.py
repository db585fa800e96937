"""/metrics tells in figures how the house stands, to a monitor's token or to this very machine; /readyz in a word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event
from starlette.testclient import TestClient

from engine.settings.web_model import WebToken
from engine.settings.web_secrets import KnownToken
from engine.store import state, tallies
from engine.store.ledger import delivery, generation
from engine.store.tallies import Series
from engine.web.app import create_app
from tests.web.conftest import NOW, SECRETS, Desk

SECRET = "a-secret-of-the-monitor"
BEARER = {"authorization": f"Bearer {SECRET}"}
Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture
def watched(desk: Desk) -> Desk:
    """The site with a monitor's token."""
    token = KnownToken(WebToken(name="prometheus", role="monitor", secret="env:M"), SECRET)
    return desk.at(replace(desk.site, tokens=(*desk.site.tokens, token)))


def scraped(desk: Desk) -> dict[Sample, float]:
    """Every sample, by its name and labels."""
    answer = desk.browser.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text) for sample in family.samples
    }  # fmt: skip


def figure(found: dict[Sample, float], name: str, **labels: str) -> float | None:
    return found.get((name, tuple(sorted(labels.items()))))


def sending(desk: Desk, touch: int, state_: str, **more: object) -> None:
    row = {
        "touch": touch, "channel": "email", "lead": "lin", "rule": "call", "category": "sales", "audience": "lead",
        "receiver": "lin", "address": "lin@example.com", "message_id": f"<{touch}@x>", "subject": "s", "text": "t",
        "timezone": "UTC", "window": "", "state": state_, "run_at": NOW, "composed_at": NOW,
    }  # fmt: skip
    with desk.site.db.writing() as connection:
        connection.execute(delivery.insert().values({**row, **more}))


def test_figures_are_for_a_monitor_and_for_nobody_else(watched: Desk) -> None:
    for header in ({}, {"authorization": f"Bearer {SECRETS['API_TOKEN']}"}, {"authorization": "Bearer guessed"}):
        answer = watched.browser.get("/metrics", headers=header)
        assert (answer.status_code, "followup_" in answer.text) == (401, False)
    assert watched.browser.get("/metrics", headers=BEARER).status_code == 200
    assert watched.browser.post("/api/events", headers=BEARER, json={"items": []}).status_code == 403


def test_this_machine_needs_no_token_but_whoever_comes_by_its_proxy_does(desk: Desk) -> None:
    here = TestClient(create_app(desk.site), base_url="http://127.0.0.1:8470", client=("127.0.0.1", 5000))
    assert here.get("/metrics").status_code == 200
    assert here.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 401
    proxied = TestClient(create_app(desk.site), base_url="https://followup.example.com", client=("127.0.0.1", 5000))
    assert proxied.get("/metrics").status_code == 401
    far = TestClient(create_app(desk.site), base_url="http://localhost:8470", client=("192.0.2.7", 5000))
    assert far.get("/metrics").status_code == 401


def test_what_waits_is_counted_by_state_and_reason_and_how_late_it_is(watched: Desk) -> None:
    watched.touch("lin", "li", NOW + 600)
    watched.touch("lin", "li", NOW - 600, judge_at=NOW - 600)
    watched.touch("sun", "su", NOW - 60, state="held", policy="one-a-day", reason="held")
    for number, reason in enumerate(("undeliverable", "bounced 5.1.1", "Wang Fang said no")):
        watched.touch("wei", "wu", NOW - 100 - number, state="dead", reason=reason)
    watched.touch("wei", "wu", NOW - 40 * 86_400, state="dead", reason="undeliverable")
    sending(watched, watched.touch("lin", "lin", NOW, state="released"), "pending", run_at=NOW - 90)
    sending(watched, watched.touch("lin", "lin", NOW + 1, state="released"), "in_doubt", code="421")
    sending(watched, watched.touch("lin", "lin", NOW + 2, state="released"), "sending", lease_until=5)
    found = scraped(watched)
    assert figure(found, "followup_touches", state="planned", reason="") == 2
    assert figure(found, "followup_touches", state="held", reason="one-a-day") == 1
    dead = {one[1][0][1] for one in found if one[0] == "followup_touches" and ("state", "dead") in one[1]}
    assert dead == {"undeliverable", "bounced", "other"}
    assert figure(found, "followup_touches", state="dead", reason="undeliverable") == 1
    assert figure(found, "followup_lag_seconds", stage="release") == 600
    assert figure(found, "followup_lag_seconds", stage="dispatch") == 90
    assert figure(found, "followup_deliveries", state="in_doubt", channel="email", code="4xx") == 1
    assert figure(found, "followup_in_doubt", channel="email") == 1
    assert figure(found, "followup_leases_lapsed") == 1


def test_what_daemons_counted_is_told_as_counters_and_a_histogram(watched: Desk) -> None:
    with watched.site.db.writing() as connection:
        tallies.add(connection, {Series(tallies.SECONDS, ("plan", "0.1")): 2, Series(tallies.FAILURES, ("plan",)): 1})
        tallies.add(connection, {
            Series(tallies.SECONDS, ("plan", "+Inf")): 1, Series(tallies.SECONDS_SUM, ("plan",)): 400.5,
            Series(tallies.FAILURES, ("plan",)): 1, Series(tallies.ATTEMPTS, ("email", "sent", "2xx")): 7,
        })  # fmt: skip
        state.put(connection, state.REJECTED_RELOAD, ["a line"], NOW - 5)
    found = scraped(watched)
    assert figure(found, "followup_stage_failures_total", stage="plan") == 2
    assert figure(found, "followup_stage_duration_seconds_bucket", stage="plan", le="0.05") == 0
    assert figure(found, "followup_stage_duration_seconds_bucket", stage="plan", le="300.0") == 2
    assert figure(found, "followup_stage_duration_seconds_count", stage="plan") == 3
    assert figure(found, "followup_stage_duration_seconds_sum", stage="plan") == 400.5
    assert figure(found, "followup_attempts_total", channel="email", outcome="sent", code="2xx") == 7
    assert figure(found, "followup_reload_rejected_timestamp_seconds") == NOW - 5
    assert figure(found, "followup_last_tick_timestamp_seconds") == 0


def test_no_label_holds_what_a_person_or_a_far_side_wrote(watched: Desk) -> None:
    watched.touch("lin", "li", NOW, state="dead", reason="Lin lin@example.com")
    touch = watched.touch("lin", "lin", NOW + 1, state="released")
    sending(watched, touch, "failed", code="no Lin here", settled_at=NOW)
    text = watched.browser.get("/metrics", headers=BEARER).text
    for told in ("Lin", "lin@", "example.com"):
        assert told not in text


SMALL = ("tally", "service_state", "pause", "source_state", "plan_cursor", "rate_limit", "generation", "dirty_lead",
         "source_refusal", "malformed_row")  # fmt: skip
"""Tables that do not grow with what was sent, and what waits to be mended."""
PARTIAL = ("ix_touch_queued", "ix_touch_to_write", "ix_delivery_run_at", "ix_delivery_lease", "ix_delivery_in_doubt")


def test_a_scrape_costs_few_statements_and_walks_no_table_of_what_was_sent(watched: Desk) -> None:
    plans: list[list[str]] = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("SELECT"):
            raw = connection.connection.dbapi_connection
            plans.append([row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()])

    scraped(watched)
    event.listen(watched.site.db.engine, "before_cursor_execute", note)
    scraped(watched)
    event.remove(watched.site.db.engine, "before_cursor_execute", note)
    assert 10 < len(plans) < 25
    walked = [step for plan in plans for step in plan if step.startswith("SCAN")]
    assert [step for step in walked if not step.endswith(PARTIAL) and step.split()[1] not in SMALL] == []


def test_a_house_is_ready_once_its_rules_are_in_force_and_a_daemon_ticks(desk: Desk) -> None:
    answer = desk.browser.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "no rules are in force\nno daemon has ticked yet\n")
    with desk.site.db.writing() as connection:
        connection.execute(generation.insert().values(
            digest="d", loaded_at=NOW, rules={}, templates={}, active=True))  # fmt: skip
        state.put(connection, state.LAST_TICK, {"worker": "w"}, NOW - 160)
    assert desk.browser.get("/readyz").text == "ok\n"
    with desk.site.db.writing() as connection:
        state.put(connection, state.LAST_TICK, {"worker": "w"}, NOW - 170)
    assert desk.browser.get("/readyz").text == "the last tick is too long ago\n"
    with desk.site.db.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert desk.browser.get("/readyz").text == "the database has another schema than this release\n"


def test_a_database_that_cannot_be_reached_is_told_by_both(desk: Desk) -> None:
    with desk.site.db.writing() as connection:
        connection.exec_driver_sql("DROP TABLE service_state")
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql("DROP TABLE generation")
    assert desk.browser.get("/readyz").status_code == 503
