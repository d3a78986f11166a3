"""The portal process with ten years of a line."""

from assembly.process import leave
from portal.__main__ import main
from tests.load.lines import know_them

if __name__ == "__main__":
    know_them()
    leave(main())
