import pytest

from geo_routes.languages import detect_language

SENTENCES = {
    "fr": "Le cargo a quitté Le Havre avec des pièces pour une usine qui ouvre dans le nord.",
    "en": "The freighter left the port of Hull with parts for a plant that was built inland.",
    "es": "El carguero salió del puerto de Vigo con piezas para una fábrica que abrió en el sur.",
    "de": "Der Frachter ist mit Teilen für das Werk aus dem Hafen von Emden nach Oslo ausgelaufen.",
    "pl": "Statek wypłynął z portu w Gdyni i został rozładowany w Oslo, które jest na północy.",
    "ru": "Сухогруз вышел из порта с грузом для завода, который был построен на севере.",
    "uk": "Суховантаж вийшов із порту з вантажем для заводу, який збудували на півночі.",
    "ko": "화물선이 부산항을 떠나 북쪽으로 향했다.",
    "ja": "貨物船は横浜港を出て北へ向かった。",
    "zh": "货船离开上海港向北航行。",
    "ar": "غادرت سفينة الشحن ميناء بيروت متجهة إلى الشمال.",
}


@pytest.mark.parametrize("lang", SENTENCES)
def test_a_sentence_tells_its_language(lang):
    assert detect_language(SENTENCES[lang]) == lang


def test_numbers_alone_tell_nothing():
    assert detect_language("1234 5678") == ""
