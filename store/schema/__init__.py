"""Every table of the store, as SQLAlchemy Core, one file for each area.

Times are UTC (`…_at`); geometry is EPSG:4326. A record of something that happened carries three times: when it was true
(`observed_at`), when its source said so (`reported_at`), when it was stored (`stored_at`). `synthetic` marks invented rows.
"""

from store.schema.administration import centres, dossiers
from store.schema.base import metadata
from store.schema.conferencing import endpoint_changes, endpoint_state, endpoints, meeting_endpoints, meetings
from store.schema.feeding import feed_heard, feed_runs, feeds, quarantine
from store.schema.figures import indicator_values, indicators, targets
from store.schema.itself import meta, store_identity, versions, workers
from store.schema.manual import manual_entries, manual_forms
from store.schema.naming import name_decisions, name_reviews, name_waiting
from store.schema.place import crosswalk, former_values, place_units, units, villages
from store.schema.proposing import feed_proposals
from store.schema.rejecting import rejected_items
from store.schema.sampling import series, series_daily, series_hourly, series_samples
from store.schema.systems import system_changes, system_state, systems
from store.schema.telecom import coverage, coverage_precedence, operator_technologies, operators, sites, technologies

__all__ = [
    "centres",
    "coverage",
    "coverage_precedence",
    "crosswalk",
    "dossiers",
    "endpoint_changes",
    "endpoint_state",
    "endpoints",
    "feed_heard",
    "feed_proposals",
    "feed_runs",
    "feeds",
    "former_values",
    "indicator_values",
    "indicators",
    "manual_entries",
    "manual_forms",
    "meeting_endpoints",
    "meetings",
    "meta",
    "metadata",
    "name_decisions",
    "name_reviews",
    "name_waiting",
    "operator_technologies",
    "operators",
    "place_units",
    "quarantine",
    "rejected_items",
    "series",
    "series_daily",
    "series_hourly",
    "series_samples",
    "sites",
    "store_identity",
    "system_changes",
    "system_state",
    "systems",
    "targets",
    "technologies",
    "units",
    "versions",
    "villages",
    "workers",
]
