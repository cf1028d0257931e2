"""Reports as text: read from a file or stdin, with what is known of their source."""

from __future__ import annotations

from dataclasses import dataclass, field

from geo_routes.errors import DocumentError


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
        ISO 639-1 code; detected from the text when empty.
    published
        Date of publication, ISO 8601 ("2023-10-13"); empty when unknown.
    title, publisher, url
        As the source gives them; empty when it does not.
    sha256
        Digest of the bytes as they were read.
    name
        What the user called it: a path, or "-" for stdin.
    """

    text: str = field(repr=False)
    lang: str = ""
    published: str = ""
    title: str = ""
    publisher: str = ""
    url: str = ""
    sha256: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise DocumentError(f"{self.name or 'The document'} holds no text.")

    def quote(self, start: int, end: int, *, source: str = "s1") -> Quote:
        """Cut a passage out of the text as evidence."""
        return Quote(exact=self.text[start:end], start=start, source=source)
