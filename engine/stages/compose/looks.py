"""The HTML of a mail as mail programs understand it: styles at each element, pictures by what they are.

Many programs drop a <style> whole, or all of it but @media; so its rules are written into the elements
(css-inline), and only what has no other place stays: @media, such as colours for the dark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.domain.images import NAMED, ident_of, is_image
from engine.stages.compose.environment import Unwritable

if TYPE_CHECKING:
    from css_inline import CSSInliner

_STYLE = re.compile(r"<(?:style|STYLE)\b[^>]*>([^<]*(?:<(?!/(?:style|STYLE)>)[^<]*)*)</(?:style|STYLE)>")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_ROOT = re.compile(r":root\s*\{[^{}]*\}")
_CHINESE = "[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
_WRAPPED = re.compile(rf"\n(?<={_CHINESE}\n)[ \t]*(?={_CHINESE})")
"""A line break between Chinese signs: CSS lets it vanish, and hardly any mail program does; they show a gap."""


def images_of(files: Mapping[str, str]) -> dict[str, str]:
    """What each picture among these files is known by, by its path."""
    return {path: ident_of(path, text) for path, text in files.items() if is_image(path)}


def finished(html: str, images: Mapping[str, str]) -> str:
    """The page as it is sent; Unwritable if it names a picture that is not there."""
    if "cid:" in html:
        html = NAMED.sub(lambda named: f"cid:{_ident(named[1], images)}", html)
    html = _WRAPPED.sub("", html)
    return _inlined(html) if any(_has_rules(style) for style in _STYLE.findall(html)) else html


def _ident(path: str, images: Mapping[str, str]) -> str:
    if path not in images:
        raise Unwritable(f'there is no picture "{path}" below templates/')
    return images[path]


@lru_cache(maxsize=256)  # the same text in every mail of a frame
def _has_rules(style: str) -> bool:
    """Whether anything stands in it but @media and what is said of the page as a whole."""
    return "{" in _ROOT.sub("", _AT_RULE.sub("", _COMMENT.sub("", style)))


def _inlined(html: str) -> str:
    from css_inline import InlineError

    try:
        return _inliner().inline(html)
    except InlineError as error:
        raise Unwritable(f"its style cannot be read: {error}") from None


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner  # 3 MB, which a house does without whose styles stand at their elements

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
