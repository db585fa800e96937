"""A real mail server: Debian's postfix with a configuration, a queue and mailboxes of its own in a temporary folder.

Nothing that it takes can leave it: it has no client for SMTP, and whatever is not for its own mailboxes is an error.
"""

from __future__ import annotations

import email
import email.policy
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

CERTIFICATE = Path(__file__).parents[1] / "faults" / "localhost.pem"
MISSING = "these tests need a real mail server; install it: apt-get install postfix (and run them as root)"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail
maillog_file_prefixes = {folder}
myhostname = relay.test
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = error:5.1.2 no mail leaves this test
relay_transport = error:5.1.2 no mail leaves this test
local_transport = error:5.1.2 no mail leaves this test
virtual_transport = virtual
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{li.na@example.com=li.na/}}, {{later@example.com=later/}},
  {{crowd@example.com=crowd/}}, {{李娜@example.com=utf8/}}, {{care@example.com=care/}} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions =
  check_recipient_access inline:{{ {{later@example.com=450 4.2.0 Greylisted, come again}},
    {{crowd@example.com=452 4.5.3 Too many mails from you}} }},
  permit_mynetworks, reject
message_size_limit = 20000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_tls_cert_file = {folder}/localhost.pem
smtpd_tls_key_file = {folder}/localhost.pem
smtpd_tls_security_level = {tls}
smtpd_delay_reject = yes
"""
_LOGIN = """\
mynetworks = 127.0.0.2/32
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_auth_only = yes
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_QUEUES = (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private", "public",
    "saved", "trace",
)  # fmt: skip


class Postfix:
    """The server. `stop` and `start` may be called while it is there."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

        self._master: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Its master process itself: the script around it takes seconds to look at files that are new."""
        self._master = subprocess.Popen([_master(), "-c", str(self.folder / "conf")])
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail(f"postfix did not start: {self.log()}")

    def stop(self) -> None:
        """With all processes that it has started: they are its group."""
        if self._master is not None:
            self._master.terminate()
            self._master.wait(timeout=20)
            self._master = None

    def log(self) -> str:
        path = self.folder / "log" / "mail"
        return path.read_text("utf-8") if path.exists() else "no log"

    def delivered(self, mailbox: str, count: int) -> list[EmailMessage]:
        """What lies in a mailbox, once it is so many; waits for them."""
        return [email.message_from_bytes(one, policy=email.policy.default) for one in self.letters(mailbox, count)]

    def letters(self, mailbox: str, count: int) -> list[bytes]:
        """The same, as they lie there."""
        place = self.folder / "mail" / mailbox / "new"
        for _ in range(200):
            found = sorted(place.glob("*")) if place.exists() else []
            if len(found) >= count:
                break
            time.sleep(0.05)
        return [path.read_bytes() for path in found]


@contextmanager
def postfix(tls: str = "none", auth: int | None = None) -> Iterator[Postfix]:
    """Running; `tls` is its smtpd_tls_security_level: none, may or encrypt. `auth`: where a dovecot knows who may send.
    """
    if not _master() or os.geteuid() != 0:
        pytest.skip(MISSING)
    owner, nobody = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="followup-postfix-"))  # not pytest's: other users may not enter that
    folder.chmod(0o755)
    server = Postfix(folder, _free_port())
    for name in ("conf", "log", "queue", "queue/pid"):
        (folder / name).mkdir()
    for name in ("data", *(f"queue/{one}" for one in _QUEUES)):
        (folder / name).mkdir()
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    (folder / "mail").mkdir()
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    shutil.copy(CERTIFICATE, folder / "localhost.pem")
    main = _MAIN.format(folder=folder, tls=tls, uid=nobody.pw_uid, gid=nobody.pw_gid)
    main += "" if auth is None else _LOGIN.format(auth=auth)
    (folder / "conf" / "main.cf").write_text(main, "utf-8")
    (folder / "conf" / "master.cf").write_text(_SERVICES.format(port=server.port), "utf-8")
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _master() -> str:
    return shutil.which("master", path="/usr/lib/postfix/sbin:/usr/libexec/postfix") or ""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
