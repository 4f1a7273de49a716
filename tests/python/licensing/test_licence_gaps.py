"""What fails the licence KPIs, what it costs and the numbers beside them, by hand and on random organisations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.python.licensing.licence_rows import (
    AT,
    DAY,
    assets,
    devices,
    entitlements,
    installs,
    people,
    ratio,
    seats,
    table,
)
from tests.python.licensing.test_licence_twin import DAYS, organisation
from tests.python.money.money_warehouse import Delivery

Build = Callable[..., duckdb.DuckDBPyConnection]

VISIO = {"publisher": "Microsoft", "product": "Visio Professional"}
SLACK = {"publisher": "Slack", "product": "Slack Business+"}
SUBSCRIPTION = {**SLACK, "license_type": "subscription", "metric": "subscription_seat", "currency": "USD"}
SAAS, ASSIGNED = "saas_utilization_rate", "saas_assigned_utilization_rate"
DOWN = ("unauthorized_software_pct", "shelfware_pct", "shelfware_total_pct")
UP = (
    "license_compliance_rate",
    "license_position_rate",
    "license_utilization_rate",
    "software_spend_utilization",
    SAAS,
    ASSIGNED,
)


def failing(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY) -> list[tuple[Any, ...]]:
    """Entity type, reason and quantity of what fails a KPI on a day, with how many there are."""
    return table(
        connection,
        "select entity_type, reason_code, cast(sum(quantity) as double), count(*)"
        f" from intermediate.int_exceptions__licences where kpi_id = '{kpi}'"
        f" and valid_from <= date '{day}' and valid_to > date '{day}' group by 1, 2",
    )


def money(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY) -> list[tuple[Any, ...]]:
    """Entity type, kind and day available with the sum of a KPI's money on a day."""
    return table(
        connection,
        "select entity_type, kind, cast(available_date as varchar), round(cast(sum(amount) as double), 6)"
        f" from intermediate.int_impact__licences where kpi_id = '{kpi}'"
        f" and valid_from <= date '{day}' and valid_to > date '{day}' group by 1, 2, 3",
    )


def beside(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY) -> dict[str, float]:
    """The companions of a KPI for all on a day."""
    rows = connection.execute(
        "select name, value from intermediate.int_companions__licences"
        " where kpi_id = ? and as_of_date = ? and dim_type = 'all'",
        [kpi, day],
    )
    return dict(rows.fetchall())


def slack(quantity: str, **contract: str | None) -> list[Delivery]:
    """Seats of every kind: one person works with two of them; the others are idle, blocked, new or nobody's."""
    return [
        entitlements({**SUBSCRIPTION, "quantity": quantity, "annual_cost": "1200", **contract}),
        people(
            *({"person_id": f"P{n}", "upn": f"p{n}@example.org"} for n in (1, 2, 4, 5)),
            {"person_id": "P3", "upn": "p3@example.org", "last_day_of_work": "2026-05-01"},
        ),
        seats(
            {**SLACK, "person_id": "P1", "last_activity_at": "2026-06-29 08:00:00"},
            {**SLACK, "account_ref": "P1@example.org", "last_activity_at": "2026-06-20 08:00:00"},
            {**SLACK, "person_id": "P2", "last_activity_at": "2026-05-16 08:00:00"},
            {**SLACK, "person_id": "P3", "last_activity_at": "2026-04-16 08:00:00"},
            {**SLACK, "person_id": "P4", "account_status": "suspended", "last_activity_at": "2026-06-29 08:00:00"},
            {**SLACK, "person_id": "P5"},
            {**SLACK, "account_ref": "new", "assigned_at": "2026-06-20 08:00:00"},
            {**SLACK, "account_ref": "bot", "is_service": "true", "last_activity_at": "2026-06-29 08:00:00"},
            {**SLACK, "account_ref": "guest", "is_guest": "true"},
            {**SLACK, "account_ref": "blind", "activity_supported": "false"},
            {**SLACK, "account_ref": "gone", "account_status": "deleted"},
        ),
    ]


SEATS = [
    ("seat", "seat_blocked", 1, 1),
    ("seat", "seat_duplicate", 1, 1),
    ("seat", "seat_idle", 1, 1),
    ("seat", "seat_never_used", 1, 1),
    ("seat", "seat_of_leaver", 1, 1),
]


