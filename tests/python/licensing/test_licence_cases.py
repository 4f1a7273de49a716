"""Hand-computed licence positions for what the shared examples do not reach."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from tests.python.licensing.licence_rows import (
    DAY,
    TITLES,
    assets,
    devices,
    entitlements,
    installs,
    people,
    ratio,
    seats,
    table,
)
from tests.python.money.money_warehouse import Delivery

Build = Callable[..., duckdb.DuckDBPyConnection]

VISIO = {"publisher": "Microsoft", "product": "Visio Professional"}
POSITION, COMPLIANCE = "license_position_rate", "license_compliance_rate"


def test_a_product_bought_by_two_metrics_is_counted_by_the_one_with_most_rights(build: Build) -> None:
    """A leftover licence of the old metric must not change how a thousand new ones are counted."""
    bought = {"publisher": "Microsoft", "product": "SQL Server Standard"}
    connection = build(
        [
            devices({"device_id": "D1", "cpu_sockets": "2", "cores_per_socket": "6"}),
            installs({"D1": ["SQL Server"]}),
            entitlements(
                {**bought, "metric": "per_device", "quantity": "4"},
                {
                    **bought,
                    "metric": "per_core",
                    "metric_rule_id": "core_16_8_2",
                    "quantity": "3",
                    "rights_per_pack": "2",
                },
                {**bought, "metric": "per_core", "metric_rule_id": None, "quantity": "1"},
            ),
        ],
        DAY,
    )
    # rights: 6 by the rule (at least 8 a socket: 16) against 1 without one; all 11 rights count
    assert ratio(connection, POSITION) == (11, 16)
    assert table(connection, "select metric, metric_rule_id, has_several_metrics from marts.fct_license_position") == [
        ("per_core", "core_16_8_2", True)
    ] * len(table(connection, "select 1 from marts.fct_license_position"))


def test_returns_net_within_their_version_and_never_below_nothing(build: Build) -> None:
    """A return of 2016 must not eat the rights of 2019."""
    connection = build(
        [
            devices({"device_id": "D1"}, {"device_id": "D2"}),
            installs({"D1": ["Visio 2016"], "D2": ["Visio 2019"]}),
            entitlements(
                {**VISIO, "version": "2016", "quantity": "1"},
                {**VISIO, "version": "2016", "quantity": "-3"},
                {**VISIO, "version": "2019", "quantity": "1"},
            ),
        ],
        DAY,
    )
    assert ratio(connection, POSITION) == (1, 2)
    assert ratio(connection, COMPLIANCE) == (1, 2)


def test_a_need_without_version_takes_what_the_versions_leave(build: Build) -> None:
    """Word of an unknown version may use any right, but rights are not used twice."""
    word = {"publisher": "Microsoft", "product": "Word"}
    connection = build(
        [
            devices(*({"device_id": f"D{n}"} for n in range(1, 6))),
            installs({"D1": ["Word"], "D2": ["Word"], "D3": ["Word 2019"], "D4": ["Word 2021"], "D5": ["Word 2021"]}),
            entitlements(
                {**word, "version": "2019", "quantity": "2"},  # one for D3, one left for a Word without version
                {**word, "version": "2021", "quantity": "1", "downgrade_allowed": "true"},  # D4
                {**word, "version": "2016", "quantity": "1", "maintenance_end": DAY},  # any version until today: D5
            ),
        ],
        DAY,
    )
    assert ratio(connection, POSITION) == (4, 5)


def test_maintenance_opens_every_version_until_its_last_day(build: Build) -> None:
    """A right under maintenance serves a newer release; the day after, it serves only its own."""
    delivered = [
        devices({"device_id": "D1"}),
        installs({"D1": ["Visio 2021"]}),
        entitlements({**VISIO, "version": "2016", "quantity": "1", "maintenance_end": "2026-07-02"}),
    ]
    connection = build(delivered, "2026-07-03")
    days = [ratio(connection, POSITION, day) for day in ("2026-07-02", "2026-07-03")]
    assert days == [(1, 1), (0, 1)]


def test_a_product_name_of_two_publishers_names_the_publisher(build: Build) -> None:
    """Two products called Writer must not be one line in a report."""
    alias = {"version_major": None, "product_type": "licensable", "product": "Writer"}
    connection = build(
        [
            devices({"device_id": "D1"}),
            Delivery(
                "mdm",
                "software_install",
                f"{DAY} 02:00:00",
                [
                    {"device_id": "D1", "raw_publisher": "Acme", "raw_name": "Writer", "usage_supported": "false"},
                    {"device_id": "D1", "raw_publisher": "Zeta", "raw_name": "Writer", "usage_supported": "false"},
                ],
            ),
            entitlements({"publisher": " acme", "product": "WRITER ", "quantity": "1"}),
        ],
        DAY,
        {
            "product_alias": [
                {
                    "priority": "900",
                    "raw_publisher_like": "acme",
                    "raw_name_like": "writer",
                    "publisher": "Acme",
                    **alias,
                },
                {
                    "priority": "901",
                    "raw_publisher_like": "zeta",
                    "raw_name_like": "writer",
                    "publisher": "Zeta",
                    **alias,
                },
            ]
        },
    )
    assert ratio(connection, POSITION, product="Acme Writer") == (1, 1)
    assert ratio(connection, POSITION, product="Zeta Writer") == (0, 1)


def test_spelling_follows_policy_then_the_newest_row(build: Build) -> None:
    """One plan spelled in three ways is one line, in the spelling that its owner used last."""
    connection = build(
        [
            entitlements({"publisher": "MIRO", "product": "miro team", "quantity": "1"}, at="2026-06-29 02:00:00"),
            entitlements({"publisher": "microsoft", "product": "WORD", "quantity": "1"}, source="other"),
            seats({"publisher": "Miro ", "product": " Miro Team", "account_ref": "a"}),
        ],
        DAY,
    )
    assert table(connection, "select publisher, product from marts.dim_product where not is_suite") == [
        ("Microsoft", "Word"),
        ("Miro", "Miro Team"),
    ]


def test_a_user_keeps_one_right_when_the_device_changes_hands(build: Build) -> None:
    """Licences per user follow people: the day a laptop is handed over, its need moves with it."""
    project = {"publisher": "Microsoft", "product": "Project Professional", "metric": "per_user", "quantity": "1"}
    device = [{"device_id": "D1"}, {"device_id": "D2", "user_ref": "Q@example.org"}]
    titles = {"D1": ["Project"], "D2": ["Project"]}
    first, second = "2026-06-24 02:00:00", "2026-06-30 02:00:00"
    register = {"asset_id": "A1", "serial_number": "SERD1"}
    connection = build(
        [
            *(devices(*device, at=at) for at in (first, second)),
            *(installs(titles, at=at) for at in (first, second)),
            assets({**register, "assigned_person_id": "P"}, at=first),
            assets({**register, "assigned_person_id": "Q"}, at=second),
            people({"person_id": "P", "upn": "p@example.org"}, {"person_id": "Q", "upn": "q@EXAMPLE.org"}, at=first),
            entitlements(project, {**project, "metric_rule_id": "user_five_devices", "quantity": "0.5"}, at=first),
        ],
        DAY,
    )
    # P and Q need one each; then Q has both devices: two rights by the rule of one device a right
    assert ratio(connection, POSITION, "2026-06-29") == (1.5, 2)
    assert table(connection, "select needed_rights, devices, is_covered from marts.fct_license_consumers") == [
        (2, 2, False)
    ]


def test_installs_of_a_retired_asset_or_an_unseen_device_wait_apart(build: Build) -> None:
    """A machine in the skip needs no licence, and must not use one up."""
    connection = build(
        [
            devices(
                {"device_id": "D1"}, {"device_id": "D2"}, {"device_id": "D3", "last_seen_at": "2026-03-31 23:59:59"}
            ),
            installs({device: ["Visio 2019"] for device in ("D1", "D2", "D3", "D9")}),
            assets({"asset_id": "A1", "serial_number": "SERD1", "status": "retired"}),
            entitlements({**VISIO, "quantity": "1"}),
        ],
        DAY,
    )
    assert ratio(connection, COMPLIANCE) == (1, 1)
    states = (
        "select install_state from marts.fct_software_installs "
        "where date '2026-06-30' >= valid_from and date '2026-06-30' < valid_to"
    )
    assert [state for (state,) in table(connection, states)] == [
        "needs_right",
        "unconfirmed_asset_gone",
        "unconfirmed_not_seen",
    ]


def test_installs_per_right_and_the_order_of_coverage(build: Build) -> None:
    """Small needs first, and the walk stops at the first that does not fit."""
    rule = {
        "metric_rule_id": "two_installs",
        "metric": "per_device",
        "installs_per_right": "2",
        "devices_per_right": None,
        "min_cores_per_device": None,
        "min_cores_per_socket": None,
        "core_pack": None,
        "max_cores_per_processor": None,
    }
    connection = build(
        [
            devices(*({"device_id": f"D{n}"} for n in range(1, 4))),
            installs(
                {
                    "D1": ["Visio 2016", "Visio 2019", "Visio 2021"],
                    "D2": ["Visio 2016", "Visio 2019"],
                    "D3": ["Visio 2016"],
                }
            ),
            entitlements(
                {**VISIO, "quantity": "3", "license_type": "subscription", "metric_rule_id": "TWO_installs"},
            ),
        ],
        DAY,
        {"metric_rule": [rule]},
    )
    # needs: D1 2, D2 1, D3 1; three rights cover D2 and D3, one right is left and does not fit D1
    assert ratio(connection, POSITION) == (3, 4)
    assert ratio(connection, COMPLIANCE) == (3, 6)
    assert {
        row[-1] for row in table(connection, "select device_key, coverage_reason from marts.fct_license_installs")
    } == {
        "covered",
        "rights_exhausted",
    }


def test_an_assigned_device_is_covered_before_others(build: Build) -> None:
    """Who was given the licence has it."""
    connection = build(
        [
            devices({"device_id": "D1"}, {"device_id": "D2"}),
            installs({"D1": ["AutoCAD"], "D2": ["AutoCAD"]}),
            entitlements({"publisher": "Autodesk", "product": "AutoCAD", "quantity": "1"}),
            seats({"publisher": "autodesk", "product": "autocad", "device_id": "D2"}, source="mdm"),
        ],
        DAY,
    )
    covered = "select has_assignment from marts.fct_license_consumers where is_covered"
    assert table(connection, covered) == [(True,)]


def test_seats_without_installs_are_a_position_and_no_compliance(build: Build) -> None:
    """SaaS is licensed by seat: a deleted one needs nothing, a guest's does, and unknown plans have no rights."""
    slack = {"publisher": "Slack", "product": "Slack Business+"}
    connection = build(
        [
            entitlements({**slack, "metric": "subscription_seat", "license_type": "subscription", "quantity": "2"}),
            seats(
                {**slack, "account_ref": "a"},
                {**slack, "account_ref": "b", "is_guest": "true"},
                {**slack, "account_ref": "c", "is_service": "true"},
                {**slack, "account_ref": "d", "account_status": "deleted"},
                {"publisher": "Miro", "product": "Miro Team", "account_ref": "a"},
            ),
        ],
        DAY,
    )
    assert ratio(connection, POSITION) == (2, 4)
    assert ratio(connection, COMPLIANCE) in (None, (0, 0))


