"""The one-shot jobs do their work on real servers, and doing it twice changes nothing."""

import asyncio
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from gateway.start.devserver import DYNAMIC, free_port
from gateway.temporal.connection import plugin
from models.contracts import SEARCH_ATTRIBUTES
from models.tables.base import METADATA
from record.database.engine import Database
from record.database.install import install
from record.database.rights import LOGINS, RIGHTS
from tests.deploy.compose import ROOT
from tests.fixtures.postgres import USER, Cluster
from tests.patience import PATIENCE
from tests.workflows.player import Player

QUERIES = re.findall(r"```query\n(.+?)\n```", (ROOT / "docs" / "operators.md").read_text("utf-8"), re.DOTALL)


def _job(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        ["sh", str(ROOT / "deploy" / name)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("roles.sh", "TEMPORAL_DATABASE_PASSWORD"),
        ("temporal-schema.sh", "SQL_HOST"),
        ("temporal-namespace.sh", "TEMPORAL_ADDRESS"),
        ("temporal-search-attributes.sh", "TEMPORAL_ADDRESS"),
    ],
)
def test_a_job_says_what_it_needs(name: str, first: str) -> None:
    done = _job(name)
    assert done.returncode != 0
    assert f"{first}: set it to" in done.stderr


def test_the_schema_job_serves_both_databases(tmp_path: Path) -> None:
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text('#!/bin/sh\necho "$*" >>"$CALLS"\n')
    tool.chmod(0o755)
    calls = tmp_path / "calls"
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = _job("temporal-schema.sh", PATH=path, SQL_HOST="db", SQL_PASSWORD="long-enough-9a", CALLS=str(calls))
    assert done.returncode == 0, done.stderr
    told = [line.split("--db ")[1] for line in calls.read_text().splitlines()]
    assert told == [
        "temporal setup-schema -v 0.0",
        "temporal update-schema -d /etc/temporal/schema/postgresql/v12/temporal/versioned",
        "temporal_visibility setup-schema -v 0.0",
        "temporal_visibility update-schema -d /etc/temporal/schema/postgresql/v12/visibility/versioned",
    ]
    assert "long-enough-9a" not in calls.read_text(), "the password stays out of the process list"


def _roles(cluster: Cluster, app_password: str) -> subprocess.CompletedProcess[str]:
    return _job(
        "roles.sh",
        PGHOST=cluster.folder,
        PGUSER=USER,
        TEMPORAL_DATABASE_PASSWORD='it\'s; "quoted" \\ $1',
        WIR_OWNER_PASSWORD="owner-2b6f4e83d1",
        WIR_APP_PASSWORD=app_password,
        WIR_DESK_PASSWORD="desk-3a8d1f57b2",
    )


def _connect(cluster: Cluster, role: str, database: str) -> psycopg.Connection:
    return psycopg.connect(host=cluster.folder, user=role, dbname=database, autocommit=True)


def _verifier(cluster: Cluster) -> str:
    with _connect(cluster, USER, "postgres") as connection:
        row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'wir_app'").fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture(scope="module")
def installed() -> Iterator[Cluster]:
    """Roles made twice, with a change of password, and the record's schema installed by its owner."""
    with Cluster() as cluster:
        first = _roles(cluster, "app-9c0d7a15e6")
        assert first.returncode == 0, first.stderr
        before = _verifier(cluster)
        second = _roles(cluster, "another-app-8d2f")
        assert second.returncode == 0, second.stderr
        assert (before, _verifier(cluster)) != (before, before)
        owner = Database(f"postgresql://wir_owner@/wir?host={cluster.folder}")
        install(owner, "production")
        owner.close()
        again = _roles(cluster, "another-app-8d2f")  # as at every start, over a schema that is there
        assert again.returncode == 0, again.stderr
        yield cluster


