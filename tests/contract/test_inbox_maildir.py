"""A mailbox as a folder of files: what is new in it, and where letters go that were taken in."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.inbox.mailbox import MailboxAway
from adapters.inbox.maildir import MaildirMailbox
from tests.contract.post import mail


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    return tmp_path


def deliver(place: Path, *names: str) -> None:
    for name in names:
        (place / "new" / name).write_bytes(mail("hi\n", ident=f"{name}@x"))


def test_letters_come_in_pieces_of_a_hundred_and_none_is_left_out(place: Path) -> None:
    deliver(place, *(f"{n}.host" for n in range(150)))
    pieces = list(MaildirMailbox(place).read("INBOX", "", 0))
    assert [len(piece.letters) for piece in pieces] == [100, 50]
    assert len({letter.message_id for piece in pieces for letter in piece.letters}) == 150
    later = str(int(pieces[-1].cursor) + 60 * 10**9)
    assert list(MaildirMailbox(place).read("INBOX", later, 0)) == []
    assert list(MaildirMailbox(place).read("INBOX", "", int(pieces[-1].cursor) // 10**9 + 60)) == []


def test_letters_are_put_into_a_folder_that_is_made_for_them(place: Path) -> None:
    deliver(place, "1.host", "2.host")
    mailbox = MaildirMailbox(place)
    (piece,) = mailbox.read("INBOX", "", 0)
    mailbox.put_away("INBOX", piece.letters, "Done")
    assert list((place / "new").iterdir()) == []
    assert sorted(path.name for path in (place / ".Done" / "cur").iterdir()) == ["1.host:2,S", "2.host:2,S"]
    mailbox.put_away("INBOX", piece.letters, "Done")  # somebody else did it before: nothing to do
    assert len(next(mailbox.read("Done", "", 0)).letters) == 2


def test_a_folder_that_is_none_is_named(place: Path) -> None:
    with pytest.raises(MailboxAway, match='"Junk" is no maildir: new: No such file or directory'):
        list(MaildirMailbox(place).read("Junk", "", 0))
