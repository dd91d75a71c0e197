"""How a benchmark tells its results: a table for people, or one JSON object."""

import argparse
import json
import os
import platform
from typing import Any


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the option that every benchmark has."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return made


def tell(title: str, figures: dict[str, Any], *, as_json: bool) -> None:
    """Print figures by name; a number with decimals is rounded in the table only."""
    if as_json:
        print(json.dumps({"benchmark": title, "machine": machine(), **figures}))
        return
    print(f"{title} ({machine()})")
    for name, value in figures.items():
        print(f"  {name.replace('_', ' '):44} {_shown(value):>14}")


def machine() -> str:
    """Return what the figures were measured on, and how busy it was: others' work makes everything cost more."""
    return f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "NO"
        case float():
            return f"{value:,.3f}"
        case int():
            return f"{value:,}"
    return str(value)
