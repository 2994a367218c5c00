"""A store of the first version that has been at work for a year: revision 0001, filled by plain SQL of that time.

Small in places and dense in time: four video endpoints, five villages, two centres, but every month, hour and run of the year. Nothing
here may use today's schema; that is the point. Everything in it is invented.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from store.schema_version import MIGRATIONS

END = datetime(2026, 11, 20, 17, tzinfo=UTC)  # midnight in Viet Nam
START = END - timedelta(days=365)
SAMPLED_FROM = END - timedelta(days=7)
SAMPLE_EVERY_S = 300
ENDPOINTS = ("DC11-001", "DC11-002", "DC11-003", "DC11-004")
VILLAGES = tuple(f"V11-{number:05d}" for number in range(1, 6))
CENTRES = ("TT11-01", "TT11-02")
OPERATORS = ("op-a", "op-b")
TECHNOLOGIES = ("2g", "3g", "4g", "5g", "broadband")
OUTLINE = shapely.box(103.0, 21.0, 103.5, 21.75)
DAY = timedelta(days=1)

Table = tuple[str, Iterable[tuple[Any, ...]]]


def make_year_old(engine: Engine) -> None:
    """Bring an empty database to the first revision and fill every table of it."""
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, "0001")
        for columns, rows in (*_places(), *_telecom(), *_conferencing(), *_administration(), *_figures(), *_feeding(), *_itself()):
            _insert(connection, columns, rows)


def _insert(connection: Connection, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """columns: ``table (column, …)``."""
    postgres = connection.dialect.name == "postgresql"
    convert = _for_postgres if postgres else _for_sqlite
    marks = ", ".join(["%s" if postgres else "?"] * (columns.count(",") + 1))
    connection.exec_driver_sql(f"INSERT INTO {columns} VALUES ({marks})", [tuple(map(convert, row)) for row in rows])


def _for_postgres(value: Any) -> Any:
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(shapely.set_srid(value, 4326), hex=True, include_srid=True)
    return json.dumps(value) if isinstance(value, dict | list) else value


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, dict | list) else value


def _months() -> Iterator[date]:
    for month in range(11, 23):
        yield date(2025 + month // 12, month % 12 + 1, 1)


def _places() -> Iterator[Table]:
    units = [
        (
            "11",
            date(2004, 1, 1),
            None,
            "province",
            "tỉnh",
            "Điện Biên",
            "Tỉnh Điện Biên",
            "dien bien",
            None,
            None,
            103.0,
            21.4,
            OUTLINE,
            "Sở Nông nghiệp và Môi trường",
            "nội bộ",
            False,
            9539.9,
            START,
        ),
        (
            "03127",
            date(2004, 1, 1),
            date(2025, 6, 30),
            "commune",
            "phường",
            "Him Lam",
            "Phường Him Lam",
            "him lam",
            "11",
            "094",
            103.04,
            21.4,
            None,
            None,
            None,
            True,
            None,
            START,
        ),
        (
            "03127",
            date(2025, 7, 1),
            None,
            "commune",
            "phường",
            "Điện Biên Phủ",
            "Phường Điện Biên Phủ",
            "dien bien phu",
            "11",
            "094",
            103.02,
            21.39,
            OUTLINE,
            "sơ đồ",
            None,
            True,
            71.25,
            START,
        ),
    ]
    yield (
        "units (code, valid_from, valid_to, level, kind, name, full_name, search_key, parent_code, grouping_code, lon, lat, outline, "
        "outline_source, outline_licence, outline_schematic, area_km2, stored_at)",
        units,
    )
    yield (
        "crosswalk (old_code, old_valid_from, new_code, new_valid_from, share, method, source, stored_at)",
        [("03127", date(2004, 1, 1), "03127", date(2025, 7, 1), 0.625, "people", "thử", START)],
    )
    yield (
        "villages (id, name, search_key, lon, lat, population, households, grid_power, valid_from, valid_to, source, synthetic, stored_at)",
        [
            (
                id_,
                f"Bản mẫu {n:03d}",
                f"ban mau {n:03d}",
                103 + n / 100,
                21.5,
                100 * n or None,
                20,
                (True, False, None)[n % 3],
                date(2025, 7, 1),
                None,
                "mẫu",
                True,
                START,
            )
            for n, id_ in enumerate(VILLAGES)
        ],
    )
    yield (
        "place_units (place_kind, place_id, unit_valid_from, unit_code, unit_valid_to, stored_at)",
        [("village", id_, date(2025, 7, 1), "03127", None, START) for id_ in VILLAGES]
        + [("centre", id_, date(2025, 7, 1), "11", None, START) for id_ in CENTRES],
    )


def _telecom() -> Iterator[Table]:
    yield (
        "operators (key, name, position, valid_from, valid_to, synthetic, stored_at)",
        [(key, key.upper(), position, None, None, True, START) for position, key in enumerate(OPERATORS)],
    )
    yield (
        "technologies (key, name, kind, position, valid_from, valid_to, source, stored_at)",
        [
            (key, key.upper(), "mobile", position, None, date(2026, 9, 15) if key == "2g" else None, "thử", START)
            for position, key in enumerate(TECHNOLOGIES)
        ],
    )
    claims = []
    for month in _months():
        at = datetime(month.year, month.month, 5, 3, tzinfo=UTC)
        for village in VILLAGES:
            for operator in OPERATORS:
                status = ("covered", "weak", "none")[(month.month + len(operator + village)) % 3]
                claims += [
                    (village, operator, technology, "declared", f"báo cáo {operator}", at, status, at, at + DAY, at + DAY, "coverage", True)
                    for technology in TECHNOLOGIES
                ]
    yield (
        "coverage (village_id, operator, technology, method, source, observed_at, status, confirmed_at, reported_at, stored_at, feed, "
        "synthetic)",
        claims,
    )


def _conferencing() -> Iterator[Table]:
    yield (
        "endpoints (id, name, search_key, level, lon, lat, address, contact, valid_from, valid_to, source, synthetic, stored_at)",
        [
            (
                id_,
                f"Điểm cầu {id_}",
                id_.lower(),
                "commune",
                103.1,
                21.4,
                f"127.0.0.1:{9000 + n}",
                None,
                date(2025, 7, 1),
                None,
                "mẫu",
                True,
                START,
            )
            for n, id_ in enumerate(ENDPOINTS)
        ],
    )
    changes = [
        (
            id_,
            START + day * DAY + n * timedelta(hours=1),
            "down" if day % 2 else "up",
            "up" if day % 2 else "down",
            None,
            "MCU",
            START + day * DAY,
            True,
        )
        for n, id_ in enumerate(ENDPOINTS)
        for day in range(365)
    ]
    yield "endpoint_changes (endpoint_id, at, state, previous, detail, source, stored_at, synthetic)", changes
    yield (
        "endpoint_state (endpoint_id, state, since_at, observed_at, reported_at, stored_at, latency_ms, detail, source, feed, synthetic)",
        [(id_, "up", END - DAY, END, END, END, 12.25, "ổn định", "MCU", "mcu", True) for id_ in ENDPOINTS],
    )
    samples = list(_samples())
    yield "endpoint_samples (ts, endpoint_id, up, latency_ms)", samples
    yield "endpoint_hourly (endpoint_id, hour_ts, samples, up_samples, unknown_samples)", _hours(samples)


def _samples() -> Iterator[tuple[Any, ...]]:
    chance = random.Random(1)
    for ts in range(int(SAMPLED_FROM.timestamp()), int(END.timestamp()), SAMPLE_EVERY_S):
        for id_ in ENDPOINTS:
            up = chance.choices((True, False, None), (90, 8, 2))[0]
            yield ts, id_, up, round(chance.uniform(1, 200), 3) if up else None


def _hours(samples: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Of the year before the samples that are kept, 120 an hour; then of those samples."""
    chance = random.Random(2)
    first, kept, hours = int(START.timestamp()), int(SAMPLED_FROM.timestamp()), {}
    for hour in range(first, kept, 3600):
        for id_ in ENDPOINTS:
            unknown = chance.choice((0, 0, 0, 5))
            hours[id_, hour] = [120, chance.randrange(60, 121 - unknown), unknown]
    for ts, id_, up, _ in samples:
        counts = hours.setdefault((id_, ts - ts % 3600), [0, 0, 0])
        counts[0] += 1
        counts[1] += up is True
        counts[2] += up is None
    return [(*key, *counts) for key, counts in hours.items()]


