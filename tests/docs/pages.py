"""The code blocks of the documentation."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str, language: str = "") -> list[str]:
    """Return the code blocks of a page that are marked as one language, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shell_lines(page: str) -> list[str]:
    """Return the lines of the blocks that need running services."""
    return [line for block in blocks(page, "sh") for line in block.splitlines()]


def control_lines(page: str) -> list[list[str]]:
    """Return the arguments of each ``rabbitmqctl`` command of a page."""
    return [shlex.split(line)[1:] for line in shell_lines(page) if line.startswith("rabbitmqctl ")]
