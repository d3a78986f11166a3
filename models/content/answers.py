"""What people write into their answers: one frozen model per form, validated at the edge.

Every field a person fills is bounded in size here, before it reaches the database, and none of it
ever reaches Temporal: only the command's id travels. Amounts are integer cents (EUR); days are
calendar days in Europe/Berlin. Source of the fields: domain research, section 1.4.

Every way in passes through these models: the desk, the clerks' pages, replies by mail, the gateway itself. So what no
text may be (a control sign, an example of ours, a name that cannot be seen) is refused here, by the field's type. What
was stored before such a rule is read with :func:`read_back`, which bounds sizes and kinds only: a rule about what
people may write today must not stop a case in which it was written yesterday.
"""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from models.content import names, texts
from models.content.placeholders import is_placeholder

MAX_TEXT = 4_000
MAX_LINE = 200
MAX_CENTS = 10**11  # one billion EUR: far above any grant, far below an integer column's limit

_STORED: Final = "stored"

T = TypeVar("T", bound="Content")


def _clean(read: Callable[[str], str], *, words: bool = True) -> BeforeValidator:
    """Reads a text as ``read`` does; ``words``: a person's own, so an example of ours is refused.

    Codes: ``control_characters``, ``placeholder``. What cannot be seen becomes "", which the field may refuse.
    """

    def check(value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str) or is_stored(info):
            return value
        found = read(value)
        if words and is_placeholder(found):
            raise ValueError("placeholder")
        return found

    return BeforeValidator(check)


def _in_header(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and not is_stored(info) and not names.fits_header(value):
        raise ValueError("name_signs")
    return value


def is_stored(info: ValidationInfo) -> bool:
    """Whether content from the record is read, not what somebody says today."""
    return isinstance(info.context, Mapping) and bool(info.context.get(_STORED))


_LINE: Final = StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LINE)

Key = Annotated[str, _LINE, _clean(texts.one_line, words=False)]
"""An id, a code, a file's name: one line, not a person's words."""

Line = Annotated[str, _LINE, _clean(texts.one_line)]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_LINE), _clean(texts.one_line)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT), _clean(texts.lines)]
OptionalText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT), _clean(texts.lines)]
PersonName = Annotated[str, _LINE, _clean(texts.one_line), BeforeValidator(_in_header)]
"""The name of somebody we will write to."""

PositiveCents = Annotated[int, Field(gt=0, le=MAX_CENTS, strict=True)]
CentsOrZero = Annotated[int, Field(ge=0, le=MAX_CENTS, strict=True)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Content(BaseModel):
    """Base of every answer: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def read_back(model: type[T], content: Mapping[str, Any]) -> T:
    """Content from the record as its model, whatever may be typed today. Raises ``ValidationError``."""
    return model.model_validate(dict(content), context={_STORED: True})


class Nothing(Content):
    """An answer that needs no further words; a note may go with it."""

    reason: OptionalText = ""


class Reason(Content):
    """An answer that must say why (VwVfG § 39)."""

    reason: Text


class FileRef(Content):
    """An uploaded file: only its hash travels, the bytes stay in the content-addressed store."""

    sha256: Sha256
    name: Key
    size: Annotated[int, Field(ge=0)]
    media_type: Key


class Acting(Content):
    """Who acted for the municipality: name and function, as typed by that person."""

    acting_name: Line
    acting_function: Line


class Application(Acting):
    """An application (Antrag); ``requested_cents`` is bounded by the line's ceiling."""

    requested_cents: PositiveCents
    project_title: Line = "WIR-Fallmanagement"
    position_share_percent: Annotated[int, Field(ge=1, le=100)] = 100
    staff_cents: CentsOrZero = 0
    material_cents: CentsOrZero = 0
    own_cents: CentsOrZero = 0
    concept: OptionalText = ""
    files: tuple[FileRef, ...] = ()
    not_begun: bool = True
    electronic_service: bool = True
    complete_and_true: bool = True


class MissingItems(Content):
    """What is missing, one line per item, as the clerk will read it."""

    items: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]
    reason: OptionalText = ""


class Completion(Acting):
    """The clerk's answer to a request for missing items."""

    answer: Text
    files: tuple[FileRef, ...] = ()


class ProposedAward(Content):
    """Result of the examination; without an amount the requested one is proposed."""

    amount_cents: PositiveCents | None = None
    reason: OptionalText = ""


class DraftedAward(Content):
    """The award as drafted; without an amount the proposed one is taken, capped at the ceiling."""

    amount_cents: PositiveCents | None = None
    reason: OptionalText = ""


class PostedOn(Content):
    """The letter went by post instead, on this day (VwVfG § 41(2))."""

    posted_on: date
    reason: OptionalText = ""


