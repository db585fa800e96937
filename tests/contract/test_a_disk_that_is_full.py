"""A disk without room at each step of a delivery: sending stops, goes on by itself, and nobody gets two."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from engine.settings.model import Service
from engine.store.database import Database
from engine.store.failures import failure_line
from engine.store.upgrade import create_all
from tests.contract.outbox import Outbox, Script

TOLD = {
    "quota": "the disk does not take or give the database's pages; look at its room and its health",
    "small": "the disk is full; make room and try again",
}


@dataclass
class Disk:
    """One that can be filled to the last byte. A quota is the kernel's limit on how long a file of ours may be."""

    kind: str
    folder: Path

    def fill(self) -> None:
        if self.kind == "quota":
            size = os.path.getsize(self.folder / "store.sqlite-wal")
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            return
        ballast = os.open(self.folder / "ballast", os.O_CREAT | os.O_WRONLY)
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    os.write(ballast, b"x" * size)
            except OSError:
                continue
        os.close(ballast)

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        (self.folder / "ballast").unlink(missing_ok=True)


@pytest.fixture(params=["quota", "small"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A folder under a quota; a file system of four megabytes, where this process may make one."""
    found = Disk(request.param, tmp_path)
    mounted = request.param == "small"
    if mounted and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)], capture_output=True, check=False
    ).returncode:
        pytest.skip("NOT RUN: only root may mount a file system that is too small")
    yield found
    found.free()
    if mounted:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.fixture
def outbox(disk: Disk) -> Iterator[Outbox]:
    db = Database(f"sqlite:///{disk.folder / 'store.sqlite'}")
    create_all(db)
    yield Outbox(db)
    db.close()


def test_with_a_full_disk_nothing_is_claimed_and_one_line_says_why(outbox: Outbox, disk: Disk) -> None:
    ident = outbox.release()
    disk.fill()
    with pytest.raises(OperationalError) as told:
        outbox.send()
    assert failure_line(told.value) == TOLD[disk.kind]
    assert outbox.email.arrived == []
    disk.free()
    assert outbox.send() == {"sent": 1}
    assert outbox.touch(ident).state == "delivered"


@pytest.mark.parametrize("step", ["after_rcpt", "after_content"])
def test_a_disk_that_fills_up_in_the_middle_of_a_mail_sends_it_once(outbox: Outbox, disk: Disk, step: str) -> None:
    """Before the mark nothing leaves. After it the outcome is written as soon as there is room."""
    ident = outbox.release()

    def fill_for_a_while() -> None:
        disk.fill()
        threading.Timer(0.4, disk.free).start()

    outbox.email.scripts = [Script(**{step: fill_for_a_while})]
    assert outbox.send()["halted"] == 1
    assert len(outbox.email.arrived) == (step == "after_content")
    outbox.rescue_after_crash()
    outbox.clock.instant += 5
    outbox.send()
    assert (outbox.touch(ident).state, len(outbox.email.arrived)) == ("delivered", 1)


def test_a_disk_that_stays_full_leaves_a_customer_in_doubt_and_sends_no_second_copy(disk: Disk) -> None:
    db = Database(f"sqlite:///{disk.folder / 'store.sqlite'}")
    create_all(db)
    outbox = Outbox(db, service=Service(senders=1, batch=50, lease=5))
    ident = outbox.release()
    outbox.email.scripts = [Script(after_content=disk.fill)]
    assert outbox.send() == {"unsettled": 1, "halted": 1}
    disk.free()
    assert outbox.rescue_after_crash() == {"in_doubt": 1}
    assert outbox.send() == {}
    assert (outbox.delivery(ident).state, len(outbox.email.arrived)) == ("in_doubt", 1)
    db.close()