@pytest.mark.parametrize(
    "metric", ["concurrent", "points", "per_vm", "employee", "cal_user", "cal_device", "unlimited"]
)
def test_what_no_feed_can_count_is_left_out_and_listed(build: Build, metric: str) -> None:
    """A concurrent licence says nothing about installs: neither good nor bad."""
    connection = build(
        [
            devices({"device_id": "D1"}),
            installs({"D1": ["AutoCAD", "Visio 2019"]}),
            entitlements(
                {"publisher": "Autodesk", "product": "AutoCAD", "quantity": "1", "metric": metric, "annual_cost": "5"}
            ),
        ],
        DAY,
    )
    assert ratio(connection, COMPLIANCE) == (0, 1)
    reason = "unlimited" if metric == "unlimited" else "metric_not_countable"
    listed = "select exclusion_reason from marts.fct_license_position where exclusion_reason is not null group by 1"
    assert table(connection, listed) == [(reason,)]


def test_one_open_licence_takes_the_whole_product_out(build: Build) -> None:
    """An unlimited agreement must not lift the rate, nor the leftovers beside it."""
    connection = build(
        [
            devices({"device_id": "D1"}, {"device_id": "D2"}),
            installs({"D1": ["Visio 2016"], "D2": ["AutoCAD"]}),
            entitlements(
                {**VISIO, "quantity": "50"},
                {**VISIO, "quantity": "1", "is_unlimited": "true", "license_type": "subscription"},
            ),
        ],
        DAY,
    )
    assert ratio(connection, POSITION) == (0, 1)


