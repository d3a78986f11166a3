"""Officers of a production installation: each with a browser and a home folder of their own, on another computer."""

import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from portal.login import codes
from tests.deploy.production import until
from tests.login.desk import hidden, secret_of
from tests.patience import PATIENCE

PASSWORD: Final = "Kastanie-Fluss-17"
_SHOWN: Final = re.compile(r"^ +Code +([A-Z-]+)$", re.MULTILINE)


def certificate(chain: Path, key: Path) -> None:
    """A certificate for ``localhost`` that signs itself, and its key."""
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    wanted = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    out = ["-keyout", str(key), "-out", str(chain)]
    subprocess.run(["openssl", "req", *kind, *wanted, *out], check=True, capture_output=True)


@dataclass
class Officer:
    """One person. ``link``: as the operator handed it over; ``project``: a copy of this project."""

    link: str
    home: Path
    project: Path
    desk: str
    trusted: Path
    secret: str = ""
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    _last: int = 0

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """Their browser, with the cookies it had."""
        context = ssl.create_default_context(cafile=self.trusted)
        with httpx.Client(base_url=self.desk, verify=context, cookies=self.cookies, timeout=PATIENCE) as http:
            yield http
            self.cookies = http.cookies

    def sets_up(self) -> httpx.Response:
        """Follows the link: a password, and the first code of the app."""
        with self.browser() as http:
            self.secret = secret_of(http.get(self.link))
            form = {"password": PASSWORD, "again": PASSWORD, "code": self.code()}
            return http.post(self.link, data=form, follow_redirects=True)

    def enters(self, name: str) -> httpx.Response:
        """Logs in by name, password and code."""
        self.cookies = httpx.Cookies()
        with self.browser() as http:
            form = {"name": name, "password": PASSWORD, "code": self.code(), "weiter": "/"}
            return http.post("/anmelden", data=form, follow_redirects=True)

    def code(self) -> str:
        """A code that was not taken before: that of now, or the app's next one, as soon as it counts."""
        self._last = max(codes.step_of(datetime.now(UTC)), self._last + 1)
        until(lambda: codes.step_of(datetime.now(UTC)) >= self._last - 1, "the app shows no new code")
        return codes.code_at(self.secret, self._last)

    def confirms(self, code: str) -> httpx.Response:
        """Types the code of a terminal at the desk."""
        with self.browser() as http:
            csrf = hidden(http.get("/geraet"), "csrf")
            return http.post("/geraet", data={"csrf": csrf, "code": code})

    def logs_in(self) -> subprocess.CompletedProcess[str]:
        """``starter.py login`` in the terminal, and the code it shows typed in the browser."""
        with self._started("login") as running:
            assert running.stdout is not None
            said = "".join(running.stdout.readline() for _ in range(3))
            shown = _SHOWN.search(said)
            assert shown is not None, said
            assert self.confirms(shown[1]).status_code == httpx.codes.OK
            out, err = running.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(running.args, running.returncode, said + out, err)

    def types(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the terminal to its end."""
        with self._started(*words) as running:
            out, err = running.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(running.args, running.returncode, out, err)

    def _started(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "./starter.py", *words],
            cwd=self.project,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "WIR_DESK_URL": self.desk,
                "SSL_CERT_FILE": str(self.trusted),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
