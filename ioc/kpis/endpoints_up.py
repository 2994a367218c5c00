"""Video-conference endpoints that are up."""

from ioc.kpi import EndpointsUp

KPI = EndpointsUp("endpoints_up", position=80)
