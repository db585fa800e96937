"""The house holds its plan: who may import whom, where a package may be used, how long things may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]

FLOORS = {
    "cli": 10, "service": 9, "web": 8, "desk": 7, "stages": 6, "arbiter": 5, "store": 5, "rulebook": 4,
    "settings": 3, "domain": 2, "ground": 1,
}  # fmt: skip
"""Imports go down only; rooms of one floor do not know each other."""

ADAPTERS = {
    "base": {"stages", "service"},
    "sources": {"stages", "service"},
    "feeds": {"stages", "service"},
    "inbox": {"stages", "service"},
    "channels": {"service"},
    "sms_length": {"desk"},
    "catcher": {"service"},
    "plugin": {"settings", "service"},
    "testing": set(),
    "catcher_page": {"service"},
}
"""Who may import which part of adapters/: the port and the sources are for stages, the rest is wired by service;
nothing of the engine needs what tests channels."""

PACKAGES = {
    "sqlalchemy": ("engine/store/", "adapters/sources/"),
    "alembic": ("engine/store/",),
    "psycopg": ("engine/store/",),
    "durable_rules_engine": ("engine/arbiter/",),
    "apscheduler": ("engine/service/",),
    "cronsim": ("engine/domain/slots.py",),
    "jinja2": ("engine/stages/compose/", "engine/web/"),
    "css_inline": ("engine/stages/compose/looks.py",),
    "holidays": ("engine/domain/calendars/public.py",),
    "hijridate": ("engine/domain/calendars/other_calendars.py",),
    "pyluach": ("engine/domain/calendars/other_calendars.py",),
    "defusedxml": ("adapters/feeds/",),
    "rapidfuzz": ("engine/stages/compose/likeness.py",),
    "pycountry": ("engine/domain/regions/",),
    "idna": ("engine/domain/addresses.py", "adapters/channels/headers.py"),
    "cryptography": ("adapters/channels/dkim.py",),
    "phonenumbers": ("engine/domain/addresses.py",),
    "openpyxl": ("adapters/sources/xlsx_rows.py",),
    "yaml": ("engine/ground/yamlio.py",),
    "pydantic": ("engine/settings/", "engine/web/api/"),
    "pydantic_core": ("engine/settings/plugin_model.py",),
    "structlog": ("engine/",),
    "click": ("engine/cli/",),
    "rich": ("engine/cli/", "engine/service/"),
    "urllib3": ("adapters/channels/connections.py", "adapters/channels/line.py", "adapters/feeds/fetch.py"),
    "apprise": ("adapters/channels/apprise.py",),
    "starlette": ("engine/web/",),
    "prometheus_client": ("engine/web/exposition.py",),
    "uvicorn": ("engine/web/serve.py",),
    "anyio": ("engine/web/serve.py",),
    "icalendar": ("engine/web/ics.py", "adapters/channels/calendar_entry.py", "adapters/channels/invitation.py"),
    "itsdangerous": ("engine/domain/links.py", "engine/web/sessions.py"),
    "aiosmtpd": ("engine/service/", "adapters/"),
}
"""Where a package may be imported; one that is not listed nowhere. Logging (structlog) is for the whole engine."""

CLOCK_FILE = "engine/ground/clock.py"
WALL_CLOCK = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "asctime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}
"""Calls that ask the machine what time it is. `time.monotonic` measures spans and is allowed."""

MAX_MEDIAN_FILE, MAX_FILE = 150, 500
MAX_MEDIAN_FUNCTION, MAX_FUNCTION = 12, 60

FILES = sorted(path for room in ("engine", "adapters") for path in (ROOT / room).rglob("*.py"))
NAMES = [path.relative_to(ROOT).as_posix() for path in FILES]
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in zip(NAMES, FILES, strict=True)}
TREES = {name: ast.parse(text) for name, text in TEXTS.items()}


def imports_of(name: str) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, `from a.b import c` as `a.b.c`."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: write the whole path"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("engine/")])
def test_imports_go_down_only(name: str) -> None:
    if name == "engine/__init__.py":
        return
    room = name.split("/")[1]
    wrong = []
    for line, module in imports_of(name):
        parts = module.split(".")
        if parts[0] == "engine" and parts[1] != room and FLOORS[parts[1]] >= FLOORS[room]:
            wrong.append(f"{name}:{line}: {room} imports {parts[1]}")
        if parts[0] == "adapters" and room not in ADAPTERS[parts[1]]:
            wrong.append(f"{name}:{line}: {room} imports {module}")
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("adapters/")])
def test_channels_know_nothing_of_the_engine(name: str) -> None:
    assert [module for _, module in imports_of(name) if module.split(".")[0] == "engine"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_package_is_used_in_its_room_only(name: str) -> None:
    wrong = []
    for line, module in imports_of(name):
        package = module.split(".")[0]
        if package in sys.stdlib_module_names or package in ("engine", "adapters"):
            continue
        if not name.startswith(PACKAGES.get(package, ())):
            wrong.append(f"{name}:{line}: {module}")
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_only_the_clock_reads_the_wall_clock(name: str) -> None:
    calls = [
        f"{name}:{node.lineno}: {node.func.value.id}.{node.func.attr}()"
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.attr in WALL_CLOCK.get(node.func.value.id, ())
    ]
    assert name == CLOCK_FILE or calls == []


@pytest.mark.parametrize("name", NAMES)
def test_nobody_takes_the_wall_clock_by_another_name(name: str) -> None:
    taken = {f"time.{word}" for word in WALL_CLOCK["time"]}
    assert name == CLOCK_FILE or [module for _, module in imports_of(name) if module in taken] == []


def test_files_are_short() -> None:
    lengths = {name: len(text.splitlines()) for name, text in TEXTS.items()}
    written = [length for length in lengths.values() if length > 3]  # an __init__ is only its docstring
    assert median(written) <= MAX_MEDIAN_FILE
    assert {name: length for name, length in lengths.items() if length > MAX_FILE} == {}


def test_functions_fit_a_screen() -> None:
    lengths = {
        f"{name}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert median(lengths.values()) <= MAX_MEDIAN_FUNCTION
    assert {place: length for place, length in lengths.items() if length > MAX_FUNCTION} == {}


def test_content_folders_hold_no_python() -> None:
    found = [path for folder in ("rules", "templates") for path in (ROOT / folder).rglob("*.py")]
    assert found == []
