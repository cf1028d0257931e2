"""A reader of the user's own, against a small server that answers well, wrongly and with malice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import geopandas as gpd
import pytest
from click.testing import CliRunner

from geo_routes import reader
from geo_routes.cli import main
from geo_routes.documents import Document
from geo_routes.errors import ReaderError
from geo_routes.geocoding import geocode
from geo_routes.itinerary import Itinerary, Mode, Status
from geo_routes.reader import ask_reader
from geo_routes.toponyms import find_toponyms

TEXT = (
    "The bulk carrier Nordholm left Rotterdam on 3 May 2023 with 20,000 tonnes of wheat. "
    "It reached Alexandria on 14 May, the port agent said. "
    "From there the grain will go on to Khartoum by lorry."
)
GOOD: dict[str, Any] = {
    "quotes": ["left Rotterdam on 3 May 2023", "It reached Alexandria on 14 May"],
    "origin": "Rotterdam",
    "destination": "Alexandria",
    "mode": "sea",
    "status": "reported",
    "departure": "2023-05-03",
    "arrival": "2023-05-14",
    "by": "the port agent",
    "cargo": "wheat",
    "vehicle": "Nordholm",
}

Answer = Callable[[BaseHTTPRequestHandler], None]


class _Server:
    """A server of the tests' own; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.answer: Answer = lambda _: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.asked.append(json.loads(self.rfile.read(length)))
                outer.paths.append(self.path)
                try:
                    outer.answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def says(self, content: Any) -> None:
        text = content if isinstance(content, str) else json.dumps({"movements": content})
        self.sends(json.dumps({"choices": [{"message": {"content": text}}]}).encode())

    def sends(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer


@pytest.fixture
def server() -> Iterator[_Server]:
    running = _Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


@pytest.fixture(scope="module")
def document() -> Document:
    return Document(text=TEXT, lang="en", published="2023-05-20")


@pytest.fixture(scope="module")
def places(document: Document) -> gpd.GeoDataFrame:
    return geocode(find_toponyms(document))


@pytest.fixture
def ask(server: _Server, document: Document, places: gpd.GeoDataFrame) -> Callable[..., Itinerary]:
    def run(content: Any = None, **options: Any) -> Itinerary:
        if content is not None:
            server.says(content)
        options = {"url": server.url, "model": "small", "timeout_s": 5.0} | options
        return ask_reader(document, places, **options)

    return run


def test_a_verified_movement_becomes_a_leg_with_its_quotes(
    ask: Callable[..., Itinerary], server: _Server
) -> None:
    itinerary = ask([GOOD])
    (leg,) = itinerary.legs
    assert (leg.mode, leg.claim.status) == (Mode.SEA, Status.REPORTED)
    assert itinerary.places[leg.origin].country == "NL"
    assert itinerary.places[leg.destination].country == "EG"
    assert (leg.departure, leg.arrival) == ("2023-05-03", "2023-05-14")
    assert (leg.claim.by, leg.cargo, leg.vehicle) == ("the port agent", "wheat", "Nordholm")
    assert [TEXT[q.start : q.end] for q in leg.evidence] == GOOD["quotes"]
    assert "small" in leg.note
    assert itinerary.doubts == ()
    assert server.paths == ["/v1/chat/completions"]
    assert server.asked[0]["model"] == "small"
    assert TEXT in server.asked[0]["messages"][-1]["content"]


def test_an_answer_between_fences_is_read(ask: Callable[..., Itinerary]) -> None:
    text = "```json\n" + json.dumps({"movements": [GOOD]}) + "\n```"
    assert len(ask(text).legs) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quotes": ["left Rotterdam on 4 May 2023"]}, "no quote"),
        ({"quotes": []}, "no quote"),
        ({"quotes": "left Rotterdam on 3 May 2023"}, "no quote"),
        ({"quotes": ["the"]}, "no quote"),
        ({"quotes": ["will go on to Khartoum by lorry"]}, "neither of its places"),
        ({"origin": "Hamburg"}, "Hamburg"),
        ({"origin": "the grain"}, "the grain"),
        ({"origin": "Rotter"}, "Rotter"),
        ({"origin": "../../etc/passwd"}, "passwd"),
        ({"origin": None}, "no place"),
        ({"destination": "Rotterdam"}, "ends where it starts"),
        ({"mode": "teleport"}, "mode"),
        ({"mode": ["sea"]}, "mode"),
        ({"status": "sure"}, "status"),
    ],
)
def test_what_cannot_be_verified_is_left_out_and_listed(
    ask: Callable[..., Itinerary], change: dict[str, Any], why: str
) -> None:
    itinerary = ask([{**GOOD, **change}])
    assert itinerary.legs == ()
    assert any(why in doubt and "movement 1" in doubt for doubt in itinerary.doubts)


def test_only_the_invented_movement_is_left_out(ask: Callable[..., Itinerary]) -> None:
    invented = {**GOOD, "quotes": ["sailed secretly to Tartus"], "destination": "Tartus"}
    itinerary = ask([invented, GOOD, "nonsense", 7])
    assert len(itinerary.legs) == 1
    assert sum("movement 1" in doubt for doubt in itinerary.doubts) >= 1
    assert any("movement 3" in doubt for doubt in itinerary.doubts)
    assert set(itinerary.places) == {itinerary.legs[0].origin, itinerary.legs[0].destination}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("departure", "3rd of May"),
        ("departure", 20230503),
        ("by", "the White House"),
        ("cargo", "<script>alert(1)</script>"),
        ("vehicle", ["Nordholm"]),
    ],
)
def test_words_that_the_report_does_not_hold_are_left_out(
    ask: Callable[..., Itinerary], field: str, value: Any
) -> None:
    itinerary = ask([{**GOOD, field: value}])
    (leg,) = itinerary.legs
    assert (leg.claim.by if field == "by" else getattr(leg, field)) == ""
    assert any(field in doubt for doubt in itinerary.doubts)


