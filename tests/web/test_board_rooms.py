"""The desk's other pages: rules with what they did, circumstances on a sketch, channels, and what is paused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from engine.domain.areas import Circle, Polygon
from engine.domain.extents import Extent
from engine.domain.grid import cell_of
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.stages.books import adopt
from engine.store import state
from engine.store.facts.circumstances import Happening, add_circumstance
from engine.store.ledger import delivery
from engine.store.tables import lead
from engine.web.board.sketch import HEIGHT, WIDTH, sketch

NOW = 1_790_000_000
HOUR, DAY = 3_600, 86_400
RULES = """\
rules:
  - id: call
    category: sales
    summary: A call after thirty days
    on: {since: last_contact, after: 30d}
    steps: [{id: ring, at: 0d, remind: owner, template: reminder/call}]
  - id: off
    category: sales
    enabled: false
    on: {since: last_contact, after: 90d}
    steps: [{id: ring, at: 0d, remind: owner, template: reminder/call}]
"""
TEMPLATES = {"reminder/call/en.txt.j2": "Subject: Ring\n\nRing."}


@pytest.fixture
def ops(desk: Any) -> Any:
    """RULES in force, and ops logged in."""
    book, problems = load_rulebook({"rules/a.yaml": RULES}, catalogue_for(desk.site.settings, TEMPLATES))
    assert book is not None, problems
    adopt(desk.site.db, book, {"rules/a.yaml": RULES}, TEMPLATES, NOW)
    desk.log_in("OPS_TOKEN")
    return desk


def words(desk: Any, path: str) -> str:
    answer = desk.browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def paused(desk: Any) -> list[tuple[str, str, str]]:
    with desk.site.db.reading() as connection:
        return [(one.scope, one.name, one.actor) for one in state.pauses(connection)]


def test_these_pages_are_the_desks_alone(desk: Any) -> None:
    desk.log_in("HAN_TOKEN")
    for path in ("/board/rules", "/board/circumstances", "/board/channels", "/board/pauses"):
        assert desk.browser.get(path).status_code == 404
    token = desk.form_token("/board")
    for path in ("/board/pause", "/board/resume"):
        assert desk.browser.post(path, data={"csrf": token, "scope": "all"}).status_code == 404
    assert paused(desk) == []


def test_rules_tell_what_they_did_in_the_last_week_and_do_next(ops: Any) -> None:
    ops.touch("lin", "li", NOW - DAY, "delivered", day_on="2026-09-20", occurrence_key="a")
    ops.touch("lin", "li", NOW - 2 * DAY, "dead", day_on="2026-09-19", occurrence_key="b")
    ops.touch("lin", "li", NOW - 30 * DAY, "delivered", day_on="2026-08-22", occurrence_key="c")
    ops.touch("lin", "li", NOW + HOUR, day_on="2026-09-21", occurrence_key="d")
    text = words(ops, "/board/rules")
    row = text[text.index("A call after thirty days") : text.index("?rule=off")]
    for said in ("in force", ">2 <", "dead letter 1", "2026-09-20 22:13", "2026-09-21 23:13"):
        assert said in row
    assert "switched off" in text[text.index("?rule=off") :]


def test_a_rule_is_paused_and_goes_on_by_its_button(ops: Any) -> None:
    said = {"csrf": ops.form_token("/board/rules"), "scope": "rule", "name": "call", "back": "rules"}
    assert ops.browser.post("/board/pause", data=said).headers["location"] == "/board/rules"
    assert paused(ops) == [("rule", "call", "ops-desk")]
    assert "paused" in words(ops, "/board/rules")
    assert "ops-desk" in words(ops, "/board/pauses")
    assert ops.browser.post("/board/resume", data=said).headers["location"] == "/board/rules"
    assert paused(ops) == []


def test_everything_is_paused_and_what_does_not_exist_is_not(ops: Any) -> None:
    token = ops.form_token("/board/pauses")
    for scope, name in (("rule", "nothing"), ("channel", "pigeon"), ("category", "none"), ("world", "")):
        assert ops.browser.post("/board/pause", data={"csrf": token, "scope": scope, "name": name}).status_code == 400
    assert paused(ops) == []
    ops.browser.post("/board/pause", data={"csrf": token, "scope": "all", "name": "ignored", "back": "//evil"})
    assert paused(ops) == [("all", "", "ops-desk")]
    assert "Paused:" in words(ops, "/board")
    ops.browser.post("/board/resume", data={"csrf": token, "scope": "all"})
    assert paused(ops) == []


def test_channels_tell_what_they_accepted_refused_and_keep_waiting(ops: Any) -> None:
    def send(number: int, status: str, settled: int | None, **more: Any) -> None:
        row = {
            "touch": number, "channel": "email", "lead": "lin", "rule": "call", "category": "sales", "audience": "rep",
            "receiver": "li", "address": "li@example.com", "message_id": f"<{number}@x>", "subject": "s", "text": "t",
            "timezone": "UTC", "window": "any", "state": status, "run_at": NOW - HOUR, "settled_at": settled,
            "composed_at": NOW - DAY, **more,
        }  # fmt: skip
        with ops.site.db.writing() as connection:
            connection.execute(delivery.insert().values(row))

    for number, (status, settled, more) in enumerate((
        ("sent", NOW - HOUR, {}), ("sent", NOW - 3 * DAY, {}), ("failed", NOW - HOUR, {"code": "550"}),
        ("failed", NOW - 2 * HOUR, {"code": "421"}), ("pending", None, {"attempts": 2}), ("pending", None, {}),
        ("in_doubt", None, {}),
    )):  # fmt: skip
        send(number, status, settled, **more)
    text = words(ops, "/board/channels")
    for said in (
        "sent</dt><dd class=\"num\">1<", "failed</dt><dd class=\"num\">2<", "pending</dt><dd class=\"num\">2 ",
        "1 tried before", "· 550", "in doubt</dt>", "failing",
    ):  # fmt: skip
        assert said in text
    assert "sent</dt><dd class=\"num\">2<" in words(ops, "/board/channels?span=week")


def test_circumstances_stand_on_a_list_and_their_areas_on_a_sketch(ops: Any) -> None:
    flood = Extent((), (Polygon(((30.0, 110.0), (31.0, 110.0), (31.0, 112.0), (30.0, 112.0), (30.0, 110.0))),))
    with ops.site.db.writing() as connection:
        place = {"lat": 30.5, "lon": 111.2, "cell": cell_of(30.5, 111.2)}
        connection.execute(update(lead).where(lead.c.id.in_(("lin", "sha"))).values(place))
        add_circumstance(connection, Happening("f", "flood", NOW - DAY, area=flood, severity="severe"), "ops", NOW)
        add_circumstance(connection, Happening("q", "earthquake", NOW + DAY, region="CN-31"), "ops", NOW)
        add_circumstance(connection, Happening("b", "bereavement", NOW - DAY, lead="sha"), "ops", NOW)
        old = Happening("o", "snow", NOW - 90 * DAY, NOW - 60 * DAY, region="CN-31")
        add_circumstance(connection, old, "ops", NOW)
    text = words(ops, "/board/circumstances")
    for said in ("severe", "earthquake", "CN-31", "to come", "active", "<polygon", "A confidential customer"):
        assert said in text
    assert text.count("<circle") == 1, "Lin's; where a confidential customer lives is not drawn"
    assert ("snow" in text, "Sha" in text, ">sha<" in text) == (False, False, False)


@pytest.mark.parametrize(
    "shapes", [[Circle((0.0, 0.0), 0.001)], [Circle((89.0, 10.0), 900.0)], [Circle((10.0, 179.9), 300.0)],
               [Polygon(((0.0, 170.0), (10.0, 170.0), (10.0, -170.0), (0.0, 170.0)))]],
)  # fmt: skip
def test_a_sketch_holds_whatever_it_shows(shapes: Any) -> None:
    drawing = sketch([(7, shapes)], [shapes[0].centre if isinstance(shapes[0], Circle) else (5.0, 171.0)])
    assert drawing is not None
    (figure,) = drawing.figures
    assert figure.number == 7
    assert 0 <= figure.x <= WIDTH
    assert 0 <= figure.y <= HEIGHT
    assert len(drawing.dots) == 1
    assert 2 <= len(drawing.lines) <= 20
    assert sketch([(1, [])], [(5.0, 5.0)]) is None
