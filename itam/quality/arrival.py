"""The door in: what is expected of the deliveries that no published mart has been built on yet.

One suite per feed, made from the declaration of the feeds, with what is known of the field in hand-written checks. They
look at the new and changed rows that landing has let in; rows and deliveries that break the contract itself are set
aside there and never come this far. Shares are of a delivery's new and changed rows, from ``AT_LEAST`` on.

What is shown of a failing row is its row_id and numbers, days, codes: never a name, an account or a host.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from itam.feeds import Column, Feed
from itam.home import PROJECT_DIR
from itam.quality.currencies import ISO_4217
from itam.quality.policy import GatePolicy
from itam.quality.suites import Expectation, Filled, Rule, Suite, Unique

AT_LEAST = 50
"""Rows that a share is worth something from."""
CURRENCY_COLUMNS = ("currency", "BillingCurrency", "from_currency", "to_currency")
LEDGER = "deliveries"
"""The suite about deliveries as a whole, of all feeds."""

SERIAL_PLACEHOLDERS = PROJECT_DIR / "seeds" / "serial_placeholder.csv"
BATCH = "(select * from {batch})"
"""The rows that a suite looks at; the library puts a name of its own behind them."""
PENDING = "select delivery from quality.gate_pending"


@dataclass(frozen=True)
class Reference:
    """A column that names a row of another feed."""

    feed: str
    column: str
    to_feed: str
    to_column: str


REFERENCES = (
    Reference("software_install", "device_id", "device_discovery", "device_id"),
    Reference("patch_status", "device_id", "device_discovery", "device_id"),
    Reference("patch_status", "patch_id", "patch_catalog", "patch_id"),
    Reference("license_assignment", "entitlement_id", "entitlement", "entitlement_id"),
    Reference("license_assignment", "device_id", "device_discovery", "device_id"),
    Reference("license_assignment", "person_id", "person", "person_id"),
    Reference("entitlement", "base_entitlement_id", "entitlement", "entitlement_id"),
    Reference("entitlement", "contract_id", "contract", "contract_id"),
    Reference("hardware_asset", "assigned_person_id", "person", "person_id"),
    Reference("asset_event", "asset_id", "hardware_asset", "asset_id"),
    Reference("renewal_event", "contract_id", "contract", "contract_id"),
    Reference("audit_finding", "audit_id", "audit", "audit_id"),
    Reference("physical_count", "expected_asset_id", "hardware_asset", "asset_id"),
    Reference("sanitization", "asset_id", "hardware_asset", "asset_id"),
    Reference("cost_line", "asset_id", "hardware_asset", "asset_id"),
    Reference("cost_line", "contract_id", "contract", "contract_id"),
)

BEGIN_AND_END = {
    "incident": ("opened_at", "coalesce(resolved_at, closed_at)"),
    "outage": ("begin_at", "end_at"),
    "contract": ("start_date", "end_date"),
    "entitlement": ("start_date", "end_date"),
    "audit": ("started_on", "closed_on"),
    "cloud_cost": ('"ChargePeriodStart"', '"ChargePeriodEnd"'),
}
EVIDENCE = {
    "software_install": ("usage_supported", "last_used_at"),
    "license_assignment": ("activity_supported", "last_activity_at"),
}


def suites(feeds: dict[str, Feed], pending: set[str], policy: GatePolicy, base_currency: str) -> list[Suite]:
    """The suites of the feeds that something has come of, and one about their deliveries."""
    if not pending:
        return []
    of_feeds = [_suite(feeds[name], policy, base_currency) for name in feeds if name in pending]
    return [*of_feeds, Suite(LEDGER, "", _deliveries(), tuple(_of_deliveries(feeds, policy)))]


def _suite(feed: Feed, policy: GatePolicy, base_currency: str) -> Suite:
    found: list[Expectation] = [
        *_contract(feed),
        *_dates(feed, policy),
        *_currencies(feed, base_currency),
        *_references(feed, policy),
        *_order(feed, policy),
        *_evidence(feed, policy),
    ]
    if feed.name in OF_FEED:
        found += OF_FEED[feed.name](lambda check_id: policy.tolerance(check_id, feed.name))
    return Suite(feed.name, feed.name, _rows_of(feed.name), tuple(found))


def _rows_of(table: str) -> str:
    return f"""
        select batch_id as delivery, * from raw.{table}
        where change_type = 'upsert' and batch_id in ({PENDING})
    """


# --- ways to say it --------------------------------------------------------------------------------------------------


def rows(check_id: str, expected: str, wrong: str, shown: str = "", source: str = BATCH) -> Rule:
    """No row of a delivery is wrong."""
    observed = f"'row ' || row_id || {shown}" if shown else "'row ' || row_id"
    return Rule(check_id, expected, f"select delivery, {observed} as observed from {source} as delivered where {wrong}")


def share(
    check_id: str, expected: str, tolerance: Decimal, wrong: str, told: str, of: str = "true", source: str = BATCH
) -> Rule:
    """Not more than a share of a delivery's rows is wrong."""
    return Rule(
        check_id,
        expected,
        f"""
        select delivery, wrong_rows || ' of ' || all_rows || ' rows {told}' as observed
        from (
            select delivery, count(*) as all_rows, count(*) filter ({wrong}) as wrong_rows
            from {source} as delivered where {of} group by delivery
        ) as counted
        where all_rows >= {AT_LEAST} and wrong_rows > {tolerance} * all_rows
        """,
    )


