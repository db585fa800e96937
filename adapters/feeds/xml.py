"""XML from outside: no entities, no remote loads, bounded in size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from adapters.feeds.messages import LIMIT, BadFeed

_HTML = re.compile(rb"\s*(<!doctype\s+html|<html)", re.IGNORECASE)
_WEB_PAGE = "a web page (HTML), no feed; is that the address?"
DEPTH = 60
"""Elements inside one another; CAP inside EDXL inside Atom needs less than twenty."""


def read_xml(data: bytes) -> Element:
    """The root element. BadFeed: too large, too deep, an entity, or no XML."""
    if len(data) > LIMIT:
        raise BadFeed(f"larger than {LIMIT // 1_000_000} MB")
    depth = 0
    root: Element | None = None
    text = BytesIO(data.lstrip(b"\xef\xbb\xbf \r\n\t"))
    try:
        for event, element in iterparse(text, ("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > DEPTH:
                raise BadFeed(f"elements lie more than {DEPTH} deep")
    except DefusedXmlException as error:
        if _HTML.match(data):
            raise BadFeed(_WEB_PAGE) from error
        raise BadFeed(f"refused: it declares a document type or entities ({type(error).__name__})") from error
    except ParseError as error:
        if _HTML.match(data):
            raise BadFeed(_WEB_PAGE) from error
        line, column = error.position
        raise BadFeed(f"line {line}, column {column + 1}: no well-formed XML") from error
    if root is None:
        raise BadFeed("empty")
    return root


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """The namespace of the element's name, "" without one."""
    return str(element.tag).rpartition("}")[0].lstrip("{")


def children(element: Element, name: str) -> Iterator[Element]:
    """The direct children of that name, in any namespace."""
    return (child for child in element if local(child) == name)


def text_of(element: Element, name: str) -> str:
    """The text of the first child of that name, "" without one."""
    found = next(children(element, name), None)
    return "" if found is None or found.text is None else found.text.strip()
