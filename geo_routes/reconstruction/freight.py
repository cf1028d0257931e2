"""What is carried, how much, on what, and who ships, receives and carries it, where told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from geo_routes.documents import Document
from geo_routes.itinerary import Leg, Mode
from geo_routes.lexicons.freight_lexicon import (
    CAPITAL,
    PARTIES,
    FreightLexicon,
    freight_lexicon,
)
from geo_routes.reconstruction.clauses import Clause
from geo_routes.reconstruction.places import SOURCE

_QUOTE_OPEN, _QUOTE_CLOSE = '«„“"»', '»”“"«'
_PARTICLES = frozenset({"de", "of", "la", "du", "del", "der", "von", "van", "el", "le", "d'"})
_LINKS = frozenset({"de", "d'", "of"})
_YEAR = re.compile(r"(?:19|20)\d\d$")
_NUMBER_OF = re.compile(r"\d")
_MEASURES = re.compile(
    r"(?:tonn|ton|тон|cargo|fracht|груз|вантаж|ładun|freight|fret|carga|load|lot)", re.IGNORECASE
)
_SEA_EVENTS = frozenset({"depart", "arrive", "load", "unload", "call", "stay", "pass", "move"})
_BREAKS = frozenset(",;–—(»«“”„")
_TYPE_REACH = 25
_MAX_NAME_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Fact:
    """Some fields of a leg, and the words that tell them."""

    start: int
    end: int
    number: int  # of the sentence
    fields: Mapping[str, str]
    mode: Mode | None = None


def add_freight(document: Document, legs: Sequence[Leg], clauses: Sequence[Clause]) -> list[Leg]:
    """
    Add cargo, quantity, vehicle, flag, shipper, consignee and carrier to the legs.

    Parameters
    ----------
    document
        The report.
    legs
        Legs with their quotes.
    clauses
        The sentences of the report, as `read_clause` reads them.

    Returns
    -------
    legs
        With what their own sentences tell; else with what was told before them; else with what
        the report tells once. `told` holds the quote of each such field.
    """
    lexicon = freight_lexicon(document.lang)
    cargoes = list(_cargoes(document, clauses, lexicon))
    form = list(_labelled(document, clauses, lexicon, ("cargo", "quantity")))
    vehicles = list(_vehicles(document, clauses, lexicon))
    parties = list(_parties(document, clauses, lexicon))
    starts = {clause.start: number for number, clause in enumerate(clauses)}
    out = []
    for leg in legs:
        spans = sorted({starts[q.start] for q in leg.evidence if q.start in starts})
        own = [fact for fact in vehicles if fact.mode is leg.mode]
        facts = [
            _choose(cargoes, spans),
            _choose([fact for fact in own if "vehicle" in fact.fields], spans),
            _choose([fact for fact in own if "vehicle_type" in fact.fields], spans),
        ]
        facts += form
        facts += [_choose([p for p in parties if role in p.fields], spans) for role in PARTIES]
        out.append(_with_facts(document, leg, [fact for fact in facts if fact is not None]))
    return out


def _with_facts(document: Document, leg: Leg, facts: Sequence[_Fact]) -> Leg:
    """Fill in the fields that are empty still, the first fact first."""
    new: dict[str, str] = {}
    told = dict(leg.told)
    for fact in facts:
        quote = document.quote(fact.start, fact.end, source=SOURCE)
        for name, value in fact.fields.items():
            if value and not getattr(leg, name) and name not in new:
                new[name], told[name] = value, quote
    changed: Leg = replace(leg, told=told, **new)  # type: ignore[arg-type]  # fields of text
    return changed


def _choose(facts: Sequence[_Fact], spans: Sequence[int]) -> _Fact | None:
    """Take what a leg's own sentences tell, else what was told last before, else the first."""
    if not facts or not spans:
        return None
    own = [fact for fact in facts if fact.number in spans]
    if own:
        return max(own, key=lambda fact: (len(fact.fields), -fact.start))
    before = [fact for fact in facts if fact.number < spans[-1]]
    return max(before or facts, key=lambda fact: (len(fact.fields), fact.start))


