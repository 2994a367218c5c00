"""HTTP API: one router per file, put together by ioc.app."""