def test_every_idle_seat_is_named_with_its_money(build: Build) -> None:
    """Procurement cuts seats, not percentages."""
    connection = build(slack("10", end_date="2026-12-31"), "2026-07-02")
    day = "2026-07-02"
    # one of ten works: five seats of people, four of nobody who counts; a seat costs 120 a year
    assert ratio(connection, SAAS, day) == (1, 10)
    assert failing(connection, SAAS, day) == [("product", "seats_without_user", 4, 1), *SEATS]
    assert money(connection, SAAS, day) == [
        ("product", "at_renewal", "2026-12-31", 480),
        ("seat", "at_renewal", "2026-12-31", 600),
    ]
    # on a day that nobody compares the same money stands at the product
    assert money(connection, SAAS, DAY) == [("product", "at_renewal", "2026-12-31", 1080)]
    assert ratio(connection, ASSIGNED, day) == (1, 6)
    assert failing(connection, ASSIGNED, day) == SEATS
    assert money(connection, ASSIGNED, day) == [("seat", "at_renewal", "2026-12-31", 600)]
    assert table(
        connection,
        "select count(distinct seats.seat_key) from intermediate.int_exceptions__licences as failing"
        " inner join marts.fct_seats as seats on seats.seat_key = failing.entity_id"
        f" where failing.kpi_id = '{SAAS}' and failing.valid_from <= date '{day}' and failing.valid_to > date '{day}'",
    ) == [(5,)]


def test_more_seats_than_were_bought_cost_no_more_than_was_paid(build: Build) -> None:
    """Idle seats beyond the contract are free: money that is not spent cannot be saved."""
    connection = build(slack("4", end_date="2026-12-31"), DAY)
    assert ratio(connection, SAAS) == (1, 4)
    assert failing(connection, SAAS) == [("product", "seats_over_assigned", -2, 1), *SEATS]
    # three of four are idle: 900 over five seats
    assert money(connection, SAAS) == [("seat", "at_renewal", "2026-12-31", 900)]
    assert money(connection, ASSIGNED) == [("seat", "at_renewal", "2026-12-31", 900)]


def test_seats_beside_the_rate(build: Build) -> None:
    """Whoever reclaims seats asks first for leavers, then for doubles, then for the blocked."""
    connection = build(slack("10", end_date="2026-12-31"), DAY)
    # the last uses are 1, 10, 45, 75 and 1 days ago, that of the suspended counts nowhere
    assert beside(connection, SAAS) == {
        "utilization_60d_rate": 0.2,
        "utilization_90d_rate": 0.3,
        "leaver_seats": 1,
        "leaver_seats_cost": 120,
        "duplicate_seats": 1,
        "blocked_seats": 1,
        "idle_seats": 1,
        "never_used_seats": 1,
        "ramp_up_seats": 1,
        "unheld_seats": 4,
        "over_assigned_seats": 0,
    }
    assert beside(connection, ASSIGNED) == {"utilization_60d_rate": 2 / 6, "utilization_90d_rate": 3 / 6}
    assert table(
        connection, "select value, weight from intermediate.int_samples__licences where dim_type = 'product'"
    ) == [(1, 2), (10, 1), (45, 1), (75, 1)]


def contract(source: str = "sam", **terms: str) -> Delivery:
    """A SaaS contract C1."""
    fixed = {"contract_id": "C1", "contract_type": "saas", "supplier": "Slack", "start_date": "2024-03-15"}
    return Delivery(source, "contract", AT, [{**fixed, **terms}])


def test_money_waits_for_the_contract(build: Build) -> None:
    """A saving has a date: the end of the entitlement, of the contract, or the anniversary of one without end."""
    for delivered, expected in [
        (contract(end_date="2026-09-30"), "2026-09-30"),
        (contract(), "2027-03-15"),
        (contract(end_date="2026-03-31", auto_renew="true"), "2027-03-31"),
        (contract(start_date="2024-06-30"), "2027-06-30"),
        (contract(source="procurement", end_date="2026-09-30"), "2026-09-30"),
    ]:
        connection = build([*slack("10", contract_id="C1"), delivered], DAY)
        dates = {day for _, kind, day, _ in money(connection, SAAS) if kind == "at_renewal"}
        assert dates == {expected}
    ended = build([*slack("10", contract_id="C1"), contract(end_date="2026-03-31")], DAY)
    assert money(ended, SAAS) == [("product", "not_cash", None, 480), ("seat", "not_cash", None, 600)]