def _number(clauses: Sequence[Clause], at: int) -> int:
    return next((n for n, c in enumerate(clauses) if c.start <= at < c.end), -1)


def _cargoes(
    document: Document, clauses: Sequence[Clause], lexicon: FreightLexicon
) -> Iterator[_Fact]:
    """Find cargoes and quantities, in the order of the text."""
    found = [
        *_labelled(document, clauses, lexicon, ("cargo", "quantity")),
        *_measured(document.text, clauses, lexicon),
        *_counted(document.text, clauses, lexicon),
        *_carried(document.text, clauses, lexicon),
    ]
    taken: list[tuple[int, int]] = []
    kept = []
    for fact in found:
        if not any(a < fact.end and fact.start < b for a, b in taken):
            taken.append((fact.start, fact.end))
            kept.append(fact)
    yield from sorted(kept, key=lambda fact: fact.start)


def _measured(text: str, clauses: Sequence[Clause], lexicon: FreightLexicon) -> Iterator[_Fact]:
    """Find measures: "26,000 tonnes of corn"."""
    for match in lexicon.quantity.finditer(text):
        if lexicon.yearly.match(text, match.end("amount")) or lexicon.yearly.match(
            text, match.end()
        ):
            continue
        start = match.start()
        thing, end = _thing(text, match, lexicon)
        fields = {"quantity": " ".join(text[start : match.end("amount")].split())}
        if thing:
            fields["cargo"] = thing
        yield _Fact(start, end or match.end("amount"), _number(clauses, start), fields)


def _carried(text: str, clauses: Sequence[Clause], lexicon: FreightLexicon) -> Iterator[_Fact]:
    """Find what is said to be carried: "a cargo of wheat"."""
    for match in lexicon.carrying.finditer(text):
        thing, end = _thing(text, match, lexicon)
        if thing:
            yield _Fact(match.start(), end, _number(clauses, match.start()), {"cargo": thing})


def _thing(text: str, match: re.Match[str], lexicon: FreightLexicon) -> tuple[str, int]:
    """Cut a noun phrase before the first word that cannot belong to it."""
    if match["thing"] is None:
        return "", 0
    start = match.start("thing")
    words = []
    for word in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", match["thing"]):
        written = word[0].lower()
        elided = re.match(r"\w+['’]", written)
        is_stop = written in lexicon.stop or (elided is not None and elided[0] in lexicon.stop)
        if (is_stop and written not in _LINKS) or lexicon.verb.fullmatch(written):
            break
        words.append(word)
    words = _PHRASES[lexicon.phrase](words, lexicon)
    while words and words[-1][0].lower() in _LINKS:
        words.pop()
    if not words:
        return "", 0
    end = start + words[-1].end()
    return " ".join(text[start:end].split()), end


def _until_last(words: list[re.Match[str]], _lexicon: FreightLexicon) -> list[re.Match[str]]:
    """English puts the noun last: "thermal coal"."""
    return words[:3]


def _until_first(words: list[re.Match[str]], _lexicon: FreightLexicon) -> list[re.Match[str]]:
    """French and Spanish put the noun first, others after "de": "concentré d'uranium"."""
    end = 1
    while end < len(words):
        if words[end][0].lower().startswith(("d'", "d’")):
            end += 1
        elif words[end][0].lower() in _LINKS and end + 1 < len(words):
            end += 2
        else:
            break
    return words[:end]


def _until_capital(words: list[re.Match[str]], _lexicon: FreightLexicon) -> list[re.Match[str]]:
    """German nouns have capitals: "russischer Weizen"."""
    for number, word in enumerate(words):
        if word[0][0].isupper():
            return words[: number + 1]
    return []


def _until_noun(words: list[re.Match[str]], lexicon: FreightLexicon) -> list[re.Match[str]]:
    """Adjectives, known by their endings, and the noun after them."""
    for number, word in enumerate(words):
        if not lexicon.adjective.fullmatch(word[0]):
            return words[: number + 1]
    return []


_PHRASES = {
    "last": _until_last,
    "first": _until_first,
    "capital": _until_capital,
    "adjectives": _until_noun,
}


