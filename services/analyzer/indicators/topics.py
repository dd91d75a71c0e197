"""The public policies that a site presents: one table, one twin a policy, and their number."""

from functools import partial

from services.analyzer.indicator import Indicator
from services.analyzer.presence.topics import TOPICS, count_topics, judge_topic
from services.contracts.verdicts import Denominator, State

_SOURCE = "La Poste, étude nationale 2018, chapitre 2 ; liste complétée d’après les rubriques des sites communaux"

TOPIC_INDICATORS = (
    *(
        Indicator(
            id=f"topic_{topic.id}",
            label=f"Politique publique présentée : {topic.label}",
            family=1,
            denominator=Denominator.SITE,
            rule=partial(judge_topic, topic=topic.id),
            states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
            summary=f"Le site a une rubrique, un titre ou une adresse consacrés à « {topic.label} ».",
            source=_SOURCE,
        )
        for topic in TOPICS
    ),
    Indicator(
        id="topic_count",
        label="Nombre de politiques publiques présentées",
        family=1,
        denominator=Denominator.SITE,
        rule=count_topics,
        states=(State.YES, State.NO, State.UNDETERMINED),
        summary="Nombre de politiques publiques, sur quatorze, auxquelles le site consacre une rubrique.",
        source=_SOURCE,
        unit="politiques",
    ),
)
