"""A relay that is let alone is told of: in `channels list`, in `status` and in the log, until it works again.

So is a domain of receivers, in `channels list`.
"""

from __future__ import annotations

import socket
from pathlib import Path

from structlog.testing import capture_logs

from tests.acceptance.house import House
from tests.faults.smtp_faults import Fault, FaultySmtp


def test_a_relay_that_rests_is_told_of_until_it_works(tmp_path: Path) -> None:
    with FaultySmtp() as server:
        house, down = with_two_relays(tmp_path, server.port)
        with capture_logs() as log:
            assert house.rows("tick")[0]["sent"] == 8
        [told] = [entry for entry in log if entry["event"] == "relay_rests"]
        assert told["channel"] == "email"
        assert 0 < told["seconds"] <= 10
        assert (told["relay"], told["code"]) == (f"127.0.0.1:{down}", "connect")
        assert house.rows("channels", "list")[0]["relays"].startswith(f"127.0.0.1:{down} until ")
        assert f"relay       email by 127.0.0.1:{down}: let alone until" in house.followup("status")
        said = house.followup("channels", "test", "email", "--to", "li@example.com")
        assert said.startswith(f"email took the test for li@example.com (127.0.0.1:{down}: connect: ")
        with FaultySmtp(port=down) as again:
            house.settle(["late"], ["rep-0"])
            house.followup("tick")
            assert len(again.accepted) == 2
        assert [email["relays"] for email in house.rows("channels", "list")] == ["", ""]
        assert house.rows("status")[0]["resting_relays"] == []
        server.rules.append(Fault("rcpt", "452"))
        house.settle(["later"], ["rep-0"])
        house.followup("tick")
        email, post = house.rows("channels", "list")
        assert email["domains"].startswith("example.com until ")
        assert post["domains"] == ""


def with_two_relays(home: Path, works: int) -> tuple[House, int]:
    """A house whose first relay is down, and where that would listen."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        down = int(listener.getsockname()[1])
    house = House.lay_out(home, works, leads=4)
    relays = ", ".join(f"{{host: 127.0.0.1, port: {port}, security: none}}" for port in (down, works))
    config = house.config.read_text("utf-8")
    one = f"host: 127.0.0.1, port: {works}, security: none"
    house.write("config.yaml", config.replace(one, f"relays: [{relays}]", 1))
    return house, down
