"""Telephones and e-mail addresses as people write them: one form for each, or a reason why not."""

from __future__ import annotations

import pytest

from engine.domain.addresses import email, numbers_meant, phone


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("138 0000 0000", "CN", "+8613800000000"),
        ("+86 138 0000 0000", "DE", "+8613800000000"),
        ("１３８－００００－００００", "CN", "+8613800000000"),
        ("010-8888 8888 转 12", "CN", "+861088888888;ext=12"),
        ("(010) 88888888 ext. 305", "CN", "+861088888888;ext=305"),
        ("+861088888888;ext=12", "CN", "+861088888888;ext=12"),
        ("9123 4567", "HK", "+85291234567"),
        ("030/123456", "DE", "+4930123456"),
        ("0049 170 1234567", "DE", "+491701234567"),
    ],
)
def test_a_number_takes_one_form(written: str, country: str, number: str) -> None:
    assert phone(written, country) == number
    assert phone(number, "FR") == number


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("12345", "is too short or too long for a telephone number of +86"),
        ("+1 555 0100", "is too short or too long for a telephone number of +1"),
        ("13800000000/13900000000", "is no telephone number of CN; write +country first"),
        ("1-800-FLOWERS", "is not a telephone number; write digits"),
        ("王总 13800000000", "is not a telephone number; write digits"),
        ("+999 12345678", "is no telephone number of CN; write +country first"),
    ],
)
def test_what_is_no_number_is_told_why(written: str, said: str) -> None:
    with pytest.raises(ValueError) as raised:
        phone(written, "CN")
    assert said in str(raised.value)


def test_an_address_is_in_lower_case_and_its_domain_as_the_dns_has_it() -> None:
    assert email("Wang.Wei@Example.COM") == "wang.wei@example.com"
    assert email("wang@例子.中国") == "wang@xn--fsqu00a.xn--fiqs8s"
    assert email("info@straße.de") == "info@xn--strae-oqa.de"
    assert email("王芳@例子.中国") == "王芳@xn--fsqu00a.xn--fiqs8s"


@pytest.mark.parametrize("written", ["王 芳@example.com", "王\u202e@example.com", "王,芳@example.com",
                                     "王" * 22 + "@b.cn", "a@b@c", "a@例子..中国",
                                     "a b@c.de", "Wang <w@example.com>"])
def test_what_no_server_takes_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="address"):
        email(written)


@pytest.mark.parametrize("said", ["138 0000 1234", "+86-138-0000-1234", "0086 13800001234", "１３８００００１２３４",
                                  "(138) 0000.1234", "0000 1234"])  # fmt: skip
def test_a_number_is_looked_for_in_any_notation(said: str) -> None:
    assert any(number in "+8613800001234" for number in numbers_meant(said, "CN"))


@pytest.mark.parametrize("said", ["wang", "wang-0001", "123", "", "5101 x"])
def test_what_is_no_number_is_looked_for_as_it_stands(said: str) -> None:
    assert numbers_meant(said, "CN") == ()
