"""Dossiers handled on time or early."""

from ioc.kpi import DossierShare

KPI = DossierShare("dossiers_on_time_pct", position=90, of="on_time", over="due", target="dossiers_on_time_pct")
