"""The pages, drawn without a browser: what they show is what is published, and they say what a reader has to know."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from itam.dashboard import data, shell, states
from itam.dashboard.access import Reader
from itam.dashboard.data import Marts
from itam.home import Home
from tests.python.dashboard.conftest import Draw, markup_of, status_of, text_of
from tests.python.refreshed_home import RefreshedHome

CARD = re.compile(r'data-kpi="([^"]+)" data-value="([^"]*)" data-status="([^"]+)"')


@pytest.mark.parametrize("role", data.ROLES)
def test_a_home_page_shows_what_is_published(draw: Draw, published: RefreshedHome, marts: Marts, role: str) -> None:
    """A page whose numbers differ from the marts by one digit is worse than no page."""
    shown = {kpi: (value, status) for kpi, value, status in CARD.findall(markup_of(draw(Home(published.root), role)))}
    expected = {
        r["kpi_id"]: ("" if r["value"] is None else repr(r["value"]), r["status"])
        for r in marts.rows(
            "select r.kpi_id, r.value, r.status from kpi_results as r join kpi_catalog as c using (kpi_id)"
            " where dim_type = 'all' and as_of_date = $day and list_contains(str_split(c.roles, '|'), $role)",
            day=data.newest(marts),
            role=role,
        )
    }
    assert shown == expected


def test_the_first_page_is_the_first_role(draw: Draw, published: RefreshedHome) -> None:
    """Whoever opens the bare address must land on a page, not on nothing."""
    assert "<h1>CIO</h1>" in markup_of(draw(Home(published.root)))


@pytest.mark.parametrize("path", ["changes", "quality", "feeds", "maturity"])
def test_the_other_pages_have_something_to_say(draw: Draw, published: RefreshedHome, path: str) -> None:
    """A page that raises, or stays empty, is found by the person in a hurry."""
    page = draw(Home(published.root), path)
    assert "<table>" in markup_of(page)


def test_every_kpi_has_a_page(published: RefreshedHome, marts: Marts, draw: Draw) -> None:
    """Links from cards lead to the KPI they name, with the parts that are published."""
    day = data.newest(marts)
    for kpi in ("patch_compliance_rate", "technology_spend", "budget_variance", "audit_findings_count"):
        page = draw(Home(published.root), "kpi", kpi=kpi)
        card = data.card(marts, kpi, day)
        assert card is not None
        said = text_of(page)
        assert card["name"] in said
        assert (card["value_text"] or "") in said
        assert unescape(re.sub(r"\s+", " ", card["impact_statement"] or "")) in unescape(said)
        assert len(page.expander) == 3  # definition, lineage, SQL


def test_the_address_holds_the_state(draw: Draw, published: RefreshedHome, marts: Marts) -> None:
    """A link that somebody sends must show the same day, slice and list to whoever opens it."""
    day = data.days_with_slices(marts)[1]
    page = draw(
        Home(published.root),
        "kpi",
        kpi="asset_utilization_rate",
        as_of=day.isoformat(),
        dim="department",
        sort="oldest",
    )
    card = data.card(marts, "asset_utilization_rate", day)
    assert card is not None
    assert f'data-value="{card["value"]!r}"' in markup_of(page)
    assert 'data-state="past"' in markup_of(page)
    assert page.selectbox(key="choice_as_of").value == day.isoformat()
    assert page.selectbox(key="choice_sort").value == "oldest"
    assert '<th scope="col">Department</th>' in markup_of(page)


def test_a_choice_is_written_into_the_address(draw: Draw, published: RefreshedHome) -> None:
    """What is chosen by hand has to be in the link too; the default leaves the address short."""
    page = draw(Home(published.root), "kpi", kpi="asset_utilization_rate")
    page.selectbox(key="choice_sort").set_value("severity").run()
    assert page.query_params["sort"] == "severity"
    page.selectbox(key="choice_sort").set_value("money").run()
    assert "sort" not in page.query_params


def test_nonsense_in_the_address_is_the_default(draw: Draw, published: RefreshedHome) -> None:
    """An old link, or a hostile one, must not break a page."""
    page = draw(
        Home(published.root), "kpi", kpi="no_such_kpi", as_of="yesterday", dim="<script>", sort="1; drop", page="-3"
    )
    assert not page.exception
    assert "<script>" not in markup_of(page)


def test_exceptions_are_filtered_and_counted(draw: Draw, published: RefreshedHome, marts: Marts) -> None:
    """The list a department works from holds its own members and says how many there are."""
    values = data.exception_values(marts, "asset_utilization_rate")["department"]
    page = draw(Home(published.root), "kpi", kpi="asset_utilization_rate", department=values[0])
    count = marts.rows(
        "select count(*) as n from kpi_exceptions where kpi_id = 'asset_utilization_rate' and change <> 'gone'"
        " and department = $department",
        department=values[0],
    )[0]["n"]
    assert f"{count:,} members" in text_of(page)


def test_no_page_shows_a_person(draw: Draw, published: RefreshedHome) -> None:
    """Names and mail addresses stay in the warehouse; who looks at lists of leavers sees pseudonyms."""
    people = published.landed("select distinct person_id, upn from staging.stg_hr__person where upn is not null")
    said = "\n".join(
        markup_of(draw(Home(published.root), path, **state))
        for path, state in (
            ("it_ops", {}),
            ("kpi", {"kpi": "asset_recovery_rate"}),
            ("kpi", {"kpi": "saas_utilization_rate"}),
        )
    )
    assert people
    assert [person for person, mail in people if re.search(rf"\b{re.escape(person)}\b", said) or mail in said] == []


def test_nothing_published_yet(draw: Draw, tmp_path: Path) -> None:
    """A new organisation gets told what to do, not an error."""
    page = draw(Home(tmp_path / "empty"))
    assert 'data-state="nothing_published"' in markup_of(page)
    assert "itam refresh" in text_of(page)


def test_a_blocked_gate_is_said_on_every_page(draw: Draw, copy: Home) -> None:
    """Old numbers without a word would pass for today's."""
    with status_of(copy) as report:
        report.execute(
            "insert into runs (refresh_id, started_at, finished_at, as_of_date, outcome, reason) values"
            " ('99991231T000000000000Z', '2026-07-01 06:00', '2026-07-01 06:01', '2026-07-01', 'blocked',"
            " 'blocked: 3 unmapped <b>statuses</b>')"
        )
    for path in ("cio", "feeds"):
        page = draw(copy, path)
        assert 'data-state="blocked"' in markup_of(page)
        assert "<b>statuses" not in markup_of(page)
        assert "last good numbers, as of 30 June 2026" in text_of(page)