@pytest.mark.postgres
def test_each_role_may_do_its_work_and_no_more(installed: Cluster) -> None:
    assert _verifier(installed).startswith("SCRAM-SHA-256$")
    denied = psycopg.errors.InsufficientPrivilege
    with _connect(installed, "wir_app", "wir") as app:
        assert app.execute("SELECT mode FROM installation").fetchone() == ("production",)
        app.execute("UPDATE installation SET mode = mode")
        for statement in (
            "DELETE FROM step",
            "TRUNCATE step",
            "DROP TABLE step",
            "ALTER TABLE step DISABLE TRIGGER ALL",
            "CREATE TABLE mine (id integer)",
            "CREATE ROLE friend",
        ):
            with pytest.raises(denied):
                app.execute(statement)
    for role, database in (
        ("wir_app", "temporal"),
        ("wir_desk", "temporal"),
        ("temporal", "wir"),
        ("wir_owner", "temporal"),
    ):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            _connect(installed, role, database)


DELETABLE = {"draft"}
"""Tables that worker and portal delete from; migration 0004 says so to the database."""


@pytest.mark.postgres
def test_worker_and_portal_delete_drafts_and_nothing_else(installed: Cluster) -> None:
    with _connect(installed, "wir_app", "wir") as app:
        rows = app.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = {str(name) for (name,) in rows}
        assert set(METADATA.tables) <= tables, "every table of the record is asked about"
        deletable = {name for name in tables if _allowed(app, sql.SQL("DELETE FROM {}"), name)}
        emptied = {name for name in tables if _allowed(app, sql.SQL("TRUNCATE {}"), name)}
    assert (deletable, emptied) == (DELETABLE, set())


KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def _rights(connection: psycopg.Connection, role: str, table: str) -> set[str]:
    """What a role may do with a whole table, and ``UPDATE (id)`` where it may change that column alone."""
    found = {
        kind
        for kind in KINDS
        if connection.execute("SELECT has_table_privilege(%s, %s, %s)", (role, table, kind)).fetchone() == (True,)
    }
    columns = connection.execute(
        "SELECT column_name FROM information_schema.column_privileges"
        " WHERE grantee = %s AND table_name = %s AND privilege_type = 'UPDATE'",
        (role, table),
    ).fetchall()
    return found if "UPDATE" in found else found | {f"UPDATE ({name})" for (name,) in columns}


@pytest.mark.postgres
def test_the_desk_may_do_with_each_table_what_is_written_down(installed: Cluster) -> None:
    with _connect(installed, USER, "wir") as connection:
        tables = {
            str(name) for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        }
        found = {name: _rights(connection, "wir_desk", name) for name in tables}
    assert tables == set(RIGHTS), "say in record/database/rights.py what the desk may do with a new table"
    assert found == {name: set(rights.split(", ")) for name, rights in RIGHTS.items()}
    decided = {"step", "notice", "payment_order", "ledger", "budget", "bank_details", "installation"}
    assert {name for name in decided if found[name] != {"SELECT"}} == set()


@pytest.mark.postgres
def test_worker_and_portal_see_nothing_of_the_log_ins(installed: Cluster) -> None:
    kept = {name for name in METADATA.tables if name.partition("_")[0] == "login"}
    with _connect(installed, USER, "wir") as connection:
        assert {name: _rights(connection, "wir_app", name) for name in kept} == {name: set() for name in LOGINS}


def _allowed(connection: psycopg.Connection, statement: sql.SQL, table: str) -> bool:
    """Whether the role has the right; a guard or a reference that stops it afterwards takes no right away."""
    try:
        connection.execute(statement.format(sql.Identifier(table)))
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.Error:
        return True
    return True


