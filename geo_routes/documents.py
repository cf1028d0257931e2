"""Reports as text: read from a file or stdin, with what is known of their source."""

from __future__ import annotations

import hashlib
import io
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from geo_routes.errors import DocumentError
from geo_routes.languages import detect_language

MAX_BYTES = 20 * 1024 * 1024
"""Larger files are refused: no report is that long, and a mistaken argument often is."""

_HEAD_CHARACTERS = 1500
_BINARY_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """
    A passage of a document, kept as evidence (W3C text quote and position selectors).

    Attributes
    ----------
    exact
        The passage, character by character.
    start
        Offset of its first character in the document's text.
    source
        Id of the source in the itinerary's `sources`.

    Examples
    --------
    >>> quote = Quote(exact="left Rajin", start=12, source="s1")
    >>> quote.end
    22
    """

    exact: str
    start: int = 0
    source: str = ""

    @property
    def end(self) -> int:
        """Offset just past the last character."""
        return self.start + len(self.exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """
    The text of one report and what is known of its source.

    Attributes
    ----------
    text
        The report itself, without menus and other furniture of a page.
    lang
        ISO 639-1 code; told from the text when empty.
    published
        Date of publication, ISO 8601 ("2023-10-13"); empty when unknown.
    title, publisher, url
        As the source gives them; empty when it does not.
    sha256
        Digest of the bytes as they were read.
    name
        What the user called it: a path, or "-" for stdin.

    Examples
    --------
    >>> document = Document(text="The ship left Hamburg for Lagos.", published="2023-05-09")
    >>> document.quote(9, 21)
    Quote(exact='left Hamburg', start=9, source='s1')
    """

    text: str = field(repr=False)
    lang: str = ""
    published: str = ""
    title: str = ""
    publisher: str = ""
    url: str = ""
    sha256: str = ""
    name: str = ""

    def __deepcopy__(self, memo: object) -> Document:
        # It never changes, and pandas copies what a frame carries at every step.
        return self

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise DocumentError(f"{self.name or 'The document'} holds no text.")
        if not self.lang:
            object.__setattr__(self, "lang", detect_language(self.text))
        if not self.sha256:
            digest = hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
            object.__setattr__(self, "sha256", digest)

    def quote(self, start: int, end: int, *, source: str = "s1") -> Quote:
        """Cut a passage out of the text as evidence."""
        return Quote(exact=self.text[start:end], start=start, source=source)


def read_document(
    source: str | Path, *, lang: str = "", published: str = "", title: str = ""
) -> Document:
    """
    Read a report: plain text, HTML or PDF, told apart by content.

    Parameters
    ----------
    source
        A path, or "-" for standard input.
    lang, published, title
        Override what the document says: ISO 639-1 code, ISO 8601 date, headline.

    Returns
    -------
    document
        The text without a page's furniture; its language, title, publisher and date where they
        can be told; the SHA-256 of the bytes read.

    Raises
    ------
    DocumentError
        When the file is missing, empty, binary, larger than `MAX_BYTES`, or holds no text.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "report.txt"
    ...     size = path.write_text("The ship left Hamburg for Lagos on Monday, the port said.")
    ...     document = read_document(path, published="2023-05-09")
    >>> document.lang, document.published
    ('en', '2023-05-09')
    """
    name = str(source)
    data = _read_bytes(source)
    digest = hashlib.sha256(data).hexdigest()
    if data[:5] == b"%PDF-":
        document = _from_pdf(data, name)
    else:
        text = _decode(data, name)
        document = _from_html(text, name) if _looks_like_html(text) else _from_text(text, name)
    return replace(
        document,
        sha256=digest,
        lang=lang or document.lang,
        published=published or document.published,
        title=title or document.title,
    )


def _read_bytes(source: str | Path) -> bytes:
    name = str(source)
    if name == "-":
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        path = Path(source)
        if path.is_dir():
            raise DocumentError(f"{name} is a folder. For many reports: geo-routes batch {name}")
        try:
            with path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise DocumentError(f"{name} does not exist.") from None
        except OSError as error:
            raise DocumentError(f"{name} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        raise DocumentError(f"{name} is larger than {limit} MB: cut out the report and pass that.")
    if not data.strip():
        raise DocumentError(f"{name} is empty.")
    return data


def _decode(data: bytes, name: str) -> str:
    """Turn bytes into text: by byte order mark, as UTF-8, or as the likeliest older encoding."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return _check_text(data.decode(encoding), name)
            except UnicodeDecodeError:
                raise _binary(name) from None
    if b"\x00" in data:
        raise _binary(name)
    try:
        return _check_text(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    if best is None:
        raise _binary(name)
    return _check_text(data.decode(best.encoding, errors="replace"), name)


def _check_text(text: str, name: str) -> str:
    control = sum(ord(character) < 32 and character not in "\t\n\r\f\x0b" for character in text)
    if control > _BINARY_SHARE * len(text):
        raise _binary(name)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _binary(name: str) -> DocumentError:
    return DocumentError(f"{name} is not text, HTML or PDF: pass the report as one of these.")


def _looks_like_html(text: str) -> bool:
    head = text[:4000].lstrip().lower()
    return head.startswith(("<!doctype html", "<html", "<?xml")) or bool(
        re.search(r"<(head|body|article|div|p)\b[^>]*>", head)
    )


def _from_text(text: str, name: str) -> Document:
    from geo_routes.dates import find_published

    lang = detect_language(text)
    return Document(
        text=text,
        lang=lang,
        name=name,
        title=_headline(text),
        published=find_published(text[:_HEAD_CHARACTERS], lang),
    )


def _headline(text: str) -> str:
    """Take the first line that reads like a headline, not like a menu and not like a paragraph."""
    for line in text.strip().split("\n")[:8]:
        words = line.split()
        if len(words) >= 4 and len(line) <= 160:
            return line.strip()
        if len(line) > 160:
            return ""
    return ""


def _from_html(text: str, name: str) -> Document:
    from lxml.etree import ParserError
    from trafilatura import bare_extraction
    from trafilatura.settings import Document as Page

    try:
        found = bare_extraction(
            text, with_metadata=True, include_comments=False, include_tables=True
        )
    except (ParserError, ValueError):
        found = None
    body = (found.text or "").strip() if isinstance(found, Page) else ""
    if not isinstance(found, Page) or not body:
        raise DocumentError(f"{name}: no report found on this page. Copy its text to a file.")
    from geo_routes.dates import find_published

    lang = (found.language or "")[:2] or detect_language(body)
    return Document(
        text=body,
        lang=lang,
        name=name,
        title=found.title or "",
        publisher=found.sitename or "",
        url=found.url or "",
        published=(found.date or "")[:10] or find_published(body[:_HEAD_CHARACTERS], lang),
    )


def _from_pdf(data: bytes, name: str) -> Document:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError(f"{name} is an encrypted PDF: save it without its password.")
        pages = [page.extract_text() for page in reader.pages]
        title = (reader.metadata.title or "") if reader.metadata else ""
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DocumentError(f"{name} is a damaged PDF ({error}).") from None
    text = re.sub(r"(\w)-\n(\w)", r"\1\2", "\n\n".join(pages))
    # A PDF breaks lines at the margin: join the lines of a paragraph.
    text = re.sub(r"(?<![\n.!?:»”\"])\n(?!\n)", " ", text)
    if not text.strip():
        raise DocumentError(
            f"{name} is a PDF without text: run text recognition (OCR) on it first."
        )
    document = _from_text(text, name)
    return replace(document, title=title or document.title)
