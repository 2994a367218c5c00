"""Villages with 3G or 4G."""

from ioc.kpi import CoverageShare

KPI = CoverageShare("villages_3g4g_pct", position=20, technology="3g4g")
