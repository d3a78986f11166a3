"""The clerk's forms as data: which fields each task asks for, in which order, and what they become.

Labels, hints and messages stand in ``templates/web/words.toml`` under the same names; nothing here is read by people.
The names of fields are those of the models in :mod:`models.content.answers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from models.content import answers as a
from models.tasks import TaskKind as K


class Kind(StrEnum):
    """How a field is shown and read."""

    LINE = "line"
    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    DAY = "day"
    IBAN = "iban"
    ONE_OF = "one_of"
    YES_NO = "yes_no"
    CONFIRM = "confirm"  # must be ticked
    FILES = "files"


@dataclass(frozen=True)
class Field:
    """One field. ``limit``: characters; ``least``/``most``: bounds of a number; ``preset``: shown before typing."""

    name: str
    kind: Kind = Kind.LINE
    required: bool = True
    limit: int = a.MAX_LINE
    least: int = 0
    most: int = 0
    zero: bool = False
    options: tuple[str, ...] = ()
    preset: str = ""
    autocomplete: str = ""
    rows: int = 6
    about: str = ""  # code of a remark on the figures: the field is asked for only when the remark holds
    once: bool = False  # not asked for again when only another account is needed


@dataclass(frozen=True)
class Form:
    """A task's form: its fields in groups (a group's key is its heading), the model they make, the choice made.

    Several groups are several pages, one after the other; a group's key is its page's address.
    """

    model: type[a.Acting]
    choice: str
    groups: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields in the order they are shown."""
        return tuple(one for group in self.groups.values() for one in group)

    @property
    def paged(self) -> bool:
        """Whether each group is a page of its own."""
        return len(self.groups) > 1

    @property
    def uploads(self) -> bool:
        """Whether files can be sent along."""
        return any(one.kind is Kind.FILES for one in self.fields)


def _long(name: str, *, required: bool = True, rows: int = 6) -> Field:
    return Field(name, Kind.TEXT, required, a.MAX_TEXT, rows=rows)


def _money(name: str, *, required: bool = True, zero: bool = True) -> Field:
    return Field(name, Kind.MONEY, required, 40, zero=zero)


FILES = Field("files", Kind.FILES, required=False)

ACTING = (
    Field("acting_name", autocomplete="name"),
    Field("acting_function", autocomplete="organization-title"),
)
"""Who acts; asked for on the check page of every form, with the declaration."""

ODD = (
    "unspent",
    "overspent",
    "income_exceeds",
    "vacant_but_paid",
    "filled_but_unpaid",
    "partly_vacant",
    "longer_than_period",
)
"""What can be unusual about a proof's figures; each then needs a short reason."""

STARTING = Field("starting_name", autocomplete="name")
"""Asked for where something is started from the case page: something that only a person types."""

OWN_ADDRESS = Field("own_email", autocomplete="email")
"""Asked for where a link is wanted again: something that only a person types. The link does not go there."""

_PROOF = Form(
    a.ProofOfUse,
    "submit",
    {
        "work": (
            _long("narrative", rows=8),
            _long("targets", rows=5),
            Field("people_reached", Kind.NUMBER, least=0, most=1_000_000),
            FILES,
        ),
        "around": tuple(_long(name, required=False, rows=4) for name in ("network", "obstacles", "outlook")),
        "position": (
            Field("months_filled", Kind.NUMBER, least=0, most=60),
            _long("position_use", required=False, rows=4),
        ),
        "figures": (
            _money("staff_cents"),
            _money("material_cents", required=False),
            _money("own_cents", required=False),
            _money("third_party_cents", required=False),
        ),
        "odd": tuple(Field(f"odd_{code}", about=code) for code in ODD),
        "assurances": (Field("necessary_and_economical", Kind.CONFIRM), Field("agrees_with_books", Kind.CONFIRM)),
    },
)

FORMS: dict[K, Form] = {
    K.APPLY: Form(
        a.Application,
        "submit",
        {
            "project": (
                Field("project_title", preset="line_title"),
                Field("position_share_percent", Kind.NUMBER, least=1, most=100, preset="100"),
            ),
            "plan": (
                _money("requested_cents", zero=False),
                _money("staff_cents"),
                _money("material_cents", required=False),
                _money("own_cents", required=False),
            ),
            "concept": (_long("concept", required=False, rows=8), FILES),
            "assurances": (Field("not_begun", Kind.YES_NO), Field("electronic_service", Kind.YES_NO)),
        },
    ),
    K.COMPLETE_APPLICATION: Form(a.Completion, "submit", {"": (_long("answer"), FILES)}),
    K.DECLARE_ACCEPTANCE: Form(
        a.Declaration,
        "declare",
        {
            "bank": (
                Field("account_holder"),
                Field("iban", Kind.IBAN, limit=50),
                Field("reference", required=False, limit=35),
            ),
            "signatories": (Field("signatory_1"), Field("signatory_2")),
            "waiver": (Field("waiver", Kind.YES_NO, once=True),),
        },
    ),
    K.REQUEST_DRAWDOWN: Form(
        a.DrawdownRequest,
        "request",
        {"": (_money("amount_cents", zero=False), _long("need", required=False, rows=3))},
    ),
    K.NOTIFY_CHANGE: Form(
        a.ChangeNotice,
        "notify",
        {
            "": (
                Field("change", Kind.ONE_OF, options=tuple(a.ChangeKind)),
                Field("since", Kind.DAY, limit=20),
                _long("details"),
            )
        },
    ),
    K.PROVE_USE: _PROOF,
    K.COMPLETE_PROOF: _PROOF,
    K.REQUEST_EXTENSION: Form(a.ExtensionRequest, "request", {"": (Field("until", Kind.DAY, limit=20), _long("why"))}),
    K.STATE_POSITION: Form(a.Statement, "state", {"": (_long("statement", rows=12),)}),
    K.WITHDRAW: Form(a.Withdrawal, "withdraw", {"": (_long("reason"),)}),
}
"""One form for each clerk task that is answered on a page; ``repay`` is answered by the bank."""
