"""Errors that users meet; each refines a built-in and names the culprit and the next step."""


class GeoRoutesError(Exception):
    """
    Base of the errors raised on purpose by geo_routes.

    Examples
    --------
    >>> from geo_routes import read_document
    >>> try:
    ...     read_document("nowhere.txt")
    ... except GeoRoutesError as error:
    ...     print(error)
    nowhere.txt does not exist.
    """


class DocumentError(GeoRoutesError, ValueError):
    """A report cannot be read: empty, binary, too large, or in no known format."""


class DataError(GeoRoutesError, RuntimeError):
    """A data set is missing or damaged."""


class PlaceNotFoundError(GeoRoutesError, LookupError):
    """No place of the gazetteer fits a name."""


class AmbiguousPlaceError(GeoRoutesError, LookupError):
    """A name fits several places about equally well."""


class RouteNotFoundError(GeoRoutesError, LookupError):
    """No path joins two places on a network."""


class MovementNotFoundError(GeoRoutesError, LookupError):
    """A report tells no movement from one place to another."""


class RouteFileError(GeoRoutesError, ValueError):
    """A route file breaks its schema; the message names file, line and field."""


class PlacesFileError(GeoRoutesError, ValueError):
    """A table of a user's own places cannot be read; the message names file and line."""


class ReaderError(GeoRoutesError, ConnectionError):
    """A reader of the user's own gives no answer, or none that can be read."""


class OutputError(GeoRoutesError, OSError):
    """An output cannot be written, or exists already."""
