"""What the program itself tells a rep stands in the script that he reads."""

from __future__ import annotations

import pytest

from engine.stages.compose.notes import ALIKE, DEADLINE, FAILED, SIGN, Pending, note_text
from engine.store.outbox.compose_rows import TouchRow


def told(what: str, lead: str, locale: str, url: str) -> str:
    known = {"occurrence_key": f"{lead}|{what}", "rule": "r", "step": "s", "lead": lead}
    touch = TouchRow._make(known.get(field) for field in TouchRow._fields)
    written = note_text(touch, locale, Pending(3, "09:00", url))
    return f"{written.subject}\n{written.text}"


@pytest.mark.parametrize("url", ["", "https://f.example/d"])
@pytest.mark.parametrize(("what", "lead"), [(SIGN, "w"), (ALIKE, "w"), (DEADLINE, ""), (FAILED, "w"), (FAILED, "")])
def test_a_note_has_the_characters_of_its_readers_script_only(what: str, lead: str, url: str) -> None:
    for locale, charset in (("zh-Hans", "gb2312"), ("zh-CN", "gb2312"), ("zh-TW", "big5"), ("zh-HK", "big5")):
        assert told(what, lead, locale, url).encode(charset)
    assert told(what, lead, "zh-Hans", url) != told(what, lead, "zh-Hant", url)
    assert told(what, lead, "en-GB", url).isascii()
