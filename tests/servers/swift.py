"""A private S3 server for the tests: OpenStack Swift with s3api, all in one, on loopback.

``AUDIT_TEST_S3_URL`` (``http://ACCESS:SECRET@host:port?region=…``, keys percent-encoded) uses an existing server
instead.
"""

import functools
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from services.runtime.store_settings import StoreSettings
from tests.servers.ports import free_port

REGION = "eu-west-1"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_BACKENDS = ("account", "container", "object")
_RINGS = """
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for name, port in zip(("account", "container", "object"), ports):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d1", "weight": 1.0})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{name}.ring.gz")
"""
_COMMON = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {etc}
devices = {devices}
mount_check = false
disable_fallocate = true
log_level = ERROR
"""
_BACKEND = """
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
_PROXY_PIPELINE = (
    "catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth "
    "slo dlo versioned_writes symlink proxy-server"
)
_PROXY = f"""
[pipeline:main]
pipeline = {_PROXY_PIPELINE}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
location = {REGION}
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:9
""" + "".join(
    f"[filter:{name}]\nuse = egg:swift#{name}\n"
    for name in _PROXY_PIPELINE.split()
    if name not in {"s3api", "tempauth", "cache", "proxy-server"}
)
_SWIFT = """[swift-hash]
swift_hash_path_suffix = tests
swift_hash_path_prefix = tests
[storage-policy:0]
name = default
default = yes
"""


class S3Server:
    """An S3 server and the credentials for it. Each test asks for its own bucket."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str, region: str = REGION) -> None:
        self.endpoint = endpoint
        self.access_key = access_key
        self.secret_key = secret_key
        self.region = region
        self._run = uuid.uuid4().hex[:8]
        self._numbers = itertools.count(1)

    def settings(self, bucket: str, **changes: Any) -> StoreSettings:
        """Return the settings of a store in a bucket of this server."""
        values: dict[str, Any] = {
            "store_url": f"s3://{bucket}",
            "s3_endpoint_url": self.endpoint,
            "s3_region": self.region,
            "s3_access_key": self.access_key,
            "s3_secret_key": self.secret_key,
        }
        return StoreSettings(**(values | changes))

    @functools.cached_property
    def client(self) -> Any:
        """A boto3 client, to look behind the store's back."""
        return boto3.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 5}),
        )

    def new_bucket(self) -> str:
        """Create an empty bucket and return its name."""
        name = f"audit-{self._run}-{next(self._numbers)}"
        self.client.create_bucket(Bucket=name)
        return name


class SwiftServer(S3Server):
    """Four Swift processes in a folder, which can be taken down and brought back with their data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = dict(zip((*_BACKENDS, "proxy"), (free_port() for _ in range(4)), strict=True))
        self._processes: list[subprocess.Popen[bytes]] = []
        super().__init__(f"http://127.0.0.1:{self._ports['proxy']}", "test:tester", "testing")
        self._configure()

    def _configure(self) -> None:
        etc, devices = self._folder / "etc", self._folder / "devices"
        etc.mkdir(parents=True)
        (devices / "d1").mkdir(parents=True)
        (etc / "swift.conf").write_text(_SWIFT)
        for name, port in self._ports.items():
            common = _COMMON.format(port=port, user=_user(), etc=etc, devices=devices)
            (etc / f"{name}.conf").write_text(common + (_PROXY if name == "proxy" else _BACKEND.format(name=name)))
        ports = [str(self._ports[name]) for name in _BACKENDS]
        subprocess.run([sys.executable, "-W", "ignore", "-c", _RINGS, str(etc), *ports], check=True)

    def start(self) -> None:
        """Start every process and wait until buckets can be listed."""
        for name in self._ports:
            command = Path(sys.executable).with_name(f"swift-{name}-server")
            with (self._folder / f"{name}.log").open("ab") as log:
                self._processes.append(
                    subprocess.Popen([command, self._folder / "etc" / f"{name}.conf"], stdout=log, stderr=log)
                )
        deadline = time.monotonic() + _START_SECONDS
        while not all(_listens(port) for port in self._ports.values()):
            ended = [process for process in self._processes if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"Swift did not start:\n{self._logs()}")
            time.sleep(0.05)
        self.client.list_buckets()

    def stop(self) -> None:
        """Stop every process. The data stays; ``start`` brings it back on the same port."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def remove(self) -> None:
        """Stop, and leave nothing on the disk."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(self._folder.glob("*.log")))


_SERVER = pytest.StashKey[S3Server]()


@pytest.fixture(scope="session")
def s3_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> S3Server:
    """The S3 server of the session: started at most once, however many test folders import this."""
    config = request.config
    if _SERVER not in config.stash:
        config.stash[_SERVER] = _existing_server() or _private_server(config, tmp_path_factory)
    return config.stash[_SERVER]


def private_swift(tmp_path_factory: pytest.TempPathFactory) -> SwiftServer:
    """Return a started Swift that a test may take down. The caller removes it."""
    if not Path(sys.executable).with_name("swift-proxy-server").is_file():
        message = "the S3 server of the tests is not installed: pip install 'commune-audit[dev]' (package swift)"
        pytest.fail(message)
    server = SwiftServer(tmp_path_factory.mktemp("swift"))
    server.start()
    return server


def _private_server(config: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> S3Server:
    server = private_swift(tmp_path_factory)
    config.add_cleanup(server.remove)
    return server


def _existing_server() -> S3Server | None:
    url = urlsplit(os.environ.get("AUDIT_TEST_S3_URL", ""))
    if not url.hostname:
        return None
    region = parse_qs(url.query).get("region", [REGION])[0]
    host = url.hostname if url.port is None else f"{url.hostname}:{url.port}"
    return S3Server(f"{url.scheme}://{host}", unquote(url.username or ""), unquote(url.password or ""), region)


def _user() -> str:
    import pwd  # noqa: PLC0415  # POSIX only, as Swift is

    return pwd.getpwuid(os.getuid()).pw_name


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
