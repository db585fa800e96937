"""A real IMAP server: Debian's dovecot as a plain process of one user, on ports of its own, in a folder of its own."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CERTIFICATE = Path(__file__).parents[1] / "faults" / "localhost.pem"
MISSING = "these tests need a real IMAP server; install it: apt-get install dovecot-imapd"
USER, PASSWORD = "care@example.com", "open-sesame"
_CONFIG = """\
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
disable_plaintext_auth = no
auth_failure_delay = 0 secs
ssl = yes
ssl_cert = <{folder}/localhost.pem
ssl_key = <{folder}/localhost.pem
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  inet_listener {{
    port = {auth_port}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


class ImapServer:
    """The server, and its mailbox as files: a letter is delivered as a delivery agent would."""

    def __init__(self, folder: Path, port: int, tls_port: int, auth_port: int, owner: tuple[int, int]) -> None:
        self.folder, self.port, self.tls_port, self._owner = folder, port, tls_port, owner
        self.auth_port = auth_port  # where other programs ask it whether somebody may log in
        self._count = 0

    def deliver(self, letter: bytes, folder: str = "") -> None:
        self._count += 1
        place = self.folder / "mail" / USER / folder
        for part in ("", "tmp", "new", "cur"):
            (place / part).mkdir(parents=True, exist_ok=True)
            os.chown(place / part, *self._owner)
        path = place / "tmp" / f"{1_000_000_000 + self._count}.M{self._count}.test"
        path.write_bytes(letter.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        os.chown(path, *self._owner)
        path.rename(place / "new" / path.name)

    def flags_and_folders(self) -> tuple[list[bytes], list[str]]:
        """As any mail program sees them: the flags of every letter in INBOX, the names of all folders."""
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as imap:
            imap.login(USER, PASSWORD)
            folders = [str(one).rpartition(" ")[2].strip("'\"") for one in imap.list()[1]]
            imap.select("INBOX", readonly=True)
            found = imap.fetch("1:*", "(FLAGS)")[1] if imap.search(None, "ALL")[1] != [b""] else []
            return [one for one in found if isinstance(one, bytes)], folders


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    """Running; as root it becomes `nobody`, for dovecot lets no root read mail."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.fail(MISSING)
    who = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())
    folder = Path(tempfile.mkdtemp(prefix="followup-imap-"))  # not pytest's: other users may not enter that
    ports = {"port": free_port(), "tls_port": free_port(), "auth_port": free_port()}
    names = {"user": who.pw_name, "group": _group(who.pw_gid), "password": PASSWORD}
    (folder / "dovecot.conf").write_text(_CONFIG.format(folder=folder, **names, **ports))
    shutil.copy(CERTIFICATE, folder / "localhost.pem")
    for path in (folder, *folder.iterdir()):
        os.chown(path, who.pw_uid, who.pw_gid)
    (folder / "localhost.pem").chmod(0o600)
    identity = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")], cwd=folder, **identity)  # type: ignore[call-overload]
    try:
        _wait(ports["port"], folder, process)
        yield ImapServer(folder, **ports, owner=(who.pw_uid, who.pw_gid))
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder)


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


def _wait(port: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            with imaplib.IMAP4("127.0.0.1", port, timeout=2):
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    log = folder / "log"
    pytest.fail(f"dovecot did not start: {log.read_text() if log.exists() else process.returncode}")
