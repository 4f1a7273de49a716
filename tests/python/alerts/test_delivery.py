"""That alerts arrive: a real mail server and a real web server on this machine take what the library sends."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from itam import alerts
from itam.alerts.messages import Message
from itam.alerts.telling import deliver
from tests.python.alerts.conftest import NOON, World


class Mailbox:
    """A mail server's handler that keeps what it gets."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Take a mail."""
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server on this machine."""
    handler = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def webhook() -> Iterator[tuple[list[dict[str, Any]], int]]:
    """A web server on this machine that keeps what is posted."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take a post."""
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if self.path != "/broken" else 500)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield got, server.server_port
    server.shutdown()


def test_a_red_kpi_arrives_by_mail_and_webhook_once(
    world: World, mailbox: tuple[Mailbox, int], webhook: tuple[list[dict[str, Any]], int]
) -> None:
    """The last yard is where alarms are lost: both arrive, complete, and the second telling sends nothing."""
    mails, port = mailbox
    posts, web_port = webhook
    mail = f"mailto://127.0.0.1:{port}/?from=itam@example.org&to=security@example.org&mode=insecure"
    world.alerts(routes={"security": [mail, f"json://127.0.0.1:{web_port}/hook"]}, link="http://127.0.0.1:3000")
    world.rag["patch_compliance_rate"] = ("red", "security")
    world.refresh()
    assert alerts.tell(world.home, NOON) == ["[ITAM] Patch compliance rate: red"] * 2
    assert alerts.tell(world.home, NOON) == []

    (envelope,) = mails.envelopes
    assert envelope.rcpt_tos == ["security@example.org"]
    letter = message_from_bytes(envelope.content, policy=default)
    assert letter["Subject"] == "[ITAM] Patch compliance rate: red"
    body = letter.get_body(("plain", "html"))
    assert body is not None
    assert "At stake: 12,300 USD" in body.get_content()
    (post,) = posts
    assert post["title"] == "[ITAM] Patch compliance rate: red"
    assert "- device d3: A due patch is missing. (300 USD)" in post["message"]
    assert post["message"].endswith("More: http://127.0.0.1:3000")


def test_a_report_arrives_with_its_files(mailbox: tuple[Mailbox, int], tmp_path: Path) -> None:
    """A board pack that names a path on a server is no board pack."""
    mails, port = mailbox
    page = tmp_path / "itam_cio_2026-06-30.pdf"
    page.write_bytes(b"%PDF-1.7")
    mail = f"mailto://127.0.0.1:{port}/?from=itam@example.org&to=cio@example.org&mode=insecure"
    assert deliver(mail, Message("[ITAM] CIO: monthly report", "How it stands", (), is_good=True, files=(page,)))
    letter = message_from_bytes(mails.envelopes[0].content, policy=default)
    (attached,) = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (page.name, b"%PDF-1.7")


def test_a_server_that_refuses_is_tried_again(world: World, webhook: tuple[list[dict[str, Any]], int]) -> None:
    """A 500 is no delivery."""
    _, port = webhook
    assert not deliver(f"json://127.0.0.1:{port}/broken", Message("t", "b", ()))
    assert deliver(f"json://127.0.0.1:{port}/hook", Message("t", "b", ()))


@pytest.mark.parametrize(
    "address",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#itam",
        "workflows://prod.example.org:443/643e69f83c8944438d68119179a10a64/KODbOgKkIMJEhAp5lBrWjYwrm3SC8LGBqMBk9bOkvQY/",
    ],
)
def test_slack_and_teams_get_the_whole_message(address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Their servers are not here; what would be posted to them is. A hook that takes no files gets the text."""
    import requests

    posted: list[str] = []

    def request(*args: Any, **kwargs: Any) -> requests.Response:
        posted.append(str(kwargs.get("data") or kwargs.get("json")))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b"ok"
        return answer

    for method in ("post", "request"):
        monkeypatch.setattr(requests, method, request)
    report = tmp_path / "itam_cio.pdf"
    report.write_bytes(b"%PDF-1.7")
    assert deliver(address, Message("[ITAM] Gate: blocked", "Why: three rates above 100 %", (), files=(report,)))
    assert "three rates above 100" in posted[0]


def test_a_test_message(world: World, webhook: tuple[list[dict[str, Any]], int]) -> None:
    """Before the first alarm somebody wants to see that it would arrive."""
    posts, port = webhook
    world.alerts(routes={"security": [f"json://127.0.0.1:{port}/hook"]})
    assert alerts.send_test(world.home, "security") == ["json: sent"]
    assert posts[0]["message"] == "Alerts for security arrive here."
