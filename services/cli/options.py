"""Options that several commands share, with the words of their help."""

from pathlib import Path
from typing import Annotated

import typer

from services.fetcher.settings import MOST_PAGES

Out = Annotated[Path, typer.Option(help="Folder for the database, the artefacts and the published files.")]
Concurrency = Annotated[int | None, typer.Option(min=1, max=64, help="Sites audited at the same time.")]
Resolve = Annotated[
    list[str] | None,
    typer.Option(
        help="Connect to ADDR:PORT instead of HOST[:PORT] (`HOST=ADDR:PORT`; `*` matches any host). "
        "The only way to reach a loopback or private address."
    ),
]
DnsServer = Annotated[str | None, typer.Option(help="ADDR:PORT of the DNS server to ask.")]
TrustedCa = Annotated[Path | None, typer.Option(help="PEM file of an additional certificate authority.")]
Interval = Annotated[float | None, typer.Option(min=0, help="Seconds between two page requests to one host.")]
Pdf = Annotated[bool, typer.Option("--pdf", help="Print the report as report.pdf too.")]
PerStratum = Annotated[
    str | None,
    typer.Option(help="A sample of these sizes, none of a stratum not named: `lt500=200,500-1999=300,CC=50`."),
]
Wacz = Annotated[
    bool, typer.Option("--wacz", help="Keep each site's HTTP exchanges as a WACZ, for replay (2 to 10 MB a site).")
]
MaxPages = Annotated[
    int | None,
    typer.Option(
        min=1, max=MOST_PAGES, help="Pages read of each site beyond its home page; AUDIT_MAX_PAGES (12) if unset."
    ),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Serve /metrics on this port of 127.0.0.1 while it runs; a free one when 0."),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Write every log line to standard error.")]
