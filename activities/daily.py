"""Activities of the daily work. What they do is told by whoever puts the parts together."""

from collections.abc import Callable
from typing import Any

from temporalio import activity

from models.contracts import DailyWork


class DailyActivities:
    """Each asks no id: whoever starts them changes nothing that the day would not have changed."""

    def __init__(self, digests: Callable[[], int], sweep: Callable[[], int]) -> None:
        self._digests, self._sweep = digests, sweep

    def all(self) -> list[Callable[..., Any]]:
        """To be registered with a worker."""
        return [self.send_digests, self.sweep_files]

    @activity.defn(name="send_digests", no_thread_cancel_exception=True)
    def send_digests(self, work: DailyWork) -> int:
        """One mail to each officer with open tasks, at most once a legal working day; gives their number."""
        return self._digests()

    @activity.defn(name="sweep_files", no_thread_cancel_exception=True)
    def sweep_files(self, work: DailyWork) -> int:
        """Removes uploaded files that no draft and no answer names any more; gives their number."""
        return self._sweep()
