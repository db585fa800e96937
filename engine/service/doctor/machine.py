"""The machine: versions, time zones, synchronised time, room on the disk."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Collection, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine.domain.civil import utc_date, zone
from engine.service.doctor.finding import Finding, fail, ok, warn

LEAST_SQLITE = (3, 35, 0)
"""RETURNING came with it (sqlite.org/releaselog/3_35_0.html)."""
SHOWN = ("sqlalchemy", "alembic", "apscheduler", "durable-rules", "holidays", "jinja2", "pydantic", "psycopg")
SCARCE, NONE_LEFT = 1 << 30, 100 << 20
"""Bytes free on the disk of the database below which we warn, or fail. Ours."""
OLD_ZONES = 2
"""Years after which zones are too old: governments change some every year. Ours."""
_PLACES = ("/usr/share/zoneinfo/tzdata.zi", "/usr/lib/zoneinfo/tzdata.zi", "/usr/share/lib/zoneinfo/tzdata.zi")


def versions(sqlite: tuple[int, ...] = sqlite3.sqlite_version_info) -> Iterator[Finding]:
    """Of Python and what we stand on."""
    told = ".".join(map(str, sqlite))
    if sqlite < LEAST_SQLITE:
        least = ".".join(map(str, LEAST_SQLITE))
        yield fail("versions", f"SQLite {told} is older than {least}", "use a newer system, or PostgreSQL")
    parts = [f"Python {platform.python_version()}", f"SQLite {told}"]
    yield ok("versions", ", ".join([*parts, *(f"{name} {_version(name)}" for name in SHOWN)]))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def zones(names: Collection[str], now: int) -> Iterator[Finding]:
    """Every zone in use is known, by data that is not too old."""
    unknown = [name for name in sorted(names) if not _is_zone(name)]
    if unknown:
        do = "bring tzdata up to date (apt-get upgrade tzdata), or mend the zone of those people"
        yield fail("zones", f"not known here: {', '.join(unknown)}", do)
    data = zone_data()
    told = f"{len(names)} in use, data of {data}"
    if data[:4].isdecimal() and int(data[:4]) + OLD_ZONES <= utc_date(now).year:
        yield warn("zones", f"{told} is old", "bring tzdata up to date: apt-get upgrade tzdata")
    elif not unknown:
        yield ok("zones", told)


def zone_data() -> str:
    """The version of the zones in use, e.g. 2026a: the system's, for zoneinfo asks it first; else the package's."""
    for place in map(Path, _PLACES):
        if place.exists():
            with place.open(encoding="ascii") as file:
                return file.readline().removeprefix("# version ").strip()
    return _version("tzdata")


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True


def synchronised() -> Iterator[Finding]:
    """Whether the machine's time is kept by others', if it says so."""
    program = shutil.which("timedatectl")
    said = ""
    if program is not None:
        asked = [program, "show", "--property=NTPSynchronized", "--value"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    if said == "no":
        yield warn("clock", "the machine's time is not synchronised", "timedatectl set-ntp true")
    else:
        yield ok("clock", "synchronised" if said == "yes" else "whether it is synchronised the machine does not say")


def disk(place: Path, free: int | None = None) -> Iterator[Finding]:
    """Room beside the database. `free`: bytes, by default what the machine says."""
    left = shutil.disk_usage(place).free if free is None else free
    told = f"{left / (1 << 30):.1f} GiB free at {place}"
    if left < NONE_LEFT:
        yield fail("disk", told, "make room now: nothing is sent while nothing can be written")
    elif left < SCARCE:
        yield warn("disk", told, "make room")
    else:
        yield ok("disk", told)
