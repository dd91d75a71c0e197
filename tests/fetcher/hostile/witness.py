"""Witnesses of what leaves a process: packets seen on loopback, and listeners that should never be spoken to."""

import asyncio
import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from pathlib import Path

from tests.fetcher.hostile.traces import below

Seen = set[tuple[str, str, int]]
"""Protocol, address and port of every destination."""

_SO_ATTACH_FILTER = 26
_ANY_PROTOCOL = 3
_LOAD, _AND, _EQUALS, _HEADER, _AT_HEADER, _RETURN = 0x30, 0x54, 0x15, 0xB1, 0x50, 0x06
_FILTER = (
    # Only what opens something: UDP (and whatever else), and TCP with SYN and without ACK.
    (_LOAD, 0, 0, 0), (_AND, 0, 0, 0xF0), (_EQUALS, 0, 6, 0x40),
    (_LOAD, 0, 0, 9), (_EQUALS, 0, 9, 6),
    (_HEADER, 0, 0, 0), (_AT_HEADER, 0, 0, 13), (_AND, 0, 0, 0x12), (_EQUALS, 5, 6, 0x02),
    (_LOAD, 0, 0, 6), (_EQUALS, 0, 3, 6), (_LOAD, 0, 0, 53), (_AND, 0, 0, 0x12), (_EQUALS, 0, 1, 0x02),
    (_RETURN, 0, 0, 128),
    (_RETURN, 0, 0, 0),
)  # fmt: skip


@contextlib.contextmanager
def packets() -> Iterator[Seen]:
    """Collect the destinations of everything that is opened on loopback until the block ends."""
    seen: Seen = set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ANY_PROTOCOL)) as raw:
        program = b"".join(struct.pack("HBBI", *step) for step in _FILTER)
        buffer = ctypes.create_string_buffer(program)
        raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(_FILTER), ctypes.addressof(buffer)))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        raw.bind(("lo", _ANY_PROTOCOL))
        raw.settimeout(0.2)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    _note(raw.recv(128), seen)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()


def _note(packet: bytes, seen: Seen) -> None:
    four = packet[0] >> 4 == 4
    protocol = packet[9] if four else packet[6]
    address = packet[16:20] if four else packet[24:40]
    sender = packet[12:16] if four else packet[8:24]
    body = packet[(packet[0] & 15) * 4 :] if four else packet[40:]
    names = {socket.IPPROTO_TCP: "tcp", socket.IPPROTO_UDP: "udp"}
    if protocol in names:
        source, port = struct.unpack(">HH", body[:4])
        if names[protocol] == "udp" and ("udp", str(ip_address(sender)), source) in seen:
            # The answer to a question that was noted: its direction cannot be told from the packet.
            return
        seen.add((names[protocol], str(ip_address(address)), port))


@contextlib.asynccontextmanager
async def listeners(ports: tuple[int, ...]) -> AsyncIterator[list[str]]:
    """Listen on every address of this machine, at ports over TCP and UDP, and collect who was spoken to."""
    spoken: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        for port in ports:
            for family, any_address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104
                await _listen(stack, spoken, family, any_address, port)
        yield spoken


async def _listen(
    stack: contextlib.AsyncExitStack, spoken: list[str], family: socket.AddressFamily, address: str, port: int
) -> None:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        spoken.append(f"tcp {writer.get_extra_info('sockname')[:2]} {(await reader.read(200))!r}")
        writer.close()

    class Hear(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _: object) -> None:
            spoken.append(f"udp {port} {data[:50]!r}")

    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        # Without the right to a low port, or where it is taken, the other witnesses remain.
        server = await asyncio.start_server(hear, address, port, family=family)
        stack.callback(server.close)
        transport, _ = await loop.create_datagram_endpoint(Hear, local_addr=(address, port), family=family)
        stack.callback(transport.close)


@contextlib.contextmanager
def connections(root: int) -> Iterator[Seen]:
    """Collect where the sockets of a process and its descendants lead, until the block ends.

    For where packets may not be watched: a socket that lives for less than a look is missed.
    """
    seen: Seen = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            ours = {inode for pid in below(root) for inode in _sockets(pid)}
            for kind in ("tcp", "tcp6", "udp", "udp6"):
                for line in Path(f"/proc/net/{kind}").read_text(encoding="ascii").splitlines()[1:]:
                    row = line.split()
                    address, port = row[2].split(":")
                    if row[9] in ours and int(port, 16):
                        seen.add((kind[:3], _address(address), int(port, 16)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _sockets(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(fd.readlink())
                if target.startswith("socket:["):
                    yield target[8:-1]


def _address(text: str) -> str:
    """Return an address of /proc/net, which is written in words of the machine's byte order."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    return str(ip_address(b"".join(words)))


def own_listeners() -> set[int]:
    """Return the ports that are listened on at 127.0.0.1 only: our own servers and proxy."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[1].startswith("0100007F:")}
