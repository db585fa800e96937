"""Pages are made a few at a time, however many people ask: each thread has a connection to the database."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.web.serve import AT_ONCE, serving


def test_who_comes_when_all_threads_are_busy_waits_and_is_served() -> None:
    lock, threads = threading.Lock(), set()

    def page(_request: Request) -> Response:
        with lock:
            threads.add(threading.get_ident())
        time.sleep(0.02)  # so that the others come meanwhile
        return Response("a page")

    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        serving(Starlette(routes=[Route("/", page)]), listening),
        ThreadPoolExecutor(3 * AT_ONCE) as readers,
    ):
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        answers = list(readers.map(lambda _: urllib.request.urlopen(url).read(), range(6 * AT_ONCE)))
    assert answers == [b"a page"] * 6 * AT_ONCE
    assert 1 < len(threads) <= AT_ONCE
