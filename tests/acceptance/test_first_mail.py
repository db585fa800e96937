"""What `make run` starts: the first mail is there within seconds, Ctrl-C ends it well, and again."""

from __future__ import annotations

import re
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from tests.acceptance.house import Daemon, process

LONGEST_WAIT = 20
"""Seconds until the first mail, from the very start of the process."""
PAGE = re.compile(r"http://127\.0\.0\.1:\d+/")


def first_mail(demo: Daemon) -> str:
    """The page of the first mail, as soon as the catcher shows it."""
    url, *_ = demo.wait_until(lambda: PAGE.findall(demo.out.read_text("utf-8")))
    demo.wait_until(lambda: "/mail/1" in page(url))
    return page(f"{url}mail/1")


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
def test_the_first_mail_comes_within_twenty_seconds_and_the_demo_can_be_run_again(tmp_path: Path) -> None:
    for _ in range(2):
        started = time.monotonic()
        with process("demo", folder=tmp_path) as demo:
            mail = first_mail(demo)
            assert time.monotonic() - started < LONGEST_WAIT
            assert "@example." in mail
            assert demo.end(signal.SIGINT) == 0
            assert demo.out.read_text("utf-8").endswith("mails were caught. Nothing left this machine.\n")
            assert demo.said() == ""
