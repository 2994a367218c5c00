"""The texts of this package and of the store, in both languages."""

from __future__ import annotations

from pathlib import Path

from store.catalogue import STORE_TEXT, Catalogue

CATALOGUE = Catalogue(STORE_TEXT, Path(__file__).parent / "text")
