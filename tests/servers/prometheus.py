"""A private Prometheus with the project's own configuration and rules, and the exporters it scrapes in a deployment."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from tests.servers.ports import free_port

_CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"
SCRAPE_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of an answer."""

    labels: dict[str, str]
    value: float


class Prometheus:
    """A running server. ``get`` asks it as Grafana does."""

    def __init__(self, port: int) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def get(self, expression: str) -> list[Sample]:
        """Return what an expression gives now; a wrong one fails the test with the server's words."""
        answer = self._client.get("/api/v1/query", params={"query": expression})
        body = answer.json()
        assert body["status"] == "success", f"{expression}\n{body}"
        data = body["data"]
        found = [{"metric": {}, "value": data["result"]}] if data["resultType"] == "scalar" else data["result"]
        return [Sample(one["metric"], float(one["value"][1])) for one in found]

    def one(self, expression: str) -> float:
        """Return the value of an expression that gives exactly one."""
        (found,) = self.get(expression)
        return found.value

    def by(self, label: str, expression: str) -> dict[str, float]:
        """Return the values of an expression by one of its labels."""
        return {sample.labels[label]: sample.value for sample in self.get(expression)}

    def wait_for(self, expression: str, seconds: float = 60) -> None:
        """Wait until an expression gives something."""
        deadline = time.monotonic() + seconds
        while not self.get(expression):
            assert time.monotonic() < deadline, f"{expression} stays empty"
            time.sleep(0.3)

    def close(self) -> None:
        """Close the connections to it."""
        self._client.close()


@contextmanager
def private_prometheus(folder: Path, targets: Mapping[str, int]) -> Iterator[Prometheus]:
    """Run a server that scrapes loopback ports by the job of ``deploy/prometheus/prometheus.yml`` they belong to."""
    port = free_port()
    shutil.copytree(_CONFIGURATION, folder)
    configuration = folder / "prometheus.yml"
    often = configuration.read_text(encoding="utf-8").replace(": 15s", f": {SCRAPE_SECONDS}s")
    configuration.write_text(often, encoding="utf-8")
    (folder / "targets").mkdir()
    for job, target in targets.items():
        (folder / "targets" / f"{job}.yml").write_text(f'- targets: ["127.0.0.1:{target}"]\n', encoding="utf-8")
    command = [
        *("prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}"),
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with _running(command, folder / "prometheus.log", f"http://127.0.0.1:{port}/-/ready"):
        prometheus = Prometheus(port)
        try:
            yield prometheus
        finally:
            prometheus.close()


@contextmanager
def postgres_exporter(database: URL, folder: Path) -> Iterator[int]:
    """Run the exporter of PostgreSQL on one database, and give its port."""
    port = free_port()
    name = database.render_as_string(hide_password=False) + "?sslmode=disable"
    command = ["prometheus-postgres-exporter", f"--web.listen-address=127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}/metrics"
    with _running(command, folder / "postgres-exporter.log", url, {"DATA_SOURCE_NAME": name}):
        yield port


@contextmanager
def node_exporter(folder: Path) -> Iterator[int]:
    """Run the exporter of this machine's disks, and give its port."""
    port = free_port()
    command = [
        *("prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"),
        *("--collector.disable-defaults", "--collector.filesystem"),
    ]
    with _running(command, folder / "node-exporter.log", f"http://127.0.0.1:{port}/metrics"):
        yield port


@contextmanager
def _running(command: list[str], log: Path, ready: str, settings: Mapping[str, str] | None = None) -> Iterator[None]:
    if shutil.which(command[0]) is None:
        pytest.fail(f"{command[0]} is not installed: apt-get install {command[0]}")
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | dict(settings or {}))
    try:
        deadline = time.monotonic() + 60
        while not _answers(ready):
            assert child.poll() is None, log.read_text(errors="replace")[-3000:]
            assert time.monotonic() < deadline, log.read_text(errors="replace")[-3000:]
            time.sleep(0.1)
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
