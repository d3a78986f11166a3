"""The desk that listens is the one of the command line's tests."""

from tests.cli.conftest import office

__all__ = ["office"]
