"""Villages without any mobile signal (trắng sóng)."""

from ioc.kpi import NoSignal

KPI = NoSignal("villages_no_signal", position=70)
