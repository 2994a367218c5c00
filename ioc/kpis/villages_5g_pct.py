"""Villages with 5G."""

from ioc.kpi import CoverageShare

KPI = CoverageShare("villages_5g_pct", position=40, technology="5g")
