"""vCards as address books export them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sources.table import Row, UnreadableFile
from adapters.sources.vcard_rows import OURS, VcardFile
from adapters.sources.vcards import split_on

COLUMNS = (*OURS, "NOTE", "CATEGORIES")


def rows(folder: Path, *lines: str, columns: tuple[str, ...] = COLUMNS, end: str = "\r\n") -> list[Row]:
    path = folder / "people.vcf"
    path.write_text(end.join(lines) + end, encoding="utf-8", newline="")
    return list(VcardFile(path, columns).rows())


def one(folder: Path, *lines: str, column: str) -> str:
    card = ("BEGIN:VCARD", "VERSION:4.0", *lines, "END:VCARD")
    return rows(folder, *card, columns=(column,))[0].cells[0]


def test_a_card_of_an_apple_address_book(tmp_path: Path) -> None:
    card = rows(
        tmp_path, "BEGIN:VCARD", "VERSION:3.0", "N:王;伟;;;", "FN:伟 王", "ORG:Acme\\; Co;Sales", "UID:urn:uuid:a-1",
        "TEL;type=HOME;type=VOICE:010 8888 8888", "TEL;type=CELL;type=VOICE:138 0000 0000",
        "EMAIL;type=INTERNET;type=pref:wang@example.com", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-12",
        "item1.X-ABDATE;type=pref:2010-06-05", "item1.X-ABLabel:_$!<Anniversary>!$_",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ", " SkZJRgABAQ", "CATEGORIES:vip,golf\\, evening",
        "NOTE:first\\nsecond ", " line", "END:VCARD",
    )[0]  # fmt: skip
    assert dict(zip(COLUMNS, card.cells, strict=True)) == {
        "id": "a-1", "name": "王伟", "company": "Acme; Co", "email": "wang@example.com", "phone": "138 0000 0000",
        "date.birthday": "--05-12", "date.wedding": "2010-06-05", "NOTE": "first\nsecond line",
        "CATEGORIES": "vip; golf, evening",
    }  # fmt: skip
    assert (card.number, card.problem) == (1, "")


def test_a_card_of_an_old_android_phone(tmp_path: Path) -> None:
    card = rows(
        tmp_path, "BEGIN:VCARD", "VERSION:2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E4=BC=", "=9F;;;",
        "TEL;CELL;PREF:13900000000", "END:VCARD",
    )[0]  # fmt: skip
    assert (card.cells[1], card.cells[4]) == ("王伟", "13900000000")


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("FN:Zhao Min", "N:Zhao;Min;;;"), "Zhao Min"),
        (("N:Zhao;Min;;Dr.;",), "Min Zhao"),
        (("FN:欧阳 修", "N:欧阳;修;;;"), "欧阳修"),
        (("FN:王伟",), "王伟"),
        (("FN:伟 Wang", "N:Wang;伟;;;"), "伟 Wang"),
    ],
)
def test_names_stand_as_they_are_said(tmp_path: Path, lines: tuple[str, ...], name: str) -> None:
    assert one(tmp_path, *lines, column="name") == name


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("BDAY:19880512", "1988-05-12"), ("BDAY:1988-05-12", "1988-05-12"), ("BDAY:--0512", "--05-12"),
        ("BDAY:--05-12", "--05-12"), ("BDAY:1988-05-12T00:00:00Z", "1988-05-12"),
        ("BDAY;VALUE=date:19880512", "1988-05-12"), ("BDAY;VALUE=text:circa 1800", "circa 1800"),
        ("BDAY:---12", "---12"),
    ],
)  # fmt: skip
def test_birthdays_of_every_version(tmp_path: Path, line: str, day: str) -> None:
    assert one(tmp_path, line, column="date.birthday") == day


@pytest.mark.parametrize("name", ["ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY"])
def test_wedding_days_under_all_their_names(tmp_path: Path, name: str) -> None:
    assert one(tmp_path, f"{name}:20100605", column="date.wedding") == "2010-06-05"


def test_the_preferred_number_comes_before_the_mobile_one(tmp_path: Path) -> None:
    lines = ("TEL;TYPE=cell:1", 'TEL;VALUE=uri;TYPE="voice,work";PREF=1:tel:2', "TEL:3")
    assert one(tmp_path, *lines, column="phone") == "2"
    assert one(tmp_path, "TEL;TYPE=home:1", "TEL;TYPE=cell:2", column="phone") == "2"


def test_parameters_may_hold_colons_quotes_and_rfc_6868_escapes(tmp_path: Path) -> None:
    assert one(tmp_path, 'X-HOBBY;X-P="a:b;^\'c^\'^n":围棋\\, golf', column="X-HOBBY") == "围棋, golf"


def test_a_broken_card_is_told_by_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    lines = ("BEGIN:VCARD", "FN:A", "nonsense", "END:VCARD", "BEGIN:VCARD", "FN:B", "BEGIN:VCARD", "FN:C", "END:VCARD")
    assert [(row.number, row.cells[1], row.problem) for row in rows(tmp_path, *lines, end="\n")] == [
        (1, "A", "line 3 is no property of a vCard"), (5, "B", "END:VCARD is missing"), (7, "C", ""),
    ]  # fmt: skip


def test_a_character_set_that_nobody_knows_is_told(tmp_path: Path) -> None:
    line = "FN;CHARSET=KLINGON;ENCODING=QUOTED-PRINTABLE:=41"
    card = rows(tmp_path, "BEGIN:VCARD", line, "END:VCARD")[0]
    assert card.problem == "line 2: FN cannot be read in the character set that it names"


def test_a_file_without_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="holds no card; a card begins with BEGIN:VCARD"):
        rows(tmp_path, "id,name")


def test_parts_are_told_apart_from_escaped_separators() -> None:
    assert split_on(r"a\;b;c\\;d;", ";") == [r"a\;b", r"c\\", "d", ""]
