"""``inbox``: mail that came in and waits for an officer. Shown as plain text; files are saved, never opened."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from cli import values
from cli.call import Call
from cli.paper import Paper, acting

SHORT: Final = 8
_UNSAFE: Final = re.compile(r"[^\w.()+ -]+")
_LONGEST_NAME: Final = 120


def run(call: Call) -> None:
    """Lists, shows, settles or saves."""
    mail = call.text("inbound")
    wanted = [name for name in ("for_task", "note", "save") if call.text(name)]
    if len(wanted) > 1 or (wanted and not mail):
        raise values.UsageError(call.words.say("inbox_one"))
    if not wanted:
        found = call.desk.get(f"/inbox/{mail}" if mail else "/inbox")
        if call.as_json:
            return call.document(found)
        return (
            print_mail(call.paper, found, call.as_name)
            if mail
            else print_list(call.paper, found["mails"], call.as_name)
        )
    if wanted == ["save"]:
        return _save(call, call.desk.get(f"/inbox/{mail}"))
    key = {"for_task": "task", "note": "note"}[wanted[0]]
    found = call.post("/inbox", {"mail": mail, key: call.text(wanted[0])})
    if call.as_json:
        return call.document(found)
    return _settled(call, found)


def print_list(paper: Paper, mails: Sequence[Mapping[str, Any]], as_name: str) -> None:
    """What waits, oldest first, each with the line that shows it."""
    words = paper.words
    paper.line(words.say("inbox_head", count=len(mails)), style="bold")
    if not mails:
        paper.line(words.say("nothing"))
    for mail in mails:
        paper.line()
        paper.line(mail["subject"] or words.say("inbox_no_subject"), style="bold")
        paper.line(_about(paper, mail), indent=2)
        paper.line(words.name("inbound_reason", mail["reason"]), indent=2)
        if mail["case"]:
            paper.line(words.say("inbox_case", case=mail["case"]), indent=2)
        paper.command("inbox", mail["id"][:SHORT], *acting(as_name), indent=4)


def print_mail(paper: Paper, mail: Mapping[str, Any], as_name: str) -> None:
    """One mail: who, why, its text, its files, and what can be done with it."""
    words = paper.words
    paper.line(mail["subject"] or words.say("inbox_no_subject"), style="bold")
    paper.line(_about(paper, mail))
    paper.line(words.say("inbox_proved" if mail["verified"] else "inbox_unproved"))
    paper.line(words.name("inbound_reason", mail["reason"]))
    if mail["case"]:
        paper.line(words.say("inbox_case", case=mail["case"]))
    if not mail["whole"]:
        paper.line(words.say("inbox_cut", size=_size(mail["size"])), style="bold red")
    paper.head(words.say("inbox_text"))
    for line in str(mail["text"]).splitlines() or [words.say("none")]:
        paper.line(line, indent=2)
    if mail["files"]:
        paper.head(words.say("inbox_files"))
        for one in mail["files"]:
            name = one["name"] or words.say("inbox_no_name")
            paper.line(f"{one['no']}. {name} · {one['media_type']} · {_size(one['size'])}", indent=2)
    _next_steps(paper, mail, as_name)


def show_file(call: Call, found: Mapping[str, Any]) -> None:
    """A file of an answer: what it is, and where it was saved to if that was asked for."""
    saved = ""
    if call.text("save"):
        data = call.desk.download(f"/file/{found['sha256']}")
        saved = str(_written(call, safe_name(found["title"], found["sha256"][:12]), data))
    if call.as_json:
        return call.document({**found, "saved": saved})
    paper, words = call.paper, call.words
    paper.line(found["title"], style="bold")
    paper.line(f"{found['media_type']} · {_size(found['size'])}")
    paper.line(f"SHA-256 {found['sha256']}")
    paper.line(words.say("unchecked"), style="bold")
    if saved:
        return paper.line(words.say("inbox_saved", path=saved))
    paper.command("show", found["sha256"][:12], "--save", words.find("example.folder") or ".")
    return None


def safe_name(name: str, otherwise: str) -> str:
    """A file name that stays in its folder, hides nothing and is no command of any system."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = _UNSAFE.sub("_", "".join(sign for sign in last if sign.isprintable())).strip(" .")
    stem, dot, extension = clean.rpartition(".")
    short = f"{stem[:_LONGEST_NAME]}{dot}{extension[:12]}" if dot else clean[:_LONGEST_NAME]
    return short if short.strip("._ ") else otherwise


