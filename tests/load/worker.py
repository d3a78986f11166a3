"""The worker process with ten years of a line."""

from assembly.process import leave
from tests.load.lines import know_them
from worker import main

if __name__ == "__main__":
    know_them()
    leave(main())
