"""What a row of an imported table may say, and the one line about what it may not."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from engine.domain.civil import instant
from engine.domain.dates import LifeDate
from engine.domain.people import BadRow, LeadEntry, lead_entry, rep_entry
from engine.domain.records import record_entry
from engine.settings.model import Attribute, Settings
from engine.stages.imports import terms_of

TERMS = terms_of(
    Settings(
        attributes={
            "hobby": Attribute(type="text", words=("golf", "围棋")),
            "cars": Attribute(type="int"),
            "spend": Attribute(type="number"),
            "vip": Attribute(type="bool"),
            "lease_end": Attribute(type="date"),
            "likes": Attribute(type="list", words=("tea", "wine")),
        }
    )
)


def read(**cells: str) -> LeadEntry:
    row = {"id": "wang", "name": "王伟"} | {name.replace("__", "."): cell for name, cell in cells.items()}
    return lead_entry(row, TERMS)


def reason(**cells: str) -> str:
    with pytest.raises(BadRow) as raised:
        read(**cells)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("email", "wang.wei+x@mail.example.com", "wang.wei+x@mail.example.com"),
        ("phone", "+86 (138) 0000-0000", "+8613800000000"),
        ("channels", "wecom, email;sms email", ["wecom", "email", "sms"]),
        ("tier", " gold ", "gold"),
        ("key", "Yes", True),
        ("confidential", "0", False),
        ("contacts", "12", 12),
        ("locale", "zh-Hans", "zh-Hans"),
        ("hope", "第一\n第二", "第一\n第二"),
        ("owner", "", None),
        ("unsubscribed", "", False),
        ("channels", "", []),
        ("timezone", "", "Asia/Shanghai"),
    ],
)
def test_cells_become_values(column: str, cell: str, value: Any) -> None:
    assert read(**{column: cell}).values[column] == value


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("id", "a|b", 'id: "a|b" cannot be an id; use 1 to 128 printable characters without |'),
        ("id", " ", "id: is missing"),
        ("name", "", "name: is missing"),
        ("email", "a@x, b@y", 'email: "a@x, b@y" is not one e-mail address; write user@example.com'),
        ("email", "Wang <w@x.cn>", 'email: "Wang <w@x.cn>" is not one e-mail address; write user@example.com'),
        ("email", ".a@x.cn", 'email: ".a@x.cn" is not one e-mail address; write user@example.com'),
        ("phone", "call me", 'phone: "call me" is not a telephone number; write digits, as +86 138 0000 0000'),
        ("timezone", "Asia/Peking", 'timezone: there is no time zone "Asia/Peking"; use a name like Asia/Shanghai'),
        ("timezone", "../etc", 'timezone: there is no time zone "../etc"; use a name like Asia/Shanghai'),
        ("locale", "Chinese", 'locale: "Chinese" is not a locale; write e.g. zh-Hans, zh-Hant or en'),
        ("country", "China", 'country: "China" is not a country; write two capital letters, e.g. CN'),
        ("tier", "diamond", 'tier: "diamond" is not one of platinum, gold, iron, lead'),
        ("key", "maybe", 'key: "maybe" is neither true nor false'),
        ("contacts", "-1", 'contacts: "-1" is not a count; write a whole number, 0 or more'),
        ("contacts", "9999999999", 'contacts: "9999999999" is not a count; write a whole number, 0 or more'),
        ("channels", "E-Mail", 'channels: "E-Mail" is not a channel\'s name; write e.g. wecom, email'),
        ("salutation", "a\x00b", 'salutation: "a b" holds control characters or line breaks; remove them'),
        ("registered_at", "05/12/2025",
         'registered_at: "05/12/2025" is not an instant; write 2026-01-31T09:00 or add +08:00'),
        ("date__birthday", "2025-02-29",
         'date.birthday: "2025-02-29" is not a day of the solar calendar: 2025-02 has 28 days'),
        ("attrs__cars", "two", 'attrs.cars: "two" is not a whole number'),
        ("attrs__hobby", "chess", 'attrs.hobby: "chess" is not one of golf, 围棋'),
        ("attrs__likes", "tea;beer", 'attrs.likes: "beer" is not one of tea, wine'),
        ("attrs__lease_end", "2026-13-01", 'attrs.lease_end: "2026-13-01" is not a day; write it as 2026-01-31'),
        ("attrs__spend", "1,000", 'attrs.spend: "1,000" is not a number; write e.g. 12500 or 12500.50'),
    ],
)  # fmt: skip
def test_a_bad_cell_gives_one_line_with_column_and_value(column: str, cell: str, said: str) -> None:
    assert reason(**{column: cell}) == said


def test_every_mistake_of_a_row_is_named() -> None:
    assert reason(tier="x", email="y") == (
        'tier: "x" is not one of platinum, gold, iron, lead; email: "y" is not one e-mail address; '
        "write user@example.com"
    )


def test_a_long_cell_is_shown_short() -> None:
    assert reason(salutation="x" * 500) == f'salutation: "{"x" * 57}..." is longer than 200 characters'


def test_wall_times_without_an_offset_are_the_leads_own() -> None:
    told = {"timezone": "Europe/Berlin", "registered_at": "2026-01-05T09:00", "last_contact_at": "2026-01-05T09:00Z"}
    values = read(**told).values
    nine = values["last_contact_at"]
    assert (values["registered_at"], isinstance(nine, int)) == (int(str(nine)) - 3600, True)


def test_attributes_take_their_declared_types_and_blanks_remove_them() -> None:
    attrs = {"hobby": "围棋", "cars": "2", "spend": "9.50", "vip": "true", "lease_end": "2026-01-31"}
    attrs["likes"] = "tea; wine"
    found = read(**{f"attrs__{name}": cell for name, cell in attrs.items()}).attrs
    assert found == {
        "hobby": "围棋", "cars": 2, "spend": 9.5, "vip": True, "lease_end": "2026-01-31", "likes": ["tea", "wine"],
    }  # fmt: skip
    assert read(attrs__hobby="").attrs == {"hobby": None}


def test_a_company_without_an_account_is_its_own_account() -> None:
    assert read(company="Acme").values["account"] == "Acme"
    named = read(company="Acme Ltd", account="a1")
    assert (named.values["account"], named.company) == ("a1", "Acme Ltd")


def test_a_rep_is_read_with_his_absence() -> None:
    entry = rep_entry({"id": "li", "name": "李", "absent_from": "2026-02-01", "role": ""}, TERMS)
    assert entry.values == {"name": "李", "absent_from": "2026-02-01", "role": "rep"}
    with pytest.raises(BadRow, match='role: "boss" is not one of rep, manager'):
        rep_entry({"id": "li", "name": "李", "role": "boss"}, TERMS)


def record(**cells: str) -> Any:
    return record_entry({"lead": "wang", "id": "r1"} | cells, TERMS, "Europe/Berlin")


def test_records_are_read_in_the_leads_zone() -> None:
    found = record(kind="appointment", starts="2026-03-01T09:00", amount="12.5")
    nine = instant(date(2026, 3, 1), time(9), "Europe/Berlin")
    assert found.values == {"starts_at": nine, "amount": 12.5}


@pytest.mark.parametrize(
    "cells", [{"kind": "opportunity", "stage": "quote"}, {"kind": "date", "product": "birthday", "at": "--06-01"}]
)
def test_what_ends_by_a_field_of_its_own_is_never_gone(cells: dict[str, str]) -> None:
    assert "gone" not in record(**cells, gone="").values
    with pytest.raises(BadRow, match=f"gone: does not go with {cells['kind']}"):
        record(**cells, gone="yes")


def test_a_date_record_names_its_kind_in_product_and_its_date_in_at() -> None:
    found = record(kind="date", product="child_birthday", at="lunar:--08-15", note="Mimi")
    assert (found.kind, found.date, found.values) == (
        "child_birthday", LifeDate("lunar", None, 8, 15), {"note": "Mimi"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"kind": "gift"}, 'kind: "gift" is not one of purchase, contract, appointment'),
        ({"kind": "purchase"}, "at: is missing"),
        ({"kind": "contract", "ends_on": ""}, "ends_on: is missing"),
        ({"kind": "opportunity", "stage": "almost"}, 'stage: "almost" is not one of new'),
        ({"kind": "date", "at": "1990-01-01", "product": "party"}, 'product: "party" is not one of birthday'),
    ],
)
def test_a_record_without_what_it_is_about_is_refused(cells: dict[str, str], said: str) -> None:
    with pytest.raises(BadRow, match=said):
        record(**cells)
