"""Where a look in vain cost much, the next one waits; where it cost nothing, it does not."""

from __future__ import annotations

from engine.service.looks import Looks


def test_what_was_dear_to_see_is_not_looked_at_again_at_once() -> None:
    looks = Looks()
    looks.in_vain("a part", took=0.2)
    assert not looks.worth_it("a part")
    assert looks.worth_it("another part")


def test_what_costs_nothing_is_looked_at_at_every_pass() -> None:
    looks = Looks()
    looks.in_vain("a part", took=0.004)
    assert looks.worth_it("a part")
