"""Signed links: only ours open, for what they are, until they expire, whatever is done to them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.links import BadLink, Link, Purpose, sign, url_of, verify

KEYS = ("the-new-key-of-this-house", "the-old-key-of-this-house")
NOW = 1_790_000_000

subjects = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)
links = st.builds(Link, st.sampled_from(Purpose), subjects, st.integers(NOW + 1, NOW + 10**8))


@given(links)
def test_a_link_comes_back_whole_and_is_safe_in_a_path(link: Link) -> None:
    token = sign(link, KEYS)
    assert verify(token, link.purpose, KEYS, NOW) == link
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert url_of("https://f.example/", link, KEYS) == f"https://f.example/{link.purpose}/{token}"


@given(links, st.data())
def test_a_changed_token_never_opens_anything_else(link: Link, data: st.DataObject) -> None:
    token = sign(link, KEYS)
    place = data.draw(st.integers(0, len(token) - 1))
    changed = token[:place] + data.draw(st.sampled_from("aZ09-_.=%é")) + token[place + 1 :]
    with suppress(BadLink):  # base64 has spare bits: there may be another spelling of the same
        assert verify(changed, link.purpose, KEYS, NOW) == link


@given(st.text(max_size=80))
def test_any_other_text_is_refused_without_a_word(token: str) -> None:
    with pytest.raises(BadLink, match=r"^$"):
        verify(token, Purpose.ACT, KEYS, NOW)


@given(links)
def test_a_link_is_refused_for_something_else_after_its_time_and_by_other_keys(link: Link) -> None:
    token = sign(link, KEYS)
    other = next(purpose for purpose in Purpose if purpose is not link.purpose)
    for purpose, keys, now in (
        (other, KEYS, NOW), (link.purpose, KEYS, link.expires_at), (link.purpose, ("another-house",), NOW),
    ):  # fmt: skip
        with pytest.raises(BadLink):
            verify(token, purpose, keys, now)


@given(links)
def test_keys_are_changed_by_putting_a_new_one_in_front(link: Link) -> None:
    new, old = KEYS
    assert verify(sign(link, (old,)), link.purpose, (new, old), NOW) == link
    assert sign(link, (new, old)) == sign(link, (new,))


@given(links, links)
def test_two_links_are_one_only_if_they_say_the_same(one: Link, other: Link) -> None:
    assert (one.token_id == other.token_id) == (one == other)
