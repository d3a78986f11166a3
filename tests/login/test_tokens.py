"""Random values are long and new each time; what is derived from them belongs to one log-in and one installation."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from portal.login.oidc.flow import LASTS, Flow, Purpose, opened, sealed
from record.logins.tokens import csrf, hashed, keyed, new_token, same
from tests.login.desk import Clock

TEXTS = st.text(alphabet=st.characters(codec=None), max_size=80)  # lone surrogates too: strangers send them
KEYS = st.text(alphabet="0123456789abcdef", min_size=64, max_size=64)


def test_tokens_are_new_and_have_256_bits() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}  # 32 bytes in Base64


@given(TEXTS)
def test_every_text_can_be_looked_up_and_what_is_stored_does_not_hold_it(text: str) -> None:
    assert hashed(text) == hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


@given(KEYS, KEYS, TEXTS, TEXTS)
def test_a_form_belongs_to_one_log_in(key: str, other_key: str, login: str, other: str) -> None:
    assert same(csrf(key, login), csrf(key, login))
    assert same(csrf(key, login), csrf(key, other)) is (hashed(login) == hashed(other))
    assert same(csrf(key, login), csrf(other_key, login)) is (key == other_key)


@given(KEYS, TEXTS, TEXTS)
def test_names_and_addresses_are_told_apart_by_their_hash_alone(key: str, one: str, other: str) -> None:
    assert (keyed(key, one) == keyed(key, other)) is (hashed(one) == hashed(other))


def flow(began: float) -> Flow:
    return Flow(Purpose.LOGIN, "state", "nonce", "verifier", "/faelle", began, link="ü")


@given(KEYS, KEYS)
def test_what_a_browser_keeps_is_opened_with_our_key_alone(key: str, other: str) -> None:
    clock = Clock()
    kept = flow(clock.now.timestamp())
    assert opened(sealed(kept, key), key, clock.now) == kept
    assert (opened(sealed(kept, key), other, clock.now) is None) is (key != other)


@given(st.data())
def test_one_changed_sign_makes_it_worthless(data: st.DataObject) -> None:
    clock = Clock()
    value = sealed(flow(clock.now.timestamp()), "k")
    at = data.draw(st.integers(0, len(value) - 1))
    sign = data.draw(st.sampled_from("abcXYZ019-_.=").filter(lambda one: one != value[at]))
    assert opened(value[:at] + sign + value[at + 1 :], "k", clock.now) is None


@given(TEXTS)
def test_any_other_text_is_none_of_ours(text: str) -> None:
    assert opened(text, "k", Clock().now) is None


def test_it_is_worth_nothing_when_it_is_too_old() -> None:
    clock = Clock()
    value = sealed(flow(clock.now.timestamp()), "k")
    clock.forward(seconds=LASTS.total_seconds() - 1)
    assert opened(value, "k", clock.now) is not None
    clock.forward(seconds=1)
    assert opened(value, "k", clock.now) is None
