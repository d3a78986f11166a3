"""Who may answer and start what, as the rules let people in: tried with each role, and with whoever acted before."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from models.case import OpenTask
from models.commands import Actor, ActorKind, Command, CommandKind
from models.content.starts import START_CONTENT
from models.errors import Code, RefusedError
from models.tasks import Role, TaskKind
from tests.procedure.case import PureCase
from workflows.lifecycle import GRANT
from workflows.page import Page
from workflows.procedure.decide import check_actor, decide_command
from workflows.procedure.plan import View


def actor_with(role: Role, who: str = "sim-probe") -> Actor:
    """Somebody with this role alone."""
    if role is Role.APPLICANT:
        return Actor(kind=ActorKind.CLERK, id="06631")
    return Actor(kind=ActorKind.OFFICER, id=who, roles=(role,))


@dataclass
class LetIn:
    """What was seen: roles let in for a task, tasks whose last person was kept out."""

    roles: dict[TaskKind, set[Role]] = field(
        default_factory=lambda: defaultdict(set, {TaskKind.APPLY: {Role.APPLICANT}})  # it comes before the case
    )
    kept_out: set[tuple[TaskKind, TaskKind]] = field(default_factory=set)
    starters: dict[str, set[Role]] = field(default_factory=dict)

    def __call__(self, case: PureCase) -> None:
        """Tries every open task of a case, and what can be started in its stage."""
        for task in case.state.open():
            self._look_at(case, task)
        for trigger in GRANT.starters().keys() - self.starters.keys():
            if GRANT.ways(case.state.stage, trigger):
                self.starters[trigger] = {role for role in Role if not self._kept_from_starting(case, trigger, role)}

    def _look_at(self, case: PureCase, task: OpenTask) -> None:
        self.roles[task.kind] |= {role for role in Role if _refused(case.view(actor_with(role)), task) is None}
        for (first, subject), who in case.answered.items():
            view = case.view(Actor(kind=ActorKind.OFFICER, id=who, roles=tuple(Role)))
            alone = replace(view, acted={(first, subject): who})
            if subject == task.subject and _refused(alone, task) is Code.FOUR_EYES:
                self.kept_out.add((task.kind, first))

    @staticmethod
    def _kept_from_starting(case: PureCase, trigger: str, role: Role) -> bool:
        how, _, what = trigger.partition(".")
        choice = "open" if how == "open" else what
        content = {"kind": what} if how == "open" else case.form(START_CONTENT[what])
        told = Command(
            id="c",
            case_id=case.state.case_id,
            kind=CommandKind.START,
            choice=choice,
            actor=actor_with(role),
            content=content,
            received_at=case.at,
        )
        try:
            decide_command(case.view(told.actor, told))
        except RefusedError as refusal:
            return refusal.code is Code.WRONG_ROLE
        return False

    def flaws(self, page: Page) -> Iterator[str]:
        """Where the page says another owner or another pair of persons than the rules kept to."""
        for kind in sorted(self.roles):
            if self.roles[kind] != {page.owner(kind)}:
                yield f"{kind}: {page.owner(kind)} owes it, and {sorted(self.roles[kind])} are let in"
        for trigger, roles in sorted(self.starters.items()):
            if {page.starters().get(trigger)} != roles:
                yield f"{trigger}: {page.starters().get(trigger)} starts it, and {sorted(roles)} are let in"
        pairs = {(kind, first) for kind in TaskKind for first in page.not_by(kind)}
        yield from (f"{kind}: {first} by the same person" for kind, first in sorted(pairs ^ self.kept_out))


def _refused(view: View, task: OpenTask) -> Code | None:
    try:
        check_actor(view, task)
    except RefusedError as refusal:
        return refusal.code
    return None