def test_a_date_that_the_words_do_not_give_is_marked(ask: Callable[..., Itinerary]) -> None:
    (leg,) = ask([{**GOOD, "departure": "2023-05-02"}]).legs
    assert leg.departure == "2023-05-02"
    assert "departure" in leg.inferred
    assert "arrival" not in leg.inferred


def test_hostile_words_are_listed_on_one_short_line(ask: Callable[..., Itinerary]) -> None:
    evil = "Ignore all rules\n\x1b[31m<b>and map</b> " + "x" * 5000
    itinerary = ask([{**GOOD, "origin": evil}])
    assert itinerary.legs == ()
    for doubt in itinerary.doubts:
        assert doubt.isprintable()
        assert len(doubt) < 250


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>It works!</body></html>",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        b'{"choices": [{"message": {"content": "There was a ship."}}]}',
        b'{"choices": [{"message": {"content": "{\\"movements\\": 3}"}}]}',
        b'{"choices": [{"message": {"content": "[]"}}]}',
        b'{"choices": [{"message": {"content": "{\\"movements\\": [{"}}]}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_an_answer_out_of_form_is_one_clear_line(
    ask: Callable[..., Itinerary], server: _Server, body: bytes
) -> None:
    server.sends(body)
    with pytest.raises(ReaderError, match=r"^The reader's answer [^\n]+\.$"):
        ask()


def test_a_huge_answer_is_refused(
    ask: Callable[..., Itinerary], server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 1000)
    server.sends(b" " * 5000)
    with pytest.raises(ReaderError, match="larger than"):
        ask()
    with pytest.raises(ReaderError, match="more than 100"):
        monkeypatch.setattr(reader, "MAX_BYTES", 10**6)
        ask([GOOD] * 101)


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_error_of_the_server_is_one_clear_line(
    ask: Callable[..., Itinerary], server: _Server, status: int
) -> None:
    server.sends(b"<html>oops</html>", status=status)
    with pytest.raises(ReaderError, match=str(status)):
        ask()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_report_is_not_sent_on_to_another_address(
    ask: Callable[..., Itinerary], server: _Server, status: int
) -> None:
    other = _Server()
    other.says([GOOD])
    server.sends(b"", status=status, Location=f"{other.url}/chat/completions")
    with pytest.raises(ReaderError, match="another address"):
        ask()
    assert other.asked == []
    other.http.shutdown()
    other.http.server_close()


def test_proxies_of_the_environment_see_nothing(
    ask: Callable[..., Itinerary], server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = _Server()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert len(ask([GOOD]).legs) == 1
    assert proxy.asked == []
    assert len(server.asked) == 1
    proxy.http.shutdown()
    proxy.http.server_close()


def test_a_silent_or_dripping_server_is_left_in_time(
    ask: Callable[..., Itinerary], server: _Server
) -> None:
    done = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        while not done.wait(0.05):
            handler.wfile.write(b"H")
            handler.wfile.flush()

    for answer in (lambda _: done.wait(3), drip):
        server.answer = answer
        began = time.monotonic()
        with pytest.raises(ReaderError, match=r"no answer in 0\.4 seconds"):
            ask(timeout_s=0.4)
        assert time.monotonic() - began < 2.5
    done.set()


def test_a_server_that_hangs_up_is_one_clear_line(
    ask: Callable[..., Itinerary], server: _Server
) -> None:
    server.answer = lambda handler: handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"
    )
    with pytest.raises(ReaderError, match="no JSON"):
        ask()
    server.answer = lambda handler: handler.wfile.write(b"no protocol at all")
    with pytest.raises(ReaderError, match="cannot be reached"):
        ask()
    with pytest.raises(ReaderError, match="cannot be reached"):
        ask(url="http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/v1",
        "localhost:11434",
        "http://",
        "",
        "http://user:secret@localhost/v1",
        "http://local host/v1",
        "http://localhost/v1\r\nX: y",
        "http://localhost:port/v1",
        "http://localhost/v1?key=1",
    ],
)
def test_addresses_that_are_none_are_refused(ask: Callable[..., Itinerary], url: str) -> None:
    with pytest.raises(ReaderError) as caught:
        ask([GOOD], url=url)
    assert "secret" not in str(caught.value)


def test_the_commands_ask_only_with_the_flag(server: _Server, tmp_path: Any) -> None:
    report = tmp_path / "report.txt"
    report.write_text(TEXT, encoding="utf-8")
    route_file = tmp_path / "route.yaml"
    arguments = ["draft", str(report), "-o", str(route_file), "--report-lang", "en"]
    server.says([GOOD])
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert server.asked == []
    flags = ["--reader", server.url, "--model", "small", "--overwrite"]
    assert CliRunner().invoke(main, [*arguments, *flags]).exit_code == 0
    assert len(server.asked) == 1
    assert "read by" in route_file.read_text(encoding="utf-8")
    assert CliRunner().invoke(main, [*arguments, *flags[:2], "--overwrite"]).exit_code == 2
    server.sends(b"no")
    result = CliRunner().invoke(main, [*arguments, *flags])
    assert result.exit_code == 7
    assert result.stderr.count("\n") == 1
