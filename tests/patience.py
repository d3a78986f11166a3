"""How long a test waits for what must come before it says what did not: a guard against hanging, and no measure.

A loaded machine is slow, not wrong. Whoever waits stops waiting as soon as it is there, so patience costs nothing.
"""

from typing import Final

PATIENCE: Final = 300.0
"""Seconds. A third of what pytest grants a whole test (``timeout`` in ``pyproject.toml``), so that it says why."""
