"""A Content-Security-Policy, judged by the worst that it lets run (W3C CSP3; outcomes of the Observatory)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_DIRECTIVE = re.compile(r"[a-z][a-z-]*")
_KNOWN = frozenset(
    {"base-uri", "child-src", "connect-src", "default-src", "fenced-frame-src", "font-src", "form-action"}
    | {"frame-ancestors", "frame-src", "img-src", "manifest-src", "media-src", "object-src", "prefetch-src"}
    | {"report-to", "report-uri", "require-trusted-types-for", "sandbox", "script-src", "script-src-attr"}
    | {"script-src-elem", "style-src", "style-src-attr", "style-src-elem", "trusted-types"}
    | {"upgrade-insecure-requests", "worker-src", "block-all-mixed-content", "plugin-types"}
)
_BROAD = frozenset({"*", "http:", "https:", "ftp:", "http://*", "https://*", "ftp://*", "http://*.*", "https://*.*"})
_PASSIVE = frozenset({"img-src", "media-src"})
_NOT_FETCHED = frozenset({"base-uri", "form-action", "report-uri", "report-to", "frame-ancestors"})
_INSECURE = ("http:", "ftp:")
_ORDER = ("strict", "no_unsafe", "unsafe_styles", "insecure_passive", "unsafe_eval", "insecure_active", "unsafe_inline")


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: its directives by name, lower case; the first of two of one name counts."""

    directives: Mapping[str, tuple[str, ...]]
    repeated: bool = False

    def sources(self, *names: str) -> tuple[str, ...] | None:
        """Return the sources of the first directive that is there, None when none is."""
        return next((self.directives[name] for name in (*names, "default-src") if name in self.directives), None)


def parse_policies(headers: Iterable[str]) -> tuple[Policy, ...]:
    """Return the policies of header values, which commas separate. One without any known directive is left out."""
    found = []
    for header in headers:
        for text in header.split(","):
            policy = _parse(text)
            if policy.directives.keys() & _KNOWN:
                found.append(policy)
    return tuple(found)


def judge_policies(policies: Sequence[Policy], *, secure: bool) -> str:
    """Return the outcome of the policies of a page, all of which a browser enforces: the best of them."""
    outcomes = [_judge(policy, secure=secure) for policy in policies]
    return min(outcomes, key=_ORDER.index) if outcomes else "invalid"


def _parse(text: str) -> Policy:
    directives: dict[str, tuple[str, ...]] = {}
    repeated = False
    for part in text.split(";"):
        words = part.lower().split()
        if not words or not _DIRECTIVE.fullmatch(words[0]):
            continue
        repeated |= words[0] in directives
        directives.setdefault(words[0], tuple(words[1:]))
    return Policy(directives, repeated)


def _judge(policy: Policy, *, secure: bool) -> str:
    scripts, objects = policy.sources("script-src"), policy.sources("object-src")
    if scripts is None or _lets_inline(scripts) or _is_broad(scripts) or objects is None or _is_broad(objects):
        return "unsafe_inline"
    fetched = {name: sources for name, sources in policy.directives.items() if name not in _NOT_FETCHED}
    insecure = {name for name, sources in fetched.items() if secure and any(s.startswith(_INSECURE) for s in sources)}
    if insecure - _PASSIVE:
        return "insecure_active"
    styles = policy.sources("style-src") or ("*",)
    if "'unsafe-eval'" in scripts:
        return "unsafe_eval"
    if insecure:
        return "insecure_passive"
    if _lets_inline(styles) or _is_broad(styles) or "'unsafe-eval'" in styles or policy.repeated:
        return "unsafe_styles"
    return "strict" if policy.directives.get("default-src") == ("'none'",) else "no_unsafe"


def _lets_inline(sources: tuple[str, ...]) -> bool:
    """Whether any inline code runs: a nonce or a digest switches ``unsafe-inline`` off; ``data:`` is as bad."""
    checked = any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in sources)
    return "data:" in sources or ("'unsafe-inline'" in sources and not checked)


def _is_broad(sources: tuple[str, ...]) -> bool:
    """Whether code may come from anywhere; ``strict-dynamic`` switches host sources off."""
    return "'strict-dynamic'" not in sources and bool(_BROAD & set(sources))
