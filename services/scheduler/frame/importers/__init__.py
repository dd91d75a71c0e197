"""The formats that `frame import` reads: one file each, tried in this order."""

from services.scheduler.frame.importer import Importer
from services.scheduler.frame.importers.banatic import BANATIC
from services.scheduler.frame.importers.cog import COG
from services.scheduler.frame.importers.dgcl import DGCL
from services.scheduler.frame.importers.dila import DILA
from services.scheduler.frame.importers.dpnt import DPNT
from services.scheduler.frame.importers.etalab_communes import ETALAB_COMMUNES
from services.scheduler.frame.importers.etalab_epci import ETALAB_EPCI
from services.scheduler.frame.importers.geo_api import GEO_API
from services.scheduler.frame.importers.plain import PLAIN
from services.scheduler.frame.importers.populations import POPULATIONS

IMPORTERS: tuple[Importer, ...] = (
    DPNT,
    DILA,
    ETALAB_COMMUNES,
    ETALAB_EPCI,
    COG,
    POPULATIONS,
    DGCL,
    BANATIC,
    GEO_API,
    PLAIN,
)
