"""The registry: every indicator, in the order in which it is published. Adding one is adding its line."""

from services.analyzer.indicator import Indicator
from services.analyzer.indicators import (
    account,
    channels,
    conformity,
    demarches,
    digital_support,
    has_functional_site,
    has_own_domain_site,
    hijacked_domain,
    hosting_legal_info,
    hosting_risk,
    hsts,
    https_enforced,
    legal_notice,
    legal_parts,
    mixed_content,
    mobile_basic,
    mobile_components,
    mobile_full,
    mobile_same_content,
    mobile_separate_site,
    name_servers,
    payment,
    rpnt,
    security_headers,
    site_identity_score,
    site_status,
    technique,
    teleservices,
    third_party_subdomain,
    tls_valid,
    topics,
)

INDICATORS: tuple[Indicator, ...] = (
    # Family 1: a functional site.
    site_status.INDICATOR,
    site_identity_score.INDICATOR,
    has_functional_site.INDICATOR,
    has_own_domain_site.INDICATOR,
    hijacked_domain.INDICATOR,
    *technique.DOMAIN_NAMES,
    *topics.TOPIC_INDICATORS,
    # Family 2: mobile.
    mobile_full.INDICATOR,
    mobile_basic.INDICATOR,
    *mobile_components.MOBILE_COMPONENTS,
    mobile_same_content.INDICATOR,
    mobile_separate_site.INDICATOR,
    # Family 3: conformity and security.
    *hosting_risk.HOSTING_RISK,
    third_party_subdomain.INDICATOR,
    legal_notice.INDICATOR,
    *legal_parts.LEGAL_PARTS,
    hosting_legal_info.INDICATOR,
    https_enforced.INDICATOR,
    tls_valid.INDICATOR,
    hsts.INDICATOR,
    mixed_content.INDICATOR,
    *conformity.CONFORMITY,
    *technique.DATA_PROTECTION,
    # Families 4 to 6: tele-services, types of démarches, what can be done and paid online.
    *teleservices.TELESERVICES,
    *demarches.DEMARCHE_TYPES,
    *demarches.ONLINE_SERVICES,
    *payment.PAYMENT,
    # Family 7: channels.
    *channels.CHANNEL_INDICATORS,
    # Family 8: accounts.
    *account.ACCOUNT,
    # Family 9: support of digital use.
    *digital_support.DIGITAL_SUPPORT,
    # Beyond the study.
    *rpnt.RPNT,
    conformity.SEARCH_BOX,
    *security_headers.SECURITY_HEADERS,
    *name_servers.NAME_SERVERS,
    *technique.MAKING,
)
