"""One shipment told in seven languages, with its places; reports of the tests' own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OWN = json.loads((Path(__file__).parent / "reports" / "movements.json").read_text("utf-8"))
"""Short reports in seven languages with their places and the legs that a reader would draw."""

DEPOT_KP, DUNAY, DEPOT_RU, VLADIVOSTOK = (
    {"name": "depot in KP", "lon": 126.5, "lat": 40.0, "country": "KP"},
    {"name": "Dunay", "lon": 132.3, "lat": 42.9, "country": "RU"},
    {"name": "depot in RU", "lon": 40.1, "lat": 45.9, "country": "RU"},
    {"name": "Vladivostok", "lon": 131.9, "lat": 43.1, "country": "RU"},
)

# Sentences of one story, and the words for its four places.
STORY: dict[str, tuple[list[str], tuple[str, str, str, str]]] = {
    "en": (
        [
            "Satellite images show that a cargo from a munitions depot in North Korea was loaded "
            "onto a Russian-flagged ship.",
            "The ship then went to Dunay, near Vladivostok, from where the cargo was taken by rail "
            "to a depot near the border.",
            "The delivery took place between 7 September and 1 October, the White House said.",
            "Pyongyang has denied any delivery.",
        ],
        ("a munitions depot in North Korea", "Dunay", "a depot near the border", "Vladivostok"),
    ),
    "fr": (
        [
            "Des images satellite montrent qu'une cargaison provenant d'un dépôt de munitions de "
            "Corée du Nord a été chargée sur un navire battant pavillon russe.",
            "Le navire a ensuite gagné Dounaï, près de Vladivostok, d'où la cargaison a été "
            "acheminée par train jusqu'à un dépôt proche de la frontière.",
            "La livraison a eu lieu entre le 7 septembre et le 1er octobre, selon la Maison "
            "Blanche.",
            "Pyongyang a nié toute livraison.",
        ],
        (
            "un dépôt de munitions de Corée du Nord",
            "Dounaï",
            "un dépôt proche de la frontière",
            "Vladivostok",
        ),
    ),
    "es": (
        [
            "Imágenes de satélite muestran que un cargamento procedente de un depósito de "
            "municiones norcoreano fue cargado en un buque con bandera rusa.",
            "El barco se dirigió después a Dunai, cerca de Vladivostok, desde donde la carga fue "
            "llevada en tren a un depósito cercano a la frontera.",
            "La entrega tuvo lugar entre el 7 de septiembre y el 1 de octubre, según la Casa "
            "Blanca.",
            "Pionyang ha negado toda entrega.",
        ],
        (
            "un depósito de municiones norcoreano",
            "Dunai",
            "un depósito cercano a la frontera",
            "Vladivostok",
        ),
    ),
    "de": (
        [
            "Satellitenbilder zeigen, dass eine Ladung aus einem nordkoreanischen "
            "Munitionsdepot auf ein Schiff unter russischer Flagge verladen wurde.",
            "Das Schiff fuhr danach nach Dunai bei Wladiwostok, von wo die Ladung mit der Bahn in "
            "ein Depot nahe der Grenze gebracht wurde.",
            "Die Lieferung fand zwischen dem 7. September und dem 1. Oktober statt, so das Weiße "
            "Haus.",
            "Pjöngjang hat jede Lieferung bestritten.",
        ],
        (
            "einem nordkoreanischen Munitionsdepot",
            "Dunai",
            "ein Depot nahe der Grenze",
            "Wladiwostok",
        ),
    ),
    "ru": (
        [
            "На спутниковых снимках видно, что груз со склада боеприпасов в КНДР был погружен на "
            "судно под российским флагом.",
            "Затем судно пришло в Дунай, недалеко от Владивостока, откуда груз железной дорогой "
            "доставили на склад у границы.",
            "Поставка состоялась между 7 сентября и 1 октября, сообщил Белый дом.",
            "Пхеньян отрицает любые поставки.",
        ],
        ("склада боеприпасов в КНДР", "Дунай", "склад у границы", "Владивостока"),
    ),
    "uk": (
        [
            "На супутникових знімках видно, що вантаж зі складу боєприпасів у КНДР завантажили на "
            "судно під російським прапором.",
            "Потім судно прийшло до Дунаю, неподалік від Владивостока, звідки вантаж залізницею "
            "доставили на склад біля кордону.",
            "Постачання відбулося між 7 вересня та 1 жовтня, повідомив Білий дім.",
            "Пхеньян заперечує будь-які поставки.",
        ],
        ("складу боєприпасів у КНДР", "Дунаю", "склад біля кордону", "Владивостока"),
    ),
    "pl": (
        [
            "Zdjęcia satelitarne pokazują, że ładunek ze składu amunicji w Korei Północnej "
            "załadowano na statek pod rosyjską banderą.",
            "Statek popłynął następnie do Dunaju koło Władywostoku, skąd ładunek przewieziono "
            "koleją do składu przy granicy.",
            "Dostawa odbyła się między 7 września a 1 października, podał Biały Dom.",
            "Pjongjang zaprzeczył wszelkim dostawom.",
        ],
        ("składu amunicji w Korei Północnej", "Dunaju", "składu przy granicy", "Władywostoku"),
    ),
}


def story_places(lang: str) -> list[dict[str, Any]]:
    """List the places of the story as a sure geocoder would name them."""
    words = STORY[lang][1]
    found = zip(words, (DEPOT_KP, DUNAY, DEPOT_RU, VLADIVOSTOK), strict=True)
    return [{"text": text, **place} for text, place in found]
