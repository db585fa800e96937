"""What a daemon and its pages load at their start: packages that only some houses need wait until they are needed.

A package that is loaded stays, in each process of a house, whether it is used or not.
"""

from __future__ import annotations

import json
import subprocess
import sys

FOR_SOME = {
    "psycopg": "houses on PostgreSQL",
    "icalendar": "who has a calendar of his own, and invitations",
    "css_inline": "mails whose styles do not stand at their elements",
    "rapidfuzz": "steps that are to be `distinct`",
    "openpyxl": "imports of XLSX files",
    "alembic": "upgrades of the database",
    "aiosmtpd": "the demo",
    "pycountry": "customers in states of other countries",
    "apprise": "channels of that kind",
    "holidays.countries.germany": "customers in Germany",
}
FOR_PAGES = {"starlette", "uvicorn", "prometheus_client", "engine.web.app"}
_PROGRAM = """
import json, sys
from engine.domain.calendars.public import public_holidays
import engine.service.process
public_holidays("CN", 2026, "en")
print(json.dumps(sorted(sys.modules)))
import engine.service.web_process
print(json.dumps(sorted(sys.modules)))
"""


def test_what_only_some_houses_need_is_not_loaded_at_the_start() -> None:
    told = subprocess.run([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, check=True).stdout
    daemon, pages = (set(json.loads(line)) for line in told.splitlines())
    assert {"sqlalchemy", "holidays.countries.china"} <= daemon
    assert daemon & {*FOR_SOME, *FOR_PAGES} == set()
    assert pages & {*FOR_SOME} == set()
    assert pages >= FOR_PAGES