# --- from the declaration ---------------------------------------------------------------------------------------------


def _contract(feed: Feed) -> list[Expectation]:
    """What landing has promised of every row that it let in."""
    required = [c.name for c in feed.described if c.required and c.name not in feed.key]
    return [
        Unique("key_unique", "a delivery has one row per key", ("delivery", "row_key")),
        *(Filled("required_present", "required columns are filled", column) for column in required),
    ]


def _dates(feed: Feed, policy: GatePolicy) -> list[Expectation]:
    """Days that can be: canonical text sorts like the days it stands for."""
    first = int(policy.tolerance("dates_not_before", feed.name))
    years = int(policy.tolerance("dates_not_after", feed.name))
    found: list[Expectation] = []
    for observed, source in ((False, BATCH), (True, f"({_rows_of(f'{feed.name}_sightings')})")):
        names = [quoted(c) for c in feed.columns if c.data_type in ("date", "timestamp") and c.observed is observed]
        if not names:
            continue
        early = [f"{n} < '{first}'" for n in names]
        latest = f"strftime(extracted_at + interval {years} year, '%Y-%m-%d')"
        late = [f"{n} > {latest}" for n in names]
        for check_id, expected, wrong in (
            ("dates_not_before", f"no date before {first}", early),
            ("dates_not_after", f"no date more than {years} years after the extract", late),
        ):
            shown = ", ".join(
                f"case when {w} then '{n.strip(chr(34))} ' || {n} end" for n, w in zip(names, wrong, strict=True)
            )
            text = f"': ' || concat_ws(', ', {shown})"
            found.append(rows(check_id, expected, " or ".join(wrong), text, source))
    return found


def _currencies(feed: Feed, base_currency: str) -> list[Expectation]:
    """Money that can be converted."""
    known = ", ".join(f"'{code}'" for code in sorted(ISO_4217))
    found: list[Expectation] = []
    for column in (quoted(c) for c in feed.described if c.name in CURRENCY_COLUMNS):
        found.append(
            rows(
                "currency_known", "currencies are codes of ISO 4217", f"{column} not in ({known})", f"': ' || {column}"
            )
        )
        if feed.name != "fx_rate":
            found.append(
                Rule(
                    "currency_convertible",
                    f"every currency has a rate to or from {base_currency}",
                    f"""
                    select delivery, {column} || ' has no rate: ' || count(*) || ' rows' as observed
                    from (select * from {{batch}}) as delivered
                    where {column} <> '{base_currency}' and {column} not in (
                        select from_currency from raw.fx_rate where to_currency = '{base_currency}'
                        union all select to_currency from raw.fx_rate where from_currency = '{base_currency}'
                    )
                    group by delivery, {column}
                    """,
                )
            )
    return found


