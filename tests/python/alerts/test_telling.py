"""Who is told what and when: each change once, to whom it concerns, not at night, and never a secret on the disk."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from itam.alerts import AlertsError, note_failed_run, send_test, tell
from itam.dashboard import data
from itam.home import Home
from tests.python.alerts.conftest import NOON, World, write


def pack(world: World, period: str, role: str, day: str) -> None:
    """A pack as the schedules leave it."""
    folder = world.home.root / "reports" / period
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in ("html", "pdf", "xlsx"):
        (folder / f"itam_{role}_{day}.{suffix}").write_bytes(b"made")
    (folder / f"itam_{role}_{day}.txt").write_text("How it stands\n- 3 of 4 KPIs are on target.\n", encoding="utf-8")


def test_a_kpi_that_crosses_its_threshold_is_told_once(world: World) -> None:
    """Ten refreshes a day must not be ten mails about one red KPI; each crossing is one."""
    kpi = "patch_compliance_rate"
    told = []
    for rag in ("green", "amber", "amber", "red", "red", "green", "green", "red"):
        world.rag[kpi] = (rag, "security")
        told += world.tell()
    assert told == [
        "Patch compliance rate: amber (was green)",
        "Patch compliance rate: red (was amber)",
        "Patch compliance rate: on target again (was red)",
        "Patch compliance rate: red (was green)",
    ]


def test_what_a_message_says(world: World) -> None:
    """Who reads it on a phone must know the number, the money, the first three things to do and where the rest is."""
    world.rag["patch_compliance_rate"] = ("red", "security")
    world.tell()
    assert world.sent[-1][1].body.splitlines() == [
        "Value 88.2 %, target 95.0 %, as of 2026-06-30",
        "At stake: 12,300 USD",
        "Top 3 of 29 to do:",
        "- device d3: A due patch is missing. (300 USD)",
        "- device d2: A due patch is missing. (200 USD)",
        "- device d1: A due patch is missing. (100 USD)",
        "What to do: Patch them.",
        "Where to look: itam query \"select * from kpi_exceptions where kpi_id = 'patch_compliance_rate'\";"
        " docs/kpis/patch_compliance_rate.md",
    ]


def test_a_blocked_gate_and_its_end(world: World) -> None:
    """Readers keep old numbers from now on: whoever owns the check is told, with what to do; and when it is over."""
    world.outcome, world.reason, world.blocking = "blocked", "value_in_range: ...", ["value_in_range"]
    assert world.tell() == ["Gate: blocked by value_in_range (was open)"]
    assert "What to do: Look at numerator and denominator" in world.sent[-1][1].body
    assert world.tell() == []
    world.outcome, world.blocking = "published", []
    assert world.tell() == ["Gate: open again (was blocked by value in range)"]


def test_a_failed_refresh(world: World) -> None:
    """A night without a refresh is told in the morning, with the reason."""
    world.outcome, world.reason = "failed", "land: the disk is full"
    assert world.tell() == ["Refresh: failed (was well)"]
    assert "Why: land: the disk is full" in world.sent[-1][1].body


def test_a_copy_that_failed(world: World) -> None:
    """Readers of PostgreSQL have yesterday's numbers while the pages have today's: somebody has to know."""
    world.reason = "as of 2026-06-30; the copy failed, readers there keep what they had: connection refused"
    assert world.tell() == ["Copy to PostgreSQL: failed (was well)"]
    assert "connection refused" in world.sent[-1][1].body
    world.reason = "as of 2026-06-30"
    assert world.tell() == ["Copy to PostgreSQL: well again (was failed)"]


def test_a_run_that_was_killed_before_it_could_say_so(world: World) -> None:
    """A process that ran out of memory writes no status: Dagster notices, and the next good refresh ends it."""
    note_failed_run(world.home, "abc", "its process has died")
    assert world.tell() == ["Refresh: failed (was well)"]
    assert "run abc in Dagster" in world.sent[-1][1].body
    said = world.home.root / "alerts" / "failed_run.json"
    said.write_text(json.dumps({**json.loads(said.read_text()), "at": "2026-06-30T10:59:00+00:00"}))
    assert world.tell() == ["Refresh: well again (was failed)"]


def test_a_feed_that_stops(world: World) -> None:
    """Late after one cadence, overdue after two, by the clock: no refresh needs to run for it."""
    told = [world.tell(NOON + timedelta(days=days)) for days in range(5)]
    assert told[:2] == [[], []]
    assert told[2] == ["Feed workday/person: late (was fresh)"] or told[2] == ["Feed workday/person: late"]
    assert told[3] == ["Feed workday/person: overdue (was late)"]
    assert told[4] == []
    world.newest["person"] = "2026-07-04 01:00"
    assert world.tell(NOON + timedelta(days=4)) == ["Feed workday/person: on time again (was overdue)"]


def test_a_renewal_is_announced_at_90_60_and_30_days(world: World) -> None:
    """Three chances to cancel in time, not ninety mails."""
    world.deadlines = {"C-1": "2026-10-15"}
    days = (0, 16, 17, 18, 46, 47, 60, 76, 77, 78, 106)
    told = {day: titles for day in days if (titles := world.tell(NOON + timedelta(days=day)))}
    renewals = {day: t for day, titles in told.items() for t in titles if "renewal" in t}
    assert list(renewals) == [17, 47, 77]
    assert renewals[77] == "1 renewal to decide, the first in 30 days or less"


def test_assets_without_proof_of_wiping_are_one_message(world: World) -> None:
    """A supplier who lost forty certificates is one phone call."""
    world.unwiped = [f"asset{n}" for n in range(40)]
    assert world.tell() == ["40 assets out of our hands without proof of wiping"]
    assert "... and 37 more" in world.sent[-1][1].body
    world.unwiped.append("asset40")
    assert world.tell() == ["1 asset out of our hands without proof of wiping"]


def test_each_role_has_its_route(world: World) -> None:
    """Finance does not want to hear of patches."""
    world.alerts(routes={"security": ["json://security"], "finance": ["json://finance"]})
    world.rag = {"patch_compliance_rate": ("red", "security"), "shelfware_pct": ("red", "finance"), "x": ("red", "cio")}
    world.tell()
    assert {(address, m.title.split(":")[0]) for address, m in world.sent} == {
        ("json://security", "[ITAM] Patch compliance rate"),
        ("json://finance", "[ITAM] Shelfware pct"),
    }


def test_at_night_nobody_is_told_what_is_well_in_the_morning(world: World) -> None:
    """Quiet hours are by the organisation's clock; a failed refresh may break them, a KPI that came back is no news."""
    (world.home.root / "settings.yml").write_text("time_zone: Europe/Berlin\n", encoding="utf-8")
    quiet = {"from": "20:00", "to": "07:00", "except": ["refresh"]}
    world.alerts(routes={"default": ["json://everybody"]}, quiet_hours=quiet)
    night = datetime(2026, 6, 30, 18, 30, tzinfo=UTC)  # 20:30 in Berlin
    world.rag |= {"patch_compliance_rate": ("red", "security"), "shelfware_pct": ("red", "finance")}
    world.outcome = "failed"
    assert world.tell(night) == ["Refresh: failed (was well)"]
    world.rag["shelfware_pct"] = ("green", "finance")
    assert world.tell(datetime(2026, 7, 1, 4, 59, tzinfo=UTC)) == []
    assert world.tell(datetime(2026, 7, 1, 5, 0, tzinfo=UTC)) == ["Patch compliance rate: red (was green)"]


