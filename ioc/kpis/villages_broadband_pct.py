"""Villages with fixed broadband."""

from ioc.kpi import CoverageShare

KPI = CoverageShare("villages_broadband_pct", position=50, technology="broadband")
