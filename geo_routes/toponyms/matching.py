"""Names of places in a text: longest matches in the gazetteer, weighed by what stands around."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from geo_routes.gazetteer import fold, shipped
from geo_routes.toponyms.scripts import is_caseless
from geo_routes.toponyms.spelling import LARGE, SURE, respelled
from geo_routes.toponyms.texts import Match, Words, best, continues, countries_of, fame, known
from geo_routes.toponyms.weighing import Weigher, calls
from geo_routes.toponyms.words import PlaceWords, base_forms, place_words

LONGEST = 7
_FACILITIES = {
    "airport": ("airport", "international airport"),
    "station": ("station", "border station"),
    "terminal": ("terminal", "oil terminal", "lng terminal", "container terminal"),
    "base": ("air base", "naval base"),
}
_BESIDE_NAMES = frozenset(["island", "station", "port"])
_OF = frozenset(["of", "de", "du", "d", "del", "des", "von"])
_ELIDED = frozenset(["qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "aujourd", "dell", "all", "nell"])
_CONTRACTED = frozenset(["s", "t", "d", "m", "ll", "re", "ve"])
"""What stands before and after an apostrophe that is none of a name's."""
THRESHOLD = -0.7
"""Names whose score (log odds) is lower are left out: reports lose more by a miss."""


def find_matches(words: Words, lexicon: PlaceWords, *, trained: bool = False) -> list[Match]:
    """
    Find the longest names of places, weigh them, and keep the likely ones.

    Parameters
    ----------
    words
        The text.
    lexicon
        The words of its language.
    trained
        Whether to hear the trained recogniser of the language too; it must be installed.
    """
    matches = _longest_matches(words, lexicon)
    if not trained:
        Weigher(words, lexicon, matches).weigh(matches)
        return [match for match in matches if match.score >= THRESHOLD]
    from geo_routes.toponyms import trained as recogniser

    matches, says = recogniser.add_trained(words, matches, lexicon)
    Weigher(words, lexicon, matches).weigh(matches)
    matches = recogniser.weigh_trained(matches, says, lexicon.lang)
    return [match for match in matches if match.score >= recogniser.THRESHOLDS[lexicon.lang]]


def _longest_matches(words: Words, lexicon: PlaceWords) -> list[Match]:
    """Go through the text from the left; composed names before known ones, unknown ones last."""
    found = []
    after = 0
    for at in _openings(words, lexicon):
        if at < after:
            continue
        match = _longest_at(words, at, lexicon)
        if match is None:
            continue
        common = match.first == match.last and words.key[at] in lexicon.stop
        if not common or _placed(words, at, lexicon):
            found.append(match)
        after = match.last + 1
    return found


def _openings(words: Words, lexicon: PlaceWords) -> Sequence[int]:
    """List the words that a name may begin with: with a capital, or a kind of place."""
    if lexicon.lang == "en":
        return words.capitals
    kinds = lexicon.name_prefixes
    small = [at for at, key in enumerate(words.key) if key in kinds and not words.capital[at]]
    return sorted(words.capitals + small) if small else words.capitals


