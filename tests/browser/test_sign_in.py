"""Sign-in by OpenID Connect, through a provider that runs on this machine: the whole dance in a browser."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import oidc_provider_mock
import pytest
from playwright.sync_api import Browser, Page

from itam.home import Home
from tests.browser.conftest import Server, free_port, serving, settled


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An identity provider; who signs in says who they are."""
    people = [
        oidc_provider_mock.User(sub="chief", claims={"email": "chief@example.com", "email_verified": True}),
        oidc_provider_mock.User(sub="buyer", claims={"email": "buyer@example.com", "groups": ["procurement"]}),
        oidc_provider_mock.User(sub="stranger", claims={"email": "stranger@example.com"}),
        oidc_provider_mock.User(sub="forger", claims={"email": "chief@example.com", "email_verified": False}),
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def guarded(server: Server, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same dashboard, with sign-in."""
    home = Home(tmp_path_factory.mktemp("guarded") / "home")
    shutil.copytree(server.home.root, home.root, symlinks=True)
    (home.root / "settings.yml").write_text(
        "dashboard:\n  sign_in: oidc\n  roles: {cio: [chief@example.com], finance: [procurement]}\n", encoding="utf-8"
    )
    port = free_port()
    said = Path(home.root / "dashboard_secrets.toml")
    said.write_text(
        "[auth]\n"
        f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
        f'cookie_secret = "{secrets.token_hex()}"\n'
        'client_id = "itam"\nclient_secret = "of-a-test"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n'
        'client_kwargs = { scope = "openid profile email" }\n',
        encoding="utf-8",
    )
    said.chmod(0o600)
    with serving(home, port) as url:
        yield Server(home, url)


def sign_in(page: Page, url: str, who: str) -> None:
    """Go where a link points, and sign in at the provider."""
    page.route("**/*", lambda route: route.continue_() if "//127.0.0.1:" in route.request.url else route.abort())
    page.goto(url)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(who)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_selector(".itam h1", timeout=30_000)


@pytest.mark.parametrize(("who", "sees", "not_this"), [("chief", "cio", "finance"), ("buyer", "finance", "it_ops")])
def test_a_person_sees_what_their_role_may(
    guarded: Server, chrome: Browser, who: str, sees: str, not_this: str
) -> None:
    """A mail address or a group of the provider makes the role; the page of another role stays closed."""
    context = chrome.new_context()
    page = context.new_page()
    sign_in(page, guarded.url, who)
    settled(page)
    page.goto(guarded.url + sees)
    settled(page)
    assert page.locator("article.card").count() > 3
    assert f"{who}@example.com" in page.inner_text("body")
    page.goto(guarded.url + not_this)
    page.wait_for_timeout(3000)
    assert f"/{not_this}" not in page.url or page.locator("article.card").count() == 0
    context.close()


@pytest.mark.parametrize(("who", "told"), [("stranger", "has no role here"), ("forger", "Please sign in")])
def test_nobody_else_sees_a_number(guarded: Server, chrome: Browser, who: str, told: str) -> None:
    """Who is not on the list, or whose address the provider does not vouch for, gets a sentence and no figure."""
    context = chrome.new_context()
    page = context.new_page()
    sign_in(page, guarded.url, who)
    page.get_by_text(told).first.wait_for(timeout=30_000)
    assert page.locator("article.card").count() == 0
    context.close()


def test_who_signs_out_is_out(guarded: Server, chrome: Browser) -> None:
    """On a shared machine the next person must not be the last one."""
    context = chrome.new_context()
    page = context.new_page()
    sign_in(page, guarded.url, "chief")
    settled(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    page.goto(guarded.url)
    page.get_by_role("button", name="Sign in").wait_for(timeout=30_000)
    assert page.locator("article.card").count() == 0
    context.close()


def test_before_signing_in_nothing_is_shown(guarded: Server, chrome: Browser) -> None:
    """A link that was passed on opens the sign-in, not the numbers."""
    page = chrome.new_page()
    page.goto(guarded.url + "finance")
    page.get_by_role("button", name="Sign in").wait_for(timeout=30_000)
    assert page.locator("article.card").count() == 0
    page.close()
