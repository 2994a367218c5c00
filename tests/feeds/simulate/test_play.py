"""The simulator as a process: ready soon, real ports that open and close on demand, and a clean end."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from store.engine import open_engine
from store.schema import coverage
from store.write import upsert, writing
from tests.feeds.conftest import fill
from tests.support.programs import Program, wait_until
from tests.support.sources import free_port

SURVEYED = datetime(2022, 4, 30, 10, tzinfo=UTC)


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]


@pytest.fixture
def addresses(sqlite_url: str) -> dict[str, str]:
    """A store whose endpoints 1 to 4 have an address; 5 has none. Two operators have spoken in 2022."""
    found = {f"E11-00{n}": f"127.0.0.1:{port}" for n, port in enumerate(free_ports(4), start=1)}
    engine = open_engine(sqlite_url)
    fill(engine, found)
    names = (
        "village_id",
        "operator",
        "technology",
        "method",
        "source",
        "observed_at",
        "status",
        "confirmed_at",
        "reported_at",
        "stored_at",
        "synthetic",
    )
    rows = [
        (f"V11-000{n}", operator, "4g", "declared", "mô phỏng", SURVEYED, "weak", SURVEYED, SURVEYED, SURVEYED, True)
        for n in range(1, 7)
        for operator in ("op-a", "op-b")
    ]
    with writing(engine) as connection:
        upsert(connection, coverage, names, rows)
    engine.dispose()
    return found


class Running(Program):
    url = ""


@pytest.fixture
def simulator(addresses: dict[str, str], sqlite_url: str, tmp_path: Path) -> Iterator[Running]:
    port = free_port()
    arguments = ["simulate", "--port", str(port), "--folder", str(tmp_path / "drop"), "--faults", "0", "--update-every", "1"]
    program = Running(arguments, {"IOC_STORE": sqlite_url, "IOC_HOME": str(tmp_path)}, tmp_path / "simulator.log")
    program.url = f"http://127.0.0.1:{port}"
    try:
        program.wait_for("Simulated systems ready")
        wait_until(lambda: _answers(program.url), 3)
        yield program
    finally:
        program.kill()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/control/endpoints").status_code == 200
    except httpx.TransportError:
        return False


def is_open(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((host, int(port))) == 0


def test_ports_open_and_close_on_demand(simulator: Running, addresses: dict[str, str]) -> None:
    for state in ("down", "up", "down", "up"):
        answer = httpx.post(f"{simulator.url}/control/endpoints/E11-001", params={"state": state})
        assert answer.json() == {"id": "E11-001", "state": state}
        assert is_open(addresses["E11-001"]) is (state == "up")
        time.sleep(1.2)
        assert is_open(addresses["E11-001"]) is (state == "up")


def test_ports_are_open_exactly_for_endpoints_that_are_up(simulator: Running, addresses: dict[str, str]) -> None:
    for endpoint_id in addresses:
        httpx.post(f"{simulator.url}/control/endpoints/{endpoint_id}", params={"state": "up"})
    assert {endpoint_id: is_open(address) for endpoint_id, address in addresses.items()} == dict.fromkeys(addresses, True)


def test_systems_report_the_endpoints_without_an_address_and_the_centres(simulator: Running) -> None:
    httpx.post(f"{simulator.url}/control/endpoints/E11-005", params={"state": "down"})
    report = httpx.get(f"{simulator.url}/mcu/diem-cau").json()
    assert [(row["ma"], row["trang_thai"]) for row in report["diem_cau"]] == [("E11-005", "offline")]
    assert "mô phỏng" in report["ghi_chu"]
    dossiers = httpx.get(f"{simulator.url}/dvc/ho-so").json()
    assert [row["ma_don_vi"] for row in dossiers["don_vi"]] == ["C11-001", "C11-002"]


@pytest.mark.parametrize(("path", "status"), [("E99-999?state=up", 404), ("E11-001?state=sideways", 422), ("E11-001", 422)])
def test_wrong_controls_are_refused(simulator: Running, path: str, status: int) -> None:
    assert httpx.post(f"{simulator.url}/control/endpoints/{path}").status_code == status


def test_no_page_of_the_simulator_loads_from_elsewhere(simulator: Running) -> None:
    assert [httpx.get(f"{simulator.url}{path}").status_code for path in ("/docs", "/redoc")] == [404, 404]


def test_operators_drop_their_backlog_and_then_updates(simulator: Running, tmp_path: Path) -> None:
    def names() -> list[str]:
        return sorted(path.name for path in (tmp_path / "drop").glob("op-*"))

    wait_until(lambda: sum("phu-song" in name for name in names()) == 8, 10, lambda: str(names()))
    wait_until(lambda: any("cap-nhat" in name for name in names()), 10, lambda: str(names()))
    assert [name for name in names() if "2023" in name and "phu-song" in name] == [
        "op-a_phu-song_2023-12-31.xlsx",
        "op-b_phu-song_2023-12-31.csv",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_and_frees_its_ports(simulator: Running, addresses: dict[str, str], number: signal.Signals) -> None:
    with socket.socket() as visitor:
        open_now = [address for address in addresses.values() if is_open(address)]
        visitor.connect(("127.0.0.1", int(open_now[0].split(":")[1])))
        assert simulator.end(number, within_s=5) == 0
    assert "Traceback" not in simulator.output
    assert not any(is_open(address) for address in addresses.values())
