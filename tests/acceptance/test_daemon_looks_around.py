"""The daemon looks at a feed by itself: asks only for what is new, names it while it is away, finds it again."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from engine.service.app import open_app
from engine.service.process import running
from tests.acceptance.test_cli_warnings import CHENGDU, alert
from tests.contract.feed_site import Site

FEEDS = """
feeds:
  met: {{url: "{url}", networks: [127.0.0.0/8]}}
"""


def looks(house: Any, site: Site) -> dict[str, Any]:
    """What `status` says of the feed once a daemon has started and looked at it."""
    asked = len(site.asked)
    with open_app(house.config) as app, running(app) as daemon:
        end = time.monotonic() + 60
        while len(site.asked) == asked and time.monotonic() < end:
            time.sleep(0.05)
    assert daemon.failures == 0
    return dict(house.rows("status")[0]["feeds"][0])


def test_a_feed_is_read_is_unchanged_is_away_and_is_back(house: Any) -> None:
    with closing(Site()) as site:
        house.write("config.yaml", house.config.read_text("utf-8") + FEEDS.format(url=site.url("/a")))
        first = alert("a-1", "10:00", CHENGDU).encode()
        site.pages["/a"] = (200, {"ETag": '"1"'}, first)
        assert looks(house, site)["away"] == ""
        assert [row["kind"] for row in house.rows("event", "list")] == ["flood"]
        looks(house, site)
        assert site.asked == [("/a", None), ("/a", '"1"')]
        page = site.pages.pop("/a")
        assert looks(house, site)["away"] == "it answers 404"
        assert "feed        met is away: it answers 404; last read" in house.say("status")
        site.pages["/a"] = page
        assert looks(house, site)["away"] == ""
