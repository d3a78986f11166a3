"""What can go wrong between the command line and the service."""

from collections.abc import Mapping
from typing import Any


class UnreachableError(Exception):
    """Nothing answers at ``where``; ``slow``: something took the request and gave no answer in time."""

    def __init__(self, where: str, *, slow: bool = False) -> None:
        super().__init__(where)
        self.where, self.slow = where, slow


class DeskError(Exception):
    """The service said no: HTTP status, stable code and details."""

    def __init__(self, status: int, code: str, details: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.status, self.code, self.details = status, code, dict(details)
