"""Feeds fetched from a real HTTP server: what is new, what is away, what is too large, what is linked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.feeds.fetch import FeedAway, fetch
from adapters.feeds.messages import LIMIT
from engine.service.app import App
from engine.service.feeds import poll, standing
from engine.store.database import Database
from engine.store.facts.circumstances import list_circumstances
from tests.contract.feed_site import HERE, NOW, Site, app_with
from tests.faults.dripping import dripping

ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{ident}</identifier><sender>met</sender>
<sent>2026-07-01T08:00:00+08:00</sent><status>{status}</status><msgType>Alert</msgType><scope>Public</scope>
<info><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>
<certainty>Observed</certainty><area><areaDesc>成都市</areaDesc></area></info></alert>"""


@pytest.fixture
def site() -> Iterator[Site]:
    with closing(Site()) as found:
        yield found


def known(app: App) -> list[str]:
    with app.db.reading() as connection:
        return [row["kind"] for row in list_circumstances(connection)]


def alert(ident: str, status: str = "Actual") -> bytes:
    return ALERT.format(ident=ident, status=status).encode()


def test_what_is_new_is_asked_for_only(site: Site, database: Database, tmp_path: Path) -> None:
    app = app_with(database, tmp_path, url=site.url("/a"))
    site.pages["/a"] = (200, {"ETag": '"1"'}, alert("a"))
    assert [one.act for one in poll(app, "met").told] == ["alert"]
    assert poll(app, "met").unchanged
    assert site.asked == [("/a", None), ("/a", '"1"')]
    assert known(app) == ["storm"]


def test_a_feed_that_is_away_is_named_until_it_is_back(site: Site, database: Database, tmp_path: Path) -> None:
    app = app_with(database, tmp_path, url=site.url("/a"))
    assert poll(app, "met").problems == ("it answers 404",)
    assert [one["away"] for one in standing(app)] == ["it answers 404"]
    site.pages["/a"] = (200, {}, alert("a"))
    poll(app, "met")
    assert [(one["away"], one["ok_at"]) for one in standing(app)] == [("", NOW)]


def test_links_of_the_same_host_are_followed_once(site: Site, database: Database, tmp_path: Path) -> None:
    entries = "".join(f'<entry><link href="{one}"/></entry>' for one in (site.url("/1"), "http://192.0.2.1/2"))
    site.pages["/feed"] = (200, {}, f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode())
    site.pages["/1"] = (200, {}, alert("one"))
    app = app_with(database, tmp_path, url=site.url("/feed"))
    look = poll(app, "met")
    assert look.problems == ("http://192.0.2.1/2 is not followed: it lies at another host",)
    poll(app, "met")
    assert [path for path, _ in site.asked] == ["/feed", "/1", "/feed"]
    assert known(app) == ["storm"]


def test_what_is_too_large_is_cut_off(site: Site) -> None:
    site.pages["/big"] = (200, {}, b" " * (LIMIT + 1))
    with pytest.raises(FeedAway, match="larger than 2 MB"):
        fetch(site.url("/big"), networks=HERE)


def test_redirects_end(site: Site) -> None:
    site.pages["/round"] = (302, {"Location": "/round"}, b"")
    with pytest.raises(FeedAway, match="elsewhere more than 3"):
        fetch(site.url("/round"), networks=HERE)
    site.pages["/out"] = (302, {"Location": "http://10.0.0.1/"}, b"")
    with pytest.raises(FeedAway, match="private networks"):
        fetch(site.url("/out"), networks=HERE)


def test_what_is_compressed_unasked_is_refused(site: Site) -> None:
    site.pages["/gz"] = (200, {"Content-Encoding": "gzip"}, b"x")
    with pytest.raises(FeedAway, match="compressed"):
        fetch(site.url("/gz"), networks=HERE)


def test_an_exercise_on_the_wire_does_nothing(site: Site, database: Database, tmp_path: Path) -> None:
    app = app_with(database, tmp_path, url=site.url("/a"))
    site.pages["/a"] = (200, {}, alert("x", "Exercise"))
    (told,) = poll(app, "met").told
    assert told.lines == ("seen, did nothing: status Exercise",)
    assert known(app) == []


@pytest.mark.parametrize(
    ("first", "drop"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", b" "), (b"HTTP/1.1 200 OK\r\n", b"X"), (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n")],
    ids=["body", "one header", "many headers"],
)
def test_what_drips_is_cut_off_in_time(first: bytes, drop: bytes) -> None:
    began = time.monotonic()
    with dripping(first, drop) as port, pytest.raises(FeedAway, match="it takes too long"):
        fetch(f"http://127.0.0.1:{port}/", timeout=0.4, networks=HERE)
    assert time.monotonic() - began < 5


def test_a_page_that_is_no_feed_is_named_until_it_is_one(site: Site, database: Database, tmp_path: Path) -> None:
    app = app_with(database, tmp_path, url=site.url("/a"))
    site.pages["/a"] = (200, {}, b"<html><body>Sign in</body></html>")
    assert poll(app, "met").problems == ("<html> is neither a CAP alert nor a feed of them",)
    site.pages["/a"] = (200, {}, b"<!DOCTYPE html><html><p>Sign in<br></html>")
    assert poll(app, "met").problems == ("a web page (HTML), no feed; is that the address?",)
    assert [one["away"][:10] for one in standing(app)] == ["a web page"]