class Declaration(Acting):
    """Declaration of acceptance with bank details and two signatories (HGO § 71, HKO § 45).

    ``waiver`` is not asked for when a payment came back: the award is accepted, only another account is needed.
    """

    account_holder: Line
    iban: Annotated[str, StringConstraints(min_length=15, max_length=34), _clean(texts.one_line, words=False)]
    waiver: bool | None = None
    reference: Annotated[str, StringConstraints(max_length=35), _clean(texts.one_line, words=False)] = ""
    signatory_1: Line
    signatory_2: Line

    @model_validator(mode="after")
    def _two_people(self, info: ValidationInfo) -> Self:
        if not is_stored(info) and names.same_person(self.signatory_1, self.signatory_2):
            raise ValueError("signatories_equal")
        return self


class DrawdownRequest(Acting):
    """A call for an instalment; the need must fall due within the need window."""

    amount_cents: PositiveCents
    need: OptionalText = ""


class CertifiedAmount(Content):
    """Certified correct; a smaller amount than requested needs a reason."""

    amount_cents: PositiveCents | None = None
    reason: OptionalText = ""


class ChangeKind(StrEnum):
    """What changed at the recipient (duty to notify, ANBest-GK No. 5)."""

    VACANT = "vacant"
    FILLED = "filled"
    SHIFTED = "shifted"
    OTHER_FUNDING = "other_funding"
    OTHER = "other"


class ChangeNotice(Acting):
    """A notice of change; ``vacant`` and ``other_funding`` block payments until an officer lifts it."""

    change: ChangeKind
    since: date
    details: Text


class Odd(Content):
    """Something about the figures that is unusual (a code of the portal's rules), and why it is right all the same."""

    code: Key
    reason: Line


class ProofOfUse(Acting):
    """Simple proof of use: narrative and summary figures, no vouchers attached.

    ``narrative`` says what was done; the texts below it answer the further questions of the report.
    """

    narrative: Text
    targets: OptionalText = ""  # what was planned, what was reached
    people_reached: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    network: OptionalText = ""
    obstacles: OptionalText = ""
    position_use: OptionalText = ""
    outlook: OptionalText = ""
    staff_cents: CentsOrZero
    material_cents: CentsOrZero
    own_cents: CentsOrZero = 0
    third_party_cents: CentsOrZero = 0
    months_filled: Annotated[int, Field(ge=0, le=60)] = 12
    odd: tuple[Odd, ...] = ()
    necessary_and_economical: bool = True
    agrees_with_books: bool = True
    files: tuple[FileRef, ...] = ()

    @property
    def spent_from_grant_cents(self) -> int:
        """Expenses left for the grant after own and third-party funds; never below zero."""
        return max(0, self.staff_cents + self.material_cents - self.own_cents - self.third_party_cents)


class ExtensionRequest(Acting):
    """Asks for a later date for the proof, before the date has passed."""

    until: date
    why: Text


class ExtensionGrant(Content):
    """Later date for the proof of use."""

    until: date
    reason: Text


class CheckedProof(Content):
    """Check of the proof; without an amount the declared figures are accepted."""

    accepted_cents: CentsOrZero | None = None
    reason: OptionalText = ""


class HearingDraft(Content):
    """What the authority intends and why (VwVfG § 28); amount intended to be reclaimed."""

    intended_cents: CentsOrZero | None = None
    reason: Text


class Statement(Acting):
    """The recipient's statement in the hearing."""

    statement: Text


class PartialRevocation(Content):
    """Revocation of a part: the amount to be repaid."""

    amount_cents: PositiveCents
    reason: Text


class Deferral(Content):
    """Later payment date for a claim."""

    until: date
    reason: Text


class Withdrawal(Acting):
    """Withdrawal of the application, waiver of the award, or giving back what was paid."""

    reason: Text


class BankStatus(StrEnum):
    """What the bank says of an order or of money that came in."""

    BOOKED = "booked"
    REJECTED = "rejected"
    RETURNED = "returned"


class BankEntry(Content):
    """One line of bank evidence: an order's end-to-end id or a claim's cash reference."""

    reference: Key
    status: BankStatus
    amount_cents: PositiveCents
    value_date: date
    detail: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT), _clean(texts.one_line, words=False)
    ] = ""


class DeliveryFailure(Content):
    """A mail that was refused for good; names the outbox row, never the address."""

    outbox_id: Key
    reply: OptionalText = ""


class LinkAgain(Content):
    """The link of an open task once more; it goes to the address on file, whoever asks."""

    task: Key


class Colleague(Acting):
    """Somebody else of the same municipality who takes a task over, named by whoever has its link."""

    task: Key
    name: PersonName
    function: Line
    email: Key


class StartTask(Content):
    """Something a person starts: which task to open, and what it is about."""

    kind: Key
    reason: OptionalText = ""
    acting_name: OptionalLine = ""
