"""Villages with 2G: history since its switch-off."""

from ioc.kpi import CoverageShare

KPI = CoverageShare("villages_2g_pct", position=10, technology="2g")
