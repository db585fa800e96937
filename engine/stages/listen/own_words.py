"""What the writer of a letter typed himself, without what he answers to."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BEFORE_QUOTE = re.compile(
    r"""^\s*(?:
        -{2,}\s*(?:original\ message|原始邮件|原始郵件|original|forwarded\ message|转发邮件|轉寄郵件|回复的原邮件)\b.*
      | -{5,}.*(?:原始邮件|原始郵件|原邮件|original).*
      | _{20,}
      | begin\ forwarded\ message:
      | on\b.{4,200}\bwrote:
      | 在.{4,200}(?:写道|寫道)[:：]
      | .{4,200}(?:于|於).{4,100}(?:写道|寫道)[:：]
      | \d{4}[-年/]\d{1,2}[-月/]\d{1,2}.{0,200}(?:写道|寫道|wrote)[:：]
      | am\b.{4,200}\bschrieb\b.{0,100}:
      | le\b.{4,200}\ba\ écrit\s?:
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_HEAD_LINE = re.compile(r"^\s*\*?(?:from|发件人|發件人|寄件者|寄件人|von)\s*[:：]", re.IGNORECASE)
_HEAD_NEXT = re.compile(
    r"^\s*\*?(?:sent|date|to|subject|发送时间|发送日期|日期|收件人|主题|傳送時間|主旨|gesendet)\s*[:：]", re.IGNORECASE
)
_ATTRIBUTION = re.compile(r"(?:wrote|写道|寫道)[:：]\s*$", re.IGNORECASE)


def own_words(text: str) -> str:
    """The text above the first quotation, quoted lines (`> `) left out, without empty lines at its ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_own(lines)).strip()


def _own(lines: list[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if _BEFORE_QUOTE.match(line) or _BEFORE_QUOTE.match(f"{line.strip()} {following.strip()}"):
            return
        if _HEAD_LINE.match(line) and any(_HEAD_NEXT.match(other) for other in lines[index + 1 : index + 4]):
            return
        if not line.lstrip().startswith((">", "|")) and not (_ATTRIBUTION.search(line) and _is_quote(following)):
            yield line.rstrip()


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">") or not line.strip()
