"""Guards: one condition under which a change of a row is refused, written once for both databases.

On SQLite a guard becomes a trigger with WHEN … RAISE; on PostgreSQL a trigger with WHEN calling one function that
raises. Where a guard asks other rows, PostgreSQL needs a function of its own (WHEN may not contain a query there).
"""

from collections.abc import Iterable
from typing import NamedTuple


class Guard(NamedTuple):
    """Refuses ``event`` on ``table`` when ``when`` holds. ``asks``: the condition reads other rows."""

    table: str
    event: str  # INSERT | UPDATE | DELETE
    name: str
    when: str
    says: str
    asks: bool = False


def changed(*columns: str) -> str:
    """True when one of these columns would change."""
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


def set_once(*columns: str, unset: str) -> str:
    """True when a value that is there would be changed. ``unset``: what counts as not there, e.g. NULL."""
    distinct = "{0} IS DISTINCT FROM {1}"
    return " OR ".join(
        f"({distinct.format(f'OLD.{c}', unset)} AND {distinct.format(f'OLD.{c}', f'NEW.{c}')})" for c in columns
    )


def on_sqlite(guards: Iterable[Guard]) -> list[str]:
    """The statements that make these guards."""
    return [
        f"CREATE TRIGGER {trigger(g)} BEFORE {g.event} ON {g.table}"
        f" WHEN {g.when.replace('IS DISTINCT FROM', 'IS NOT')}\n"
        f"BEGIN SELECT RAISE(ABORT, '{g.says}'); END"
        for g in guards
    ]


def on_postgresql(guards: Iterable[Guard]) -> list[str]:
    """The statements that make these guards; ``wir_refuse`` has to be there."""
    statements = []
    for g in guards:
        head = f"CREATE TRIGGER {trigger(g)} BEFORE {g.event} ON {g.table} FOR EACH ROW"
        if g.asks:
            statements += [_asking(g), f"{head} EXECUTE FUNCTION {trigger(g)}()"]
        else:
            statements.append(f"{head} WHEN ({g.when}) EXECUTE FUNCTION wir_refuse('{g.says}')")
    return statements


def never_emptied(tables: Iterable[str]) -> list[str]:
    """PostgreSQL knows TRUNCATE, which no row trigger sees."""
    return [
        f"CREATE TRIGGER wir_{table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION wir_refuse('{table} is never emptied')"
        for table in tables
    ]


def _asking(g: Guard) -> str:
    """A guard that reads other rows. Two writers of one case wait for each other at the case's row first."""
    lock = "PERFORM 1 FROM grant_case WHERE id = NEW.case_id FOR UPDATE; " if g.name == "within_award" else ""
    return (
        f"CREATE FUNCTION {trigger(g)}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}IF {g.when} THEN "
        f"RAISE EXCEPTION '{g.says}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )


def trigger(g: Guard) -> str:
    """Name of the trigger, and of its function where it has one."""
    return f"wir_{g.table}_{g.event.lower()}_{g.name}"
