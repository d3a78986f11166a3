"""Reply addresses: what is written into one is what is read from it, and nothing else passes for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.mail.reply import (
    KEY_LENGTH,
    KEY_LETTERS,
    LONGEST_LOCAL,
    Addressed,
    addressed,
    bounce_address,
    reply_address,
)

BOX = "wir@rp.example"
KEYS = st.text(KEY_LETTERS, min_size=KEY_LENGTH, max_size=KEY_LENGTH)


@given(KEYS, st.booleans())
def test_what_is_written_is_read_again(key: str, shout: bool) -> None:
    """Also after a mail system that writes addresses in upper case."""
    for address, bounce in ((reply_address(BOX, key), False), (bounce_address(BOX, key), True)):
        assert addressed(address.upper() if shout else address, BOX) == Addressed(key, bounce)
        assert addressed(f"<{address}>", BOX) == Addressed(key, bounce)
        assert addressed(address, "other@rp.example") is None
        assert addressed(address, "wir@other.example") is None


@given(st.text(max_size=40))
def test_nothing_else_is_taken_for_a_key(text: str) -> None:
    found = addressed(f"wir+{text}@rp.example", BOX)
    assert found is None or (len(found.key) == KEY_LENGTH and set(found.key) <= set(KEY_LETTERS))


@pytest.mark.parametrize(
    "address",
    [
        "",
        BOX,
        "wir+@rp.example",
        "wir+abcdefghijklmno@rp.example",
        "wir+abcdefghijklmnopq@rp.example",
        "wir+abcdefghijklmno1@rp.example",
        "wir+b-b-abcdefghijklmnop@rp.example",
        "awir+abcdefghijklmnop@rp.example",
        "wir+abcdefghijklmnop@rp.example.evil.example",
        "wir+abcdefghijklmnop@rp.example@evil.example",
    ],
)
def test_what_is_no_reply_address(address: str) -> None:
    assert addressed(address, BOX) is None


def test_the_longest_mailbox_fits() -> None:
    local = "a" * LONGEST_LOCAL
    assert len(bounce_address(f"{local}@rp.example", "a" * KEY_LENGTH).partition("@")[0]) == 64
