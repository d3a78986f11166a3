"""The rules of a funding line as data: amounts, periods, deadlines, ladders, and where each value comes from.

`Rules` is the flat, plain record that is pinned to a case when it starts: the engine reads nothing else, so a
new guideline changes new cases only. `FundingLine` is the same with names, texts and the origin of every value.
Units stand in the names: cents, days, working_days, weeks, months, years, bp (hundredths of a percent).
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from models.deadlines import units
from models.money import MAX_CENTS, Cents, parse_plain, proportional
from models.recipients import (
    FROZEN,
    Certainty,
    Court,
    CourtList,
    ExpiredKey,
    Key,
    Origin,
    Recipient,
    RecipientError,
    RecipientKind,
    RecipientList,
    UnknownRecipient,
    Word,
)

__all__ = [
    "UNSOURCED",
    "WRITTEN",
    "BaseRate",
    "BaseRates",
    "Certainty",
    "Court",
    "CourtList",
    "ExpiredKey",
    "Financing",
    "FundingLine",
    "Letter",
    "Medium",
    "Origin",
    "Proration",
    "Recipient",
    "RecipientError",
    "RecipientKind",
    "RecipientList",
    "Rules",
    "Texts",
    "Tranche",
    "UnknownRecipient",
]

WRITTEN: Final[dict[str, bool]] = {"written": True}
"""Validation context for files, where an amount is text in EUR; elsewhere it is an integer in cents."""

UNSOURCED: Final = ("code", "year", "revision", "texts")
"""Fields of `Rules` that name and arrange things; every other one has an origin."""


def _amount(value: object, info: ValidationInfo) -> object:
    """In a file only text is an amount: a bare 50000 could be euros or cents."""
    if info.context is not WRITTEN:
        return value
    if not isinstance(value, str):
        raise ValueError('write an amount as text in quotes: "50000.00"')
    return parse_plain(value, zero_ok=True)


def _length(value: str) -> str:
    units(value)
    return value


def _ascending(value: tuple[int, ...]) -> tuple[int, ...]:
    if list(value) != sorted(set(value)):
        raise ValueError("the steps must grow")
    return value


Count = Annotated[int, Field(strict=True, ge=1, le=520)]
DayCount = Annotated[int, Field(strict=True, ge=0, le=366)]
BasisPoints = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Year = Annotated[int, Field(ge=1991, le=2099)]
Amount = Annotated[Cents, Field(strict=True, ge=0, le=MAX_CENTS), BeforeValidator(_amount)]
PositiveAmount = Annotated[Cents, Field(strict=True, gt=0, le=MAX_CENTS), BeforeValidator(_amount)]
Length = Annotated[str, StringConstraints(strict=True), BeforeValidator(_length)]
TextKey = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_/-]{1,39}$")]
Ladder = Annotated[tuple[Count, ...], Field(min_length=1, max_length=6)]


class Medium(StrEnum):
    """How an act is served; the days until it counts as notified depend on it (VwVfG § 41)."""

    POST = "post"
    ELECTRONIC = "electronic"
    PORTAL = "portal"


class Financing(StrEnum):
    """Type of financing; decides what a later fall of expenses does to the grant."""

    FIXED_AMOUNT = "fixed_amount"  # Festbetrag
    SHARE = "share"  # Anteilfinanzierung
    DEFICIT = "deficit"  # Fehlbedarf
    FULL = "full"  # Vollfinanzierung


class Proration(StrEnum):
    """Whether a late start of the post lowers the ceiling, and by what."""

    NONE = "none"
    MONTHLY = "monthly"
    DAILY = "daily"


class Letter(StrEnum):
    """Letters of the authority; a line says which text each one has."""

    INVITATION = "invitation"
    RECEIPT = "receipt"
    ITEMS_REQUEST = "items_request"
    INTERIM_NOTICE = "interim_notice"
    REFUSAL = "refusal"
    AWARD = "award"
    DECLARATION = "declaration"
    CHANGE_NOTICE = "change_notice"
    DRAWDOWN_INVITATION = "drawdown_invitation"
    QUERY = "query"
    PAYMENT_ADVICE = "payment_advice"
    PAYMENT_FAILED = "payment_failed"
    REMINDER = "reminder"
    EXTENSION = "extension"
    DUNNING = "dunning"
    HEARING = "hearing"
    RECOVERY = "recovery"
    CLOSING = "closing"
    WITHDRAWAL_RECEIPT = "withdrawal_receipt"


class Tranche(BaseModel):
    """The part of each award that a budget year bears; all parts make 10,000 bp."""

    model_config = FROZEN

    budget_year: Year
    share_bp: Annotated[int, Field(strict=True, ge=1, le=10_000)]


class Rules(BaseModel):
    """Everything the engine needs to know of a line, without sources; pinned to a case as JSON below 3 KB.

    Periods named `…_working_days` are the office's own; `…_months`, `…_weeks`, `…_days` follow BGB §§ 187-193
    and move to a working day. `…_rolls` says whether a fixed day moves. Money is in cents of EUR.
    """

    model_config = FROZEN

    # The line
    code: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{2,8}$")]
    year: Year
    revision: Count = 1  # of the file; a case shows which one it runs under
    texts: dict[Letter, TextKey] = {}  # letter to template key; a letter not listed has its own code as key

    # Money
    ceiling_cents: PositiveAmount  # per recipient, for the whole grant period
    budgets: dict[Year, PositiveAmount]  # budget year to the line's total
    tranches: Annotated[tuple[Tranche, ...], Field(min_length=1, max_length=10)]
    financing: Financing
    proration: Proration

    # Who and when
    eligible_kinds: Annotated[tuple[RecipientKind, ...], Field(min_length=1)]
    eligible_keys: tuple[Key, ...]  # empty: all recipients of those kinds
    ministry_consent: StrictBool
    period_from: date
    period_to: date

    # Application and decision
    application_deadline: date
    application_deadline_rolls: StrictBool
    application_reminder_weeks: Count  # before it
    receipt_working_days: Count
    missing_items_weeks: Count
    missing_items_requests: Count
    decision_target_weeks: Count
    decision_limit_months: Count  # VwGO § 75
    consent_weeks: Count
    signature_working_days: Count
    officer_working_days: Count  # any other officer task
    waitlist_until: date

    hand_in_by_mail: StrictBool = False  # a reply with files counts as the answer to a request for missing items

    # Notice
    notification_days: dict[Medium, DayCount]
    portal_retrieval_days: Count
    remedy_months: Count
    remedy_wrong_instruction_months: Count
    declaration_months: Count
    declaration_reminder_weeks: Count  # before it is due
    declaration_dunning_weeks: Ladder  # after it was due
    hearing_weeks: Count

    # Disbursement
    callback_working_days: Count
    max_instalments: Annotated[int, Field(strict=True, ge=1, le=60)]
    latest_drawdown: dict[Year, date]  # last day for a call, by budget year
    need_window_months: Count
    certify_working_days: Count
    approve_working_days: Count
    bank_status_working_days: Count
    query_weeks: Count
    post_filled_months: Count
    block_review_weeks: Count

    # Proof of use
    interim_proof_due: tuple[date, ...]
    proof_due: date
    proof_due_rolls: StrictBool
    proof_pre_reminders: Annotated[tuple[Length, ...], Field(max_length=6)]  # before it is due: P3M, P4W
    proof_items_weeks: Count
    proof_items_requests: Count
    proof_extension_max_months: Count
    dunning_weeks: Ladder  # after it was due
    grace_weeks: Count  # after the last dunning, until an officer decides on a hearing
    sanction_in_award: StrictBool
    sanction_cut_bp: BasisPoints
    sanction_full_months: Count  # after the cut
    proof_check_months: Count
    proof_approval_working_days: Count

    # Recovery and closing
    revocation_limit_months: Count  # from knowledge, VwVfG § 48(4)
    claim_months: Count
    claim_dunning_weeks: Ladder
    bagatelle_recovery_cents: Amount
    interest_points_bp: BasisPoints  # over the base rate, VwVfG § 49a(3)
    closing_working_days: Count
    voucher_retention_years: Count
    file_retention_years: Count

    @field_validator("dunning_weeks", "declaration_dunning_weeks", "claim_dunning_weeks")
    @classmethod
    def _grow(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return _ascending(value)

    @field_validator("tranches")
    @classmethod
    def _tranches_fit(cls, value: tuple[Tranche, ...], info: ValidationInfo) -> tuple[Tranche, ...]:
        _ascending(tuple(t.budget_year for t in value))
        if (total := sum(t.share_bp for t in value)) != 10_000:
            raise ValueError(f"the shares make {total} bp, not 10000")
        for tranche in value:
            if tranche.budget_year not in info.data.get("budgets", {tranche.budget_year: 0}):
                raise ValueError(f"there is no budget for {tranche.budget_year}")
        return value

    @field_validator("period_to", "proof_due")
    @classmethod
    def _after_start(cls, value: date, info: ValidationInfo) -> date:
        earlier = "period_from" if info.field_name == "period_to" else "period_to"
        if value <= info.data.get(earlier, date.min):
            raise ValueError(f"must be after {earlier}")
        return value

    @field_validator("latest_drawdown")
    @classmethod
    def _a_day_per_year(cls, value: dict[int, date], info: ValidationInfo) -> dict[int, date]:
        years = [t.budget_year for t in info.data.get("tranches", ())]
        if years and sorted(value) != years:
            raise ValueError(f"needs one day for each budget year: {', '.join(map(str, years))}")
        for year, day in value.items():
            if day.year != year:
                raise ValueError(f"{day} is not in the budget year {year}")
        return value

    @field_validator("notification_days")
    @classmethod
    def _all_media(cls, value: dict[Medium, int]) -> dict[Medium, int]:
        if missing := [medium.value for medium in Medium if medium not in value]:
            raise ValueError(f"days are missing for {', '.join(missing)}")
        return value

    def text_key(self, letter: Letter) -> str:
        """Template key of a letter."""
        return self.texts.get(letter, letter.value)

    def by_budget_year(self, award: Cents) -> tuple[tuple[int, Cents], ...]:
        """An award in cents cut into (budget year, cents); what is rounded in one year is made up in the next."""
        years, bp, spent = [], 0, Cents(0)
        for tranche in self.tranches:
            bp += tranche.share_bp
            until = proportional(award, bp, 10_000)
            years.append((tranche.budget_year, Cents(until - spent)))
            spent = until
        return tuple(years)


class Texts(BaseModel):
    """One name in the two languages of the house."""

    model_config = FROZEN

    de: Word
    en: Word


class BudgetItem(Origin):
    """Where a budget year of a line stands in the budget plan: chapter (Kapitel), item (Titel); none: to be set."""

    chapter: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9][0-9 ]{1,11}$")] | None = None
    title: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9][0-9 ]{1,11}$")] | None = None

    @model_validator(mode="after")
    def _open_only_if_unknown(self) -> Self:
        if (self.chapter is None or self.title is None) != (self.certainty is Certainty.OPEN):
            raise ValueError("chapter and title are left out exactly where the certainty is open")
        return self


class FundingLine(BaseModel):
    """A funding line of one year: what it is called, who grants, its rules, and where each rule comes from."""

    model_config = FROZEN

    name: Texts
    authority: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=400)]  # letter head, by line
    sources: dict[str, str]
    origins: dict[str, Origin]  # by field of `Rules`
    budget_items: dict[Year, BudgetItem] = {}  # read anew each time: it governs no award, so it is pinned to none
    pinned: Rules

    def rules(self) -> Rules:
        """What is pinned to a case."""
        return self.pinned

    def origin(self, field: str) -> Origin:
        """Where a value of the rules comes from. Raises `KeyError` for a field without one (code, year …)."""
        return self.origins[field]

    def budget_item(self, budget_year: int) -> BudgetItem | None:
        """Where a budget year stands in the budget plan; none where that is still to be set."""
        found = self.budget_items.get(budget_year)
        return None if found is None or found.certainty is Certainty.OPEN else found

    def unsettled(self) -> tuple[str, ...]:
        """Fields whose value the sources leave open: somebody has to confirm them before real use."""
        items = (f"budget_items.{year}" for year in self.budget_items if self.budget_item(year) is None)
        return (*(name for name, origin in self.origins.items() if origin.certainty is Certainty.OPEN), *items)


def _percent(value: object) -> object:
    if not isinstance(value, str | Decimal | None):
        raise ValueError('write a rate as text in quotes: "-0.88"')
    return value


class BaseRate(BaseModel):
    """Base rate (BGB § 247) from a day on, in percent per year; none where it is not known yet."""

    model_config = FROZEN

    valid_from: date
    percent: Annotated[Decimal | None, BeforeValidator(_percent)]
    source: Word
    certainty: Certainty
    note: str = ""

    @model_validator(mode="after")
    def _open_only_if_unknown(self) -> Self:
        if (self.percent is None) != (self.certainty is Certainty.OPEN):
            raise ValueError("a rate is left out exactly where its certainty is open")
        return self


class BaseRates(BaseModel):
    """The base rates by half-year, oldest first."""

    model_config = FROZEN

    sources: dict[str, str]
    rates: Annotated[tuple[BaseRate, ...], Field(min_length=1)]

    @field_validator("rates")
    @classmethod
    def _oldest_first(cls, value: tuple[BaseRate, ...]) -> tuple[BaseRate, ...]:
        days = [rate.valid_from for rate in value]
        if days != sorted(set(days)):
            raise ValueError("the days must grow")
        return value
