"""People who live in villages with 3G or 4G."""

from ioc.kpi import CoverageShare

KPI = CoverageShare("people_3g4g_pct", position=60, technology="3g4g", people=True)
