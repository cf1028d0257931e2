"""The snippet with which another page shows a saved map."""

from __future__ import annotations

from html import escape


def embed_snippet(
    file_name: str, title: str, *, ratio: str = "4 / 3", min_height: int = 460
) -> str:
    """
    Write the HTML that embeds a saved map in an article.

    The frame is sandboxed: the map may run its own script, open sources in a new tab and save a
    file, and nothing else.

    Parameters
    ----------
    file_name
        Address of the saved map as the article will find it.
    title
        What a screen reader says of the frame.
    ratio
        Width to height, as CSS writes it.
    min_height
        Least height in pixels, for phones.

    Returns
    -------
    snippet
        One `iframe` element.

    Examples
    --------
    >>> embed_snippet("map.html", "From Halden to Lagos").startswith('<iframe src="map.html"')
    True
    """
    style = f"width:100%;aspect-ratio:{ratio};min-height:{min_height}px;border:0"
    return (
        f'<iframe src="{escape(file_name)}" title="{escape(title)}" style="{escape(style)}" '
        'loading="lazy" allow="fullscreen" referrerpolicy="no-referrer" '
        'sandbox="allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox">'
        "</iframe>\n"
    )