def test_a_minimum_quantity_cannot_be_cut(build: Build) -> None:
    """Seats that the contract commits to are no saving, however idle."""
    connection = build([*slack("10", contract_id="C1"), contract(end_date="2026-09-30", min_quantity="7")], DAY)
    # nine are idle, three are free: a third of the money
    assert money(connection, SAAS) == [
        ("product", "at_renewal", "2026-09-30", 160),
        ("product", "not_cash", None, 320),
        ("seat", "at_renewal", "2026-09-30", 200),
        ("seat", "not_cash", None, 400),
    ]


def test_cost_of_several_entitlements_ends_with_each(build: Build) -> None:
    """Half of the money in March and half in June is not all of it in March."""
    more = {**SUBSCRIPTION, "quantity": "5", "annual_cost": "600"}
    connection = build(
        [
            entitlements(
                {**more, "end_date": "2027-03-31"},
                {**more, "annual_cost": "1200", "end_date": "2027-06-30", "currency": "EUR"},
                {**more, "quantity": "0", "annual_cost": "-100", "end_date": "2027-01-31"},
            ),
            seats({**SLACK, "account_ref": "a", "last_activity_at": "2026-06-29 08:00:00"}),
            Delivery(
                "ecb",
                "fx_rate",
                AT,
                [
                    {
                        "rate_date": "2026-06-01",
                        "from_currency": "EUR",
                        "to_currency": "USD",
                        "rate_type": "spot",
                        "rate": "1.5",
                    }
                ],
            ),
        ],
        DAY,
    )
    # 600 + 1200 x 1.5 - 100 = 2300 a year for ten seats, nine idle: 2070, shared 1 : 3
    assert money(connection, SAAS) == [
        ("product", "at_renewal", "2027-03-31", 517.5),
        ("product", "at_renewal", "2027-06-30", 1552.5),
    ]
    assert money(connection, "license_utilization_rate") == money(connection, SAAS)


def test_the_shortfall_has_a_price_where_a_right_has_one(build: Build) -> None:
    """A true-up without a price is unknown, not free; a surplus of another version does not pay for it."""
    connection = build(
        [
            devices(*({"device_id": f"D{n}"} for n in range(1, 6))),
            installs({"D1": ["Visio 2019"], "D2": ["Visio 2019"], "D3": ["Visio 2019", "Word 2021"], "D4": ["7-Zip"]}),
            entitlements(
                {**VISIO, "version": "2019", "quantity": "1", "unit_cost": "100", "currency": "USD"},
                {**VISIO, "version": "2021", "quantity": "3", "unit_cost": "200", "currency": "USD"},
                {**VISIO, "version": "2021", "quantity": "2", "currency": "USD", "license_type": "maintenance"},
            ),
        ],
        DAY,
    )
    # three of 2019 are needed, one is owned: two missing at (100 + 3 x 200) / 4, three of 2021 left over
    assert failing(connection, "license_position_rate") == [
        ("product", "no_entitlement", 1, 1),
        ("product", "no_right_of_version", 2, 1),
    ]
    assert failing(connection, "license_compliance_rate") == [
        ("install", "no_entitlement", 1, 1),
        ("install", "rights_exhausted", 2, 2),
    ]
    for kpi in ("license_compliance_rate", "license_position_rate"):
        assert money(connection, kpi) == [("product", "not_cash", None, 350)]
    assert beside(connection, "license_position_rate") == {
        "true_up_cost": 350,
        "over_licensed_cost": 525,
        "shortfall_rights": 3,
        "surplus_rights": 3,
        "products_without_shortfall_share": 0,
        "unpriced_shortfall_rights": 1,
    }
    assert beside(connection, "license_compliance_rate") == {
        "true_up_cost": 350,
        "unpriced_shortfall_rights": 1,
        "unlicensed_installs": 1,
        "unconfirmed_installs": 0,
    }
    assert table(
        connection,
        "select product, position, cast(owned_rights as int), cast(required_rights as int), cast(shortfall_rights as"
        " int), cast(surplus_rights as int), licensable_installs, compliant_installs, cast(unit_price as double),"
        " cast(true_up_cost as double), cast(over_licensed_cost as double), active_entitlements, entitlement_ids"
        " from marts.mart_license_position",
    ) == [
        ("Visio Professional", "shortfall", 4, 3, 2, 3, 3, 1, 175, 350, 525, 3, "0, 1, 2"),
        ("Word", "unlicensed", 0, 1, 1, 0, 1, 0, None, None, None, 0, None),
    ]


