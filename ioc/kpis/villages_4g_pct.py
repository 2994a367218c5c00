"""Villages with 4G."""

from ioc.kpi import CoverageShare

KPI = CoverageShare("villages_4g_pct", position=30, technology="4g")
