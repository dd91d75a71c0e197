"""Write the JSON Schema of every message, for publishers in other languages."""

import json
from pathlib import Path

from services.contracts.messages import AuditClosed, FetchSite, SiteAnalyzed, SiteCaptured
from services.contracts.model import Record
from services.contracts.requests import SCHEMA, RequestMessage

MESSAGES: dict[str, type[Record]] = {
    **{f"{kind.__name__}.{kind.SCHEMA}": kind for kind in (FetchSite, SiteCaptured, SiteAnalyzed, AuditClosed)},
    f"{RequestMessage.__name__}.{SCHEMA}": RequestMessage,
}


def schemas() -> dict[str, str]:
    """Return the file name and content of each schema."""
    return {
        f"{name}.json": json.dumps(kind.model_json_schema(by_alias=True), indent=2, ensure_ascii=False, sort_keys=True)
        + "\n"
        for name, kind in MESSAGES.items()
    }


def main() -> None:
    """Write the schemas beside the messages."""
    folder = Path(__file__).resolve().parent.parent / "services" / "contracts" / "schemas"
    folder.mkdir(exist_ok=True)
    for name, content in schemas().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
