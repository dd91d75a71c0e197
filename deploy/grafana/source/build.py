"""Write the dashboards that Grafana provisions: ``python -m deploy.grafana.source.build``."""

from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.source.broker import BROKER
from deploy.grafana.source.browser import BROWSER
from deploy.grafana.source.overview import OVERVIEW
from deploy.grafana.source.reaudit import REAUDIT
from deploy.grafana.source.render import render
from deploy.grafana.source.results import RESULTS
from deploy.grafana.source.services import SERVICES
from deploy.grafana.source.storage import STORAGE

FOLDER = Path(__file__).resolve().parent.parent / "dashboards"
BOARDS = (OVERVIEW, SERVICES, BROWSER, BROKER, STORAGE, RESULTS, REAUDIT)


def documents() -> dict[str, str]:
    """Return each dashboard's file name and JSON, always the same for the same panels."""
    encoder = JSONEncoder(sort_keys=True, indent=1, ensure_ascii=False)
    return {f"{board.uid.removeprefix('audit-')}.json": encoder.encode(render(board)) + "\n" for board in BOARDS}


def main() -> None:
    """Replace what is in the folder."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, document in documents().items():
        (FOLDER / name).write_text(document, encoding="utf-8")


if __name__ == "__main__":
    main()
