"""Agreements, their terms and what was decided before they renewed: the feeds `contract` and `renewal_event`.

Here: one list of agreements that licences, seats, costs and cloud bills refer to. Not here: rights (licences.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from itam.sample.columns import as_text, days, flags, integers, money, pick, spoil, stamps, strings, text
from itam.sample.people import People
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, day_number, stream, to_date


@dataclass(frozen=True)
class Agreement:
    """A standing business relation; its terms are renewed year by year.

    `value` is dollars a year per asset of the estate, so that an organisation of any size pays its due.
    """

    code: str
    kind: str
    supplier: str
    value: float
    month: int
    notice: int | None
    cost_center: str = "CC200"
    currency: str = "USD"
    is_termed: bool = True


AGREEMENTS = (
    Agreement("CT-MS-EA", "software", "Microsoft", 22.0, 7, 60),
    Agreement("CT-MSSQL-SA", "maintenance", "Microsoft", 6.0, 7, 60),
    Agreement("CT-ADOBE", "software", "Adobe", 9.5, 11, 30, "CC410"),
    Agreement("CT-JETBRAINS", "software", "JetBrains", 2.2, 3, 30, "CC100", "EUR"),
    Agreement("CT-AUTODESK", "software", "Autodesk", 4.1, 5, 30, "CC520"),
    Agreement("CT-VMWARE", "maintenance", "VMware", 7.0, 1, 90),
    Agreement("CT-ESRI", "software", "Esri", 1.3, 9, 30, "CC500"),
    Agreement("CT-M365", "saas", "Microsoft", 118.0, 1, 60),
    Agreement("CT-SFDC", "saas", "Salesforce", 52.0, 2, 60, "CC400"),
    Agreement("CT-ZOOM", "saas", "Zoom", 14.0, 10, 30),
    Agreement("CT-SLACK", "saas", "Slack", 10.0, 6, 30, "CC100"),
    Agreement("CT-GITHUB", "saas", "GitHub", 12.0, 8, 30, "CC100"),
    Agreement("CT-FIGMA", "saas", "Figma", 8.0, 4, 30, "CC110"),
    Agreement("CT-SNOW", "saas", "ServiceNow", 13.0, 12, 90),
    Agreement("CT-DOCUSIGN", "saas", "DocuSign", 4.0, 5, 30, "CC320"),
    Agreement("CT-MIRO", "saas", "Miro", 3.0, 9, None, "CC410", "EUR"),
    Agreement("CT-AWS-EDP", "cloud_commit", "AWS", 40.0, 4, 60, "CC100"),
    Agreement("CT-PRINT", "service", "Canon", 7.5, 1, 90, "CC500", "EUR", False),
    Agreement("CT-DESK", "service", "Computacenter", 26.0, 1, 90, "CC200", "GBP", False),
    Agreement("CT-LEASE-01", "lease", "Dell Financial Services", 11.0, 2, None, "CC200", "USD", False),
    Agreement("CT-MAINT-SRV", "maintenance", "Dell", 13.0, 6, 60, "CC200", "USD", False),
    Agreement("CT-MAINT-NET", "maintenance", "Cisco", 9.0, 3, 60, "CC200", "USD", False),
    *tuple(
        Agreement(
            f"CT-SMALL-{n:02d}",
            ("saas", "software", "saas", "maintenance")[n % 4],
            (
                "Atlassian",
                "Asana",
                "Qlik",
                "SolarWinds",
                "Calendly",
                "SurveyMonkey",
                "Nintex",
                "Redgate",
                "Loom",
                "Snagit",
                "Notion",
                "Veeam",
            )[n % 12],
            0.9 + 0.23 * (n % 7),
            n % 12 + 1,
            (30, 60, None, 45)[n % 4],
            ("CC200", "CC400", "CC410", "CC300", "CC500")[n % 5],
            ("USD", "EUR", "USD", "GBP")[n % 4],
        )
        for n in range(24)
    ),
)
_EVENT_TYPES = ("reviewed", "renewed", "auto_renewed", "resized", "cancelled")


@dataclass
class Contracts:
    """Terms of agreements as columns."""

    agreement: Ints
    start: Ints
    end: Ints
    cents: Ints
    owner: Ints
    cancelled: Flags
    ids: list[str]
    events: dict[str, Ints]

    def term_at(self, code: str, day: int) -> str:
        """The contract in force under an agreement on a day."""
        number = next(n for n, a in enumerate(AGREEMENTS) if a.code == code)
        rows = np.flatnonzero((self.agreement == number) & (self.start <= day))
        return self.ids[int(rows[-1])] if len(rows) else code


def make_contracts(seed: int, line: Timeline, assets: int, people: People) -> Contracts:
    """Lay out the terms, and decide each renewal."""
    rng = stream(seed, "contracts")
    terms: list[tuple[int, int, int, int, bool, str]] = []
    events: list[tuple[int, int, int, int, int, int]] = []
    for number, agreement in enumerate(AGREEMENTS):
        year = to_date(line.origin).year - 1
        value = round(agreement.value * assets * 100 * float(rng.uniform(0.92, 1.08)))
        if not agreement.is_termed:
            terms.append((number, day_number(date(year, agreement.month, 1)), FAR, value, False, agreement.code))
            continue
        while (start := day_number(date(year, agreement.month, 1))) <= line.as_of:
            end = day_number(date(year + 1, agreement.month, 1)) - 1
            term = len(terms)
            deadline = end - (agreement.notice or 30)
            luck = float(rng.random())
            is_small = agreement.code.startswith("CT-SMALL")
            renewed = value
            is_over = is_small and luck > 0.93
            if is_over:
                events.append((term, 4, deadline - int(rng.integers(2, 60)), 1, value, 0))
            else:
                if luck < (0.92 if is_small else 0.96):
                    events.append((term, 0, deadline - int(rng.integers(6, 120)), int(luck > 0.04), value, value))
                if luck < 0.30:
                    renewed = round(value * 0.94)
                    events.append((term, 3, deadline - int(rng.integers(1, 6)), 1, value, renewed))
                else:
                    renewed = round(value * 1.035)
                    events.append((term, 2 if luck > 0.92 else 1, end, 0, value, renewed))
            terms.append((number, start, end, value, is_over, f"{agreement.code}-{year}"))
            value, year = renewed, year + 1
            if is_over:
                break
    columns = np.array([row[:4] for row in terms], dtype=np.int64)
    events.sort(key=lambda event: (event[2], event[0], event[1]))
    happened = np.array(events, dtype=np.int64).reshape(-1, 6)
    staff = np.flatnonzero((people.department == 2) | (people.department == 3))
    staff = staff if len(staff) else np.arange(len(people))
    return Contracts(
        agreement=columns[:, 0],
        start=columns[:, 1],
        end=columns[:, 2],
        cents=columns[:, 3],
        owner=staff[np.arange(len(terms)) * 7 % len(staff)],
        cancelled=np.array([row[4] for row in terms]),
        ids=[row[5] for row in terms],
        events=dict(zip(("term", "kind", "day", "evidence", "old", "new"), happened.T, strict=True)),
    )


def contract_feed(contracts: Contracts, people: People, day: int) -> pa.Table:
    """All contracts signed so far; next year's appear as drafts a month before they begin."""
    rows = np.flatnonzero(contracts.start <= day + 30)
    of = [AGREEMENTS[n] for n in contracts.agreement[rows].tolist()]
    cancelled_on = np.full(len(contracts.ids), FAR)
    over = contracts.events["kind"] == 4
    cancelled_on[contracts.events["term"][over]] = contracts.events["day"][over]
    status = np.select(
        [contracts.start[rows] > day, cancelled_on[rows] <= day, contracts.end[rows] < day], [1, 3, 2], 0
    )
    previous: dict[str, str | None] = dict.fromkeys(contracts.ids)
    for before, after in zip(range(len(contracts.ids) - 1), range(1, len(contracts.ids)), strict=True):
        if contracts.agreement[before] == contracts.agreement[after]:
            previous[contracts.ids[after]] = contracts.ids[before]
    notice = np.array([a.notice or 0 for a in of])
    shown = [contracts.ids[row] for row in rows.tolist()]
    cents = contracts.cents[rows]
    table = pa.table(
        {
            "contract_id": strings(shown),
            "contract_type": strings([a.kind for a in of]),
            "supplier": strings([a.supplier for a in of]),
            "start_date": days(contracts.start[rows]),
            "end_date": days(np.where(contracts.end[rows] < FAR, contracts.end[rows], 0), contracts.end[rows] < FAR),
            "notice_days": integers(notice, notice > 0),
            "auto_renew": flags(rows % 3 != 0),
            "annual_value": money(cents),
            "total_value": money(cents, contracts.end[rows] < FAR),
            "currency": strings([a.currency for a in of]),
            "min_quantity": money(np.full(len(rows), 10_000), np.array([a.kind == "saas" for a in of])),
            "cost_center": strings([a.cost_center for a in of]),
            "owner_person_id": pick(people.ids, contracts.owner[rows]),
            "renews_contract_id": strings([previous[name] for name in shown]),
            "status": text(["Active", "Draft", "Expired", "Cancelled"], status),
        }
    )
    # one clerk writes the notice period in words, which is read as unknown
    return spoil(table, "notice_days", np.array([name.startswith("CT-SMALL-07") for name in shown]), "two months")


def renewal_event_feed(contracts: Contracts, since: int, until: int) -> pa.Table:
    """Reviews, renewals and cancellations between two days."""
    events = contracts.events
    rows = np.flatnonzero((events["day"] > since) & (events["day"] <= until))
    of = [AGREEMENTS[n] for n in contracts.agreement[events["term"][rows]].tolist()]
    return pa.table(
        {
            "event_id": strings([f"rn{row:06d}" for row in rows.tolist()]),
            "contract_id": strings([contracts.ids[term] for term in events["term"][rows].tolist()]),
            "event_at": stamps(events["day"][rows] * DAY + 14 * 3600),
            "event_type": as_text(text(_EVENT_TYPES, events["kind"][rows])),
            "usage_evidence": flags(events["evidence"][rows], events["kind"][rows] == 0),
            "old_value": money(events["old"][rows], events["kind"][rows] > 0),
            "new_value": money(events["new"][rows], events["kind"][rows] > 0),
            "currency": strings([a.currency for a in of]),
            "old_quantity": money(events["old"][rows] // 120, events["kind"][rows] == 3),
            "new_quantity": money(events["new"][rows] // 120, events["kind"][rows] == 3),
        }
    )