def test_a_digest_is_one_message_a_day(world: World) -> None:
    """The CIO reads once a day: what is otherwise than yesterday, in one message, and nothing when nothing is."""
    world.alerts(routes={"default": ["json://all"]}, digest={"at": "08:00", "roles": ["cio"]})
    world.rag = {"lifecycle_tco_per_asset": ("red", "cio"), "assets_over_life_pct": ("red", "cio")}
    eight = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert world.tell(eight - timedelta(minutes=1)) == []
    (title,) = [t for t in world.tell(eight) if "changes" in t]
    assert title.startswith("2 changes: Lifecycle tco per asset: red; Assets over life pct: red")
    world.rag["assets_over_life_pct"] = ("amber", "cio")
    assert [t for t in world.tell(eight + timedelta(hours=5)) if "life" in t] == []
    assert [t for t in world.tell(eight + timedelta(days=1)) if "life" in t] == [
        "1 change: Assets over life pct: amber (was red)"
    ]


def test_many_changes_at_once_are_one_message(world: World) -> None:
    """A lost feed turns twenty KPIs red at once: one message with twenty parts."""
    world.rag = {f"kpi_{n}": ("red", "it_ops") for n in range(20)}
    (title,) = world.tell()
    assert title.startswith("20 changes: ")


def test_what_cannot_be_sent_is_sent_later(world: World) -> None:
    """A mail server that is down for an hour must not swallow the alarm."""
    world.rag["patch_compliance_rate"] = ("red", "security")
    world.takes = False
    assert world.tell() == []
    world.takes = True
    assert world.tell() == ["Patch compliance rate: red (was green)"]


