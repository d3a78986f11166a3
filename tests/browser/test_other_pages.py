"""Pages beside the forms, each in its states, and the HTML of every mail in both schemes: no barrier."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, Route

from models.mail.orders import Template
from models.tasks import TaskKind as K
from portal.clerk.feedback import AN_HOUR
from portal.clerk.incoming import new_submission
from tests.activities.samples import LETTERS, letter
from tests.browser.answers import text_for
from tests.browser.chromium import WCAG, Chromium, barriers
from tests.browser.clerk import Clerk
from tests.browser.robots import Robot, as_found, forms
from tests.browser.scene import CASE, Scenes, Site, served
from tests.browser.test_ways import NARROW, SMALL

pytestmark = pytest.mark.browser
SAFE = {"Sec-Fetch-Site": "same-origin"}
Pages = dict[str, httpx.Response]


def plain(site: Site) -> Pages:
    """Pages that need no link, and links that lead nowhere."""
    paths = (
        "/",
        "/kontakt",
        "/barrierefreiheit",
        "/impressum",
        "/datenschutz",
        "/nichts",
        "/t/" + "x" * 43,
        "/c/" + "x" * 43,
    )
    found = {path: site.http.get(path) for path in paths}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    found["from a foreign page"] = site.http.post(site.scene.links[-1], data={}, headers=foreign)
    found["too large"] = site.http.post(site.scene.links[-1], content=b"x" * 3_000_000, headers=SAFE)
    found["no form"] = site.http.post(
        site.scene.links[-1], content=b"x", headers={**SAFE, "Content-Type": "multipart/form-data"}
    )
    return found


def feedback(site: Site) -> Pages:
    """What somebody says about the pages: asked, empty, a wrong address, thanked; and when too much was said."""
    robot = Robot(site.http)
    found = {"feedback": robot.get("/rueckmeldung")}
    (form,) = forms(found["feedback"])
    typed = as_found(form) | {"feedback": "Die Schrift ist zu klein.", "answer_to": "jemand@anders.example"}
    found["feedback, empty"] = robot.send(form, as_found(form))
    found["feedback, wrong address"] = robot.send(form, typed | {"answer_to": "jemand"})
    found["feedback, thanks"] = robot.send(form, typed)
    for number in range(AN_HOUR):
        found["feedback, too many"] = robot.send(
            form, typed | {"submission_id": new_submission()[:-2] + f"{number:02x}"}
        )
    assert [answer.status_code for answer in found.values()] == [200, 422, 422, 200, 503]
    return found


def case_pages(site: Site) -> Pages:
    """The case's page; something is started from it; a link is asked for; nothing was chosen or typed."""
    robot, link = Robot(site.http), site.scene.case_link
    found = {"case": robot.get(link)}
    for number, form in enumerate(forms(found["case"])):
        empty = as_found(form)
        filled = empty | {one.name: one.value or text_for(one.name) for one in form.inputs if one.kind == "text"}
        filled |= {one.name: one.value for one in form.inputs if one.kind in {"checkbox", "radio"}}
        filled |= {name: "fachstelle@r06631.example" for name in filled if "address" in name or "email" in name}
        found[f"empty {number}"] = robot.send(form, empty)
        found[f"sent {number}"] = robot.send(form, filled)
    return found


def handed_over(site: Site) -> Pages:
    """The task goes to a colleague: asked, wrong, done, and what the old link says then."""
    robot, link = Robot(site.http), site.scene.links[-1]
    found = {"colleague": robot.get(f"{link}/weitergeben")}
    (form,) = forms(found["colleague"])
    found["no colleague"] = robot.send(form, as_found(form))
    typed = {one.name: one.value or text_for(one.name) for one in form.inputs if one.kind != "checkbox"}
    typed |= {one.name: one.value for one in form.inputs if one.kind == "checkbox"}
    found["outside"] = robot.send(form, typed | {"colleague_email": "wer@anderswo.example"})
    found["handed"] = robot.send(form, typed | {"colleague_email": "kollegin@r06631.example"})
    site.scene.play.settle()
    found["handed, old link"] = robot.get(link)
    return found


def closed(site: Site) -> Pages:
    """The task was answered by another."""
    site.scene.play.answer(CASE, site.scene.kind)
    robot, link = Robot(site.http), site.scene.links[-1]
    found = {"closed": robot.get(link), "not taken": robot.get(link)}
    (form,) = forms(found["closed"])[:1] or (None,)
    if form is not None:
        found["asked in vain"] = robot.send(form, as_found(form))
    return found