def _references(feed: Feed, policy: GatePolicy) -> list[Expectation]:
    """Rows that point somewhere, as far as the other feed is delivered at all."""
    found: list[Expectation] = []
    for ref in REFERENCES:
        if ref.feed != feed.name:
            continue
        there = f"select {ref.to_column} from raw.{ref.to_feed} where change_type = 'upsert'"
        found.append(
            share(
                "references_found",
                f"{ref.column} names a row of {ref.to_feed}",
                policy.tolerance("references_found", feed.name),
                f"{ref.column} not in ({there})",
                f"have a value of {ref.column} that is not in {ref.to_feed}",
                f"{ref.column} is not null and exists ({there})",
            )
        )
    return found


def _order(feed: Feed, policy: GatePolicy) -> list[Expectation]:
    if feed.name not in BEGIN_AND_END:
        return []
    begin, end = BEGIN_AND_END[feed.name]
    tolerance = policy.tolerance("ends_after_begin", feed.name)
    return [share("ends_after_begin", "nothing ends before it begins", tolerance, f"{end} < {begin}", "end too early")]


def _evidence(feed: Feed, policy: GatePolicy) -> list[Expectation]:
    """A source that says it can see use must show some."""
    if feed.name not in EVIDENCE:
        return []
    supported, seen = EVIDENCE[feed.name]
    sightings = f"""(
        select seen.batch_id as delivery, seen.{seen} from raw.{feed.name}_sightings as seen
        join (select source_system, row_key, {supported} from raw.{feed.name} where change_type = 'upsert'
            qualify row_number() over (partition by source_system, row_key order by extracted_at desc, row_id desc) = 1
        ) as described using (source_system, row_key)
        where seen.change_type = 'upsert' and described.{supported} = 'true' and seen.batch_id in ({PENDING})
    )"""
    return [
        share(
            "evidence_given",
            f"a source with {supported} shows {seen}",
            policy.tolerance("evidence_given", feed.name),
            f"{seen} is null",
            f"say {supported} and have no {seen}",
            source=sightings,
        )
    ]


# --- what is known of the field ---------------------------------------------------------------------------------------

Tolerance = Callable[[str], Decimal]


def _hardware_asset(tolerance: Tolerance) -> list[Expectation]:
    cost = "try_cast(purchase_cost as double)"
    usual = "median(case when cost > 0 then cost end) over (partition by delivery, asset_class, currency)"
    members = "count(cost) over (partition by delivery, asset_class, currency)"
    factor = tolerance("cost_plausible")
    return [
        share(
            "serials_given",
            "serial numbers are given, not placeholders",
            tolerance("serials_given"),
            "serial_number is null or length(regexp_replace(serial_number, '[^A-Za-z0-9]', '', 'g')) < 4"
            f" or lower(trim(serial_number)) in ({_placeholders()})",
            "have no serial number that means anything",
        ),
        Rule(
            "cost_plausible",
            "no price is a hundred times off the usual of its class",
            f"""
            select delivery, 'row ' || row_id || ': ' || cost || ', usual is ' || usual as observed
            from (
                select *, {usual} as usual, {members} as members
                from (
                    select delivery, row_id, asset_class, currency, {cost} as cost
                    from (select * from {{batch}}) as delivered
                ) as prices
            ) as priced
            where members >= 10 and (cost > {factor} * usual or (cost > 0 and cost < usual / {factor}))
            """,
        ),
    ]


def _placeholders() -> str:
    """What stands where a serial number is not known, as a SQL list."""
    with SERIAL_PLACEHOLDERS.open(encoding="utf-8", newline="") as stream:
        words = {row["placeholder"].strip().lower() for row in csv.DictReader(stream)}
    return ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words))


