"""Whether a site presents a public policy: in its menus, headings and addresses, or only somewhere in its text."""

from services.analyzer.indicator import Finding, undetermined
from services.analyzer.lexicons import LEXICONS, MATCHER
from services.analyzer.presence.absence import absent
from services.analyzer.presence.mentions import Mention, Place, read_mentions
from services.analyzer.presence.proof import mention_evidence
from services.analyzer.site import Site, once_per_site
from services.contracts.capture import PageClass
from services.contracts.reasons import Reason
from services.contracts.verdicts import State

TOPICS = LEXICONS["topics"].entries
TERMS = 2
"""Different words of running text that it takes to say that a policy is spoken of."""
_ABOUT_THE_SITE = frozenset({PageClass.MENTIONS, PageClass.PRIVACY, PageClass.ACCESSIBILITY})
_EVIDENCE = 3


def judge_topic(site: Site, topic: str) -> Finding:
    """Return ``yes`` where the site has a place for the policy, ``partial`` where it only speaks of it."""
    key = f"topics.{topic}"
    mentions = [m for m in read_mentions(site).get(key, ()) if m.page.capture.page_class not in _ABOUT_THE_SITE]
    placed = [m for m in mentions if m.place is not Place.TEXT and not _is_home_title(m)]
    if placed:
        return Finding(
            state=State.YES,
            confidence=0.95 if len({m.snippet for m in placed}) > 1 else 0.8,
            evidence=tuple(mention_evidence(m, key) for m in placed[:_EVIDENCE]),
        )
    spoken = [m for m in mentions if m.place is Place.TEXT]
    if len(_words(spoken, key)) >= TERMS:
        return Finding(
            state=State.PARTIAL,
            confidence=0.6,
            reasons=("text_only",),
            evidence=tuple(mention_evidence(m, key) for m in spoken[:_EVIDENCE]),
        )
    return absent(site, "topic_absent")


@once_per_site
def count_topics(site: Site) -> Finding:
    """Return how many policies have a place on the site; ``yes`` from one on."""
    found = {topic.id: judge_topic(site, topic.id) for topic in TOPICS}
    present = [finding for finding in found.values() if finding.state is State.YES]
    if any(finding.state is State.UNDETERMINED for finding in found.values()):
        evidence = tuple(
            e for finding in found.values() if finding.state is State.UNDETERMINED for e in finding.evidence
        )
        return undetermined(Reason.PLAN_INCOMPLETE, *evidence[:1])
    evidence = tuple(finding.evidence[0] for finding in present) or absent(site, "topic_absent").evidence
    return Finding(
        state=State.YES if present else State.NO,
        value=len(present),
        confidence=0.8,
        reasons=() if present else ("topic_absent",),
        evidence=evidence,
    )


def _is_home_title(mention: Mention) -> bool:
    return mention.where == "title" and mention.page.capture.page_class is PageClass.HOME


def _words(mentions: list[Mention], key: str) -> set[str]:
    """Return the different words said, their plural not counted apart; looked for until there are enough."""
    found: set[str] = set()
    for mention in mentions:
        text = mention.document.text
        for start, end in MATCHER.terms(key, text, weak=True):
            found.add(text[start:end].rstrip("sx"))
            if len(found) >= TERMS:
                return found
    return found
