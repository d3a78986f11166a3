"""Whether a robot sent a mail, and by which marker. See :func:`marker`."""

from typing import Final

WEAK: Final = frozenset({"sentence"})
"""Markers that are a hint only: a mail with files and such a hint is looked at by a person."""
