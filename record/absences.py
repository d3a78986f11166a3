"""Absences of officers, and who stands in for them.

A deputy gets no role by it: who stands in has the role anyway, and does in their own name what was the absent person's
to do. So four eyes stay what they are: whoever drafted does not sign, in nobody's place. A deputy who is away passes
nothing on.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session, col, or_, select

from models.commands import Actor
from models.errors import Code, RefusedError
from models.office import AddAbsence, EndAbsence
from models.tables import OfficerAbsence
from models.tasks import Role
from record.people import known_officer, not_revoked, officer_roles, officers


def add(session: Session, new: AddAbsence, by: str, at: datetime, command_id: str) -> OfficerAbsence:
    """Enters an absence. Raises ``RefusedError``.

    ``unknown_officer``, ``officer_revoked``; ``bad_content`` for days or a deputy that cannot be, and for days that
    are entered already; ``deputy_without_role`` for a deputy who could do nothing of what the absent person does.
    """
    absent, deputy = not_revoked(known_officer(session, new.officer)), not_revoked(known_officer(session, new.deputy))
    if absent.id == deputy.id:
        raise RefusedError(Code.BAD_CONTENT, field="deputy")
    if new.last_day is not None and new.last_day < new.first_day:
        raise RefusedError(Code.BAD_CONTENT, field="last_day")
    mine, theirs = (officer_roles(session, one.id, new.first_day) for one in (absent, deputy))
    if mine.isdisjoint(theirs):
        raise RefusedError(Code.DEPUTY_WITHOUT_ROLE, officer=absent.id, deputy=deputy.id)
    if any(_overlaps(one, new) for one in absences(session, [absent.id])):
        raise RefusedError(Code.BAD_CONTENT, field="first_day")
    row = OfficerAbsence(
        officer_id=absent.id,
        deputy_id=deputy.id,
        first_day=new.first_day,
        last_day=new.last_day,
        entered_at=at,
        entered_by=by,
        command_id=command_id,
    )
    session.add(row)
    session.flush()
    return row


def end(session: Session, wanted: EndAbsence, today: date, command_id: str) -> OfficerAbsence:
    """Sets the last day of an absence. Raises ``RefusedError`` (``bad_content``)."""
    mine = absences(session, [wanted.officer])
    if wanted.absence:
        row = next((one for one in mine if one.id == wanted.absence), None)
    else:
        row = next((one for one in reversed(mine) if is_to_come(one, today)), None)
    if row is None:
        raise RefusedError(Code.BAD_CONTENT, field="absence")
    if (wanted.last_day - row.first_day).days < -1:
        raise RefusedError(Code.BAD_CONTENT, field="last_day")
    row.last_day, row.ended_by_command = wanted.last_day, command_id
    session.add(row)
    session.flush()
    return row


def absences(session: Session, officer_ids: list[str]) -> list[OfficerAbsence]:
    """All absences of these people, the latest first."""
    wanted = select(OfficerAbsence).where(col(OfficerAbsence.officer_id).in_(officer_ids))
    return list(session.exec(wanted.order_by(col(OfficerAbsence.first_day).desc(), col(OfficerAbsence.id).desc())))


def is_to_come(one: OfficerAbsence, today: date) -> bool:
    """Whether an absence is or will be: it is not over, and was not taken back before it began."""
    return one.last_day is None or (one.last_day >= today and one.last_day >= one.first_day)


def absent(session: Session, today: date) -> dict[str, OfficerAbsence]:
    """Who is away on a day, and under which absence."""
    rows = session.exec(
        select(OfficerAbsence)
        .where(OfficerAbsence.first_day <= today)
        .where(or_(col(OfficerAbsence.last_day).is_(None), col(OfficerAbsence.last_day) >= today))
        .order_by(col(OfficerAbsence.id))
    )
    return {row.officer_id: row for row in rows}


def acting_for(session: Session, officer_id: str, today: date) -> frozenset[str]:
    """The absent people for whom an officer stands in on a day; nobody for one who is away, or may not act."""
    away = absent(session, today)
    if not officer_id or officer_id in away or officer_id not in {one.id for one in officers(session, today)}:
        return frozenset()
    return frozenset(one for one, row in away.items() if row.deputy_id == officer_id)


def whose(acting: frozenset[str], may: Collection[str], holder: str = "") -> list[str]:
    """The absent people in whose place a task is done by who is ``acting`` for them.

    ``may``: who may answer the task; ``holder``: who takes care of it. A task that nobody takes care of is the absent
    person's as far as they could have answered it.
    """
    if holder:
        return [holder] if holder in acting else []
    return sorted(acting.intersection(may))


def need_deputy(session: Session, actor: Actor, role: Role, today: date) -> None:
    """Raises ``RefusedError`` (``not_deputy``) unless the actor stands in for the absent person in a role of theirs."""
    away = actor.in_place_of
    if away not in acting_for(session, actor.id, today) or role not in officer_roles(session, away, today):
        raise RefusedError(Code.NOT_DEPUTY, officer=away, deputy=actor.id)


def _overlaps(one: OfficerAbsence, new: AddAbsence) -> bool:
    ends_before = one.last_day is not None and one.last_day < new.first_day
    begins_after = new.last_day is not None and new.last_day < one.first_day
    never_was = one.last_day is not None and one.last_day < one.first_day
    return not (ends_before or begins_after or never_was)