def test_a_stale_feed_is_said(draw: Draw, copy: Home) -> None:
    """A KPI that vanished for want of a delivery has to say whose."""
    with status_of(copy) as report:
        report.execute("update feed_freshness set freshness = 'stale' where feed = 'patch_status'")
    page = draw(copy, "it_ops")
    assert 'data-state="stale"' in markup_of(page)
    assert "patch status" in text_of(page)


def test_compromised_trust_is_said_with_its_cause(marts: Marts) -> None:
    """KPIs that rest on a wrong register look as green as others; the page must say which."""
    for day in data.days(marts):
        compromised = marts.rows(
            "select count(*) as n from kpi_results where dim_type = 'all' and as_of_date = $day"
            " and trust = 'compromised'",
            day=day,
        )[0]["n"]
        said = [n for n in states.of_day(marts, day) if n.key == "compromised"]
        assert bool(said) == bool(compromised)
        if said:
            assert f"{compromised} KPIs" in said[0].text
            assert "Inventory accuracy is" in said[0].text


def test_a_page_follows_what_is_published(draw: Draw, copy: Home) -> None:
    """A page that stays open over night must not show yesterday; and never two versions at once."""
    first = data.published_path(copy)
    assert first is not None
    page = draw(copy, "cio")
    assert f'data-version="{data.version_of(first)}"' in markup_of(page)
    second = copy.versions / "itam_99991231T000000000000Z.duckdb"
    shutil.copy(first, second)
    fresh = copy.published / ".itam.duckdb.new"
    fresh.symlink_to(Path("versions") / second.name)
    fresh.replace(copy.link)
    page.run()
    assert 'data-version="99991231T000000000000Z"' in markup_of(page)


def test_a_version_is_read_from_one_file(copy: Home) -> None:
    """A reader that has begun keeps its picture when a refresh publishes and tidies up meanwhile."""
    with data.reading(copy) as opened:
        before = data.days(opened)
        copy.link.unlink()
        opened.path.unlink()
        assert data.catalog(opened)
        assert data.days(opened) == before


def test_who_is_not_signed_in_sees_nothing(draw: Draw, copy: Home) -> None:
    """Where the proxy names nobody there is no number on the page, whatever its address says."""
    copy.settings.write_text("dashboard: {sign_in: proxy, roles: {cio: [chief@example.com]}}", encoding="utf-8")
    page = draw(copy, "kpi", kpi="patch_compliance_rate")
    assert 'data-state="sign_in"' in markup_of(page)
    assert "data-kpi" not in markup_of(page)


def test_a_role_sees_its_pages_and_kpis(
    draw: Draw, published: RefreshedHome, marts: Marts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finance may not see is not a link away."""
    monkeypatch.setattr(shell, "sign_in", lambda settings: Reader("f@example.com", ("finance",)))
    page = draw(Home(published.root), "kpi", kpi="patch_compliance_rate")
    roles = {k["kpi_id"]: k["roles"] for k in data.catalog(marts)}
    offered = page.selectbox(key="choice_kpi").value
    assert "finance" in roles[offered]
    assert 'data-kpi="patch_compliance_rate"' not in markup_of(page)
    assert "<h1>Finance and procurement</h1>" in markup_of(draw(Home(published.root), "cio"))
