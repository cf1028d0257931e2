"""Track gauge by country, where most of the main lines have one."""

from __future__ import annotations

STANDARD_MM = 1435

_COUNTRIES = {
    1520: "RU BY UA KZ UZ TM TJ KG MN AM AZ GE MD EE LV LT FI",
    1668: "ES PT",
    1676: "IN PK BD LK AR CL",
    1067: "JP ID PH ZA ZW ZM BW NA MZ AO CD NZ TW SD",
    1000: "TH MY MM VN KH SG BR BO KE UG TZ ML SN CI",
    1600: "IE",
}
_GAUGES_MM = {code: gauge for gauge, codes in _COUNTRIES.items() for code in codes.split()}


def gauge_mm(country: str) -> int:
    """
    Tell the main-line gauge of a country, in millimetres.

    Finland's 1,524 mm counts as 1,520 (through traffic runs). Spain's and Kenya's new lines of
    standard gauge are not told apart.

    Parameters
    ----------
    country
        ISO 3166 alpha-2 code.
    """
    return _GAUGES_MM.get(country, STANDARD_MM)
