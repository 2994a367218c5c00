"""The worker: connectors, record kinds, the pipeline, the default province and the simulator. Uses store and geo, never ioc."""
