"""Who may look: nobody from elsewhere without sign-in, and each only as what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from itam.cli.main import app
from itam.dashboard import access, serve
from itam.dashboard.access import Reader
from itam.errors import RefusedError
from itam.settings import DashboardSettings, SettingsError, load_settings

PROXY = DashboardSettings(sign_in="proxy", roles={"cio": ["Chief@Example.com"], "it_ops": ["ops"], "all": ["auditors"]})
OIDC = PROXY.model_copy(update={"sign_in": "oidc"})
SECRET = {access.SECRET_VARIABLE: "between us"}


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_needs_no_sign_in(address: str) -> None:
    """Trying it out on a laptop takes one command."""
    access.check_address(address, DashboardSettings(), {})


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7", "itam.example.com"])
def test_others_need_sign_in(address: str) -> None:
    """One flag too many, and the company reads who has not given a laptop back."""
    with pytest.raises(RefusedError, match="nobody has to sign in"):
        access.check_address(address, DashboardSettings(), {})
    with pytest.raises(RefusedError, match=access.SECRET_VARIABLE):
        access.check_address(address, PROXY, {})
    with pytest.raises(RefusedError, match=r"roles .* is empty"):
        access.check_address(address, DashboardSettings(sign_in="oidc"), {})
    access.check_address(address, PROXY, SECRET)


def test_the_command_refuses(tmp_path: Path) -> None:
    """The refusal is one line and a status, before anything listens."""
    result = CliRunner().invoke(app, ["dashboard", "--home", str(tmp_path), "--address", "0.0.0.0"])
    assert result.exit_code == 1
    assert "Not started" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_proxy_names_the_reader() -> None:
    """Roles come from the mail address or from groups, however they are written."""
    headers = {"X-Forwarded-Email": "chief@example.com", "X-Forwarded-Groups": "staff, OPS"}
    assert access.by_proxy(headers, PROXY, {}) == Reader("chief@example.com", ("cio", "it_ops"))
    assert access.by_proxy({"X-Forwarded-Email": "a@b", "X-Forwarded-Groups": "auditors"}, PROXY, {}) == Reader(
        "a@b", ("cio", "it_ops", "finance")
    )
    assert access.by_proxy({"X-Forwarded-Email": "nobody@example.com"}, PROXY, {}) == Reader("nobody@example.com", ())
    assert access.by_proxy({}, PROXY, {}) is None


def test_a_header_without_the_secret_is_nobody() -> None:
    """Anybody can send a header; only the proxy knows the secret."""
    headers = {"X-Forwarded-Email": "chief@example.com"}
    assert access.by_proxy(headers, PROXY, SECRET) is None
    assert access.by_proxy({**headers, "X-Itam-Secret": "guessed"}, PROXY, SECRET) is None
    assert access.by_proxy({**headers, "X-Itam-Secret": "between us"}, PROXY, SECRET) is not None


def test_oidc_names_the_reader() -> None:
    """A person who has not signed in, or whose address nobody has verified, is nobody."""
    user = {"is_logged_in": True, "email": "chief@example.com", "groups": ["ops"]}
    assert access.by_oidc(user, OIDC) == Reader("chief@example.com", ("cio", "it_ops"))
    assert access.by_oidc({**user, "email_verified": False}, OIDC) is None
    assert access.by_oidc({"is_logged_in": False}, OIDC) is None


def test_the_server_calls_nobody() -> None:
    """Usage statistics of whoever looks at security numbers belong to nobody else."""
    made = serve.command("127.0.0.1", 8501, None)
    assert "--browser.gatherUsageStats=false" in made
    assert "--server.address=127.0.0.1" in made


def test_settings_say_who_sees_what(tmp_path: Path) -> None:
    """A role with a typing error would lock a whole department out, or worse, in."""
    (tmp_path / "settings.yml").write_text("dashboard: {sign_in: proxy, roles: {cio: [a@b]}}", encoding="utf-8")
    assert load_settings(tmp_path).dashboard.roles == {"cio": ["a@b"]}
    (tmp_path / "settings.yml").write_text("dashboard: {roles: {ceo: [a@b]}}", encoding="utf-8")
    with pytest.raises(SettingsError):
        load_settings(tmp_path)
