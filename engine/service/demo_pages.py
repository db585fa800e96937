"""The demo's pages: a free port, an ops token, and links by which to come in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.domain.links import Link, Purpose, url_of
from engine.service.app import App
from engine.service.web import site_for
from engine.service.web_key import write_secret
from engine.web.app import create_app
from engine.web.serve import listen, serving

OPS_TOKEN = "ops.token"
LINK_SECONDS = 36 * 3_600
"""How long the rep's link holds, as one in a digest does."""

SECTION = """\
web:
  base_url: http://127.0.0.1:{port}
  bind: 127.0.0.1:{port}
  keys: [file:web.key]
  tokens: [{{name: demo, role: ops, secret: "file:{token}"}}]
"""


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pages_section(home: Path, port: int) -> str:
    """The web section of the demo's config.yaml; writes the secrets that it refers to."""
    write_secret(home / "web.key")
    write_secret(home / OPS_TOKEN)
    return SECTION.format(port=port, token=OPS_TOKEN)


@contextmanager
def pages(app: App, rep: str) -> Iterator[str]:
    """The pages at work until the block ends; gives two lines that say how to come in, as that rep and as ops."""
    site = site_for(app)
    base_url, known = site.web.base_url, site.tokens[0]
    link = url_of(base_url, Link(Purpose.DAY, rep, app.clock.now() + LINK_SECONDS), site.keys)
    with listen(site.web.bind, site.home) as listening, serving(create_app(site), listening):
        yield f"The day of a rep: {link}\nThe ops desk: {base_url}/login with the token {known.secret}"
