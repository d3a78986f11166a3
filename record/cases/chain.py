"""The hash chain of a case: each step carries the hash of the one before, so none can be changed unseen."""

import hashlib
import json
from typing import Any

GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """JSON with sorted keys and no white space: the same value has the same text for ever."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """SHA-256 of UTF-8 text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def step_hash(prev_hash: str, case_id: str, actor: str, command_id: str | None, body: dict[str, Any]) -> str:
    """Hash of a step over its predecessor, its case, who acted, by which command, and what changed."""
    return sha256(canonical([prev_hash, case_id, actor, command_id, body]))


def key_hash(*parts: str) -> str:
    """What made a step; another content under the same number is an alarm."""
    return sha256(canonical(parts))
