"""Names of divisions in several languages, from the translations of ISO 3166-2."""

from __future__ import annotations

import gettext
import io
from collections import defaultdict
from pathlib import Path

from geo_routes.builders.registry import Package, read_json, read_member

DIVISION_NAMES = Package(
    "pypi",
    "pycountry",
    "24.6.1",
    "f1a4fb391cd7214f8eefd39556d740adcc233c778a27f8942c8dca351d6ce06f",
)
LANGUAGES = ("fr", "es", "de", "ru", "uk", "pl", "it", "nl", "tr", "ja", "zh_CN", "ko")


def read_country_names(archive: Path) -> dict[str, list[str]]:
    """
    Read the countries' official names in several languages, by ISO 3166-1 code.

    Parameters
    ----------
    archive
        The package pycountry (iso-codes).
    """
    rows = read_json(archive, "pycountry/databases/iso3166-1.json")["3166-1"]
    names: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if "official_name" in row:
            names[row["alpha_2"]].append(row["official_name"])
    for lang in LANGUAGES:
        member = f"pycountry/locales/{lang}/LC_MESSAGES/iso3166-1.mo"
        catalogue = gettext.GNUTranslations(io.BytesIO(read_member(archive, member)))
        for row in rows:
            official = row.get("official_name", "")
            if official and catalogue.gettext(official) != official:
                names[row["alpha_2"]].append(catalogue.gettext(official))
    return names


def read_translations(archive: Path) -> dict[str, list[str]]:
    """
    Read the translated names of divisions by ISO 3166-2 code.

    Parameters
    ----------
    archive
        The package pycountry (iso-codes).
    """
    rows = read_json(archive, "pycountry/databases/iso3166-2.json")["3166-2"]
    names: dict[str, list[str]] = defaultdict(list)
    for lang in LANGUAGES:
        member = f"pycountry/locales/{lang}/LC_MESSAGES/iso3166-2.mo"
        catalogue = gettext.GNUTranslations(io.BytesIO(read_member(archive, member)))
        for row in rows:
            name = catalogue.gettext(row["name"])
            if name != row["name"]:
                names[row["code"]] += [part.strip() for part in name.split(";")]
    return names