def test_surplus_subscriptions_can_end_at_their_renewal(build: Build) -> None:
    """What is over-licensed by the year is cash at the renewal; what was bought for good is not."""
    bought = {**VISIO, "quantity": "4", "annual_cost": "400", "currency": "USD", "license_type": "subscription"}
    connection = build(
        [
            devices({"device_id": "D1"}),
            installs({"D1": ["Visio 2019"]}),
            entitlements({**bought, "end_date": "2026-12-31"}),
        ],
        DAY,
    )
    assert money(connection, "license_position_rate") == [("product", "at_renewal", "2026-12-31", 300)]
    assert beside(connection, "license_position_rate")["over_licensed_cost"] == 300


def test_an_exempted_product_waits_beside_the_rate(build: Build) -> None:
    """Unlimited, uncountable and unconfirmed installs are told apart instead of being lost."""
    connection = build(
        [
            devices({"device_id": "D1"}, {"device_id": "D2", "last_seen_at": "2026-03-01 08:00:00"}),
            installs({"D1": ["Visio 2019", "AutoCAD"], "D2": ["Visio 2019", "Project"]}),
            entitlements(
                {**VISIO, "metric": "unlimited", "quantity": "1", "unit_cost": "9", "currency": "USD"},
                {"publisher": "Autodesk", "product": "AutoCAD", "metric": "concurrent", "quantity": "1"},
            ),
        ],
        DAY,
    )
    found = beside(connection, "license_compliance_rate")
    assert (found["unlimited_installs"], found["uncountable_installs"], found["unconfirmed_installs"]) == (1, 1, 2)
    assert table(
        connection,
        "select product, position, unconfirmed_installs, true_up_cost, over_licensed_cost"
        " from marts.mart_license_position",
    ) == [
        ("AutoCAD", "metric_not_countable", 0, None, None),
        ("Project Professional", "no_need", 1, None, None),
        ("Visio Professional", "unlimited", 1, None, None),
    ]


def test_uncovered_installs_are_told_on_the_days_that_are_compared(build: Build) -> None:
    """New and gone need the same list of the day readers saw before."""
    first, second = "2026-06-23 02:00:00", AT
    connection = build(
        [
            *(devices({"device_id": "D1"}, {"device_id": "D2"}, at=at) for at in (first, second)),
            installs({"D1": ["Visio 2019"]}, at=first),
            installs({"D2": ["Visio 2019"]}, at=second),
            assets({"asset_id": "A1", "serial_number": "SERD2", "department": "Sales"}),
        ],
        DAY,
        published="2026-06-25",
    )
    assert table(
        connection,
        "select failing.valid_from, failing.valid_to, failing.department, failing.asset_class, installs.device_key"
        " from intermediate.int_exceptions__licences as failing"
        " inner join marts.fct_software_installs as installs on installs.install_key = failing.entity_id"
        " where failing.kpi_id = 'license_compliance_rate'",
    ) == [
        (date(2026, 6, 25), date(2026, 6, 30), "(unassigned)", "laptop", "serial|dell|SERD1"),
        (date(2026, 6, 30), date(9999, 12, 31), "Sales", "laptop", "serial|dell|SERD2"),
    ]


