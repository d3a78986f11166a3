"""What becomes of something that an officer wants."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """What became of something a person wanted. ``told``: receipt, outcome, or what is foreseen.

    ``refused``: the code of the rule that said no, with ``details``; what was stored has its receipt in ``told``.
    """

    told: Json
    refused: str = ""
    details: Json = field(default_factory=dict)
