"""What is invented for the default province: deterministic, flagged, consistent in both structures, with the published totals."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
import shapely

from feeds.default.centres import invent_centres, invent_dossiers
from feeds.default.coverage import OPERATORS, TECHNOLOGIES, invent_coverage, operators, technologies
from feeds.default.endpoints import DEPARTMENTS, invent_endpoints
from feeds.default.register import Register, province_register
from feeds.default.synthetic import SOURCE, size_of
from feeds.default.villages import invent_villages, village_places
from geo.cube import StatusCube, build_cube, share
from geo.units import NEW_FROM, OLD_FROM, valid_on

TODAY = date(2026, 11, 21)
BEFORE, AFTER = date(2022, 4, 30), date(2026, 1, 1)


@pytest.fixture(scope="module")
def register() -> Register:
    return province_register("11")


@pytest.fixture(scope="module")
def villages(register: Register) -> pd.DataFrame:
    return invent_villages(register, seed=7)


@pytest.fixture(scope="module")
def claims(villages: pd.DataFrame) -> pd.DataFrame:
    return invent_coverage(villages, size_of("11", 129), seed=7)


@pytest.fixture(scope="module")
def cube(villages: pd.DataFrame, claims: pd.DataFrame) -> StatusCube:
    return build_cube(claims, list(villages["id"]), [operator.key for operator in OPERATORS], [row[0] for row in TECHNOLOGIES])


# ── Villages ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_dien_bien_has_1440_villages_with_about_650_000_people(villages: pd.DataFrame) -> None:
    assert len(villages) == 1440
    assert villages["population"].sum() == pytest.approx(650_000, rel=0.001)
    assert villages["population"].between(25, 5_000).all()
    assert (villages["population"] / villages["households"]).mean() == pytest.approx(4.5, abs=0.3)
    assert villages["grid_power"].mean() == pytest.approx(0.975, abs=0.005)


def test_villages_are_named_and_flagged_as_samples(villages: pd.DataFrame) -> None:
    first = villages.iloc[0]
    assert (first["id"], first["name"], first["search_key"]) == ("V11-0001", "Bản mẫu 0001", "ban mau 0001")
    assert villages["id"].is_unique
    assert villages["synthetic"].all()
    assert set(villages["source"]) == {SOURCE}


def test_a_village_lies_in_its_commune_of_both_structures(register: Register, villages: pd.DataFrame) -> None:
    points = shapely.points(villages[["lon", "lat"]].to_numpy(float))
    communes = register.units[register.units["level"] == "commune"]
    for day, column in ((BEFORE, "old_code"), (AFTER, "new_code")):
        outlines = valid_on(communes, day).set_index("code")["outline"]
        assert shapely.contains(outlines[villages[column]].to_numpy(), points).all()
        assert set(villages[column]) == set(outlines.index)


def test_every_village_has_one_commune_on_each_day(villages: pd.DataFrame) -> None:
    rows = village_places(villages)
    for day in (BEFORE, AFTER):
        assert sorted(valid_on(rows, day, starts="unit_valid_from", ends="unit_valid_to")["place_id"]) == list(villages["id"])


def test_the_same_seed_gives_the_same_villages_and_another_seed_others(register: Register, villages: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(invent_villages(register, seed=7), villages)
    assert not invent_villages(register, seed=8)["lon"].equals(villages["lon"])


@pytest.mark.parametrize(("code", "count", "people"), [("15", 2910, 1_625_000), ("04", 1462, 546_000), ("40", 3804, 3_420_000)])
def test_other_provinces_have_villages_to_their_size(code: str, count: int, people: int) -> None:
    villages = invent_villages(province_register(code), seed=7)
    assert len(villages) == count
    assert villages["population"].sum() == pytest.approx(people, rel=0.001)


# ── Coverage ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("technology", "covered", "published"), [("2g", 1420, "98.6"), ("3g4g", 1358, "94.3"), ("broadband", 1267, "88.0")]
)
def test_the_published_shares_come_out_to_the_digit_shown(cube: StatusCube, technology: str, covered: int, published: str) -> None:
    found = share(cube.best(technology))
    assert (found.numerator, found.denominator, f"{found.value:.1f}") == (covered, 1440, published)


@pytest.mark.parametrize("seed", [1, 99, 2026])
def test_they_come_out_whatever_the_seed(register: Register, seed: int) -> None:
    villages = invent_villages(register, seed)
    claims = invent_coverage(villages, size_of("11", 129), seed)
    cube = build_cube(claims, list(villages["id"]), [operator.key for operator in OPERATORS], ["2g", "3g", "4g", "broadband"])
    assert [share(cube.best(technology)).numerator for technology in ("2g", "3g4g", "broadband")] == [1420, 1358, 1267]


def test_gaps_nest_and_are_remote(cube: StatusCube, villages: pd.DataFrame) -> None:
    without = {technology: cube.best(technology) != 2 for technology in ("2g", "3g4g", "broadband")}
    assert not (without["2g"] & ~without["3g4g"]).any()
    assert not (without["3g4g"] & ~without["broadband"]).any()
    gaps, others = villages[without["3g4g"]], villages[~without["3g4g"]]
    assert gaps["seat_m"].mean() > 2 * others["seat_m"].mean()
    assert gaps["population"].mean() < 0.75 * others["population"].mean()


def test_the_village_at_a_commune_centre_always_has_broadband(cube: StatusCube, villages: pd.DataFrame) -> None:
    central = villages.groupby("old_code")["seat_m"].idxmin()
    assert (cube.best("broadband")[central] == 2).all()


def test_some_villages_are_weak_and_some_have_nothing(cube: StatusCube) -> None:
    mobile = cube.best("3g4g")
    assert 0 < (mobile == 1).sum() < (mobile != 2).sum()
    assert 0 < cube.no_signal(["2g", "3g", "4g"]).sum() < 20


def test_3g_and_4g_differ_and_nobody_has_5g(cube: StatusCube) -> None:
    assert (cube.best("3g") != cube.best("4g")).any()
    assert (cube.best("5g") == -1).all()


def test_operators_differ_in_reach_and_two_offer_one_kind_only(claims: pd.DataFrame) -> None:
    covered = claims[claims["status"] == "covered"].groupby(["operator", "technology"]).size()
    assert covered["op-a"]["4g"] > covered["op-b"]["4g"] > covered["op-c"]["4g"] > covered["op-d"]["4g"]
    assert set(claims[claims["operator"] == "op-d"]["technology"]) == {"2g", "3g", "4g"}
    assert set(claims[claims["operator"] == "op-e"]["technology"]) == {"broadband"}


def test_claims_are_declared_on_the_day_of_the_survey_and_flagged(claims: pd.DataFrame) -> None:
    assert set(claims["observed_at"]) == {datetime(2022, 4, 30, 10, tzinfo=UTC)}
    assert (set(claims["method"]), set(claims["source"]), claims["synthetic"].all()) == ({"declared"}, {SOURCE}, True)
    assert not claims.duplicated(["village_id", "operator", "technology"]).any()


def test_five_operators_and_five_technologies_with_their_days() -> None:
    assert list(operators()["name"]) == [f"Nhà mạng mẫu {letter}" for letter in "ABCDE"]
    assert operators()["synthetic"].all()
    last = technologies().set_index("key")["valid_to"]
    assert last["2g"] == date(2026, 9, 15)
    assert last.drop("2g").isna().all()


# ── Endpoints ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_dien_bien_has_150_endpoints_of_which_139_are_probed(register: Register) -> None:
    endpoints, _ = invent_endpoints(register, 7, 20_000)
    assert endpoints["level"].value_counts().to_dict() == {"commune": 129, "province": 11, "district": 10}
    assert list(endpoints["address"].dropna()) == [f"127.0.0.1:{port}" for port in range(20_000, 20_139)]
    assert endpoints[endpoints["level"] == "province"]["address"].isna().all()
    assert endpoints["id"].is_unique
    assert endpoints["synthetic"].all()


def test_contacts_are_nobody_and_numbers_that_no_telephone_has(register: Register) -> None:
    contacts = invent_endpoints(register, 7, 20_000)[0]["contact"]
    assert contacts.str.startswith("Cán bộ mẫu ").all()
    assert contacts.str.fullmatch(r".*, 0000 000 \d{3}").all()
    assert contacts.is_unique


def test_endpoints_belong_to_their_unit_before_and_to_a_commune_after(register: Register) -> None:
    endpoints, places = invent_endpoints(register, 7, 20_000)
    now = valid_on(places, AFTER, starts="unit_valid_from", ends="unit_valid_to").set_index("place_id")["unit_code"]
    then = valid_on(places, BEFORE, starts="unit_valid_from", ends="unit_valid_to").set_index("place_id")["unit_code"]
    by_name = endpoints.set_index("name")["id"]
    assert then[by_name["UBND huyện Tủa Chùa"]] == "098"
    assert then[by_name["UBND phường Him Lam"]] == "03127"
    assert now[by_name["UBND phường Him Lam"]] == "03127"
    assert then[by_name[DEPARTMENTS[0]]] == now[by_name[DEPARTMENTS[0]]] == "11"
    communes = register.units[(register.units["level"] == "commune") & (register.units["valid_from"] == NEW_FROM)]
    assert now[endpoints[endpoints["level"] != "province"]["id"]].isin(communes["code"]).all()
    assert len(now) == len(then) == 150


# ── Centres and dossiers ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def dossiers(register: Register) -> pd.DataFrame:
    centres, places = invent_centres(register)
    return invent_dossiers(register, centres, places, 650_000, 7, TODAY)


def test_ten_district_units_give_way_to_45_commune_centres(register: Register) -> None:
    centres, places = invent_centres(register)
    assert valid_on(centres, BEFORE)["kind"].value_counts().to_dict() == {"one_stop": 10, "provincial": 1}
    assert valid_on(centres, AFTER)["kind"].value_counts().to_dict() == {"one_stop": 45, "provincial": 1}
    for day in (BEFORE, AFTER):
        placed = valid_on(places, day, starts="unit_valid_from", ends="unit_valid_to")
        assert sorted(placed["place_id"]) == sorted(valid_on(centres, day)["id"])


def test_the_year_to_april_2022_adds_up_to_what_was_published(dossiers: pd.DataFrame) -> None:
    year = dossiers[dossiers["period_to"] <= date(2022, 4, 30)]
    april = dossiers[dossiers["period"] == "2022-04"]
    assert year["period"].nunique() == 12
    assert year["received"].sum() == 133_370
    for rows in (year, april):
        assert f"{100 * rows['on_time'].sum() / rows['due'].sum():.2f}" == "96.63"


def test_every_month_has_every_working_centre_until_the_last_whole_month(dossiers: pd.DataFrame) -> None:
    centres = dossiers.groupby("period")["centre_id"].nunique()
    assert (centres.index[0], centres.index[-1]) == ("2021-05", "2026-10")
    assert set(centres[:"2025-06"]) == {11}
    assert set(centres["2025-07":]) == {46}
    assert not dossiers.duplicated(["centre_id", "authority_code", "period"]).any()


def test_counts_of_dossiers_are_possible(dossiers: pd.DataFrame) -> None:
    assert (dossiers["received"] >= dossiers[["due", "online", "rated"]].max(axis=1)).all()
    assert (dossiers["due"] == dossiers["on_time"] + dossiers["overdue"]).all()
    assert (dossiers["overdue"] >= 0).all()
    assert (dossiers["satisfied"] <= dossiers["rated"]).all()
    assert dossiers["synthetic"].all()
    monthly = dossiers.groupby("period")[["on_time", "due"]].sum()
    assert (monthly["on_time"] / monthly["due"]).between(0.94, 0.985).all()


def test_a_store_made_in_the_first_month_has_no_dossiers_to_show_beyond_it(register: Register) -> None:
    centres, places = invent_centres(register)
    early = invent_dossiers(register, centres, places, 650_000, 7, date(2022, 6, 3))
    assert early["period"].max() == "2022-05"
    assert early[early["period_to"] <= date(2022, 4, 30)]["received"].sum() == 133_370


def test_the_provincial_centre_is_competent_for_the_province(register: Register, dossiers: pd.DataFrame) -> None:
    assert set(dossiers[dossiers["centre_id"] == "C11-001"]["authority_code"]) == {"11"}
    communes = register.units[(register.units["level"] == "commune") & (register.units["valid_from"] == NEW_FROM)]["code"]
    after = dossiers[(dossiers["period"] >= "2025-07") & (dossiers["centre_id"] != "C11-001")]
    assert set(after["authority_code"]) == set(communes)
    districts = register.units[(register.units["level"] == "district") & (register.units["valid_from"] == OLD_FROM)]["code"]
    before = dossiers[(dossiers["period"] < "2025-07") & (dossiers["centre_id"] != "C11-001")]
    assert set(before["authority_code"]) == set(districts)


def test_numbers_are_whole(dossiers: pd.DataFrame, villages: pd.DataFrame) -> None:
    counts = dossiers[["received", "in_progress", "due", "on_time", "overdue", "online", "rated", "satisfied"]]
    assert all(np.issubdtype(kind, np.integer) for kind in [*counts.dtypes, *villages[["population", "households"]].dtypes])