def _longest_at(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Find the longest name that begins with a word."""
    match = compose_name(words, at, lexicon)
    if not words.capital[at]:
        return match
    known_match = _match_at(words, at, lexicon)
    if match is None or (known_match and known_match.last >= match.last):
        match = known_match or match
    if match is None or _cut_short(words, match):
        match = unknown_name(words, at, lexicon) or match
    return match


def _placed(words: Words, at: int, lexicon: PlaceWords) -> bool:
    """Tell whether a common word stands where a place may: "in Reading"."""
    return at > 0 and words.key[at - 1] in lexicon.locative and not words.initial[at]


def _cut_short(words: Words, match: Match) -> bool:
    """Tell whether a hyphen ties a name to a capitalised word: "Aix" in "Aix-Bouzonville"."""
    end, after = words.end[match.last], match.last + 1
    return words.text[end : end + 1] == "-" and words.capital[after : after + 1] == [True]


def _match_at(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Find the longest name in the gazetteer that begins with a word."""
    keys, gap, capital = words.key, words.gap, words.capital
    if gap[at] in {",", "("} and (short := _abbreviation(words, at, lexicon)):
        return short
    key, found = keys[at], None
    if key in lexicon.articles and capital[at + 1 : at + 2] == [True]:
        seat = _match_at(words, at + 1, lexicon)
        if seat is not None and seat.kind == "metonym":
            return seat
    last = at
    while True:
        if key in lexicon.seats:
            return _seat(at, last, lexicon.seats[key])
        names = _names(words, at, last, key, lexicon)
        if names and (
            capital[last]
            or _may_end_small(names[0])
            or is_caseless(keys[last])
            or _is_one_word(words, at, last)
        ):
            found = Match(at, last, names)
        after = last + 1
        if after >= len(keys) or after - at >= LONGEST or gap[after] not in {" ", ""}:
            break
        if not lexicon.endings and not continues(key) and gap[after] != "":
            break
        longer = f"{key}{gap[after]}{keys[after]}"
        if (
            not capital[after]
            and keys[after] not in lexicon.particles
            and not continues(longer)
            and not known(longer)
            and not (lexicon.endings and declined(longer, lexicon.lang))
        ):
            break
        key = longer
        last = after
    return found


def _abbreviation(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Find the short form of a state after a town: "Dayton, Tenn." or "Charleston, S.C."."""
    key, last = words.key[at], at
    while last + 1 < len(words.key) and words.gap[last + 1] == "" and last - at < 2:
        if words.text[words.end[last]] != ".":
            return None  # "I'll" is not Ill.
        last += 1
        key += words.key[last]
    stopped = words.text[words.end[last] : words.end[last] + 1] == "."
    if key not in lexicon.abbreviations or not (stopped or words.upper[at]):
        return None
    return Match(at, last, (lexicon.abbreviations[key],), how="abbreviation")


def _names(words: Words, first: int, last: int, key: str, lexicon: PlaceWords) -> tuple[str, ...]:
    """List the folded names that some words may stand for, best first; empty when none is known."""
    exact = (key,) if known(key) else ()
    if lexicon.contracted and first and words.gap[first]:
        article = lexicon.contracted.get(words.key[first - 1])
        if article is not None and known(f"{article} {key}"):
            # "au Havre" is Le Havre, not Havré; "du Congo" is the country's.
            whole = f"{article} {key}"
            return (whole,) if fame(whole) >= fame(key) else (whole, *exact)
    if not lexicon.endings or last - first > 3:
        return exact
    return exact + tuple(name for name in declined(key, lexicon.lang) if name not in exact)


def _is_one_word(words: Words, first: int, last: int) -> bool:
    """Tell whether an apostrophe within a name parts its two words: "Xi'an", not "it's"."""
    return (
        last == first + 1
        and words.gap[last] == ""
        and len(words.key[first]) > 1
        and words.key[first] not in _ELIDED
        and words.key[last] not in _CONTRACTED
        and words.text[words.end[first]] != "."
    )


def _may_end_small(key: str) -> bool:
    """Tell whether a name may end in a lower-case word: "Émirats arabes unis"."""
    place = best(key)
    if place is None or place.kind == "city":
        return False
    # "Centre spatial guyanais" is a name; "Port de" is the beginning of one.
    return place.kind in {"country", "sea", "region", "admin1"} or key.count(" ") > 1


def _seat(first: int, last: int, country: str) -> Match:
    """Take the seat of a government for its capital."""
    capital = shipped().capital(country)
    names = (fold(capital.name),) if capital is not None else ()
    return Match(first, last, names, kind="metonym", role="actor", country=country)


@functools.lru_cache(maxsize=1 << 14)
def declined(key: str, lang: str) -> tuple[str, ...]:
    """List the known names of which some words may be a case form, best known first."""
    lexicon = place_words(lang)
    first, _, rest = key.partition(" ")
    if not rest:
        names = dict.fromkeys(filter(known, base_forms(key, lexicon)))
        # "Уфе", "из Оша", "Rydze": a stem of two letters must be of a large place's name.
        names |= dict.fromkeys(filter(_is_large, base_forms(key, lexicon, shortest=2)))
    else:
        begun = [first, *base_forms(first, lexicon, shortest=2)]
        for part in rest.split(" "):
            forms = (part, *base_forms(part, lexicon, shortest=1))
            begun = [f"{name} {form}" for name in filter(continues, begun) for form in forms]
        names = dict.fromkeys(name for name in begun if name != key and known(name))
    return tuple(sorted(names, key=lambda name: -fame(name)))[:3]


def _is_large(name: str) -> bool:
    """Tell whether a folded name is a large town's."""
    place = best(name)
    return place is not None and place.population > LARGE and place.name_weight >= SURE


def compose_name(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Find a name made of a kind of place and a proper name: "Wayne County", "mont Blanc"."""
    if words.key[at] in lexicon.name_prefixes and (match := _with_prefix(words, at, lexicon)):
        return match
    return _with_suffix(words, at, lexicon)


def _with_suffix(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Find capitalised words that end in a kind of place: "Old Mill Road"."""
    second = at + 1
    if second >= len(words.key) or words.gap[second] != " ":
        return None
    if not words.capital[second] and words.key[second] not in lexicon.name_suffixes:
        return None
    if words.initial[at] and words.key[at] in lexicon.stop and words.key[at] not in lexicon.sides:
        return None
    last, how = None, "suffix"
    for n in range(at + 1, min(at + 5, len(words.key))):
        if words.gap[n] != " ":
            break
        if words.key[n] in lexicon.name_suffixes and (words.capital[n] or lexicon.endings):
            last, how = n, "suffix"
        if words.key[n] in lexicon.facilities and words.capital[n]:
            last, how = n, "facility"
        if words.key[n] == "state" and n == at + 1 and words.capital[n] and _has_states(words, at):
            last, how = n, "suffix"
        if not words.capital[n]:
            break
        if words.key[n] in lexicon.organisations and words.key[n] not in lexicon.facilities:
            break
    if last is None or words.key[at] in lexicon.articles:
        return None
    names = _known_forms(" ".join(words.key[at : last + 1]), lexicon)
    if how == "facility":
        town = " ".join(words.key[at:last])
        names = (*names, town) if known(town) else names  # "Manila Cathedral"
    return Match(at, last, names, feature="area", how=how)


def _has_states(words: Words, at: int) -> bool:
    """Tell a state ("Borno State") from a university of the United States ("Ohio State")."""
    place = best(words.key[at])
    return place is not None and place.kind == "admin1" and place.country != "US"


def _with_prefix(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Find a kind of place followed by a proper name: "Lake Erie", "comté de Broward"."""
    n = at + 1
    while n < min(at + 4, len(words.key)) and words.gap[n] in {" ", ""} and not words.capital[n]:
        if words.key[n] not in lexicon.particles and words.key[n] not in lexicon.kinds:
            return None
        n += 1
    if n >= len(words.key) or not words.capital[n] or words.gap[n] not in {" ", ""}:
        return None
    if words.key[n] in lexicon.stop or (words.capital[at] is False and lexicon.lang == "en"):
        return None
    last = n
    while (
        last + 1 < min(n + 3, len(words.key))
        and words.capital[last + 1]
        and words.gap[last + 1] in {" "}
    ):
        last += 1
    full = "".join((words.gap[i] if i > at else "") + words.key[i] for i in range(at, last + 1))
    bare = "".join((words.gap[i] if i > n else "") + words.key[i] for i in range(n, last + 1))
    names = _known_forms(full, lexicon)
    if not known(names[0]):
        # "l'île de Wetar": the name alone is the place's.
        if n > at + 1 and lexicon.features.get(words.key[at]) in _BESIDE_NAMES and known(bare):
            return None
        forms = tuple(name for name in _known_forms(bare, lexicon) if known(name))
        names = (*names, *(forms or _respelled(bare, lexicon)))
    return Match(at, last, names, feature="area", how="prefix")


def _known_forms(key: str, lexicon: PlaceWords) -> tuple[str, ...]:
    if known(key) or not lexicon.endings:
        return (key,)
    return declined(key, lexicon.lang) or (key,)


def unknown_name(words: Words, at: int, lexicon: PlaceWords) -> Match | None:
    """Take capitalised words that the gazetteer does not know, where they may be a place."""
    before = words.key[at - 1] if at and words.gap[at] in {" ", ""} else ""
    if not before and at and words.gap[at] == "«" and words.key[at - 1] in lexicon.features:
        before = words.key[at - 1]
    called = bool(before) and calls(before, lexicon)
    # Most words stand after neither an "of" nor an article.
    if (
        not called
        and at > 1
        and (words.key[at - 1] in _OF or words.key[at - 1] in lexicon.articles)
    ):
        called = _of_a_feature(words, at, lexicon)
    if not called and (
        words.initial[at]
        or not (_may_stand(words, at, before, lexicon) or _is_national(before, lexicon))
    ):
        return None
    last = _last_capital(words, at)
    keys = words.key[at : last + 1]
    if last > at and keys[0] in lexicon.articles:
        keys = keys[1:]  # "La Negra"
    hyphened = words.text[words.end[at]] == "-" if last > at else False
    if (
        last - at > 2
        or words.upper[at]
        or len(keys[0]) < (2 if hyphened else 4 - called)
        or (last > at and calls(keys[0], lexicon))
    ):
        return None
    full = " ".join(words.key[at : last + 1])
    if called and (whole := facility_name(full, lexicon.features.get(before, ""))):
        return Match(at, last, (whole, full), how="called")
    if any(k in lexicon.first_names or k in lexicon.stop or k in lexicon.titles for k in keys):
        return None
    if not called and any(known(words.key[n]) for n in _after_spaces(words, at, last)):
        return None
    respelt = _respelled(full, lexicon)
    if not called and not respelt and not _may_stand(words, at, before, lexicon):
        return None
    names = respelt or (full,)
    if hyphened and known(keys[0]):
        names = (*names, keys[0])  # "Antwerp-Bruges" is at Antwerp
    return Match(at, last, names, how="called" if called else "unknown")


def _is_national(before: str, lexicon: PlaceWords) -> bool:
    """Tell whether an adjective of a country, in a language with cases, stands before a name."""
    return bool(before and lexicon.endings and countries_of(before, lexicon.lang))


def _last_capital(words: Words, at: int) -> int:
    """Find the last of the capitalised words in a row; hyphens may tie a small one in between."""
    last = at
    while last + 1 < len(words.key) and words.gap[last + 1] == " ":
        if words.capital[last + 1]:
            last += 1
        elif _tied(words, last + 1) and _tied(words, last + 2) and words.capital[last + 2]:
            last += 2  # "Пратика-ди-Маре"
        else:
            break
    return last


def _tied(words: Words, at: int) -> bool:
    """Tell whether a hyphen ties a word to the one before."""
    return at < len(words.key) and words.text[words.start[at] - 1] == "-"


def facility_name(name: str, feature: str) -> str:
    """Find the name of a facility that the text calls by its kind: "aeropuerto John F. Kennedy"."""
    for kind in _FACILITIES.get(feature, ()):
        if known(f"{name} {kind}"):
            return f"{name} {kind}"
    return ""


def _respelled(full: str, lexicon: PlaceWords) -> tuple[str, ...]:
    """List the known names that an unknown one may be a spelling, or a case form of one, of."""
    forms = [full, *base_forms(full, lexicon)] if lexicon.endings else [full]
    found = {name: None for form in forms[:8] if (name := respelled(form, lexicon.lang))}
    return tuple(sorted(found, key=lambda name: -fame(name)))[:2]


def _of_a_feature(words: Words, at: int, lexicon: PlaceWords) -> bool:
    """Tell whether an "of" ties a name to a kind of place: "les gorges de la Rakitnica"."""
    n = at - 1
    if n > 1 and words.key[n] in lexicon.articles and words.gap[n] in {" ", ""}:
        n -= 1
    if n < 1 or words.key[n] not in _OF or words.gap[n] not in {" ", ""}:
        return False
    return words.key[n - 1] in lexicon.features or words.key[n - 1] in lexicon.near_words


def _after_spaces(words: Words, first: int, last: int) -> Iterator[int]:
    """Go through the words of a name that are not tied to the one before by a hyphen."""
    for n in range(first + 1, last + 1):
        if words.text[words.start[n] - 1] != "-":
            yield n


def _may_stand(words: Words, at: int, before: str, lexicon: PlaceWords) -> bool:
    """Tell whether a place may stand here: after a preposition, or in an enumeration."""
    if before in lexicon.articles and at > 1 and words.gap[at - 1] == " ":
        before = words.key[at - 2]
    if before in lexicon.locative and before not in _OF:
        return True
    after = words.gap[at + 1] if at + 1 < len(words.key) else ""
    joined = before in lexicon.joining or words.gap[at] == "," or after == ","
    return joined and lexicon.lang != "de"
