"""The catcher's pages on loopback: a list of mails, newest first, and a view of each.

A mail is untrusted: all of it is escaped, and its HTML is shown only inside a sandboxed frame that can
neither run scripts nor load anything from elsewhere.
"""

from __future__ import annotations

import re
import socketserver
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

_SHOWN = 200  # mails on the list; the rest stays in the spool folder
_REFRESH_SECONDS = 3
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'none'"
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_MAIL_PATH = re.compile(r"/mail/([1-9][0-9]{0,8})(/html)?")


class Mail(Protocol):
    """What a page shows of a mail."""

    @property
    def to(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def received_at(self) -> int: ...


class PageServer(socketserver.ThreadingTCPServer):
    """Serves the pages of whatever `mails()` returns, which is in order of arrival."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], mails: Callable[[], Sequence[Mail]]) -> None:
        super().__init__(address, _Handler)
        self.mails = mails
        port = self.server_address[1]
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away in the middle is nothing to report."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        if self.headers.get("Host") not in self.server.hosts:  # a foreign name that resolves to loopback
            self._reply(403, "This page answers to 127.0.0.1 and localhost only.", _PAGE_POLICY, "text/plain")
            return
        mails = self.server.mails()
        asked = _MAIL_PATH.fullmatch(self.path)
        if self.path == "/":
            self._reply(200, list_page(mails), _PAGE_POLICY)
        elif asked is None or int(asked.group(1)) > len(mails):
            self._reply(404, "There is no such page.", _PAGE_POLICY, "text/plain")
        elif asked.group(2):
            self._reply(200, mails[int(asked.group(1)) - 1].html, _MAIL_POLICY)
        else:
            self._reply(200, mail_page(mails, int(asked.group(1))), _PAGE_POLICY)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: whoever runs the catcher owns the terminal."""

    def _reply(self, status: int, body: str, policy: str, kind: str = "text/html") -> None:
        data = body.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(data)


def list_page(mails: Sequence[Mail]) -> str:
    """The newest mails, newest first; it reloads itself."""
    numbered = list(enumerate(mails, start=1))[-_SHOWN:]
    rows = "".join(_row(number, mail) for number, mail in reversed(numbered))
    older = len(mails) - len(numbered)
    if not rows:
        rows = '<p class="empty">Nothing yet. This page looks again every few seconds.</p>'
    elif older:
        rows += f'<p class="empty">and {older} older ones in the spool folder</p>'
    return _page("Caught mail", _header(len(mails)) + f'<main class="list">{rows}</main>', _REFRESH_SECONDS)


def mail_page(mails: Sequence[Mail], number: int) -> str:
    """One mail: its envelope, its HTML in a frame, its text."""
    mail = mails[number - 1]
    newer = f'<a href="/mail/{number + 1}">newer</a>' if number < len(mails) else "<span>newer</span>"
    older = f'<a href="/mail/{number - 1}">older</a>' if number > 1 else "<span>older</span>"
    frame = f'<h2>HTML</h2><iframe sandbox src="/mail/{number}/html" title="HTML of this mail"></iframe>'
    return _page(mail.subject, (
        f'<nav><a href="/">All mail</a><span class="pair">{newer} {older}</span></nav><main class="mail">'
        f"<h1>{escape(mail.subject) or '(no subject)'}</h1><dl>"
        f"<dt>To</dt><dd>{escape(mail.to)}</dd><dt>From</dt><dd>{escape(mail.sender)}</dd>"
        f"<dt>Caught</dt><dd>{_time(mail.received_at, '%Y-%m-%d %H:%M:%S')}</dd></dl>"
        f"{frame if mail.html else ''}<h2>Text</h2><pre>{escape(mail.text)}</pre></main>"
    ))


def _header(count: int) -> str:
    return (
        f'<header><h1>Caught mail <span class="count">{count}</span></h1>'
        "<p>Sent over SMTP, kept on this machine. Nobody outside got any of it.</p></header>"
    )


def _row(number: int, mail: Mail) -> str:
    snippet = " ".join(mail.text.split())[:160]
    return (
        f'<a class="row" href="/mail/{number}"><span class="to">{escape(mail.to)}</span>'
        f"{_time(mail.received_at, '%H:%M:%S')}"
        f'<span class="subject">{escape(mail.subject) or "(no subject)"}</span>'
        f'<span class="snippet">{escape(snippet)}</span></a>'
    )


def _time(instant: int, form: str) -> str:
    """An instant in this machine's zone: the catcher's reader sits in front of it."""
    moment = datetime.fromtimestamp(instant, UTC)
    return f'<time datetime="{moment.isoformat()}">{moment.astimezone().strftime(form)}</time>'


def _page(title: str, body: str, refresh: int | None = None) -> str:
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6878; --line: #dfe4ea; --paper: #fff;
        --ground: #f4f6f8; --mark: #0b5fc0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #2c3542; --paper: #1a212b; --ground: #11161d;
          --mark: #7db4ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.25rem 1rem 3rem; background: var(--ground);
       color: var(--ink); font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: 1.5rem 0 .5rem; }
header { margin-bottom: 1rem; } header p { margin: .15rem 0 0; color: var(--soft); }
.count { color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
.list, .mail { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem;
               overflow: hidden; }
.row { display: grid; grid-template-columns: 15rem 1fr auto; gap: 0 1rem; padding: .65rem 1rem;
       color: inherit; text-decoration: none; }
.row + .row { border-top: 1px solid var(--line); }
.row:hover, .row:focus-visible { background: var(--ground); }
.row span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.to { grid-area: 1 / 1; color: var(--soft); } .subject { grid-area: 1 / 2; font-weight: 600; }
.snippet { grid-area: 2 / 2 / auto / -1; color: var(--soft); font-size: .875rem; }
time { color: var(--soft); font-variant-numeric: tabular-nums; }
.row time { grid-area: 1 / 3; font-size: .875rem; }
.empty { margin: 0; padding: 2rem 1rem; text-align: center; color: var(--soft); }
nav { display: flex; justify-content: space-between; margin-bottom: .75rem; }
nav .pair > * { margin-left: 1rem; }
nav a { color: var(--mark); } nav span > span { color: var(--soft); opacity: .6; }
.mail { padding: 1.25rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin: .75rem 0 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
iframe { display: block; width: 100%; height: 26rem; border: 1px solid var(--line); border-radius: .4rem;
         background: #fff; color-scheme: light; }
pre { margin: 0; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: .4rem;
      background: var(--ground); white-space: pre-wrap; overflow-wrap: anywhere;
      font: .9rem/1.55 ui-monospace, Menlo, Consolas, monospace; }
@media (max-width: 40rem) {
  .row { grid-template-columns: 1fr auto; } .to { grid-area: 2 / 1; font-size: .875rem; }
  .subject { grid-area: 1 / 1; } .row time { grid-area: 1 / 2; } .snippet { grid-area: 3 / 1 / auto / -1; }
  .mail { padding: 1rem; } iframe { height: 20rem; } }
"""
