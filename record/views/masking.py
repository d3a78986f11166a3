"""Account numbers for people: whole where somebody compares or pays, masked everywhere else; and the bank's name."""

from typing import Any

View = dict[str, Any]

GAP = " … "


def masked(iban: str) -> str:
    """``DE02 … 2051``: enough to tell accounts apart, too little to pay with."""
    plain = "".join(iban.split())
    return iban if GAP in iban or len(plain) < 9 else f"{plain[:4]}{GAP}{plain[-4:]}"


def bank_name(iban: str) -> str | None:
    """The bank's name, a help against typing errors that keep the check digits right; none for what is no IBAN.

    Empty for a bank that the register does not know.
    """
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    try:
        return IBAN(iban).bank_name or ""
    except SchwiftyException:
        return None


def with_bank(account: View) -> View:
    """The account with its bank's name; ``well_formed`` is false where the check digits are wrong."""
    found = bank_name(account["iban"])
    return {**account, "bank": found or "", "well_formed": found is not None}


def concealed(account: View) -> View:
    """The account for a list or a file: the same but for its numbers."""
    return {**account, "iban": masked(account["iban"]), "earlier_iban": masked(account["earlier_iban"])}
