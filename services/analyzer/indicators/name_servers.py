"""What the name servers say of the authority's mail and of its site's domain."""

from services.analyzer.indicator import Indicator, Rule
from services.analyzer.mail.judge import (
    judge_dkim,
    judge_dmarc,
    judge_mail_ipv6,
    judge_provider,
    judge_security_txt,
    judge_signed,
    judge_spf,
    judge_web_ipv6,
)
from services.analyzer.mail.records import DMARC_VALUES, SPF_VALUES
from services.analyzer.place.judge import VALUES, judge_hosting_country, judge_mail_country
from services.contracts.verdicts import Denominator, State

_YES_NO = (State.YES, State.NO, State.UNDETERMINED)
_MAIL = (State.YES, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED)
_GRADED = (State.YES, State.PARTIAL, State.NO, State.NOT_APPLICABLE, State.UNDETERMINED)


def _indicator(
    name: str,
    label: str,
    rule: Rule,
    summary: str,
    source: str,
    *,
    states: tuple[State, ...],
    denominator: Denominator = Denominator.ALL,
    values: tuple[str, ...] = (),
    family: int | None = None,
) -> Indicator:
    return Indicator(
        id=name,
        label=label,
        family=family,
        denominator=denominator,
        rule=rule,
        states=states,
        summary=summary,
        source=source,
        values=values,
    )


HOSTING_COUNTRY = _indicator(
    "hosting_country",
    "Pays d’hébergement",
    judge_hosting_country,
    "L’adresse du site est enregistrée en France ou dans l’Union européenne (oui), ou ailleurs (non).",
    "La Poste, étude nationale 2018, chapitre 2 ; base IPFire Location ; pays d’enregistrement de l’adresse",
    states=_YES_NO,
    denominator=Denominator.SITE,
    values=VALUES,
    family=3,
)

NAME_SERVERS = (
    _indicator(
        "spf",
        "SPF",
        judge_spf,
        "Le domaine de messagerie dit qui peut envoyer des courriels en son nom.",
        "RFC 7208 ; enregistrement du domaine seul, sans ceux qu’il inclut",
        states=_GRADED,
        values=SPF_VALUES,
    ),
    _indicator(
        "dmarc",
        "DMARC",
        judge_dmarc,
        "Le domaine de messagerie dit ce que deviennent les courriels envoyés en son nom par d’autres.",
        "RFC 7489",
        states=_GRADED,
        values=DMARC_VALUES,
    ),
    _indicator(
        "dkim_found",
        "Clé DKIM trouvée",
        judge_dkim,
        "Une clé de signature des courriels existe sous un nom courant. Sans elle on ne peut pas conclure.",
        "RFC 6376 ; sélecteurs courants",
        states=(State.YES, State.NOT_APPLICABLE, State.UNDETERMINED),
    ),
    _indicator(
        "mx_provider",
        "Serveur de messagerie",
        judge_provider,
        "Domaine du serveur qui reçoit les courriels de la collectivité.",
        "RFC 5321, section 5.1",
        states=_MAIL,
    ),
    _indicator(
        "mx_in_eu",
        "Messagerie dans l’Union européenne",
        judge_mail_country,
        "Les adresses du serveur qui reçoit les courriels sont enregistrées dans l’Union européenne.",
        "ANCT, RPNT 0.2.1, critère 2.8 ; base IPFire Location",
        states=_MAIL,
    ),
    _indicator(
        "ipv6_mail",
        "Messagerie joignable en IPv6",
        judge_mail_ipv6,
        "Un serveur qui reçoit les courriels a une adresse IPv6.",
        "Enregistrements AAAA des serveurs MX",
        states=_MAIL,
    ),
    _indicator(
        "ipv6_web",
        "Site joignable en IPv6",
        judge_web_ipv6,
        "Le serveur de la page d’accueil a une adresse IPv6.",
        "Enregistrement AAAA de l’hôte final",
        states=_YES_NO,
        denominator=Denominator.SITE,
    ),
    _indicator(
        "dnssec",
        "DNSSEC",
        judge_signed,
        "Le nom de domaine du site est signé.",
        "RFC 4034, enregistrement DS",
        states=_YES_NO,
        denominator=Denominator.SITE,
    ),
    _indicator(
        "security_txt",
        "Contact de sécurité (security.txt)",
        judge_security_txt,
        "Le site dit à qui signaler une faille.",
        "RFC 9116",
        states=_YES_NO,
        denominator=Denominator.SITE,
    ),
)
