"""What a house calls a thing of its own: one text for every reader, or one for each language."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidatorFunctionWrapHandler, WrapValidator

from engine.domain.spoken import LANGUAGE, Spoken

LANGUAGE_KEY = f"^{LANGUAGE}$"
_Language = Annotated[str, Field(pattern=LANGUAGE_KEY)]
_BY_LANGUAGE: TypeAdapter[dict[str, str]] = TypeAdapter(Annotated[dict[_Language, str], Field(min_length=1)])


def _spoken(value: Any, as_text: ValidatorFunctionWrapHandler) -> str:
    if isinstance(value, dict):
        return Spoken.of(_BY_LANGUAGE.validate_python(value, strict=True))
    return value if isinstance(value, Spoken) else as_text(value)


Words = Annotated[str, WrapValidator(_spoken)]
"""A text, or one for each language: `{en: Industry, zh-Hans: 行业}`; whose own is missing reads the nearest."""
