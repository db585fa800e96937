"""The values conditions compare with, checked against the type and vocabulary of the field."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.regions.codes import UnknownRegion, region_code
from engine.domain.wildcards import MAX_PATTERN
from engine.ground.durations import Duration
from engine.ground.yamlio import Node, quoted
from engine.rulebook.catalogue import FieldSpec, FieldType
from engine.rulebook.conditions import FieldRef, Op, Scalar
from engine.rulebook.parse_times import day_of, read_duration
from engine.rulebook.reading import Source, read_list, shown

_WANTED = {
    FieldType.TEXT: "text",
    FieldType.REGION: "a region code",
    FieldType.LIST: "text",
    FieldType.INT: "a whole number",
    FieldType.NUMBER: "a number",
    FieldType.BOOL: "true or false",
    FieldType.DATE: "a date (YYYY-MM-DD)",
    FieldType.AGE: "a duration",
}


def read_value(
    source: Source, node: Node, spec: FieldSpec, op: Op, fields: Mapping[str, FieldSpec]
) -> Scalar | Duration | FieldRef | None:
    """What `field op` is compared with; `fields` are those that `within` may point at."""
    if op in (Op.EQ, Op.NE) and node.value in spec.refers:
        return FieldRef(str(node.value))
    if op is Op.EXISTS:
        return read_scalar(source, node, FieldSpec(spec.path, FieldType.BOOL))
    if op is Op.WITHIN and isinstance(node.value, str) and _names_field(node.value, fields):
        return _reference(source, node, node.value, fields)
    if spec.type is FieldType.AGE:
        return read_duration(source, node, spec.path, allow_zero=True)
    if op is Op.MATCHES:
        return _pattern(source, node, spec)
    if op is Op.CONTAINS and spec.type is FieldType.TEXT:
        return read_scalar(source, node, FieldSpec(spec.path, FieldType.TEXT))  # a part of a word is no word
    return read_scalar(source, node, spec)


def _pattern(source: Source, node: Node, spec: FieldSpec) -> Scalar | None:
    """A text with `*` or `?` in it: without one it would be `eq`, or a pattern of another language."""
    pattern = read_scalar(source, node, FieldSpec(spec.path, FieldType.TEXT))
    if not isinstance(pattern, str):
        return None
    if len(pattern) > MAX_PATTERN:
        source.report(node, "R214", f"a pattern has at most {MAX_PATTERN} characters, not {len(pattern)}")
    elif not set(pattern) & {"*", "?"}:
        hint = "write * where any text may stand and ? for one character, or use eq"
        source.report(node, "R214", f"the pattern {quoted(pattern)} has no wildcard", hint)
    return pattern


def read_values(source: Source, node: Node, spec: FieldSpec) -> tuple[Scalar, ...]:
    """The values of a list, for `in` and `not_in`."""
    entries = read_list(source, node, spec.path)
    for entry in entries:
        if entry.value in spec.refers:
            source.report(entry, "R214", f'"{entry.value}" is a field and stands alone', "write any: [...]")
    found = (read_scalar(source, entry, spec) for entry in entries if entry.value not in spec.refers)
    return tuple(value for value in found if value is not None)


def _names_field(text: str, fields: Mapping[str, FieldSpec]) -> bool:
    """Region codes have no letter and a dot; `owner.region` has both."""
    return text in fields or ("." in text and text[:1].isalpha())


def _reference(source: Source, node: Node, path: str, fields: Mapping[str, FieldSpec]) -> FieldRef | None:
    spec = fields.get(path)
    regions = tuple(name for name, known in fields.items() if known.type is FieldType.REGION)
    if spec is None:
        source.unknown(node, "R201", f"unknown field {quoted(path)}", path, regions)
        return None
    if spec.type is not FieldType.REGION:
        source.report(node, "R214", f'"{path}" is {spec.type}, not a region')
        return None
    return FieldRef(path)


def read_scalar(source: Source, node: Node, spec: FieldSpec) -> Scalar | None:
    """A scalar of the field's type and, if the field has a vocabulary, one of its words."""
    value = node.value
    if not _fits(value, spec.type):
        numeric_text = spec.type in (FieldType.TEXT, FieldType.REGION, FieldType.LIST)
        hint = "put it in quotes" if numeric_text and isinstance(value, int | float) else ""
        wanted = _WANTED[spec.type]
        source.report(node, "R214", f'"{spec.path}" takes {wanted}, not {shown(node)}', hint)
        return None
    assert isinstance(value, str | int | float | bool)
    if spec.words and isinstance(value, str) and value not in spec.words:
        source.unknown(node, "R202", f"unknown {spec.path} {quoted(value)}", value, (*spec.refers, *spec.words))
        return None
    if spec.type is FieldType.REGION and isinstance(value, str):
        return read_region(source, node, value)
    return value


def read_region(source: Source, node: Node, text: str) -> str | None:
    """The code of a region, however it is written."""
    try:
        return region_code(text)
    except UnknownRegion as error:
        message, _, hint = str(error).partition("; ")
        source.report(node, "R227", message, hint)
        return None


def _fits(value: object, wanted: FieldType) -> bool:
    if wanted is FieldType.BOOL or isinstance(value, bool):
        return wanted is FieldType.BOOL and isinstance(value, bool)
    if wanted is FieldType.INT:
        return isinstance(value, int)
    if wanted is FieldType.NUMBER:
        return isinstance(value, int | float)
    if wanted is FieldType.DATE:
        return isinstance(value, str) and day_of(value) is not None
    return isinstance(value, str) and value != ""