def test_an_inferred_suite_takes_the_newest_version_that_is_owned(build: Build) -> None:
    """Word 2021 with an Excel 2019 is Office 2019 for whoever owns Office 2019."""
    office = {"publisher": "Microsoft", "product": "Office Professional Plus"}
    titles = {"D1": ["Word 2021", "Excel 2019", "Outlook 2019"], "D2": ["Word 2021", "Excel 2019"]}
    connection = build(
        [
            devices({"device_id": "D1"}, {"device_id": "D2"}),
            installs(titles),
            entitlements(
                {**office, "version": "2019", "quantity": "1"}, {**office, "version": "2024", "quantity": "1"}
            ),
        ],
        DAY,
    )
    inferred = "select version_major, is_compliant from marts.fct_license_installs where is_inferred"
    assert table(connection, inferred) == [("2019", True)]
    assert ratio(connection, COMPLIANCE) == (1, 3)
    assert ratio(connection, "unauthorized_software_pct") == (0, 5)


def test_a_suite_assigned_to_a_user_absorbs_nothing(build: Build) -> None:
    """A seat is a permission, not an install: only what is on the machine explains its parts."""
    office = {"publisher": "Microsoft", "product": "Office Professional Plus"}
    connection = build(
        [
            devices({"device_id": "D1"}),
            installs({"D1": ["Word 2021"]}),
            entitlements({**office, "metric": "named_user", "license_type": "subscription", "quantity": "1"}),
            seats({**office, "device_id": "D1"}, source="mdm"),
        ],
        DAY,
    )
    assert ratio(connection, COMPLIANCE) == (0, 1)
    assert ratio(connection, POSITION) == (1, 2)


