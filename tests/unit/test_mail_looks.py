"""How HTML is made fit for mail programs: styles at each element, pictures by what they are, nothing from elsewhere."""

from __future__ import annotations

import base64
import re

import pytest

from engine.domain.images import FROZEN, MAX_BYTES
from engine.stages.compose.environment import Unwritable
from engine.stages.compose.looks import finished, images_of
from engine.stages.compose.problems import template_problems

PNG = b"\x89PNG\r\n\x1a\n and so on"
DARK = "@media (prefers-color-scheme: dark) { .quiet { color: #aaa !important } }"
PAGE = "<!DOCTYPE html><html><head><style>STYLE</style></head><body><p class='quiet'>Hello</p></body></html>"
IMAGES = {"images/logo.png": "0" * 32 + ".png@images"}


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def problems(**files: str) -> list[str]:
    named = {f"x/{name.replace('_', '.')}": text for name, text in files.items()}
    return [str(one) for one in template_problems(named, ())]


def test_rules_of_a_style_go_to_their_elements_and_the_dark_stays_in_it() -> None:
    page = finished(PAGE.replace("STYLE", f".quiet {{ color: #666 }} {DARK}"), {})
    assert re.search(r'<p class="quiet" style="color: ?#666;?">Hello</p>', page)
    (kept,) = re.findall(r"<style>(.*?)</style>", page)
    assert "prefers-color-scheme" in kept
    assert "#666" not in kept


def test_a_page_with_nothing_to_write_into_its_elements_stays_as_it_is() -> None:
    page = PAGE.replace("STYLE", f"/* p {{}} */ :root {{ color-scheme: light dark }} {DARK}")
    assert finished(page, {}) == page


def test_nothing_is_fetched_while_styles_are_written() -> None:
    link = '<link rel="stylesheet" href="http://127.0.0.1:1/x.css">'
    page = finished(PAGE.replace("STYLE", "p { margin: 0 }").replace("</head>", f"{link}</head>"), {})
    assert "margin: 0" in page
    assert "x.css" not in page


def test_a_picture_is_named_by_what_it_is() -> None:
    page = finished('<img src="cid:images/logo.png"><td style="background:url(cid:images/logo.png)">', IMAGES)
    assert FROZEN.findall(page) == [IMAGES["images/logo.png"]] * 2


def test_another_picture_under_the_same_name_is_another_one() -> None:
    first, second = (images_of({"logo.png": encoded(content), "x.j2": ""}) for content in (PNG, PNG + b"!"))
    assert first.keys() == {"logo.png"}
    assert first != second
    assert FROZEN.fullmatch(f"cid:{first['logo.png']}")


def test_a_text_that_names_a_picture_which_is_not_there_is_not_written() -> None:
    with pytest.raises(Unwritable, match="there is no picture"):
        finished('<img src="cid:images/lgo.png">', IMAGES)


def test_words_that_only_look_like_a_picture_are_words() -> None:
    page = "<p>cid:images/none.png &#34;cid:none.png&#34;</p>"
    assert finished(page, {}) == page


def test_check_tells_of_a_picture_that_is_not_there() -> None:
    found = problems(a_html_j2='\n<img src="cid:x/lgo.png">', logo_png=encoded(PNG))
    assert found == ['templates/x/a.html.j2:2:1: error T106: there is no picture "x/lgo.png"; '
                     'did you mean "x/logo.png"?']


@pytest.mark.parametrize("html", [
    '<img src="https://example.com/p.gif">', "<img src=//example.com/p.gif>", '<link rel="stylesheet" href="a.css">',
    "<style>@import 'a.css';</style>", "<td style=\"background:url('http://example.com/x')\">", "<script>1</script>",
    '<td background="http://example.com/x">',
])  # fmt: skip
def test_check_refuses_what_would_be_fetched_when_the_mail_is_read(html: str) -> None:
    (found,) = problems(a_html_j2=html)
    assert "error T107" in found


def test_links_remarks_and_our_own_pictures_are_no_mistake() -> None:
    html = '{# <link> #}<!-- <script> --><a href="https://example.com">x</a><img src="cid:x/logo.png">'
    assert problems(a_html_j2=html, logo_png=encoded(PNG)) == []


def test_check_refuses_what_is_no_picture_and_what_is_too_large_to_travel() -> None:
    (not_one,) = problems(logo_png=encoded(b"GIF89a"))
    assert "T108: this is not a picture" in not_one
    (large,) = problems(logo_png=encoded(PNG + bytes(MAX_BYTES)))
    assert "T108: it has 200,018 bytes" in large


def test_a_line_break_between_chinese_signs_leaves_no_gap() -> None:
    assert finished("<p>祝您顺心。\n  也愿平安。\nP40 好\n</p>", {}) == "<p>祝您顺心。也愿平安。\nP40 好\n</p>"
