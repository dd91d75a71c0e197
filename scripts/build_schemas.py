"""Write the JSON Schema of every message, for publishers in other languages."""

import json
from pathlib import Path

from services.contracts.messages import AuditClosed, FetchSite, Message, SiteAnalyzed, SiteCaptured

MESSAGES: tuple[type[Message], ...] = (FetchSite, SiteCaptured, SiteAnalyzed, AuditClosed)


def schemas() -> dict[str, str]:
    """Return the file name and content of each schema."""
    return {
        f"{kind.__name__}.{kind.SCHEMA}.json": json.dumps(
            kind.model_json_schema(by_alias=True), indent=2, ensure_ascii=False, sort_keys=True
        )
        + "\n"
        for kind in MESSAGES
    }


def main() -> None:
    """Write the schemas beside the messages."""
    folder = Path(__file__).resolve().parent.parent / "services" / "contracts" / "schemas"
    folder.mkdir(exist_ok=True)
    for name, content in schemas().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