def test_without_installs_only_seats_are_counted(build: Build) -> None:
    """A silent inventory must not look like perfect compliance of what it used to show."""
    acrobat = {"publisher": "Adobe", "product": "Acrobat Pro", "metric": "named_user", "license_type": "subscription"}
    old = "2026-06-10 02:00:00"
    connection = build(
        [
            devices({"device_id": "D1"}),
            installs({"D1": ["Acrobat", "Visio 2019"]}, at=old),
            entitlements({**acrobat, "quantity": "1"}, {**VISIO, "quantity": "1"}, at=old),
            seats({"publisher": "Adobe", "product": "Acrobat Pro", "account_ref": "a"}),
        ],
        DAY,
    )
    assert ratio(connection, POSITION) == (1, 1)


def test_titles_meet_patterns_without_case_and_with_blanks_collapsed(build: Build) -> None:
    """Inventories spell the same installer in many ways; a name without publisher still has a meaning."""
    TITLES.update(
        {
            "spaced": ("ADOBE   SYSTEMS", "adobe\tAcrobat  PRO  DC", "24"),
            "no publisher": (None, "visio pro 2021 retail", "16.0.1"),
            "no publisher, needs one": (None, "AutoCAD 2025", "25"),
            "hidden in a word": ("JetBrains", "intellij idea community 2024.1", "1"),
        }
    )
    connection = build([devices({"device_id": "D1"}), installs({"D1": list(TITLES)[-4:]}), entitlements()], DAY)
    found = table(connection, "select raw_name, product, is_licensable from intermediate.int_licensing__titles")
    assert found == [
        ("AutoCAD 2025", None, False),
        ("adobe\tAcrobat  PRO  DC", "Acrobat Pro", True),
        ("intellij idea community 2024.1", "IntelliJ IDEA Community", False),
        ("visio pro 2021 retail", "Visio Professional", True),
    ]


def test_overrides_of_product_alias_come_before_the_seed(build: Build) -> None:
    """An organisation knows its own titles better than we do, whatever the priority it wrote."""
    own = {"raw_publisher_like": "%", "raw_name_like": "%visio%", "publisher": "Microsoft", "product": "Visio (site)"}
    connection = build(
        [devices({"device_id": "D1"}), installs({"D1": ["Visio 2021"]}), entitlements()],
        DAY,
        {"product_alias": [{"priority": "9999", "version_major": None, "product_type": "licensable", **own}]},
    )
    assert ratio(connection, "unauthorized_software_pct", product="Visio (site)") == (1, 1)


def test_marts_hold_no_account_and_no_employee_number(build: Build) -> None:
    """The licence tables go to auditors outside the house."""
    acrobat = {"publisher": "Adobe", "product": "Acrobat Pro"}
    connection = build(
        [
            devices({"device_id": "D1", "user_ref": "jane.doe@example.org"}),
            installs({"D1": ["Acrobat"]}),
            people({"person_id": "E4711", "upn": "jane.doe@example.org"}),
            entitlements({**acrobat, "metric": "named_user", "quantity": "9"}),
            seats({**acrobat, "account_ref": "jane.doe@example.org"}, {**acrobat, "account_ref": "john@example.org"}),
        ],
        DAY,
    )
    for (mart,) in table(connection, "select table_name from information_schema.tables where table_schema = 'marts'"):
        text = str(connection.execute(f'select * from marts."{mart}"').fetchall())
        assert "jane" not in text, mart
        assert "john" not in text, mart
        assert "E4711" not in text, mart
    assert ratio(connection, COMPLIANCE) == (1, 1)
    assert ratio(connection, POSITION) == (2, 2)
