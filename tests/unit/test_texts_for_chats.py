"""Texts as chats show them: no markdown but ours, links that survive every cut."""

from __future__ import annotations

import pytest

from adapters.channels.chat_text import SHORTENED, fitted, plain
from engine.settings.channel_model import Form
from engine.stages.compose.chat import from_plain, harmless, with_links
from engine.stages.compose.templates import TemplateSet

LINKS = ("[已联系上](https://f.example/a/1?do=reached)", "[更多](https://f.example/a/1)")


@pytest.mark.parametrize("most", [200, 300, 2_048, 4_096])
def test_a_long_text_is_cut_at_a_line_and_never_in_its_links(most: int) -> None:
    lines = [f"{n}. 王芳（老客户）😀" for n in range(500)]
    told = fitted("\n".join((*lines, "", *LINKS)), most).split("\n")
    assert len("\n".join(told).encode()) <= most
    assert told[-4:] == [SHORTENED, "", *LINKS]
    assert told[:-4] == lines[: len(told) - 4]


def test_of_a_line_that_is_too_long_its_beginning_stays_and_no_half_character() -> None:
    told = fitted("王" * 1_000 + "\n\n" + "\n".join(LINKS), 300)
    assert told.startswith("王王王")
    assert told.endswith("\n".join(LINKS))
    assert len(told.encode()) <= 300


def test_links_that_are_too_many_go_as_wholes() -> None:
    many = [f"[第{n}个](https://f.example/{n})" for n in range(100)]
    told = fitted("words\n\n" + "\n".join(many), 500).split("\n")
    assert len("\n".join(told).encode()) <= 500
    links = [line for line in told if line.startswith("[")]
    assert links == many[: len(links)]
    assert links


def test_what_fits_stays_as_it_is_and_plain_text_keeps_its_addresses() -> None:
    text = "\n".join(("**王芳**明天过生日", "", *LINKS))
    assert fitted(text, 2_048) == text
    assert plain(text).split("\n") == [
        "王芳明天过生日", "", "已联系上 https://f.example/a/1?do=reached", "更多 https://f.example/a/1"
    ]  # fmt: skip


EVIL = ("<@all>", "<at id=all></at>", "[免费](https://evil.example)", "**x**", "`x`", "![](http://x)")


@pytest.mark.parametrize("evil", EVIL)
def test_a_name_is_never_markdown(evil: str) -> None:
    for told in (from_plain(f"客户：{evil}", "打开"), harmless({"lead": {"name": (evil,)}})["lead"]["name"][0]):
        assert not set("<>*`[]") & set(told)


def test_an_address_on_a_line_of_its_own_becomes_a_link() -> None:
    assert from_plain("- 王芳\n  https://f.example/a(1)\n", "打开") == "- 王芳\n  [打开](https://f.example/a(1%29)"


def test_links_stand_below_and_a_group_gets_no_key_to_ones_day() -> None:
    day = [{"label": "打开我的一天", "url": "https://f.example/day/1", "kind": "day"}]
    assert with_links("早上好\n", day, Form.CHAT) == "早上好\n\n[打开我的一天](https://f.example/day/1)"
    assert with_links("早上好\n", day, Form.GROUP) == "早上好"


def test_a_text_of_its_own_for_chats_is_taken_before_the_plain_one() -> None:
    files = {
        "r/x/mail.en.txt.j2": "{% block subject %}To {{ name }}{% endblock %}{% block body %}plain *{% endblock %}",
        "r/x/mail.en.gold.txt.j2": "{% block subject %}Gold{% endblock %}{% block body %}gold{% endblock %}",
        "r/x/mail.en.md.j2": "**{{ name }}** is [ours](https://x.example)",
    }
    own = TemplateSet(files).in_chat("r/x", "en", {"name": "<b>*"}, (), "Open")
    assert (own.subject, own.text) == ("To ＜b＞＊", "**＜b＞＊** is [ours](https://x.example)")
    assert TemplateSet(files).in_chat("r/x", "en", {"name": "x"}, ("gold",), "Open").text == "gold"
