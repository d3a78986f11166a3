"""Keeps tokens out of logs. A link is a key; whoever reads a log must not get one.

uvicorn's access log is best switched off (``access_log=False``); where it is wanted, :func:`hide_tokens` makes every
line write ``/t/…``, ``/c/…`` and ``/zugang/…`` instead. It covers the message and its arguments. Tracebacks are the
caller's: the portal logs none that could hold a link.
"""

import logging
import re
from typing import Any

_TOKEN = re.compile(r"(/(?:[tc]|zugang)/)[^/\s\"'?#]+")
LOGGERS = ("uvicorn", "uvicorn.access", "uvicorn.error", "portal")


def without_token(text: str) -> str:
    """The text with the token of every link left out."""
    return _TOKEN.sub(r"\1…", text)


class TokenFilter(logging.Filter):
    """Rewrites a record in place; it never drops one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true."""
        record.msg = _clean(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_clean(arg) for arg in record.args)
        elif record.args:
            record.args = {name: _clean(arg) for name, arg in record.args.items()}
        return True


def _clean(value: Any) -> Any:
    return without_token(value) if isinstance(value, str) else value


def hide_tokens(*names: str) -> None:
    """Puts the filter on these loggers, by default on uvicorn's and the portal's own. Twice is once."""
    for name in names or LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(present, TokenFilter) for present in logger.filters):
            logger.addFilter(TokenFilter())
