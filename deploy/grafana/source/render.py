"""Dashboards as Grafana reads them, through the builders of its Foundation SDK."""

import itertools
from collections.abc import Mapping
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, geomap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as boards
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.geomap import TooltipMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.source.panels import SCREEN, WIDTH, Board, Link, Look, Panel, Step, Variable

PROMETHEUS = models.DataSourceRef(type_val="prometheus", uid="${prometheus}")
POSTGRESQL = models.DataSourceRef(type_val="grafana-postgresql-datasource", uid="${postgresql}")
GAZETTEER = "public/gazetteer/departements.json"
_BUILDERS: dict[Look, Any] = {
    Look.GRAPH: timeseries.Panel,
    Look.STACK: timeseries.Panel,
    Look.NUMBER: stat.Panel,
    Look.BARS: bargauge.Panel,
    Look.TABLE: table.Panel,
    Look.MAP: geomap.Panel,
}


class SqlQuery(Dataquery):
    """A query of the PostgreSQL data source, for which the SDK has no builder."""

    def __init__(self, sql: str, ref_id: str) -> None:
        self.sql = sql
        self.ref_id = ref_id

    def build(self) -> "SqlQuery":
        """Return the query: it is its own builder."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return the query as Grafana reads it."""
        return {"refId": self.ref_id, "datasource": POSTGRESQL, "format": "table", "rawQuery": True, "rawSql": self.sql}


def render(board: Board) -> models.Dashboard:
    """Return a dashboard. Raises ValueError where its rows do not fill the width, or do not fit on a screen."""
    made = (
        boards.Dashboard(board.title)
        .uid(board.uid)
        .description(board.question)
        .tags(["commune-audit"])
        .timezone("browser")
        .time(f"now-{board.hours}h", "now")
        .refresh("30s")
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(boards.DashboardLink("commune-audit").type(models.DashboardLinkType.DASHBOARDS).tags(["commune-audit"]))
        .annotation(_alerts())
    )
    for variable in _variables(board):
        made.with_variable(variable)
    numbers, top = itertools.count(1), 0
    for row in board.rows:
        if sum(panel.width for panel in row.panels) != WIDTH:
            raise ValueError(f"{board.title}: the row of {row.panels[0].title} is not {WIDTH} wide")
        left = 0
        for panel in row.panels:
            place = models.GridPos(h=row.height, w=panel.width, x=left, y=top)
            made.with_panel(_panel(panel).id(next(numbers)).grid_pos(place))
            left += panel.width
        top += row.height
    if top > SCREEN:
        raise ValueError(f"{board.title} is {top} rows high: a screen shows {SCREEN}")
    return made.build()


def _alerts() -> boards.AnnotationQuery:
    return (
        boards.AnnotationQuery()
        .name("Alerts")
        .datasource(PROMETHEUS)
        .enable(True)
        .icon_color("red")
        .expr('ALERTS{alertstate="firing"}')
    )


def _variables(board: Board) -> list[Builder[models.VariableModel]]:
    made: list[Builder[models.VariableModel]] = [
        boards.DatasourceVariable("prometheus").label("Prometheus").type("prometheus"),
        boards.DatasourceVariable("postgresql").label("PostgreSQL").type("grafana-postgresql-datasource"),
        boards.TextBoxVariable("docs").label("Documentation").default_value("/public/docs"),
    ]
    return made + [_variable(variable) for variable in board.variables]


