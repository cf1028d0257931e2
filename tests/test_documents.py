import hashlib
import io
import sys

import pytest

from geo_routes.documents import MAX_BYTES, Document, read_document
from geo_routes.errors import DocumentError

FRENCH = """Un cargo parti de Brest

Publié le 3 mai 2024

Le navire a quitté Brest pour Cadix avec des pièces détachées, selon l'armateur."""

PAGE = """<!DOCTYPE html><html lang="en"><head><title>Grain leaves Odesa</title>
<meta property="og:site_name" content="The Harbour Gazette">
<meta property="article:published_time" content="2024-03-02T10:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Grain leaves Odesa</h1>
<p>The freighter left the port of Odesa on Saturday with a cargo of wheat for Alexandria.</p>
<p>She is expected to pass the Bosporus on Monday, according to the port authority of the city.</p>
</article><footer>Cookie settings</footer></body></html>"""


def write(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


def test_plain_text_keeps_its_words_and_tells_language_date_and_digest(tmp_path):
    data = FRENCH.encode()
    document = read_document(write(tmp_path, "report.txt", data))
    assert document.text == FRENCH
    assert (document.lang, document.published) == ("fr", "2024-05-03")
    assert document.title == "Un cargo parti de Brest"
    assert document.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_give_the_same_text(tmp_path, encoding):
    document = read_document(write(tmp_path, "report.txt", FRENCH.encode(encoding)))
    assert document.text == FRENCH


def test_a_page_loses_its_furniture_and_keeps_its_source(tmp_path):
    document = read_document(write(tmp_path, "page.html", PAGE.encode()))
    assert "Alexandria" in document.text
    assert "Cookie" not in document.text
    assert (document.title, document.published) == ("Grain leaves Odesa", "2024-03-02")
    assert document.publisher == "The Harbour Gazette"


def test_a_pdf_gives_its_text(tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib makes the PDF")
    figure = plt.figure()
    figure.text(0.1, 0.5, "The ship left Hull for Oslo with timber.")
    path = tmp_path / "report.pdf"
    figure.savefig(path)
    plt.close(figure)
    assert "left Hull for Oslo" in read_document(path).text


def test_standard_input_is_read(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(FRENCH.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert read_document("-").text == FRENCH


def test_what_the_user_says_of_the_source_prevails(tmp_path):
    path = write(tmp_path, "report.txt", FRENCH.encode())
    document = read_document(path, lang="oc", published="2020-01-01", title="Mine")
    assert (document.lang, document.published, document.title) == ("oc", "2020-01-01", "Mine")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"  \n ", "is empty"),
        (b"\x7fELF\x00\x01\x02" * 100, "not text, HTML or PDF"),
        (bytes(range(1, 32)) * 50, "not text, HTML or PDF"),
        (b"%PDF-1.7 broken", "PDF"),
        (b"<html><body></body></html>", "no report found"),
        (b"x" * (MAX_BYTES + 1), "larger than 20 MB"),
    ],
)
def test_bad_input_is_named_in_one_line(tmp_path, data, message):
    path = write(tmp_path, "bad.bin", data)
    with pytest.raises(DocumentError, match=message) as caught:
        read_document(path)
    assert "bad.bin" in str(caught.value)


def test_a_missing_file_and_a_folder_say_what_to_do(tmp_path):
    with pytest.raises(DocumentError, match="does not exist"):
        read_document(tmp_path / "nowhere.txt")
    with pytest.raises(DocumentError, match="geo-routes batch"):
        read_document(tmp_path)


def test_a_quote_knows_where_it_stands():
    document = Document(text="The ship left Hull.")
    quote = document.quote(4, 8)
    assert (quote.exact, quote.start, quote.end) == ("ship", 4, 8)
