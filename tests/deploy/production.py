"""An installation as docker-compose.yml describes it, made of processes of this machine, because no daemon runs here.

=====================================  ===============================================================================
compose                                here
=====================================  ===============================================================================
the host's checkout                    a copy of what the Dockerfile, the compose file and the handbook name
the image ``wir-grants``               a folder with what the Dockerfile copies; ``python -m`` as its entry point says
``postgresql``                         a cluster of its own that asks for passwords, on a Unix socket
``temporal``                           ``temporal server start-dev`` with the dynamic configuration of ``deploy/``
a job with ``/deploy/NAME.sh``         ``sh deploy/NAME.sh``
``temporal-schema``, ``temporal-ui``   nothing: the development server brings its own schema; nobody looks
the mail server of ``.env``            a sink on loopback
the reverse proxy before the portal    :func:`through_proxy`
the certificate of the desk            one that signs itself, for ``localhost``
=====================================  ===============================================================================

Settings are those of the compose file with the answers of ``.env``; only addresses, ports and folders are translated
(:meth:`Production.environment_of`). Nothing but ``deploy/roles.sh`` is told the superuser's password.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import httpx
import yaml
from sqlalchemy.engine import make_url

from activities.sink.server import MailSink
from gateway.start.devserver import LAUNCH, free_port
from tests.deploy.compose import OURS, ROOT, environment, services
from tests.fixtures.postgres import Cluster
from tests.patience import PATIENCE

NOT_HERE = frozenset({"temporal-schema", "temporal-ui"})
COPY = re.compile(r"^COPY (?!--from)(.+)$", re.MULTILINE)
"""Seconds for anything that is waited for; a loaded machine is slow, not wrong."""


class CannotStandInError(Exception):
    """The compose file has something that no process here stands for."""


def until(true: Callable[[], bool], what: str) -> None:
    """Asks again and again until it is true. Raises ``TimeoutError`` that names what did not come."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)


