"""Online payment of the town's bills, and through whom."""

from services.analyzer.demarches.payments import judge_payment, judge_payment_provider
from services.analyzer.indicator import Indicator
from services.contracts.verdicts import Denominator, State

_SOURCE = "Code général des collectivités territoriales, article L1611-5-1 ; décret n° 2018-689"

PAYMENT = (
    Indicator(
        id="payment_online",
        label="Paiement en ligne",
        family=6,
        denominator=Denominator.SITE,
        rule=judge_payment,
        states=(State.YES, State.PARTIAL, State.NO, State.UNDETERMINED),
        summary="Le site mène à un service où payer en ligne ce que l’on doit à la collectivité.",
        source=_SOURCE,
    ),
    Indicator(
        id="payment_provider",
        label="Solution de paiement",
        family=6,
        denominator=Denominator.SITE,
        rule=judge_payment_provider,
        states=(State.YES, State.NOT_APPLICABLE, State.UNDETERMINED),
        summary="Les services de paiement auxquels le site mène.",
        source=_SOURCE,
    ),
)
