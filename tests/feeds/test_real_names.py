"""Every real unit of three provinces is told by its name however a list writes it, and no accentless namesake is ever guessed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest

from feeds.default.dataset import load
from feeds.default.register import province_register
from geo.names import same_spelling, search_key
from geo.unit_lookup import Unclear, UnitLookup, Written

DAYS = {"old": date(2025, 3, 31), "new": date(2025, 8, 31)}
SHORT = {"Phường ": "P. ", "Xã ": "X.", "Thị trấn ": "TT ", "Thị xã ": "TX. ", "Thành phố ": "TP ", "Huyện ": "H. "}


def _short(name: str) -> str:
    return next((short + name.removeprefix(kind) for kind, short in SHORT.items() if name.startswith(kind)), name)


def _old_tone(name: str) -> str:
    """The tone of oa, oe and uy on the other vowel."""
    pairs = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "òe": "oè", "óe": "oé", "ủy": "uỷ", "úy": "uý", "ùy": "uỳ"}
    for new, old in pairs.items():
        name = name.replace(new, old) if new in name else name
    return name


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": lambda name: name,
    "NFD": lambda name: unicodedata.normalize("NFD", name),
    "capitals": str.upper,
    "small": str.lower,
    "spaces": lambda name: f"  {name.replace(' ', '   ')} ",
    "abbreviated": _short,
    "old tone": _old_tone,
}


@cache
def lookup(province: str) -> tuple[UnitLookup, pd.DataFrame]:
    register = province_register(province)
    return UnitLookup(register.units, register.crosswalk), register.units


def communes(province: str, structure: str) -> pd.DataFrame:
    _, units = lookup(province)
    starts = sorted(set(units["valid_from"]))
    return units[(units["level"] == "commune") & (units["valid_from"] == starts[0 if structure == "old" else -1])]


def parents(province: str, structure: str) -> dict[str, str]:
    _, units = lookup(province)
    starts = sorted(set(units["valid_from"]))
    then = units[units["valid_from"] == starts[0 if structure == "old" else -1]]
    return dict(zip(then["code"], then["full_name"], strict=True))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("structure", DAYS)
@pytest.mark.parametrize("province", ["11", "15", "40"])
def test_every_commune_is_told_by_its_name_and_parent(province: str, structure: str, way: str) -> None:
    finder, names = lookup(province)[0], parents(province, structure)
    wrong = {}
    for unit in communes(province, structure).itertuples():
        found = finder.find(Written("", WAYS[way](unit.full_name), WAYS[way](names[unit.parent_code])), DAYS[structure], "commune")
        if found != unit.code:
            wrong[unit.full_name] = found
    assert wrong == {}


@pytest.mark.parametrize("structure", DAYS)
@pytest.mark.parametrize("province", ["11", "15", "40"])
def test_an_accentless_name_is_told_only_where_one_unit_has_it(province: str, structure: str) -> None:
    finder, names = lookup(province)[0], parents(province, structure)
    units = communes(province, structure)
    keys = Counter((unit.parent_code, search_key(unit.full_name)) for unit in units.itertuples())
    for unit in units.itertuples():
        key = search_key(unit.full_name)
        found = finder.find(Written("", key, names[unit.parent_code]), DAYS[structure], "commune")
        if keys[unit.parent_code, key] == 1:
            assert found == unit.code
        else:
            assert isinstance(found, Unclear)
            assert unit.code in {likely.code for likely in found.likely}


@pytest.mark.parametrize("province", ["11", "15", "40"])
def test_a_former_commune_in_a_later_record_is_never_guessed(province: str) -> None:
    """Its name is told only where a unit in force bears the very same full name; else a person gets what it went into."""
    finder, _ = lookup(province)
    crosswalk = province_register(province).crosswalk
    heirs = crosswalk.groupby("old_code")["new_code"].agg(set).to_dict()
    now = {str(name).lower() for name in communes(province, "new")["full_name"]}
    for unit in communes(province, "old").itertuples():
        found = finder.find(Written("", unit.full_name), DAYS["new"], "commune")
        if str(unit.full_name).lower() in now:
            continue
        assert isinstance(found, Unclear), (unit.full_name, found)
        assert found.reason == "former"
        assert heirs[unit.code] <= {likely.code for likely in found.likely}


def test_accentless_namesakes_of_the_whole_country_always_go_to_a_person() -> None:
    """Minh Quán and Minh Quân, and every other such pair of one district."""
    old = load().old
    old = old.assign(key=[search_key(name) for name in old["full_name"]])
    namesakes = old.groupby(["district_code", "key"]).filter(lambda group: len(set(group["full_name"])) > 1 and group["code"].nunique() > 1)
    assert len(namesakes) >= 2
    for (district, key), group in namesakes.groupby(["district_code", "key"]):
        unique = group.drop_duplicates("code")
        units = pd.DataFrame({"code": unique["code"], "full_name": unique["full_name"], "level": "commune", "parent_code": district})
        units = units.assign(grouping_code=None, valid_from=date(2004, 8, 31), valid_to=None)
        crosswalk = pd.DataFrame(columns=["old_code", "new_code", "share", "method"])
        found = UnitLookup(units, crosswalk).find(Written("", str(key)), DAYS["old"])
        assert isinstance(found, Unclear), group["full_name"].tolist()
        assert {likely.code for likely in found.likely} == set(unique["code"])


@pytest.mark.parametrize(
    ("file", "province", "layer", "structure"),
    [
        ("11_dien_bien", "11", "commune_2025", "new"),
        ("11_dien_bien", "11", "commune_2021", "old"),
        ("15_yen_bai", "15", "commune_2025", "new"),
        ("15_yen_bai", "15", "commune_2021", "old"),
        ("40_nghe_an", "40", "commune_2025", "new"),
    ],
)
def test_names_of_real_layers_are_told_without_their_codes(
    shared_boundaries: Path, file: str, province: str, layer: str, structure: str
) -> None:
    """Each by its name and its parent's: the right unit or a question, never another unit; and nearly all are told."""
    records = pyogrio.read_dataframe(shared_boundaries / f"{file}.gpkg", layer=layer, read_geometry=False)
    finder = lookup(province)[0]
    found = [finder.find(Written("", row.name_, row.parent_code), DAYS[structure], "commune") for row in _rows(records)]
    names = finder.on(DAYS[structure])
    told = [(row, hit) for row, hit in zip(_rows(records), found, strict=True) if isinstance(hit, str)]
    assert [(row.name_, hit) for row, hit in told if not same_name(row.name_, names.name(hit))] == []
    assert sum(row.code == hit for row, hit in told) >= 0.9 * len(records)  # some communes were merged between the layer and the register


def same_name(one: str, other: str) -> bool:
    return same_spelling(one) == same_spelling(other)


def _rows(records: pd.DataFrame) -> list[Any]:
    return list(records.rename(columns={"name": "name_"}).itertuples())
