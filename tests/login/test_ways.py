"""After a log-in a browser goes to a page of ours, whatever an address or a form says."""

from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.login.ways import own_path, to_provider, with_next

OWN = ["/", "/faelle", "/faelle?seite=2&stand=offen", "/faelle/wir-fm-2018-06631#geld", "/suche?q=M%C3%BCller", "/a//b"]

FOREIGN = [
    "",
    "//evil.example",
    "//evil.example/faelle",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/faelle\\..\\x",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "faelle",
    "?weiter=/x",
    "@evil.example",
    " //evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "/\r\nLocation: https://evil.example",
    "/\x00",
    "/\x7f",
    "/müller",
    "/\u2028",
    "/\uff0fevil.example",
    "/" + "a" * 2000,
]


@pytest.mark.parametrize("path", OWN)
def test_a_path_of_ours_stays(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize("path", FOREIGN)
def test_anything_else_becomes_the_first_page(path: str) -> None:
    assert own_path(path) == "/"


def as_browsers_read(text: str) -> str:
    """The URL standard drops tabs and line breaks and the blanks around, and takes a backslash for a slash."""
    return "".join(sign for sign in text if sign not in "\t\r\n").strip(" \x00\x1f").replace("\\", "/")


@given(st.text(alphabet=st.sampled_from("/\\\t\r\n :@.%?#&aé\x00"), max_size=12) | st.text(max_size=30))
@example("/\t//evil.example")
def test_no_text_leads_to_another_host(text: str) -> None:
    found = urlsplit(urljoin("https://desk.example/anmelden", as_browsers_read(own_path(text))))
    assert (found.scheme, found.netloc) == ("https", "desk.example")


def test_the_way_back_is_named_and_checked() -> None:
    assert with_next("/anmelden", "/faelle?a=1") == "/anmelden?weiter=%2Ffaelle%3Fa%3D1"
    assert with_next("/anmelden", "//evil.example") == "/anmelden"
    asked = parse_qs(urlsplit(to_provider("login", "//evil.example")).query)
    assert asked == {"zweck": ["login"], "weiter": ["/"]}
