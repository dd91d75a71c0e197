"""Progress of a campaign: a live line on a terminal, plain lines elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Task as RichTask
from rich.text import Text

from services.runtime.clock import Clock
from services.scheduler.domain.conservation import Progress as CampaignProgress

_PLAIN_INTERVAL = 5.0
_WIDE = 140


def wide_console() -> Console:
    """Return a console that is wide enough for tables where nobody set a width."""
    console = Console(soft_wrap=True)
    return console if console.is_terminal else Console(soft_wrap=True, width=_WIDE)


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: RichTask) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed * 60:.0f}/min" if speed else "-/min", style="cyan")


class CampaignDisplay:
    """Shows a campaign's progress: done, rate, time left, failures by reason."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._started = clock.now()
        self._last_line = 0.0
        self._first_closed: int | None = None
        self._live: Progress | None = None
        if console.is_terminal:
            self._live = Progress(
                SpinnerColumn(),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                _Rate(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[detail]}"),
                console=console,
            )
            self._task = self._live.add_task("audit", total=None, detail="")

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, progress: CampaignProgress) -> None:
        """Show the state of the campaign."""
        if self._first_closed is None:
            self._first_closed = progress.closed
        if self._live:
            self._live.update(self._task, total=progress.planned, completed=progress.closed, detail=_failures(progress))
            return
        elapsed = (self._clock.now() - self._started).total_seconds()
        if progress.finished or elapsed - self._last_line >= _PLAIN_INTERVAL:
            self._last_line = elapsed
            self._console.print(self._plain(progress, elapsed), highlight=False, soft_wrap=True)

    def _plain(self, progress: CampaignProgress, elapsed: float) -> str:
        done = progress.closed - (self._first_closed or 0)
        rate = done / elapsed if elapsed else 0.0
        left = progress.planned - progress.closed
        eta = f"{left / rate:.0f} s left" if rate and left else ("done" if not left else "time left unknown")
        line = f"{progress.closed}/{progress.planned} audited, {rate * 60:.0f}/min, {eta}"
        failures = _failures(progress)
        return f"{line}, {failures}" if failures else line


def _failures(progress: CampaignProgress) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(progress.unmeasured.items()))