def test_software_nobody_approved_is_denied_or_unknown(build: Build) -> None:
    """Removing what policy forbids and deciding about what it does not know are two jobs."""
    connection = build(
        [
            devices({"device_id": "D1"}, {"device_id": "D2"}),
            installs({"D1": ["TeamViewer", "Visio 2019"], "D2": ["TeamViewer", "Unknown"]}),
            entitlements(
                {
                    "publisher": "TeamViewer",
                    "product": "TeamViewer",
                    "quantity": "2",
                    "license_type": "subscription",
                    "unit_cost": "50",
                    "currency": "USD",
                    "end_date": "2026-08-31",
                }
            ),
        ],
        DAY,
        {
            "approved_catalog": [
                {"item_type": "software", "publisher": "Autodesk", "name": "AutoCAD", "decision": "deny"}
            ]
        },
    )
    kpi = "unauthorized_software_pct"
    assert failing(connection, kpi) == [("install", "software_denied", 2, 2)]
    assert money(connection, kpi) == [("product", "at_renewal", "2026-08-31", 100)]
    assert beside(connection, kpi) == {"denied_installs": 2, "not_in_catalog_installs": 0, "unapproved_products": 1}
    # covered and still not compliant
    assert failing(connection, "license_compliance_rate") == [
        ("install", "no_entitlement", 1, 1),
        ("install", "software_denied", 2, 2),
    ]


def test_the_ladder_of_shelfware_adds_up(build: Build) -> None:
    """Never used, dormant, rarely used and never deployed are four decisions about one bill."""
    old = {**VISIO, "assigned_at": "2025-01-01 08:00:00"}
    connection = build(
        [
            entitlements(
                {
                    **VISIO,
                    "metric": "named_user",
                    "quantity": "10",
                    "unit_cost": "30",
                    "license_type": "subscription",
                    "currency": "USD",
                    "end_date": "2027-01-31",
                }
            ),
            seats(
                {**old, "account_ref": "works", "last_activity_at": "2026-06-29 08:00:00"},
                {**old, "account_ref": "left off", "last_activity_at": "2026-02-01 08:00:00"},
                {**old, "account_ref": "never 1"},
                {**old, "account_ref": "never 2"},
                {**old, "account_ref": "blind", "activity_supported": "false"},
            ),
        ],
        DAY,
    )
    assert failing(connection, "shelfware_pct") == [("product", "rights_never_used", 90, 1)]
    assert failing(connection, "shelfware_total_pct") == [("product", "rights_undeployed", 240, 1)]
    assert money(connection, "shelfware_total_pct") == [("product", "at_renewal", "2027-01-31", 240)]
    ladder = {
        "never_used_rights": 2,
        "never_used_cost": 60,
        "dormant_rights": 1,
        "dormant_cost": 30,
        "rare_rights": 0,
        "rare_cost": 0,
        "unknown_rights": 1,
        "unknown_cost": 30,
        "paid_rights": 10,
        "paid_cost": 300,
    }
    assert beside(connection, "shelfware_pct") == ladder
    assert beside(connection, "shelfware_total_pct") == {**ladder, "undeployed_rights": 5, "undeployed_cost": 150}
    # one of ten rights works
    assert failing(connection, "license_utilization_rate") == [("product", "rights_undeployed", 270, 1)]
    assert beside(connection, "license_utilization_rate") == {
        "count_weighted_rate": 0.1,
        "assignment_rate": 0.5,
        "unallocated_rights": 5,
        "allocated_unused_rights": 4,
        "headroom_rights": 9,
        "excess_use_rights": 0,
    }
    assert beside(connection, "software_spend_utilization") == {"cost_per_active_consumer": 300}


def test_a_returning_employee_is_no_leaver(build: Build) -> None:
    """Seats are taken from those who left, not from those who left and came back, nor from strangers."""
    idle = {**SLACK, "last_activity_at": "2026-01-01 08:00:00"}
    connection = build(
        [
            entitlements({**SUBSCRIPTION, "quantity": "4"}),
            people(
                {"person_id": "P1", "last_day_of_work": "2026-05-01"},
                {"person_id": "P1", "spell_no": "2", "hire_date": "2026-06-10"},
                {"person_id": "P2", "termination_date": "2026-05-01", "termination_rescinded": "true"},
                {"person_id": "P3", "last_day_of_work": "2026-06-29"},
            ),
            seats(*({**idle, "person_id": person} for person in ("P1", "P2", "P3", "P9"))),
        ],
        DAY,
    )
    assert failing(connection, ASSIGNED) == [("seat", "seat_idle", 3, 3), ("seat", "seat_of_leaver", 1, 1)]


