"""The worker process with ten years of a line."""

import sys

from tests.load.lines import know_them
from worker import main

if __name__ == "__main__":
    know_them()
    sys.exit(main())