def _variable(variable: Variable) -> Builder[models.VariableModel]:
    if not variable.values_of:
        return boards.TextBoxVariable(variable.name).label(variable.label).default_value(variable.text)
    return (
        boards.QueryVariable(variable.name)
        .label(variable.label)
        .datasource(PROMETHEUS)
        .query(f"label_values({variable.values_of}, {variable.name})")
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def _panel(panel: Panel) -> Any:
    made = (
        _BUILDERS[panel.look]()
        .title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .datasource(POSTGRESQL if panel.sql else PROMETHEUS)
        .thresholds(_thresholds(panel.steps))
        .color_scheme(_colours(panel))
        .links([_link(panel.link)])
    )
    if panel.low is not None and panel.look is not Look.TABLE:
        made.min(panel.low)
    if panel.high is not None:
        made.max(panel.high)
    if panel.names:
        made.mappings([_names(panel.names)])
    for (legend, query), letter in zip(panel.queries.items(), "ABCDEFGH", strict=False):
        made.with_target(SqlQuery(query, letter) if panel.sql else _promql(panel, legend, query, letter))
    return _LOOKS[panel.look](made, panel)


def _promql(panel: Panel, legend: str, expression: str, letter: str) -> prometheus.Dataquery:
    made = prometheus.Dataquery().datasource(PROMETHEUS).expr(expression).legend_format(legend).ref_id(letter)
    if panel.look in (Look.GRAPH, Look.STACK) or panel.trend:
        return made.range()
    made.instant()
    as_table = panel.look in (Look.TABLE, Look.MAP)
    return made.format(PromQueryFormat.TABLE) if as_table else made


def _names(names: Mapping[str, str]) -> models.ValueMap:
    shown = {name: models.ValueMappingResult(text=text) for name, text in names.items()}
    return models.ValueMap(options=shown)


def _thresholds(steps: tuple[Step, ...]) -> boards.ThresholdsConfig:
    first = models.Threshold(value=None, color="green")
    others = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return boards.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps([first, *others])


def _colours(panel: Panel) -> boards.FieldColor:
    many = panel.look in (Look.GRAPH, Look.STACK)
    mode = models.FieldColorModeId.PALETTE_CLASSIC if many else models.FieldColorModeId.THRESHOLDS
    return boards.FieldColor().mode(mode)


def _link(link: Link) -> boards.DashboardLink:
    made = boards.DashboardLink(link.words).type(models.DashboardLinkType.LINK).url(str(link.value))
    return made.target_blank(True) if "docs" in link.value else made.keep_time(True)


def _graph(made: Any, panel: Panel) -> Any:
    legend = (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(shapes.LegendDisplayMode.LIST)
        .placement(shapes.LegendPlacement.BOTTOM)
    )
    made.legend(legend).fill_opacity(10).line_width(1)
    if panel.steps:
        made.thresholds_style(common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED))
    if panel.look is Look.STACK:
        made.fill_opacity(60).stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL))
    return made


def _latest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _number(made: Any, panel: Panel) -> Any:
    mode = shapes.BigValueGraphMode.AREA if panel.trend else shapes.BigValueGraphMode.NONE
    return made.reduce_options(_latest()).graph_mode(mode).color_mode(shapes.BigValueColorMode.VALUE)


def _bars(made: Any, panel: Panel) -> Any:  # noqa: ARG001
    return (
        made.reduce_options(_latest())
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
    )


def _table(made: Any, panel: Panel) -> Any:
    if panel.sql:
        return made
    names = {f"Value #{letter}": legend for legend, letter in zip(panel.queries, "ABCDEFGH", strict=False)}
    joined = models.DataTransformerConfig(id_val="merge", options={})
    tidy = {"excludeByName": {"Time": True}, "renameByName": names}
    return made.with_transformation(joined).with_transformation(
        models.DataTransformerConfig(id_val="organize", options=tidy)
    )


def _map(made: Any, panel: Panel) -> Any:
    place = common.FrameGeometrySource().mode(shapes.FrameGeometrySourceMode.LOOKUP).lookup("departement")
    style = {
        "color": {"field": "Value", "fixed": "dark-green"},
        "opacity": 0.8,
        "size": {"fixed": 8, "min": 2, "max": 15},
        "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
    }
    layer = common.MapLayerOptions().type("markers").name(panel.title).location(place.gazetteer(GAZETTEER))
    ground = common.MapLayerOptions().type("default").name("Ground").config({})
    return (
        made.view(geomap.MapViewConfig().id("coords").lat(46).lon(2).zoom(5))
        .controls(geomap.ControlsOptions().show_zoom(True).mouse_wheel_zoom(False).show_attribution(True))
        .basemap(ground)
        .layers([layer.config({"showLegend": True, "style": style}).tooltip(True)])
        .tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
    )


_LOOKS = {
    Look.GRAPH: _graph,
    Look.STACK: _graph,
    Look.NUMBER: _number,
    Look.BARS: _bars,
    Look.TABLE: _table,
    Look.MAP: _map,
}