def _administration() -> Iterator[Table]:
    yield (
        "centres (id, name, search_key, kind, lon, lat, valid_from, valid_to, source, synthetic, stored_at)",
        [(id_, f"Trung tâm {id_}", id_.lower(), "provincial", 103.0, 21.4, date(2025, 7, 1), None, "mẫu", True, START) for id_ in CENTRES],
    )
    months = []
    for month in _months():
        last = (month + timedelta(days=32)).replace(day=1) - DAY
        at = datetime(last.year, last.month, last.day, 10, tzinfo=UTC)
        months += [
            (
                id_,
                "11",
                f"{month:%Y-%m}",
                month,
                last,
                900,
                40,
                880,
                850,
                30,
                700,
                90 if n else None,
                100 if n else None,
                at,
                at,
                at,
                "mẫu",
                "one-stop",
                True,
            )
            for n, id_ in enumerate(CENTRES)
        ]
    yield (
        "dossiers (centre_id, authority_code, period, period_from, period_to, received, in_progress, due, on_time, overdue, online, "
        "satisfied, rated, observed_at, reported_at, stored_at, source, feed, synthetic)",
        months,
    )


def _figures() -> Iterator[Table]:
    yield (
        "indicators (key, name_vi, name_en, unit, stored_at)",
        [("villages_4g", "Tỷ lệ thôn, bản có 4G", "Villages with 4G", "percent", START)],
    )
    yield (
        "indicator_values (indicator, unit_code, scope, label_vi, period, source, label_en, value, comparator, true_on, stored_at, "
        "synthetic)",
        [
            ("villages_4g", "11", "", "Điện Biên", f"{month:%Y-%m}", "thử", "Dien Bien", 90.5 + month.month / 7, "=", month, END, False)
            for month in _months()
        ],
    )
    yield (
        "targets (indicator, unit_code, scope, label_vi, due_on, source, label_en, value, comparator, stored_at)",
        [("villages_4g", "11", "", "Điện Biên", date(2025, 12, 31), "thử", "Dien Bien", 99.0, ">=", START)],
    )


