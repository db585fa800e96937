"""A far side that fails is let alone, longer each time, and one probe finds out whether it works again."""

from __future__ import annotations

from adapters.channels.rest import Rest


def failing(rest: Rest, now: int, times: int = 1) -> None:
    turn = rest.turn
    for _ in range(times):
        rest.failed(turn, now)


def test_failures_in_a_row_begin_a_rest_and_a_success_between_them_does_not() -> None:
    rest = Rest(3, 10, 40)
    failing(rest, 100, 2)
    rest.worked()
    failing(rest, 100, 2)
    assert rest.wait(100) == 0
    failing(rest, 100)
    assert (rest.wait(100), rest.wait(109)) == (10, 1)


def test_failures_that_were_under_way_together_are_one() -> None:
    rest = Rest(1, 10, 40)
    failing(rest, 100, 4)
    assert rest.until == 110


def test_after_a_rest_one_probe_goes_and_the_others_wait_for_it() -> None:
    rest = Rest(1, 10, 40)
    failing(rest, 100)
    assert [rest.wait(110), rest.wait(110), rest.wait(115)] == [0, 10, 5]
    rest.worked()
    assert (rest.wait(115), rest.troubled) == (0, False)


def test_each_probe_that_fails_doubles_the_rest_up_to_the_longest() -> None:
    rest, now, rests = Rest(1, 10, 40), 100, []
    failing(rest, now)
    for _ in range(4):
        now += rest.wait(now)
        assert rest.wait(now) == 0
        failing(rest, now)
        rests.append(rest.wait(now))
    assert rests == [20, 40, 40, 40]


def test_a_probe_that_is_never_heard_of_is_followed_by_another() -> None:
    rest = Rest(1, 10, 40)
    failing(rest, 100)
    assert [rest.wait(110), rest.wait(119), rest.wait(120)] == [0, 1, 0]


def test_a_clock_that_was_set_back_prolongs_no_rest() -> None:
    rest = Rest(1, 10, 40)
    failing(rest, 100_000)
    assert rest.wait(5_000) == 0
