"""What people can start, and the form behind each."""

from models import answers as a


class MailAgain(a.Content):
    """Which mail is to be sent again: its id, or the beginning of it as lists show it (at least eight characters)."""

    mail: a.Key


START_CONTENT: dict[str, type[a.Content]] = {
    "open": a.StartTask,  # a clerk, from the case page
    "withdraw": a.Withdrawal,  # an officer, on behalf
    "notify_change": a.ChangeNotice,
    "request_extension": a.ExtensionRequest,
    "block": a.Reason,
    "resend": MailAgain,  # a letter once more, to whoever is first in line now
    "link": a.LinkAgain,  # a clerk, from a page
    "hand_over": a.Colleague,  # a clerk, from the page of the task
    "move": a.Nothing,
    "open_round": a.Nothing,  # an officer, of a round instead of a case
}
