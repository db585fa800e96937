"""Where a redirect may lead: to pages of ours, and nowhere else."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

HOME = "/"
LOGIN = "/login"


def path_of_ours(text: str) -> str:
    """The path, with its query, if it is one of this site; else the home page.

    `//evil`, `https:evil` and backslashes, which browsers read as slashes, all lead elsewhere.
    """
    plain = text.isprintable() and "\\" not in text and text.startswith("/") and not text.startswith("//")
    if not plain:
        return HOME
    parts = urlsplit(text)
    return HOME if parts.scheme or parts.netloc else text


def login_for(path: str) -> str:
    """The login page that leads on to that path."""
    return LOGIN if path in (HOME, LOGIN) else f"{LOGIN}?next={quote(path, safe='/')}"
