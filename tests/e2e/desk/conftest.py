"""The browser is the one of the clerks' pages: one Chromium for all."""

from tests.browser.conftest import chromium

__all__ = ["chromium"]
