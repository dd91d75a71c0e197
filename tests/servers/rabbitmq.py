"""A private RabbitMQ node on loopback for a test session, or the one ``AUDIT_TEST_AMQP_URL`` names."""

import base64
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pika
import pytest
from dramatiq.common import dq_name, xq_name

from services.contracts import queues
from tests.servers.certificates import CERTIFICATE, KEY, make_certificate
from tests.servers.ports import free_port

_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CONTROL = Path("/usr/lib/rabbitmq/bin/rabbitmqctl")


class RabbitmqServer:
    """A private node: its own folder, ports, Erlang cookie and port mapper. Can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.tls_port = free_port()
        self.management_port = free_port()
        self.metrics_port = free_port()
        self._epmd_port = free_port()
        self._distribution_port = free_port()
        self._node = f"audit{os.getpid()}x{self.port}@localhost"
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the default virtual host, as guest."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"

    @property
    def authority(self) -> Path:
        """The certificate of the TLS listener, on ``tls_port``: it is for localhost, and its own authority."""
        return self._folder / CERTIFICATE

    @property
    def management_url(self) -> str:
        """The address of the management interface, without its credentials (guest, guest)."""
        return f"http://127.0.0.1:{self.management_port}"

    @property
    def metrics_url(self) -> str:
        """The address of the node's Prometheus metrics."""
        return f"http://127.0.0.1:{self.metrics_port}/metrics"

    def start(self) -> None:
        """Start the node and wait until it accepts AMQP connections."""
        self._configure()
        if self._epmd is None:
            self._epmd = self._spawn(["epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)])
            _wait_for_port(self._epmd_port, self._epmd, 10)
        self._server = self._spawn([str(_PROGRAM)])
        _wait_for_port(self.port, self._server, 60, log=self._folder / "output.log")
        _wait_for_port(self.management_port, self._server, 30)

    def stop(self) -> None:
        """Stop the node in an orderly way; its durable queues stay in its folder."""
        _end(self._server, signal.SIGTERM, self._folder)
        self._server = None

    def kill(self) -> None:
        """Kill the node as a power cut would."""
        _end(self._server, signal.SIGKILL, self._folder)
        self._server = None

    def close(self) -> None:
        """Stop everything this server started."""
        self.stop()
        _end(self._epmd, signal.SIGTERM, self._folder)
        self._epmd = None

    def new_virtual_host(self) -> str:
        """Make an empty virtual host and return its address."""
        name = f"test-{secrets.token_hex(4)}"
        credentials = base64.b64encode(b"guest:guest").decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.management_port, timeout=10)
        with closing(connection):
            connection.request("PUT", f"/api/vhosts/{name}", headers={"Authorization": f"Basic {credentials}"})
            answer = connection.getresponse()
            assert answer.status == 201, answer.read()
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{name}"

    def control(self, *arguments: str) -> str:
        """Run rabbitmqctl against the node and return what it printed."""
        done = subprocess.run(
            [str(_CONTROL), "-q", *arguments], env=self._environment(), capture_output=True, text=True, check=True
        )
        return done.stdout

    def set_consumer_timeout(self, milliseconds: int) -> None:
        """Change how long a delivery may stay unacknowledged, for channels opened from now on."""
        # The server looks for late acknowledgements once a minute; a test cannot wait for that.
        tick = min(60_000, milliseconds // 4)
        settings = f"{{consumer_timeout, {milliseconds}}}, {{channel_tick_interval, {tick}}}"
        self.control("eval", f"[application:set_env(rabbit, K, V) || {{K, V}} <- [{settings}]].")

    def _configure(self) -> None:
        if not self.authority.exists():
            make_certificate(self._folder, "localhost")
        lines = [
            f"listeners.tcp.local = 127.0.0.1:{self.port}",
            f"listeners.ssl.local = 127.0.0.1:{self.tls_port}",
            f"ssl_options.certfile = {self.authority}",
            f"ssl_options.keyfile = {self._folder / KEY}",
            "ssl_options.verify = verify_none",
            "management.tcp.ip = 127.0.0.1",
            f"management.tcp.port = {self.management_port}",
            "prometheus.tcp.ip = 127.0.0.1",
            f"prometheus.tcp.port = {self.metrics_port}",
            "disk_free_limit.absolute = 50MB",
            "vm_memory_high_watermark.absolute = 1GB",
            "log.console = false",
        ]
        (self._folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        (self._folder / "plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            "PATH": os.environ["PATH"] + ":/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "node.pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
        }

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "output.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float, log: Path | None = None) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                output = log.read_text(errors="replace")[-3000:] if log and log.exists() else ""
                raise RuntimeError(f"nothing listens on port {port}\n{output}") from None
            time.sleep(0.05)
        else:
            return


def _group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _end(process: subprocess.Popen[bytes] | None, how: signal.Signals, folder: Path) -> None:
    """End a process and everything it started: it leads its own session."""
    if process is None:
        return
    pid_file = folder / "node.pid"
    node = int(pid_file.read_text()) if process.args == [str(_PROGRAM)] and pid_file.exists() else process.pid
    for target in {node, process.pid}:
        try:
            os.kill(target, how)
        except ProcessLookupError:
            continue
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
    # The port programs of Erlang end a moment after the machine itself.
    deadline = time.monotonic() + 3
    while _group_is_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _group_is_alive(process.pid):
        os.killpg(process.pid, signal.SIGKILL)


def _private_server(config: pytest.Config) -> RabbitmqServer:
    """Start a private node that is stopped, with nothing left of it, when the session ends."""
    if not _PROGRAM.exists() or shutil.which("epmd") is None:
        message = "RabbitMQ is not installed: apt-get install rabbitmq-server (or set AUDIT_TEST_AMQP_URL)"
        pytest.fail(message)
    folder = Path(tempfile.mkdtemp(prefix="audit-rabbitmq-"))
    server = RabbitmqServer(folder)

    def remove() -> None:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)

    config.add_cleanup(remove)
    server.start()
    return server


_SERVER = pytest.StashKey[RabbitmqServer]()


@pytest.fixture(scope="session")
def private_rabbitmq(request: pytest.FixtureRequest) -> RabbitmqServer:
    """A private node that a test may stop, start and configure: one a session, however many modules import this."""
    stash = request.config.stash
    if _SERVER not in stash:
        stash[_SERVER] = _private_server(request.config)
    return stash[_SERVER]


@pytest.fixture
def amqp_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty virtual host, or of the server that ``AUDIT_TEST_AMQP_URL`` names, emptied."""
    existing = os.environ.get("AUDIT_TEST_AMQP_URL")
    if existing:
        _delete_queues(existing)
        return existing
    server: RabbitmqServer = request.getfixturevalue("private_rabbitmq")
    return server.new_virtual_host()


def _delete_queues(url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for name in queues.WORK_QUEUES:
            for queue in (name, dq_name(name), xq_name(name)):
                channel.queue_delete(queue)
        for queue in (queues.REQUESTS, queues.REQUESTS_REJECTED):
            channel.queue_delete(queue)