def _next_steps(paper: Paper, mail: Mapping[str, Any], as_name: str) -> None:
    words, short = paper.words, mail["id"][:SHORT]
    if mail["settled_at"]:
        paper.head(words.say("inbox_settled", day=words.day(mail["settled_at"]), officer=mail["settled_by"]))
        paper.line(mail["settlement"], indent=2)
    if mail["waits"]:
        paper.head(words.say("steps"))
        for task in mail["tasks"]:
            title = words.name("task", f"{task['kind']}.title")
            paper.line(words.say("inbox_as_answer", task=title, day=words.last_day(task["due"])), indent=4)
            paper.command("inbox", short, "--task", task["id"], *acting(as_name), indent=6)
        paper.line(words.say("inbox_as_seen"), indent=4)
        # The option stands there without a value: without it the line would only show the mail once more.
        paper.command("inbox", short, *acting(as_name), indent=6, ends="note")
        paper.to_add("note")
    paper.line(words.say("inbox_save"), indent=4)
    paper.command("inbox", short, "--save", words.find("example.folder") or ".", indent=6)


def _save(call: Call, mail: Mapping[str, Any]) -> None:
    """The raw mail and its files, each under a name that can do no harm."""
    short = mail["id"][:SHORT]
    saved = []
    if not call.flag("dry_run"):
        saved.append(_written(call, f"{short}.eml", call.desk.download(f"/inbox/{mail['id']}/raw")))
        for one in mail["files"]:
            data = call.desk.download(f"/inbox/{mail['id']}/file/{one['no']}")
            saved.append(_written(call, f"{short}-{one['no']}-{safe_name(one['name'], 'Anhang')}", data))
    paths = [str(path) for path in saved]
    if call.as_json:
        return call.document({"mail": mail["id"], "saved": paths, "dry_run": call.flag("dry_run")})
    for path in paths:
        call.paper.line(call.words.say("inbox_saved", path=path))
    return call.paper.line(call.words.say("unchecked"), style="bold")


def _written(call: Call, name: str, data: bytes) -> Path:
    """Writes a new file; one that is there already is never written over. Raises ``UsageError``."""
    folder = Path(call.text("save"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        with path.open("xb") as file:
            file.write(data)
        path.chmod(0o600)
    except OSError as error:
        raise values.UsageError(call.words.say("inbox_not_saved", path=folder / name, why=error.strerror)) from None
    return path


def _settled(call: Call, found: Mapping[str, Any]) -> None:
    paper, words = call.paper, call.words
    if found.get("dry_run"):
        paper.line(words.say("dry_run"), style="bold")
    if found.get("task"):
        paper.line(words.say("inbox_prepared", task=words.name("task", f"{found['kind']}.title")))
        for name in found["left_out"]:
            paper.line(words.say("inbox_left_out", name=name), indent=2)
    else:
        paper.line(words.say("inbox_noted"))
    if found.get("case"):
        paper.command("case", found["case"], *acting(call.as_name), indent=2)


def _about(paper: Paper, mail: Mapping[str, Any]) -> str:
    words = paper.words
    return words.say(
        "inbox_from",
        day=words.day(mail["at"]),
        sender=mail["sender"] or words.say("inbox_no_sender"),
        files=mail["number_of_files"] or "",
    )


def _size(number: int) -> str:
    if number < 1024:
        return f"{number} B"
    return f"{number / 1024:.0f} KiB" if number < 1024 * 1024 else f"{number / 1024 / 1024:.1f} MiB"