GAPS = """
with
    dates as (select * from intermediate.int_calendar__as_of_dates),
    failing as (
        select dates.as_of_date, dates.has_slices, failing.*
        from intermediate.int_exceptions__licences as failing
        inner join dates on dates.as_of_date >= failing.valid_from and dates.as_of_date < failing.valid_to
        where failing.kpi_id = '{kpi}'
    ),
    explained as (
        select as_of_date, 'all' as dim_type, 'all' as dim_value, sum(quantity) as quantity
        from failing group by 1
        union all
        select as_of_date, 'publisher', coalesce(publisher, '(unassigned)'), sum(quantity)
        from failing where has_slices group by 1, 3
        union all
        select as_of_date, 'product', product, sum(quantity) from failing where has_slices group by 1, 3
    ),
    cells as (select as_of_date, dim_type, dim_value, {gap} as gap from marts.kpi_{kpi})
select '{kpi}', as_of_date, dim_type, dim_value, gap, quantity
from cells full join explained using (as_of_date, dim_type, dim_value)
where abs(coalesce(gap, 0) - coalesce(quantity, 0)) > 1e-6 and {days}
"""
COMPARED = "as_of_date in (select unnest([as_of_date, previous_date]) from intermediate.int_calendar__compared_dates)"
TWICE = """
select {keys}, count(*) from {table} as one
inner join intermediate.int_calendar__as_of_dates as dates
on dates.as_of_date >= one.valid_from and dates.as_of_date < one.valid_to
group by {keys}, dates.as_of_date having count(*) > 1
"""
# KPIs whose gap is money, and seats: what is at stake is a year's cost of the part that is not used
MONEY = """
with
    products as (select product_key, product_label as product from intermediate.int_licensing__products),
    uses as (select * from intermediate.int_licensing__subscription_use where is_measurable),
    gaps as (
        select kpi_id, product_key, as_of_date, quantity
        from intermediate.int_licensing__product_gaps
        where kpi_id in (
            'license_utilization_rate', 'software_spend_utilization', 'shelfware_pct', 'shelfware_total_pct'
        )
        union all
        select
            'saas_utilization_rate',
            product_key,
            as_of_date,
            annual_cost * (purchased_seats - least(purchased_seats, active_people)) / purchased_seats
        from uses
        inner join intermediate.int_licensing__utilization using (product_key, as_of_date)
    ),
    asked as (select kpi_id, product, as_of_date, quantity from gaps inner join products using (product_key)),
    given as (
        select kpi_id, product, valid_from as as_of_date, sum(amount) as amount
        from intermediate.int_impact__licences
        where kpi_id in (select kpi_id from gaps)
        group by 1, 2, 3
    )
select kpi_id, as_of_date, product, quantity, amount
from asked full join given using (kpi_id, product, as_of_date)
where abs(greatest(coalesce(quantity, 0), 0) - coalesce(amount, 0)) > 1e-6
"""
MEMBER = "kpi_id, entity_type, entity_id"


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_what_fails_adds_up_to_the_gap(build: Build, seed: int) -> None:
    """A list that explains 90 % of a number explains nothing; a member listed twice is asked twice."""
    connection = build(organisation(seed), DAYS[-1], published=DAYS[3])
    wrong: list[tuple[Any, ...]] = []
    for kpi in (*UP, *DOWN):
        gap = "numerator" if kpi in DOWN else "denominator - numerator"
        days = COMPARED if kpi == "license_compliance_rate" else "true"
        wrong += table(connection, GAPS.format(kpi=kpi, gap=gap, days=days))
    exceptions, impact = "intermediate.int_exceptions__licences", "intermediate.int_impact__licences"
    wrong += table(connection, TWICE.format(table=exceptions, keys=MEMBER))
    wrong += table(connection, TWICE.format(table=impact, keys=f"{MEMBER}, kind, available_date"))
    wrong += table(connection, f"select * from {impact} where amount is null or amount <= 0 or currency is null")
    wrong += table(connection, MONEY)
    assert not wrong, "\n".join(map(str, wrong[:20]))