def copied() -> list[str]:
    """What the Dockerfile puts into the image, by its path in the checkout."""
    lines = COPY.findall((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    return [source for line in lines for source in line.split()[:-1]]


def in_order(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Services without a profile, each after those it depends on."""
    wanted = {name: service for name, service in found.items() if not service.get("profiles")}
    graph = {name: list(service.get("depends_on", {})) for name, service in wanted.items()}
    return list(TopologicalSorter(graph).static_order())


class Production:
    """One host. ``folder`` is empty at first; :meth:`up` and :meth:`run` are what an operator types."""

    def __init__(self, folder: Path, sink: MailSink) -> None:
        self.checkout, self.image, self.data = folder / "checkout", folder / "app", folder / "data"
        self.sink, self.answers = sink, dict[str, str]()
        self.cluster: Cluster | None = None
        self._folder, self._running = folder, dict[str, subprocess.Popen[bytes]]()
        self._ports = {name: free_port() for name in ("temporal", "portal", "desk", "metrics")}
        self.data.mkdir(mode=0o750)  # as the Dockerfile makes it for the volume
        for name in (*copied(), "docker-compose.yml", ".env.example", "deploy"):
            _copy(ROOT / name, self.checkout / name)

    @property
    def portal(self) -> str:
        """The clerks' portal, as the reverse proxy reaches it."""
        return f"http://127.0.0.1:{self._ports['portal']}"

    @property
    def desk(self) -> str:
        """The officers' desk, which speaks TLS itself here. The certificate is good for this name alone."""
        return f"https://localhost:{self._ports['desk']}"

    @property
    def certificate(self) -> Path:
        """The desk's certificate, which whoever comes here has to trust."""
        return self.checkout / "deploy" / "tls" / "desk.pem"

    def log(self, service: str) -> str:
        """All that a service has said."""
        path = self._folder / f"{service}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    # what an operator types ---------------------------------------------------------------------

    def up(self) -> None:
        """``docker compose up --detach --wait``: builds the image, runs the jobs, starts what lasts, waits for health.

        Raises ``NotSetError``, ``CannotStandInError`` and ``AssertionError`` with the words of a job that failed.
        """
        self.answers = read_env(self.checkout / ".env")
        for name in copied():
            _copy(self.checkout / name, self.image / name)
        found = services(self.answers)
        for name in in_order(found):
            if name not in NOT_HERE and name not in self._running:
                self._start(name, found[name])

    def run(self, service: str, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command to its end, with the settings of a service and ``variables`` of the caller's shell."""
        return subprocess.run(
            [sys.executable if word == "python" else word for word in command],
            cwd=self.image if services()[service]["image"].startswith(OURS) else self.checkout,
            env=self.environment_of(service) | variables,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
        )

    def environment_of(self, service: str) -> dict[str, str]:
        """What the compose file gives to a service, translated; nothing of the tests' own environment but PATH."""
        given = environment(services(self.answers)[service])
        return {"PATH": os.environ["PATH"], **{name: self._here(name, value) for name, value in given.items()}}

    def _here(self, name: str, value: str) -> str:
        match name:
            case "WIR_DATA":
                return str(self.data)
            case "PGHOST":
                return self._cluster.folder
            case "WIR_DATABASE_URL":
                here = make_url(value).set(host=None, port=None).update_query_dict({"host": self._cluster.folder})
                return here.render_as_string(hide_password=False)
            case "TEMPORAL_ADDRESS":
                return f"127.0.0.1:{self._ports['temporal']}"
            case "WIR_PORTAL_HOST" | "WIR_DESK_HOST":
                return "127.0.0.1"
            case "WIR_DESK_PORT":
                return str(self._ports["desk"])
            case "WIR_DESK_TLS_CERT" | "WIR_DESK_TLS_KEY":
                return value.replace("/etc/wir/tls", str(self.certificate.parent))
            case "WIR_PORTAL_PORT":
                return str(self._ports["portal"])
            case "WIR_METRICS_BIND":
                return f"127.0.0.1:{self._ports['metrics']}"
        return value

    # services -----------------------------------------------------------------------------------

    @property
    def _cluster(self) -> Cluster:
        assert self.cluster is not None, "postgresql runs before whoever needs it"
        return self.cluster

    def _start(self, name: str, service: dict[str, Any]) -> None:
        script = next((part for part in service.get("entrypoint", ()) if part.startswith("/deploy/")), "")
        job = service["restart"].startswith("on-failure")
        if script:
            self._done(name, "sh", str(self.checkout / script.lstrip("/")))
        elif service["image"].startswith(OURS) and job:
            self._done(name, "python", "-m", *service["command"])
        elif service["image"].startswith(OURS):
            self._lasting(name, sys.executable, "-m", *service["command"])
            until(lambda: self._healthy(name, service), f"{name} is not healthy:\n{self.log(name)}")
        elif name == "postgresql":
            given = environment(service)
            cluster = Cluster(durable=True, user=given["POSTGRES_USER"], password=given["POSTGRES_PASSWORD"])
            self.cluster = cluster.__enter__()
        elif name == "temporal":
            self._temporal()
        else:
            raise CannotStandInError(f"docker-compose.yml: nothing here stands for the service {name}")

    def _done(self, name: str, *command: str) -> None:
        done = self.run(name, *command)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def _lasting(self, name: str, *command: str) -> None:
        """A child that the kernel ends when this process dies, however it dies."""
        env = self.environment_of(name)
        with (self._folder / f"{name}.log").open("ab") as out:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-c", LAUNCH, *command],
                cwd=self.image,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def _temporal(self) -> None:
        settings = yaml.safe_load((self.checkout / "deploy/temporal/production.yaml").read_text(encoding="utf-8"))
        dynamic = [f"{name}={str(values[0]['value']).lower()}" for name, values in settings.items()]
        command = [shutil.which("temporal") or "temporal", "server", "start-dev", "--headless", "--ip", "127.0.0.1"]
        command += ["--port", str(self._ports["temporal"]), "--log-level", "warn"]
        command += [part for value in dynamic for part in ("--dynamic-config-value", value)]
        self._lasting("temporal", *command)
        until(lambda: _listens(self._ports["temporal"]), "temporal does not listen")

    def _healthy(self, name: str, service: Mapping[str, Any]) -> bool:
        """What the compose file's health check says. Raises ``AssertionError`` when the process has ended."""
        ended = self._running[name].poll()
        assert ended is None, f"{name} ended with {ended}:\n{self.log(name)}"
        kind, *test = service["healthcheck"]["test"]
        assert kind == "CMD"
        ports = {"9464": self._ports["metrics"], "8088": self._ports["portal"], "8090": self._ports["desk"]}
        asked = [re.sub("|".join(ports), lambda found: str(ports[found[0]]), part) for part in test]
        return self.run(name, *asked).returncode == 0

    def down(self) -> dict[str, int]:
        """Ends everything in the other order; the exit codes of our own services."""
        codes = {}
        for name, process in reversed(self._running.items()):
            process.terminate()
            try:
                codes[name] = process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait(timeout=10)
        if self.cluster is not None:
            self.cluster.__exit__(None, None, None)
        self._running.clear()
        return {name: code for name, code in codes.items() if name != "temporal"}


@contextmanager
def through_proxy(production: Production) -> Iterator[httpx.Client]:
    """A browser's connection: https to the public address, which the reverse proxy hands on to the portal."""

    class _Proxy(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert f"{request.url.scheme}://{request.url.host}" == production.answers["WIR_PUBLIC_URL"]
            inside = httpx.URL(production.portal)
            request.url = request.url.copy_with(scheme=inside.scheme, host=inside.host, port=inside.port)
            request.headers["X-Forwarded-Proto"] = "https"  # Host stays as the browser sent it
            return super().handle_request(request)

    with httpx.Client(transport=_Proxy(), timeout=PATIENCE) as http:
        yield http


def read_env(path: Path) -> dict[str, str]:
    """The answers in an ``.env`` file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def write_env(path: Path, answers: Mapping[str, str]) -> None:
    """Fills answers into an ``.env`` file, which asks for each of them. Raises ``KeyError`` for one it does not ask."""
    asked = read_env(path)
    if foreign := answers.keys() - asked.keys():
        raise KeyError(*sorted(foreign))
    path.write_text("".join(f"{name}={value}\n" for name, value in (asked | dict(answers)).items()), encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    else:
        shutil.copy(source, target)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
