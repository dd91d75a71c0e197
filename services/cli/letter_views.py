"""How a dead letter is shown. What it holds was written by others: nothing but printable characters leaves here."""

from collections.abc import Iterator

from services.runtime.dead_letters import ORIGINS
from services.runtime.letter import Letter

View = dict[str, object]
MAX_BODY = 4_000
"""Bytes of a body that are shown."""
_MAX_TRACEBACK = 6_000
_MAX_HEADER = 1_000


def printable(text: str) -> str:
    """Return the text on one line, everything that could move a cursor or hide other text escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


def summary(letter: Letter, ledger: str | None) -> View:
    """Return what a list says of a letter, ready for JSON. The texts are not escaped."""
    return {
        "id": letter.id,
        "queue": letter.queue,
        "actor": letter.actor,
        "audit": str(letter.audit) if letter.audit else None,
        "authority": letter.authority,
        "at": letter.at.isoformat() if letter.at else None,
        "death": letter.death,
        "why": letter.why,
        "ledger": ledger,
    }


def everything(letter: Letter, ledger: str | None) -> View:
    """Return all that is known of a letter, ready for JSON: long texts are cut, nothing is escaped."""
    return {
        **summary(letter, ledger),
        "came_from": ORIGINS[letter.queue],
        "retries": letter.retries,
        "traceback": letter.traceback[-_MAX_TRACEBACK:] if letter.traceback else None,
        "headers": {name[:_MAX_HEADER]: str(value)[:_MAX_HEADER] for name, value in letter.headers.items()},
        "size": len(letter.body),
        "body": letter.body[:MAX_BODY].decode("utf-8", "backslashreplace"),
    }


def summary_lines(view: View) -> Iterator[str]:
    """Yield a letter of a list, indented, as safe lines."""
    yield f"  {view['id']}"
    facts = (view["actor"], view["audit"] or view["authority"], view["at"], view["death"])
    yield "    " + printable(", ".join(str(fact) for fact in facts if fact))
    yield f"    why: {printable(str(view['why']))}"
    if view["ledger"]:
        yield f"    ledger: {view['ledger']}"


def full_lines(view: View) -> Iterator[str]:
    """Yield everything about a letter as safe lines."""
    for name, value in view.items():
        if isinstance(value, dict):
            yield from (f"{name} {printable(key)}: {printable(text)}" for key, text in value.items())
        elif name == "traceback" and value:
            yield f"{name}:"
            yield from (f"  {printable(line)}" for line in str(value).splitlines())
        elif name == "body":
            cut = "" if int(str(view["size"])) <= MAX_BODY else f" (the first {MAX_BODY} bytes)"
            yield f"{name}{cut}: {printable(str(value))}"
        elif value is not None:
            yield f"{name}: {printable(str(value))}"
