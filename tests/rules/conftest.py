"""The set-up that the rules of these tests are written for."""

from __future__ import annotations

from datetime import date

import pytest

from engine.rulebook.catalogue import Catalogue
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings

TEMPLATES = (
    "greeting/birthday/mail.zh-Hans.txt.j2",
    "greeting/birthday/mail.zh-Hans.html.j2",
    "greeting/festival/mail.zh-Hans.txt.j2",
    "greeting/care/mail.zh-Hans.txt.j2",
    "greeting/no_answer/mail.zh-Hans.txt.j2",
    "reminder/birthday/mail.zh-Hans.txt.j2",
    "reminder/contact/mail.zh-Hans.txt.j2", "reminder/affected/mail.zh-Hans.txt.j2",
)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    settings = Settings.model_validate(
        {
            "channels": {
                "email": {"kind": "email", "host": "localhost", "from_address": "care@example.com"},
                "desk": {"kind": "console", "receivers": ("rep",)},
                "crm": {"kind": "webhook", "url": "https://crm.example.com/hook", "secret": "env:HOOK"},
                "card": {"kind": "personal", "by": "card", "days_ahead": 7},
                "wechat": {"kind": "personal", "by": "wechat"},
                "sms": {"kind": "file", "folder": "sms", "receivers": ("lead",)},
            },
            "windows": {
                "lead": {}, "rep": {}, "office": {"days": "mon-fri"}, "weekend": {"days": "sat-sun"},
                "always": {"open": "00:00", "close": "24:00"},
            },
            "category_windows": {"sales": "office"},
            "holidays": {
                "spring_festival": {"default": (date(2027, 2, 6),)},
                "mid_autumn": {"default": (date(2026, 9, 25),)},
            },
            "attributes": {
                "size": {"type": "int"},
                "area": {"type": "number"},
                "style": {"type": "text", "words": ("classic", "modern")},
                "moved_on": {"type": "date"},
                "hobbies": {"type": "list"},
            },
        }
    )
    return catalogue_for(settings, dict.fromkeys(TEMPLATES, ""), reps=frozenset({"li", "zhao"}))
