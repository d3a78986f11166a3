"""The compose file is valid, holds no secret, opens nothing to the world, and says what the code reads."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.start.environment import load_settings, temporal_connect_config
from gateway.start.settings import CLIENT_NAMES, Mode, Settings, SettingsError
from portal.clerk.incoming import SPOOLED, UPLOADS_AT_ONCE
from record.files.uploads import MAX_TOTAL, MIB
from tests.deploy.compose import (
    ANSWERS,
    FILE,
    OURS,
    ROOT,
    VARIABLE,
    NotSetError,
    docker_compose,
    environment,
    fill,
    filled,
    services,
    written,
)

# What temporalio.envconfig reads (SDK documentation, "Environment configuration").
ENVCONFIG = {
    "TEMPORAL_ADDRESS",
    "TEMPORAL_API_KEY",
    "TEMPORAL_CONFIG_FILE",
    "TEMPORAL_NAMESPACE",
    "TEMPORAL_PROFILE",
    "TEMPORAL_TLS",
    "TEMPORAL_TLS_CLIENT_CERT_PATH",
    "TEMPORAL_TLS_CLIENT_KEY_PATH",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "TEMPORAL_TLS_SERVER_NAME",
}
SERVICES = sorted(services())
OUR_SERVICES = [name for name in SERVICES if services()[name]["image"].startswith(OURS)]
JOBS = [name for name in SERVICES if services()[name]["restart"].startswith("on-failure")]
LASTING = [name for name in SERVICES if name not in JOBS]
SECRET_NAME = re.compile(r"PASSWORD|PASSWD|PWD|SECRET|TOKEN|API_KEY")


def _valid(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_file_is_valid_against_the_compose_specification() -> None:
    checked = _valid(FILE)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_schema_would_refuse_a_wrong_file(tmp_path: Path) -> None:
    content = written()
    content["services"]["worker"]["restarts"] = "always"
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(yaml.safe_dump(content), encoding="utf-8")
    checked = _valid(wrong)
    assert checked.returncode == 1
    assert "restarts" in checked.stdout + checked.stderr


def _configured() -> dict[str, Any]:
    """What Docker makes of the file; where its compose plugin is missing, what our own reading makes of it."""
    command = docker_compose()
    if command is None:
        return filled(ANSWERS)
    arguments = ["--file", str(FILE), "--env-file", os.devnull, "--profile", "evaluation", "config", "--format", "json"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=True, env={**os.environ, **ANSWERS}
    )
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_docker_reads_the_file_as_we_do() -> None:
    configured = _configured()
    assert sorted(configured["services"]) == SERVICES
    for name, service in services(ANSWERS).items():
        assert configured["services"][name]["image"] == service["image"]
        seen = {key: str(value) for key, value in configured["services"][name].get("environment", {}).items()}
        assert seen == environment(service)


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_every_setting_in_the_file_is_one_the_code_reads(name: str) -> None:
    known = {f"WIR_{field.upper()}" for field in Settings.model_fields} | ENVCONFIG | CLIENT_NAMES
    assert set(environment(services()[name])) <= known


@pytest.fixture
def _as_in(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable in [v for v in os.environ if v.startswith(("WIR_", "TEMPORAL_"))]:
        monkeypatch.delenv(variable)
    for variable, value in environment(services(ANSWERS)[name]).items():
        monkeypatch.setenv(variable, value)


@pytest.mark.parametrize("name", OUR_SERVICES)
@pytest.mark.usefixtures("_as_in")
def test_with_the_answers_of_an_operator_every_process_accepts_its_settings(name: str) -> None:
    settings = load_settings()
    assert settings.mode is Mode.PRODUCTION
    assert temporal_connect_config(needed=True).get("namespace") == "wir"
    role = {"wir-migrate": "wir_owner", "desk": "wir_desk"}.get(name, "wir_app")
    assert (settings.database.drivername, settings.database.username) == ("postgresql+psycopg", role)


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_every_setting_production_demands_is_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [v for v in os.environ if v.startswith("WIR_")]:
        monkeypatch.delenv(variable)
    with pytest.raises(SettingsError) as refused:
        load_settings(mode="production")
    demanded = {line.partition(":")[0] for line in refused.value.lines}
    assert "WIR_DATABASE_URL" in demanded
    assert demanded | {"WIR_DATABASE_PASSWORD", "TEMPORAL_ADDRESS"} <= set(environment(services()[name]))


NEEDED = sorted({match["name"] for match in VARIABLE.finditer(FILE.read_text("utf-8")) if match["sign"] == ":?"})


@pytest.mark.parametrize("missing", NEEDED)
def test_without_a_needed_answer_nothing_starts(missing: str) -> None:
    with pytest.raises(NotSetError, match=rf"^set {missing} in \.env"):
        fill(FILE.read_text("utf-8"), {**ANSWERS, missing: ""})


def test_the_example_asks_for_each_variable_and_answers_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    used = {match["name"] for match in VARIABLE.finditer(FILE.read_text("utf-8"))}
    assert set(example) == used == set(ANSWERS)
    assert {name: value for name, value in example.items() if SECRET_NAME.search(name) and value} == {}
    assert not [name for name in NEEDED if example[name]], "a needed value must be a person's decision"


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_written_down(name: str) -> None:
    for variable, value in environment(services()[name]).items():
        if SECRET_NAME.search(variable):
            match = VARIABLE.fullmatch(value)
            assert match, f"{variable} must come from .env"
            assert match["sign"] == ":?" or not match["text"], f"{variable} has a default"
        assert not re.search(r"://[^/@\s]*:[^/@\s]+@", VARIABLE.sub("", value)), f"{variable} holds a password"


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name: str) -> None:
    for port in services()[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
    assert "network_mode" not in services()[name]


def test_database_and_engine_are_reachable_inside_only() -> None:
    assert written()["networks"]["inside"]["internal"] is True
    for name in ("postgresql", "temporal"):
        assert services()[name]["networks"] == ["inside"]
        assert "ports" not in services()[name]


IMAGE = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)*(@sha256:[0-9a-f]{64})?")


def test_every_image_has_its_version() -> None:
    based = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert len(set(based)) == 1, "both stages stand on the same base"
    for image in [*based, *(service["image"] for service in services().values())]:
        assert IMAGE.fullmatch(image), image


def test_production_runs_the_server_that_the_tests_run_on() -> None:
    said = subprocess.run(["temporal", "--version"], capture_output=True, text=True, check=True).stdout
    tested = re.search(r"Server (?P<server>[\d.]+), UI (?P<ui>[\d.]+)", said)
    assert tested, said
    images = {service["image"].partition(":")[0]: service["image"].partition(":")[2] for service in services().values()}
    assert images["temporalio/server"] == images["temporalio/admin-tools"] == tested["server"]
    assert images["temporalio/ui"] == tested["ui"]


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_our_processes_can_change_nothing_but_their_data(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_portals_folder_for_temporary_files_fits_the_uploads_it_reads_at_once() -> None:
    place, _, options = services()["portal"]["tmpfs"][0].partition(":")
    size = re.search(r"\bsize=(\d+)m\b", options)
    assert size
    assert place == "/tmp"  # noqa: S108 - where the standard library puts temporary files
    assert "TMPDIR" not in environment(services()["portal"])
    needed = SPOOLED * UPLOADS_AT_ONCE
    assert SPOOLED >= MAX_TOTAL + 64 * 1024, "what one answer may have, and a piece more that shows that there is more"
    assert 1.1 * needed <= int(size[1]) * MIB <= 2 * needed


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_watched_and_comes_back(name: str) -> None:
    assert services()[name]["restart"] == "unless-stopped"
    assert services()[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_jobs_are_waited_for_until_they_succeed() -> None:
    waited: dict[str, set[str]] = {}
    for service in services().values():
        for other, how in service.get("depends_on", {}).items():
            waited.setdefault(other, set()).add(how["condition"])
    assert {name for name, how in waited.items() if how == {"service_completed_successfully"}} == set(JOBS)
    assert {name for name, how in waited.items() if how == {"service_healthy"}} == set(waited) - set(JOBS)


def test_named_volumes_exist_and_hold_what_must_last() -> None:
    volumes = written()["volumes"]
    used = {
        mount.partition(":")[0]
        for service in services().values()
        for mount in service.get("volumes", [])
        if mount[0] != "."
    }
    assert used == set(volumes) == {"postgresql-data", "wir-files"}


def test_files_that_are_mounted_exist() -> None:
    for service in services().values():
        for mount in service.get("volumes", []):
            if mount.startswith("./"):
                assert mount.endswith(":ro")
                assert (ROOT / mount.split(":")[0]).is_dir()
        for part in service.get("entrypoint", []):
            if part.startswith("/deploy/"):
                assert os.access(ROOT / part.lstrip("/"), os.X_OK)
