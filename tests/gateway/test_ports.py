"""Ports that are taken are named with the setting that moves them, before anything starts."""

import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from gateway.start.devserver import free_port
from gateway.start.environment import load_settings
from gateway.start.errors import StartCode, StartError
from gateway.start.ports import PORTS, check_ports, setting
from gateway.start.settings import Settings
from templates import LANGUAGES, catalogue
from tests.fixtures.clone import ROOT, outside

USUAL = {setting(name): str(Settings.model_fields[name].default) for name in PORTS}


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings with ports that nobody has."""
    found = {setting(name): str(free_port()) for name in PORTS}
    for name, port in found.items():
        monkeypatch.setenv(name, port)
    return found


def test_free_ports_are_no_matter(free: dict[str, str]) -> None:
    check_ports(load_settings())
    assert len(set(free.values())) == len(PORTS)


def test_a_free_port_is_given_once() -> None:
    """Nobody listens on any of them yet, so that it could be given again."""
    assert len({free_port() for _ in range(500)}) == 500


@pytest.mark.parametrize("name", PORTS)
def test_a_taken_port_is_named_with_its_setting_and_a_free_one(free: dict[str, str], name: str) -> None:
    with socket.create_server(("127.0.0.1", int(free[setting(name)]))), pytest.raises(StartError) as refused:
        check_ports(load_settings())
    assert (refused.value.code, refused.value.technical) == (StartCode.PORTS_TAKEN, ())
    assert refused.value.details["ports"] == f"{free[setting(name)]} ({setting(name)})"
    moved = dict(part.split("=") for part in refused.value.details["settings"].split())
    assert {one for one in free if moved[one] != free[one]} == {setting(name)}, "what was set and is free stays"
    socket.create_server(("127.0.0.1", int(moved[setting(name)]))).close()


def test_one_port_for_two_pages_is_found(free: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIR_MAILBOX_PORT", free["WIR_PORTAL_PORT"])
    with pytest.raises(StartError) as refused:
        check_ports(load_settings())
    assert refused.value.details["ports"] == f"{free['WIR_PORTAL_PORT']} (WIR_MAILBOX_PORT)"


def test_with_another_server_its_port_is_no_matter(free: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(free["WIR_UI_PORT"]))):
        check_ports(load_settings(), PORTS[:-1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_help_names_each_setting_and_its_port(lang: str) -> None:
    said = catalogue(lang)["cli"]["verb"]["up"]["help"]
    assert re.findall(r"(WIR_\w+_PORT) \(\D*(\d+)\D*?\)", said) == list(USUAL.items())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.sample(1)
def test_up_says_so_before_the_server_starts(tmp_path: Path, free: dict[str, str], lang: str) -> None:
    env = {**outside(), **free, "WIR_LANG": lang}
    taken = free["WIR_UI_PORT"]  # Temporal's own: nobody else would look before it ends
    with socket.create_server(("127.0.0.1", int(taken))):
        done = subprocess.run(
            [ROOT / "starter.py", "up", "--data", "a b"],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (5, "")
    first, way = done.stderr.splitlines()
    assert f"Port {taken} (WIR_UI_PORT)" in first or f"port {taken} (WIR_UI_PORT)" in first
    assert first.startswith({"de": "Auf diesem Rechner nicht frei:", "en": "Not free on this machine:"}[lang])
    line = shlex.split(way.partition(": ")[2])
    assert line[-4:] == [str(ROOT / "starter.py"), "up", "--data", "./a b"]
    assert not (tmp_path / "a b" / "temporal.log").exists()