def _feeding() -> Iterator[Table]:
    yield (
        "feeds (key, title_vi, title_en, connector, kind, source, every_s, late_after_s, stale_after_s, enabled, synthetic, last_ok_at, "
        "true_at, next_run_at, run_requested_at, stored_at)",
        [
            (
                "mcu",
                "Hội nghị truyền hình",
                "Video conferences",
                "http",
                "endpoint_status",
                "MCU",
                10,
                60,
                300,
                True,
                True,
                END,
                END,
                END,
                None,
                START,
            ),
            ("gone", "Đã bỏ", "Given up", "folder", "coverage", "thử", 60, 600, 6000, False, False, None, None, None, END, START),
        ],
    )
    runs, quarantined = [], []
    for number in range(1, 1500):
        at, failed = END - 0.02 * (1500 - number) * DAY, number % 50 == 0
        error = ("run.http_status", {"status": 500, "text": "Lỗi máy chủ ✗"}) if failed else (None, None)
        runs.append(
            (
                "mcu",
                at,
                at + timedelta(seconds=1.5),
                "failed" if failed else "ok",
                1 + failed,
                "endpoints.json",
                1234,
                f"{number:064x}",
                150,
                0,
                number % 7,
                150 - number % 7,
                int(failed),
                at,
                *error,
                "may-chu-1",
            )
        )
        if failed:
            raw = {"ma": "DC11-099", "trang_thai": None, "ghi_chu": 'xuống "dòng"\n'}
            quarantined.append((number, "mcu", "endpoints.json", 7, "row.unknown_endpoint", {"value": "DC11-099"}, raw, at))
    yield (
        "feed_runs (feed, started_at, finished_at, state, attempts, item, bytes, content_hash, rows_read, rows_added, rows_changed, "
        "rows_unchanged, rows_rejected, true_at, error_code, error_args, worker)",
        runs,
    )
    yield "quarantine (run_id, feed, item, row_number, reason_code, reason_args, raw, stored_at)", quarantined


def _itself() -> Iterator[Table]:
    layers = ("all", "coverage", "dossiers", "endpoint_state", "endpoints", "units", "villages")
    yield "versions (layer, version, changed_at)", [(layer, 1_000_000 + n, END) for n, layer in enumerate(layers)]
    yield "workers (name, host, pid, leader, started_at, beat_at)", [("may-chu-1-77", "may-chu-1", 77, True, START, END)]
    yield "meta (key, value)", [("province", "11"), ("metric_crs", "EPSG:9205"), ("created_at", START.isoformat()), ("seed", "1")]