def _device_discovery(tolerance: Tolerance) -> list[Expectation]:
    return [
        Rule(
            "seen_apart",
            "devices are seen at different times",
            f"""
            select delivery, max(same) || ' of ' || sum(same) || ' devices were seen in the same second' as observed
            from (
                select delivery, last_seen_at, count(*) as same
                from ({_rows_of("device_discovery_sightings")}) as sightings group by delivery, last_seen_at
            ) as counted
            group by delivery
            having sum(same) >= {AT_LEAST} and max(same) > {tolerance("seen_apart")} * sum(same)
            """,
        )
    ]


def _person(tolerance: Tolerance) -> list[Expectation]:
    return [
        Rule(
            "leavers_apart",
            "people leave on different days",
            f"""
            select delivery, max(same) || ' of ' || max(people) || ' people end on one day' as observed
            from (
                select delivery, ends_on, count(*) as same, sum(count(*)) over (partition by delivery) as people
                from (
                    select delivery, coalesce(last_day_of_work, termination_date) as ends_on
                    from (select * from {{batch}}) as delivered
                ) as ends
                group by delivery, ends_on
            ) as counted
            where ends_on is not null
            group by delivery
            having max(people) >= {AT_LEAST} and max(same) > {tolerance("leavers_apart")} * max(people)
            """,
        ),
        share(
            "accounts_own",
            "an account is one person's",
            tolerance("accounts_own"),
            "people > 1",
            "share their account with another person",
            source="(select delivery, count(distinct person_id) over (partition by delivery, lower(upn)) as people"
            " from (select * from {batch}) as delivered where upn is not null)",
        ),
    ]


def _cost_line(tolerance: Tolerance) -> list[Expectation]:
    usual = "median(abs(amount)) over (partition by delivery, cost_category, currency)"
    return [
        Rule(
            "amounts_plausible",
            "no line is a thousand times the usual of its category",
            f"""
            select delivery, 'row ' || row_id || ': ' || amount || ', usual is ' || usual as observed
            from (
                select *, {usual} as usual,
                    count(*) over (partition by delivery, cost_category, currency) as members
                from (
                    select delivery, row_id, cost_category, currency, try_cast(amount as double) as amount
                    from (select * from {{batch}}) as delivered
                ) as x
            ) as lines
            where members >= 10 and abs(amount) > {tolerance("amounts_plausible")} * usual and usual > 0
            """,
        )
    ]


def _cloud_cost(tolerance: Tolerance) -> list[Expectation]:
    return [
        share(
            "charges_in_period",
            "charges lie in their billing period",
            tolerance("charges_in_period"),
            '"ChargePeriodStart" < "BillingPeriodStart" or "ChargePeriodStart" >= "BillingPeriodEnd"',
            "lie outside their billing period",
        )
    ]


def _audit(tolerance: Tolerance) -> list[Expectation]:
    return [
        rows(
            "tests_within",
            "not more tests passed than were executed",
            "try_cast(tests_passed as bigint) > try_cast(tests_executed as bigint)",
            "': ' || tests_passed || ' of ' || tests_executed",
        )
    ]


def _fx_rate(tolerance: Tolerance) -> list[Expectation]:
    return [
        Rule(
            "rate_steady",
            "a rate does not leap from one day to the next",
            f"""
            select delivery, from_currency || ' to ' || to_currency || ' on ' || rate_date || ': ' || rate || ' after '
                || before as observed
            from (
                select *, lag(rate) over (
                    partition by source_system, from_currency, to_currency, rate_type order by rate_date
                ) as before
                from (
                    select batch_id as delivery, source_system, from_currency, to_currency, rate_type, rate_date,
                        try_cast(rate as double) as rate
                    from raw.fx_rate where change_type = 'upsert'
                    qualify row_number() over (
                        partition by source_system, row_key order by extracted_at desc, row_id desc
                    ) = 1
                ) as newest
            ) as rates
            where delivery in (select distinct delivery from (select * from {{batch}}) as delivered)
                and abs(rate / nullif(before, 0) - 1) > {tolerance("rate_steady")}
            """,
        )
    ]


