"""What people can start, and the form behind each."""

from models import answers as a

START_CONTENT: dict[str, type[a.Content]] = {
    "open": a.StartTask,  # a clerk, from the case page
    "withdraw": a.Withdrawal,  # an officer, on behalf
    "notify_change": a.ChangeNotice,
    "request_extension": a.ExtensionRequest,
    "block": a.Reason,
    "move": a.Nothing,
    "open_round": a.Nothing,  # an officer, of a round instead of a case
}