def test_a_kpi_that_lost_its_feed_is_told_one_that_never_had_it_is_not(world: World) -> None:
    """A new organisation delivers three feeds: thirty KPIs that cannot be measured are no alarm."""
    world.rag |= {"patch_compliance_rate": ("not_measurable", "security"), "new": ("not_measurable", "cio")}
    assert world.tell() == ["Patch compliance rate: cannot be measured (was green)"]


def test_the_memory_holds_no_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses hold passwords; they stand in one file of the owner and in the environment."""
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    world.alerts(routes={"default": ["mailto://me:${MAIL_PASSWORD}@example.org"]})
    world.rag["patch_compliance_rate"] = ("red", "security")
    world.tell()
    assert world.sent[-1][0] == "mailto://me:s3cret@example.org"
    memory = world.home.root / "alerts" / "told.json"
    assert "s3cret" not in memory.read_text()
    assert memory.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"routes": {"cfo": ["json://x"]}}, "'cfo' owns nothing"),
        ({"routes": {"cio": ["mailto://${NOT_SET}"]}}, "the environment does not say NOT_SET"),
        ({"route": {}}, "route: Extra inputs are not permitted"),
        ({"routes": {}, "quiet_hours": {"from": "8pm", "to": "07:00"}}, "quiet_hours.from"),
        ({"routes": {}, "quiet_hours": {"from": "20:00", "to": "07:00", "except": ["noise"]}}, "of the kind 'noise'"),
    ],
)
def test_a_wrong_file_is_one_sentence(world: World, said: dict[str, object], sentence: str) -> None:
    """Who mistyped a role would wait for alerts that never come."""
    world.alerts(**said)
    with pytest.raises(AlertsError, match=sentence):
        tell(world.home, NOON)


def test_a_file_that_others_may_read_is_refused(world: World) -> None:
    """The password of the mail server is nobody else's."""
    (world.home.root / "alerts.yml").chmod(0o644)
    with pytest.raises(AlertsError, match="chmod 600"):
        tell(world.home, NOON)


def test_without_a_file_nobody_is_told(world: World) -> None:
    """Nothing leaves the house that nobody has asked for."""
    (world.home.root / "alerts.yml").unlink()
    world.rag["patch_compliance_rate"] = ("red", "security")
    assert world.tell() == []


def test_before_the_first_refresh_there_is_nothing_to_tell(tmp_path: object) -> None:
    """A new home has neither status nor marts."""
    home = Home(tmp_path)  # type: ignore[arg-type]
    home.create()
    write(home.root / "alerts.yml", "routes: {default: ['json://x']}")
    assert tell(home, NOON, lambda address, message: True) == []
    write(home.root / "alerts.yml", "routes: {cio: ['json://x']}")
    with pytest.raises(AlertsError, match="no route for hr"):
        send_test(home, "hr")


def test_a_pack_is_sent_once_to_its_role(world: World) -> None:
    """The board pack arrives by itself, one message a pack, its summary to read; the next one when there is a next."""
    world.alerts(routes={"cio": ["json://cio"], "finance": ["json://finance"]}, digest={"roles": ["cio"]})
    for role in ("cio", "finance", "it_ops"):
        pack(world, "monthly", role, "2026-05-31")
    pack(world, "monthly", "cio", "2026-06-30")
    titles = world.tell()
    assert [(t.split(":")[0], t.split()[-1]) for t in titles] == [
        (data.ROLES["cio"], "2026-06-30"),
        (data.ROLES["finance"], "2026-05-31"),
    ]
    (address, message), *_ = world.sent
    assert (address, message.is_good) == ("json://cio", True)
    assert message.body.startswith("How it stands\n- 3 of 4 KPIs are on target.")
    assert [f.suffix for f in message.files] == [".pdf", ".xlsx"]
    assert world.tell() == []