OF_FEED: dict[str, Callable[[Tolerance], list[Expectation]]] = {
    "hardware_asset": _hardware_asset,
    "device_discovery": _device_discovery,
    "person": _person,
    "cost_line": _cost_line,
    "cloud_cost": _cloud_cost,
    "audit": _audit,
    "fx_rate": _fx_rate,
}


# --- deliveries as a whole --------------------------------------------------------------------------------------------


def _deliveries() -> str:
    return f"select batch_id as delivery, * from raw.deliveries where batch_id in ({PENDING})"


def _of_deliveries(feeds: dict[str, Feed], policy: GatePolicy) -> list[Expectation]:
    """What counts tell before any row is looked at."""
    lists = ", ".join(f"'{feed.name}'" for feed in feeds.values() if feed.kind == "snapshot")
    growth = policy.tolerance("row_growth")
    stable = policy.tolerance("keys_stable")
    return [
        _of_failures("values_readable", "every value can be read", "kind <> 'clock_skew'", policy),
        _of_failures("clock_skew", "nothing is observed after its extract", "kind = 'clock_skew'", policy),
        Rule(
            "rows_quarantined",
            "few rows of a delivery are set aside",
            f"""
            select feed, delivery, rows_quarantined || ' of ' || rows_delivered || ' rows are in quarantine' as observed
            from (select * from {{batch}}) as delivered
            where rows_delivered >= {AT_LEAST}
                and rows_quarantined > {policy.tolerance("rows_quarantined")} * rows_delivered
            """,
        ),
        Rule(
            "keys_stable",
            "the ids of a list stay those of the list before",
            f"""
            select feed, delivery, rows_inserted || ' of ' || rows_delivered || ' rows have new ids, '
                || rows_deleted || ' ids are gone' as observed
            from (select * from {{batch}}) as delivered
            where rows_delivered >= {AT_LEAST} and feed in ({lists}) and rows_inserted > {stable} * rows_delivered
                and rows_deleted > {stable} * (rows_delivered - rows_inserted + rows_deleted)
            """,
        ),
        Rule(
            "row_growth",
            "a list does not grow to several times its length at once",
            f"""
            select feed, batch_id as delivery, rows_delivered || ' rows, usual are ' || usual as observed
            from (
                select *, median(rows_delivered) over earlier as usual, count(*) over earlier as before
                from raw.deliveries where status = 'accepted' and feed in ({lists})
                window earlier as (
                    partition by source_system, feed order by extracted_at rows between 7 preceding and 1 preceding
                )
            ) as compared
            where batch_id in (select delivery from (select * from {{batch}}) as delivered)
                and before >= 3 and rows_delivered >= {AT_LEAST} and rows_delivered > {growth} * usual
            """,
        ),
    ]


def _of_failures(check_id: str, expected: str, kinds: str, policy: GatePolicy) -> Rule:
    """Values that landing could not take as they are, by column."""
    return Rule(
        check_id,
        expected,
        f"""
        select delivered.feed, delivered.delivery,
            failed.column_name || ': ' || failed.failed || ' of ' || delivered.rows_delivered || ' rows' as observed
        from (select * from {{batch}}) as delivered
        join (
            select batch_id, column_name, sum(row_count) as failed from raw.cast_failures
            where {kinds} group by batch_id, column_name
        ) as failed on failed.batch_id = delivered.delivery
        where failed.failed > {policy.tolerance(check_id)} * delivered.rows_delivered
        """,
    )


def quoted(column: Column) -> str:
    """A declared column as SQL: mixed case needs quotes."""
    return column.name if column.name.islower() else f'"{column.name}"'
