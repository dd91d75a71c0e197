"""Serves the corpus until SIGTERM, as a process of its own, and leaves what it was asked of behind."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from services.simulator.hostile.server import serve_corpus


async def serve(folder: Path, public: str | None) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serve_corpus(public=public) as served:
        (folder / "ca.pem").write_bytes(served.ca_pem)
        said = {"resolve": served.resolve_rules, "dns_server": f"127.0.0.1:{served.dns_port}"}
        (folder / "ready.tmp").write_text(json.dumps(said), encoding="utf-8")
        (folder / "ready.tmp").rename(folder / "ready.json")
        await stop.wait()
        asked = {name: [tally.requests, tally.sent_bytes] for name, tally in served.tallies.items()}
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
