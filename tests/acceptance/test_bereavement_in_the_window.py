"""A bereavement recorded after the relay took the address, and before the mark, stops the wish."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.house import GatedRelay, House

MOURNER = "lead-2@example.com"


@pytest.mark.slow
def test_a_bereavement_between_rcpt_and_the_mark_stops_the_wish(tmp_path: Path) -> None:
    wish = "FROM touch t JOIN delivery d ON d.touch = t.id WHERE t.lead = 'lead-2' AND t.step = 'wish'"
    with GatedRelay(only=MOURNER) as relay:
        relay.gate.clear()
        house = House.lay_out(tmp_path, relay.port, leads=4)
        with house.daemon() as daemon:
            daemon.wait_until(relay.somebody_waits.is_set)
            assert house.ask(f"SELECT t.state, d.state {wish}") == [("released", "claimed")]
            house.followup("event", "add", "bereavement", "--lead", "lead-2")
            relay.gate.set()
            daemon.wait_until(lambda: house.ask(f"SELECT t.state, t.policy {wish}") == [("suppressed", "mourning")])
            daemon.wait_until(lambda: house.count("SELECT count(*) FROM touch WHERE state = 'delivered'") == 7)
            assert daemon.end() == 0
    assert MOURNER not in relay.receivers()
    assert house.ask(f"SELECT d.state {wish}") == [("cancelled",)]
    [told] = house.rows("touches", "--lead", "lead-2", "--state", "suppressed")
    assert (told["rule"], told["policy"]) == ("welcome", "mourning")
