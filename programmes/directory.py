"""Lines, recipients and courts by the questions the engine asks; every "no" is a refusal with its way forward."""

from datetime import date

from models.errors import Code, RefusedError
from models.programme import Court, ExpiredKey, FundingLine, Recipient, Rules, UnknownRecipient
from programmes.load import Programmes, load_all, with_budget


class Directory:
    """The programme data of an installation."""

    def __init__(self, programmes: Programmes | None = None, *, budget: int = 0) -> None:
        """``budget``: EUR that each budget year of each line has instead, to play with; 0: as the files say."""
        found = programmes or load_all()
        self.programmes = with_budget(found, budget * 100) if budget else found

    def lines(self) -> tuple[Rules, ...]:
        """The rules of every funding line and year."""
        return tuple(line.rules() for _, line in sorted(self.programmes.lines.items()))

    def line(self, code: str, year: int) -> FundingLine:
        """A funding line of a year. Raises ``RefusedError`` (``unknown_line``)."""
        found = self.programmes.lines.get((code, year))
        if found is None:
            known = ", ".join(f"{c} {y}" for c, y in sorted(self.programmes.lines))
            raise RefusedError(Code.UNKNOWN_LINE, line=code, year=year, known=known)
        return found

    def find(self, key: str, on: date) -> Recipient:
        """A recipient by the key valid on a day. Raises ``RefusedError`` (unknown or expired key)."""
        try:
            return self.programmes.recipients.find(key, on)
        except ExpiredKey as error:
            successor = error.successor.key if error.successor else ""
            raise RefusedError(Code.EXPIRED_RECIPIENT, key=key, successor=successor) from None
        except UnknownRecipient as error:
            similar = ", ".join(f"{r.key} {r.name}" for r in error.similar)
            raise RefusedError(Code.UNKNOWN_RECIPIENT, key=key, similar=similar) from None

    def recipient(self, identity: str, on: date) -> Recipient:
        """A recipient by its identity, as it is called on a day. Raises ``RefusedError``."""
        found = self.programmes.recipients.known_as(identity, on)
        if found is None:
            raise RefusedError(Code.UNKNOWN_RECIPIENT, key=identity, similar="")
        return found

    def recipients(self) -> tuple[Recipient, ...]:
        """Every record of every recipient, in the list's order."""
        return self.programmes.recipients.recipients

    def court(self, recipient: Recipient) -> Court:
        """The administrative court at the recipient's seat (VwGO § 52 No. 3)."""
        return self.programmes.courts.find(recipient.court)

    def eligible(self, line: FundingLine, on: date) -> tuple[Recipient, ...]:
        """All who may apply for a line on a day."""
        rules = line.rules()
        return tuple(self.programmes.recipients.eligible(rules.eligible_kinds, on, keys=rules.eligible_keys))
