"""What every answer of the portal carries and never carries, from a page to an error nobody expected."""

import re
from xml.etree.ElementTree import Element

import html5lib
import httpx
import pytest
from playwright.sync_api import Page
from sqlalchemy.exc import OperationalError

from models.tasks import TaskKind as K
from portal.security import HEADERS
from tests.browser.chromium import Chromium
from tests.browser.clerk import Clerk
from tests.browser.scene import Scenes, Site, served, within

OWN = ("/", "#", "mailto:", "tel:", "?", "data:")
ACTIVE = {"script", "iframe", "object", "embed", "style", "base"}
SAFE = {"Sec-Fetch-Site": "same-origin"}


def wrong(answer: httpx.Response, *, static: bool = False) -> list[str]:
    """What is missing on an answer, or should not be there."""
    found = [f"no {name}" for name, value in HEADERS.items() if answer.headers.get(name) != value]
    found += ["cookie"] if "set-cookie" in answer.headers else []
    found += ["names the server"] if {"server", "x-powered-by"} & set(answer.headers) else []
    found += ["may be kept"] if not static and answer.headers.get("cache-control") != "no-store" else []
    if "html" in answer.headers.get("content-type", ""):
        tree: Element = html5lib.parse(answer.text, namespaceHTMLElements=False)
        for one in tree.iter():
            found += [f"active: {one.tag}"] if one.tag in ACTIVE or one.get("style") else []
            found += [f"handler: {name}" for name in one.attrib if name.startswith("on")]
            targets = [
                one.get(name) or "" for name in ("src", "href", "action", "srcset", "data", "poster", "formaction")
            ]
            found += [f"leads away: {target}" for target in targets if target and not target.startswith(OWN)]
            found += [f"leads away: {target}" for target in targets if target.startswith("//")]
    return found


def answers(site: Site) -> list[tuple[str, int, httpx.Response]]:
    """Every route and each way it can end: (what, status wanted, answer)."""
    task, case, http = site.scene.links[-1], site.scene.case_link, site.http
    foreign = {"Origin": "https://fremd.example", "Sec-Fetch-Site": "cross-site"}
    lost = "/t/" + "x" * 43
    large = {"files": ("a.pdf", b"%PDF-1.7 " + b"x" * 3_000_000)}
    plain = ("/", "/kontakt", "/barrierefreiheit", "/impressum", "/datenschutz", "/rueckmeldung")
    asked = [("GET", path, 200) for path in (*plain, task, case, f"{task}/weitergeben")]
    asked += [("GET", path, 404) for path in ("/nichts", lost, lost.replace("/t/", "/c/"), "/static/nichts.css")]
    asked += [("OPTIONS", path, 204) for path in ("/", task, case, "/nichts")]
    asked += [("HEAD", path, 200) for path in ("/", task, case)]
    asked += [(method, path, 405) for method in ("POST", "DELETE", "PUT", "PATCH") for path in ("/kontakt",)]
    done = [(f"{method} {path}", wanted, http.request(method, path)) for method, path, wanted in asked]
    done += [
        ("empty form", 422, http.post(task, data={"step": "check"}, headers=SAFE)),
        ("nothing chosen", 422, http.post(f"{case}/start", data={}, headers=SAFE)),
        ("no colleague", 422, http.post(f"{task}/weitergeben", data={}, headers=SAFE)),
        ("no words", 422, http.post("/rueckmeldung", data={}, headers=SAFE)),
        ("foreign", 403, http.post(task, data={"step": "check"}, headers=foreign)),
        ("too large", 413, http.post(task, headers=SAFE, files=large)),
        ("no form", 400, http.post(task, content=b"x", headers={**SAFE, "Content-Type": "multipart/form-data"})),
        ("reload", 303, http.get(f"{case}/start")),
    ]
    return done


def test_every_answer_carries_the_headers(scenes: Scenes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.clerk.app.BODY_LIMIT", 2_000_000)
    with served(scenes.copy(K.COMPLETE_APPLICATION)) as site:
        for what, status, answer in answers(site):
            assert (what, answer.status_code) == (what, status)
            assert (what, wrong(answer, static="/static/" in what)) == (what, [])
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', site.http.get("/").text):
            assert (path, wrong(site.http.get(path), static=True)) == (path, [])


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT", {"iban": "geheim"}, Exception("locked")), ValueError("geheim")]
)
def test_an_unexpected_error_too(
    scenes: Scenes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("portal.clerk.task_pages.clerk_task", fail)
    with within(scenes.copy(K.COMPLETE_APPLICATION)) as site:
        answer = site.http.get(site.scene.links[-1])
        assert answer.status_code == 503
        assert wrong(answer) == []
        assert "geheim" not in answer.text
        assert "Traceback" not in answer.text
        assert "geheim" not in caplog.text


@pytest.mark.browser
@pytest.mark.slow
def test_with_cookies_blocked(scenes: Scenes, chromium: Chromium) -> None:
    """The browser would not keep one: everything works; nothing is in its other stores either."""
    scene = scenes.copy(K.WITHDRAW)
    with served(scene) as site:

        def work(page: Page) -> str:
            clerk = Clerk(page)
            heading = clerk.answer(site.address + scene.links[-1])
            kept = clerk.page.evaluate("() => [document.cookie, localStorage.length, sessionStorage.length]")
            assert kept == ["", 0, 0]
            return heading

        assert "eingegangen" in chromium.visit(work)