def blocked(site: Site) -> Pages:
    """Payment is blocked."""
    site.scene.play.start(CASE, "block", {"reason": "Prüfung"}, by="sim-berg")
    return {"blocked": site.http.get(site.scene.links[-1]), "blocked case": site.http.get(site.scene.case_link)}


def repay(site: Site) -> Pages:
    """What is to be paid back."""
    return {"repay": site.http.get(site.scene.links[-1]), "case": site.http.get(site.scene.case_link)}


def look(site: Site, pages: Pages) -> Callable[[Page], list[str]]:
    """Shows each page as the portal gave it, wide and narrow; gives its barriers."""

    def work(page: Page) -> list[str]:
        found = []
        for name, answer in pages.items():
            assert "html" in answer.headers["content-type"], name
            page.route("**/gezeigt", _giving(answer))
            for width in (1280, NARROW):
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(f"{site.address}/gezeigt", wait_until="load")
                found += [f"{name}, {width}: {line}" for line in barriers(page)]
                wide = page.evaluate("() => document.documentElement.scrollWidth")
                found += [f"{name}: {wide} pixels wide at {width}"] if wide > width else []
                found += [f"{name}, {width}: {small}" for small in page.evaluate(SMALL)]
            page.unroute("**/gezeigt")
        return found

    return work


def _giving(answer: httpx.Response) -> Callable[[Route], None]:
    """The same page with the same headers again, for the browser."""
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("content-length")}
    return lambda route: route.fulfill(headers=headers, body=answer.text)


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        pytest.param(K.COMPLETE_APPLICATION, plain, marks=pytest.mark.slow),
        pytest.param(K.COMPLETE_APPLICATION, feedback, marks=pytest.mark.slow),
        pytest.param(K.PROVE_USE, case_pages, marks=pytest.mark.slow),
        pytest.param(K.COMPLETE_APPLICATION, handed_over, marks=pytest.mark.slow),
        pytest.param(K.STATE_POSITION, closed, marks=pytest.mark.slow),
        pytest.param(K.REQUEST_DRAWDOWN, blocked, marks=pytest.mark.slow),
        (K.REPAY, repay),
    ],
)
def test_no_barrier_on_any_other_page(
    scenes: Scenes, chromium: Chromium, monkeypatch: pytest.MonkeyPatch, kind: K, made: Callable[[Site], Pages]
) -> None:
    monkeypatch.setattr("portal.clerk.app.BODY_LIMIT", 2_000_000)
    with served(scenes.copy(kind)) as site:
        pages = made(site)
        headings = {name: re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL) for name, answer in pages.items()}
        assert all(len(found) == 1 for found in headings.values()), headings
        assert chromium.visit(look(site, pages)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.slow
def test_no_barrier_in_any_mail(chromium: Chromium, scheme: str) -> None:
    """A mail is a part of another page: it is held to the guideline, not to axe's advice about whole pages."""
    rules = [rule for rule in WCAG if rule.startswith("wcag")]

    def work(page: Page) -> list[str]:
        found = []
        for template in Template:
            page.set_content(LETTERS.write(letter(template)).html, wait_until="domcontentloaded")
            found += [f"{template}: {line}" for line in barriers(page, rules=rules)]
            page.set_viewport_size({"width": NARROW, "height": 640})
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            found += [f"{template}: {wide} pixels wide"] if wide > NARROW else []
        return found

    assert chromium.visit(work, color_scheme=scheme) == []


def test_axe_finds_what_is_planted(scenes: Scenes, chromium: Chromium) -> None:
    """A field without a label, pale words, a picture without words: each is found."""

    def work(page: Page) -> str:
        Clerk(page).open(site.address + scene.links[-1])
        page.evaluate(
            """() => { document.querySelector('main').insertAdjacentHTML('beforeend',
            '<input name="x"><p class="pale">blass</p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">');
            document.querySelector('.pale').style.cssText = 'color: #ccc; background: #fff'; }"""
        )
        return "\n".join(barriers(page))

    scene = scenes.copy(K.COMPLETE_APPLICATION)
    with served(scene) as site:
        found = chromium.visit(work, expect="Content Security Policy")
    assert {"label", "color-contrast", "image-alt"} <= {line.partition(":")[0] for line in found.splitlines()}
