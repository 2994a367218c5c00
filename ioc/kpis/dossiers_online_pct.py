"""Dossiers received online."""

from ioc.kpi import DossierShare

KPI = DossierShare("dossiers_online_pct", position=100, of="online", over="received", target="dossiers_online_pct")
