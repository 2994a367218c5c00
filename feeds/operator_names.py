"""Which operator a row names, by its key or its name, and whether it was there and offered what the row says on the row's day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from feeds.cells import Cells, fold
from geo.names import search_key
from store.operators import Operator

KNOWN_SHOWN = 12


class OperatorNames:
    """The register of operators, as rows speak of it."""

    def __init__(self, operators: Mapping[str, Operator]) -> None:
        self._operators = operators
        names: dict[str, list[str]] = {}
        for operator in operators.values():
            names.setdefault(fold(operator.name), []).append(operator.key)
        self._by_name = {name: keys[0] for name, keys in names.items() if len(keys) == 1}

    def key(self, text: str) -> str | None:
        """The key of the operator that bears this key or, alone, this name; capitals do not matter."""
        if text in self._operators:
            return text
        word = fold(text)
        return word if word in self._operators else self._by_name.get(word)

    @property
    def known(self) -> str:
        """What there is, for a message: "viettel (Viettel), …"."""
        shown = [f"{operator.key} ({operator.name})" for operator in list(self._operators.values())[:KNOWN_SHOWN]]
        return ", ".join([*shown, *(["…"] if len(self._operators) > KNOWN_SHOWN else [])]) or "–"

    def read(self, cells: Cells, day: date, field: str = "operator", key: str | None = None) -> str:
        """The key of the operator that a row names, or of `key`. Raises RowError for one that is unknown or not there on `day`."""
        text = key or cells.text(field)
        found = self.key(text)
        if found is None:
            raise cells.fail("row.unknown_operator", field, key=suggested_key(text), known=self.known)
        if not self._operators[found].is_there(day):
            raise cells.fail("row.operator_not_there", field, day=day.isoformat())
        return found

    def check_offers(self, cells: Cells, operator: str, technologies: Iterable[str], day: date, field: str = "operator") -> None:
        """Raises RowError for technologies that the operator, by its own list, does not offer on `day`."""
        strange = [technology for technology in technologies if not self._operators[operator].is_offering(technology, day)]
        if strange:
            raise cells.fail("row.operator_offers_not", field, technologies=", ".join(strange), day=day.isoformat())


def suggested_key(text: str) -> str:
    """A key for an operator of this name: "viettel" for "Viettel", "vnpt-vinaphone" for "VNPT VinaPhone"."""
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in search_key(text)).split()) or "nha-mang"