def _counted(text: str, clauses: Sequence[Clause], lexicon: FreightLexicon) -> Iterator[_Fact]:
    """Find counted goods: "14,000 sheep"."""
    for number, clause in enumerate(clauses):
        for cue in clause.of_kind("cargo."):
            first = clause.spans[cue.first][0]
            if _MEASURES.match(text, first):
                continue
            for back in (1, 2):
                at = cue.first - back
                if at < 0 or clause.words[at] in {",", ".", ";", "(", ":"}:
                    break
                begin = clause.spans[at][0]
                match = lexicon.number.match(text, begin)
                if match and match.end() < first and not _YEAR.match(match[0]):
                    end = clause.spans[cue.last][1]
                    amount = _whole_number(text, begin, match.end())
                    yield _Fact(
                        amount[0],
                        end,
                        number,
                        {
                            "quantity": text[slice(*amount)],
                            "cargo": " ".join(text[match.end() : end].split()),
                        },
                    )
                    break


def _whole_number(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the figures before, which words split: "300.000"."""
    while start > 1 and text[start - 1] in ".,\u00a0\u202f " and text[start - 2].isdigit():
        start -= 2
        while start and text[start - 1].isdigit():
            start -= 1
    return start, end


def _vehicles(
    document: Document, clauses: Sequence[Clause], lexicon: FreightLexicon
) -> Iterator[_Fact]:
    """Find vehicles with their names and kinds, in the order of the text."""
    text = document.text
    facts = list(_labelled(document, clauses, lexicon, ("vehicle", "flag")))
    for number, clause in enumerate(clauses):
        for cue in clause.of_kind("carriers."):
            mode = cue.tag.partition(".")[2]
            if mode == "any":
                continue
            start, end = clause.spans[cue.first][0], clause.spans[cue.last][1]
            for kind in lexicon.types.finditer(text, max(clause.start, start - _TYPE_REACH)):
                if kind.start() >= end:
                    break
                if kind.end() > start:
                    start, end = min(start, kind.start()), max(end, kind.end())
            name = _name_after(clause, cue.last, lexicon) or _name_before(
                clause, cue.first, lexicon
            )
            fields = {"vehicle_type": " ".join(text[start:end].split())}
            if name:
                fields["vehicle"] = text[name[0] : name[1]]
                start, end = min(start, name[0]), max(end, name[1])
            facts.append(_Fact(start, end, number, fields, Mode(mode)))
        facts += _called(clause, number, lexicon)
    yield from sorted(facts, key=lambda fact: ("vehicle" not in fact.fields, fact.start))


def _name_after(clause: Clause, last: int, lexicon: FreightLexicon) -> tuple[int, int] | None:
    """Find a name right after the kind of vehicle, a word or two between: "cargo saoudien X"."""
    is_german = "der" in lexicon.articles
    for at in range(last + 1, min(last + 4, len(clause.words))):
        name = _name_at(clause, at, needs_more=is_german)
        if name:
            return name
        word = clause.words[at]
        if lexicon.phrase == "adjectives" and not lexicon.adjective.fullmatch(word):
            return None
        if not word.isalpha() or word in lexicon.stop | lexicon.articles:
            return None
    return None


def _name_before(clause: Clause, first: int, lexicon: FreightLexicon) -> tuple[int, int] | None:
    """Find a name explained by the kind of vehicle: "the Razoni, a bulk carrier"."""
    at = first - 1
    while at > 0 and clause.words[at] not in lexicon.articles and first - at < 4:
        at -= 1
    if at < 2 or clause.words[at] not in lexicon.articles or clause.words[at - 1] != ",":
        return None
    end = at - 2
    begin = end
    while begin > 0 and _is_capital(clause, begin - 1):
        begin -= 1
    begin += clause.words[begin] in lexicon.articles
    return _name_at(clause, begin) if _is_capital(clause, begin) else None


def _name_at(clause: Clause, at: int, *, needs_more: bool = False) -> tuple[int, int] | None:
    """Read a name in quotes or capitals from a word on."""
    text = clause.text
    start = clause.spans[at][0]
    if text[start] in _QUOTE_OPEN:
        close = re.compile(rf"[{_QUOTE_CLOSE}]").search(text, start + 1, start + 60)
        if close and text[start + 1 : start + 2].isupper():
            return start + 1, close.start()
        return None
    end, words = start, 0
    while at < len(clause.words) and words < _MAX_NAME_WORDS and at not in clause.anchors:
        particle = clause.words[at] in _PARTICLES and words and at + 1 < len(clause.words)
        if not _is_capital(clause, at) and not (particle and _is_capital(clause, at + 1)):
            break
        end = clause.spans[at][1]
        words += 1
        at += 1
    name = text[start:end]
    if at - words in clause.dated:
        return None
    if not words or (needs_more and words < 2 and not _NUMBER_OF.search(name)):
        return None
    return start, end


def _is_capital(clause: Clause, at: int) -> bool:
    first = clause.text[clause.spans[at][0]]
    return re.match(rf"[{CAPITAL}]", first) is not None and at not in clause.anchors


def _called(clause: Clause, number: int, lexicon: FreightLexicon) -> Iterator[_Fact]:
    """Find ships that go by their name alone: "The Bahijah left ..."."""
    if not lexicon.articles:
        return
    for at in range(len(clause.words) - 2):
        is_subject = at == 0 or clause.words[at - 1] in _BREAKS
        if clause.words[at] not in lexicon.articles or not is_subject:
            continue
        name = _name_at(clause, at + 1)
        if name is None or (lexicon.phrase == "capital" and _is_open(clause, name)):
            continue
        after = next((i for i, (a, _) in enumerate(clause.spans) if a >= name[1]), None)
        if after is None:
            continue
        reach = 3 if clause.words[after] not in _BREAKS else 6
        if any(
            e.kind in _SEA_EVENTS and not e.is_noun and 0 <= e.first - after <= reach
            for e in clause.events
        ):
            fields = {"vehicle": clause.text[name[0] : name[1]]}
            yield _Fact(*name, number, fields, Mode.SEA)


def _is_open(clause: Clause, name: tuple[int, int]) -> bool:
    """Whether a name stands without quotation marks."""
    return clause.text[name[0] - 1] not in _QUOTE_OPEN


def _parties(
    document: Document, clauses: Sequence[Clause], lexicon: FreightLexicon
) -> Iterator[_Fact]:
    """Find who ships, receives and carries."""
    yield from _labelled(document, clauses, lexicon, PARTIES)
    for role, patterns in lexicon.parties.items():
        for pattern in patterns:
            for match in pattern.finditer(document.text):
                start, end = match.span("name")
                number = _number(clauses, start)
                if "\n" in match[0] or _number(clauses, match.start()) != number:
                    continue
                name = document.text[start:end].rstrip(" .,")
                if not _is_party(document.text, (start, end), lexicon):
                    continue
                yield _Fact(match.start(), end, number, {role: name})


def _is_party(text: str, span: tuple[int, int], lexicon: FreightLexicon) -> bool:
    """Whether a name stands by itself, not as an adjective or after a preposition."""
    words = text[slice(*span)].split()
    low = [word.lower() for word in words if word[0].islower() and word.lower() not in _LINKS]
    bad = lexicon.stop - lexicon.articles
    if words[0].lower() in _LINKS or any(w in bad or lexicon.verb.fullmatch(w) for w in low):
        return False
    if lexicon.phrase != "last":
        return True
    following = re.match(r" ([a-z]+)", text[span[1] :])
    return following is None or following[1] in lexicon.stop


def _labelled(
    document: Document,
    clauses: Sequence[Clause],
    lexicon: FreightLexicon,
    names: Sequence[str],
) -> Iterator[_Fact]:
    """Read a form: "Vessel: X"."""
    for name in names:
        pattern = lexicon.labels[name]
        for match in pattern.finditer(document.text):
            value = match["value"].strip().rstrip(".;")
            start = match.start("value")
            if name == "vehicle":
                value = re.split(r"\s*[(,;]", value)[0]
            end = start + len(value)
            mode = Mode.SEA if name in {"vehicle", "flag"} else None
            if name == "flag" or not value or len(value) > 120:
                continue
            yield _Fact(start, end, _number(clauses, start), {name: value}, mode)
