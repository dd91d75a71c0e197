"""Traces of OpenTelemetry, off by default: one for each release of an audit, through all services.

Nothing is traced, and no library is needed, unless ``AUDIT_TRACES_ENDPOINT`` says where the spans go. A span says
what was done, when, and for which audit; never what was on a page.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.contracts.errors import BadInput
from services.runtime.settings import read_settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

Attributes = Mapping[str, str | int | bool]
_SCOPE: Final = "commune-audit"


class TraceSettings(BaseSettings):
    """Where traces go. Every field can be set as ``AUDIT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="AUDIT_", frozen=True, extra="ignore")

    traces_endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    """URL that takes spans over OTLP/HTTP, such as http://collector:4318/v1/traces; nothing is traced when unset."""
    traces_ratio: float = Field(default=1.0, ge=0, le=1)
    """Share of the audits that are traced, each whole or not at all."""


class _Recorder:
    """What this process records spans with, if it does."""

    tracer: "Tracer | None" = None


@contextmanager
def traced(service: str) -> Iterator[None]:
    """Trace what happens while the block runs, as this service, if the settings ask for it.

    Raises BadInput for settings that cannot be used, or without the library.
    """
    settings = read_settings(TraceSettings)
    if settings.traces_endpoint is None:
        yield
        return
    provider = _exporting(service, settings.traces_endpoint, settings.traces_ratio)
    with recording(provider):
        try:
            yield
        finally:
            provider.shutdown()


@contextmanager
def recording(provider: "TracerProvider") -> Iterator[None]:
    """Record spans with a provider while the block runs."""
    _Recorder.tracer = provider.get_tracer(_SCOPE)
    try:
        yield
    finally:
        _Recorder.tracer = None


@contextmanager
def span(name: str, **attributes: str | int | bool) -> Iterator[None]:
    """Trace a block as a part of what is traced around it; do nothing where nothing is."""
    if _Recorder.tracer is None:
        yield
        return
    with _Recorder.tracer.start_as_current_span(name, attributes=attributes, record_exception=False):
        yield


def sent(actor: str, attributes: Attributes) -> dict[str, str]:
    """Trace that a message is made for an actor, and return what the message carries; empty where nothing is traced."""
    if _Recorder.tracer is None:
        return {}
    from opentelemetry.trace import SpanKind  # noqa: PLC0415  # the library is optional
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    carrier: dict[str, str] = {}
    name = f"send {actor}"
    with _Recorder.tracer.start_as_current_span(name, kind=SpanKind.PRODUCER, attributes=attributes):
        TraceContextTextMapPropagator().inject(carrier)
    return carrier


class Handling:
    """The span of one message's handling, current on the thread that began it until it ends."""

    def __init__(self, actor: str, carrier: Mapping[str, str], attributes: Attributes) -> None:
        self._span: Span | None = None
        if _Recorder.tracer is None:
            return
        from opentelemetry import context  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, set_span_in_context  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        parent = TraceContextTextMapPropagator().extract(carrier)
        self._span = _Recorder.tracer.start_span(
            f"process {actor}", context=parent, kind=SpanKind.CONSUMER, attributes=attributes
        )
        self._token = context.attach(set_span_in_context(self._span, parent))

    @property
    def trace(self) -> str | None:
        """The identifier of the trace, as tools show it; None where nothing is traced."""
        return f"{self._span.get_span_context().trace_id:032x}" if self._span is not None else None

    def end(self, outcome: str, problem: str | None) -> None:
        """End the span: how the handling ended and, where it failed, the kind of failure."""
        if self._span is None:
            return
        from opentelemetry import context  # noqa: PLC0415
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

        context.detach(self._token)
        self._span.set_attribute("outcome", outcome)
        if problem is not None:
            self._span.set_status(Status(StatusCode.ERROR, problem))
        self._span.end()


def _exporting(service: str, endpoint: str, ratio: float) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415
    except ImportError as error:
        raise BadInput("AUDIT_TRACES_ENDPOINT: traces need pip install 'commune-audit[traces]'") from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.namespace": _SCOPE}),
        sampler=ParentBased(TraceIdRatioBased(ratio)),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return provider