@pytest.mark.postgres
def test_temporal_may_make_its_tables_and_its_extension(installed: Cluster) -> None:
    with _connect(installed, "temporal", "temporal_visibility") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")  # its visibility schema asks for it
        connection.execute("CREATE TABLE executions_visibility (id integer)")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A real Temporal server of this module's own."""
    port = free_port()
    command = [
        "temporal",
        "server",
        "start-dev",
        "--headless",
        "--ip",
        "127.0.0.1",
        "--port",
        str(port),
        "--log-level",
        "never",
        *(part for setting in DYNAMIC for part in ("--dynamic-config-value", setting)),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _ask(address: str, *question: str) -> str:
    command = ["temporal", "operator", *question, "--address", address, "--namespace", "wir"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.server
def test_namespace_and_attributes_are_made_once_and_kept(address: str) -> None:
    for retention in ("90d", "30d"):
        done = _job("temporal-namespace.sh", TEMPORAL_ADDRESS=address, TEMPORAL_NAMESPACE="wir", RETENTION=retention)
        assert done.returncode == 0, done.stderr
        described = _ask(address, "namespace", "describe")
        assert f"{int(retention[:-1]) * 24}h0m0s" in described
    for _ in range(2):
        done = _job("temporal-search-attributes.sh", TEMPORAL_ADDRESS=address, TEMPORAL_NAMESPACE="wir")
        assert done.returncode == 0, done.stderr
    listed = dict(
        line.split() for line in _ask(address, "search-attribute", "list").splitlines() if " Wir" in f" {line.strip()}"
    )
    assert listed == SEARCH_ATTRIBUTES


@pytest.mark.slow
@pytest.mark.server
def test_an_attribute_of_another_type_stops_the_job(address: str) -> None:
    name = "other"
    done = _job("temporal-namespace.sh", TEMPORAL_ADDRESS=address, TEMPORAL_NAMESPACE=name, RETENTION="1d")
    assert done.returncode == 0, done.stderr
    made = ["temporal", "operator", "search-attribute", "create", "--address", address, "--namespace", name]
    subprocess.run([*made, "--name", "WirYear", "--type", "Text"], check=True, capture_output=True)
    done = _job("temporal-search-attributes.sh", TEMPORAL_ADDRESS=address, TEMPORAL_NAMESPACE=name)
    assert done.returncode != 0
    assert "WirYear already exists and has different type" in done.stderr


@pytest.fixture
def namespace(address: str) -> str:
    """The namespace as the jobs make it."""
    for job in ("temporal-namespace.sh", "temporal-search-attributes.sh"):
        done = _job(job, TEMPORAL_ADDRESS=address, TEMPORAL_NAMESPACE="wir", RETENTION="90d")
        assert done.returncode == 0, done.stderr
    return "wir"


def _count(address: str, query: str) -> subprocess.CompletedProcess[str]:
    count = ["temporal", "workflow", "count", "--address", address, "--namespace", "wir", "--query", query]
    return subprocess.run(count, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.server
def test_the_saved_queries_of_the_operators_are_understood(address: str, namespace: str) -> None:
    assert len(QUERIES) >= 8
    for query in QUERIES:
        asked = _count(address, query)
        assert asked.returncode == 0, f"{query}: {asked.stderr}"
    assert _count(address, "WirUrgencyy = 'late'").returncode != 0


@pytest.mark.slow
@pytest.mark.server
async def test_the_saved_query_of_a_recipient_finds_its_case(address: str, namespace: str, tmp_path: Path) -> None:
    query = next(query for query in QUERIES if query.startswith("WirRecipient"))
    client = await Client.connect(address, namespace=namespace, plugins=[plugin()])
    player = Player(tmp_path, TimeSkipper(client, config=TimeSkippingConfig(enabled=False)))
    async with player.working():
        await player.apply()
        await player.settle()
        assert query == f"WirRecipient = '{player.case_id.rpartition('-')[2]}'"
        deadline = time.monotonic() + PATIENCE
        while "Total: 1" not in (found := await asyncio.to_thread(_count, address, query)).stdout:
            assert time.monotonic() < deadline, f"{query}: {found.stdout}{found.stderr}"
    player.db.close()
