"""The cloud bill in FOCUS columns: the feed `cloud_cost`.

Here: what virtual machines and commitments cost, restated until the month is over. Not here: the ledger's accruals.
"""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from itam.sample.columns import decimals, same, stamps, strings, text
from itam.sample.devices import CLOUD, Devices
from itam.sample.organisation import DEPARTMENTS
from itam.sample.timeline import DAY, Ints, Timeline, next_month, stream, to_date

_ACCOUNTS = ("sub-100", "sub-200", "sub-300")
_SERVICES = (("Compute", "Elastic Compute"), ("Storage", "Block Storage"), ("Databases", "Managed Database"))
_BILLING_ACCOUNT = "halden-payer-01"


def month_to_bill(day: int) -> list[int]:
    """First days of the months a delivery restates: the running one, and last month in the first week."""
    this = day - to_date(day).day + 1
    previous = this - to_date(this - 1).day
    return [previous, this] if to_date(day).day <= 8 else [this]


def cloud_cost_feed(devices: Devices, seed: int, line: Timeline, day: int, is_first: bool) -> pa.Table:
    """The bill of the months that are restated (a year of them in the first delivery)."""
    months = month_to_bill(day)
    if is_first:
        while months[0] > line.first - 380:
            months.insert(0, months[0] - to_date(months[0] - 1).day)
    return pa.concat_tables([_bill(devices, seed, month, day) for month in months])


def _bill(devices: Devices, seed: int, month: int, day: int) -> pa.Table:
    """One month up to yesterday, a row per resource, service and week."""
    after = next_month(month)
    rng = stream(seed, "cloud", month)
    weeks = [(month + 7 * n, min(month + 7 * (n + 1), after)) for n in range(5) if month + 7 * n < after]
    machines = np.flatnonzero((devices.zone == CLOUD) & (devices.since < after) & (devices.until > month))
    begin: list[Ints] = []
    rows: list[Ints] = []
    services: list[Ints] = []
    amounts: list[Ints] = []
    for number, (start, _) in enumerate(weeks):
        for service in range(len(_SERVICES)):
            price = rng.uniform(18, 60, len(machines)) * (1.0, 0.25, 0.6)[service]
            kept = (devices.since[machines] <= start) & ((service < 2) | (machines % 4 == 0)) & (start < day)
            rows.append(machines[kept])
            begin.append(np.full(int(kept.sum()), number))
            services.append(np.full(int(kept.sum()), service))
            amounts.append(np.round(price[kept] * 1e6).astype(np.int64))
    owner, week, service_of = np.concatenate(rows), np.concatenate(begin), np.concatenate(services)
    micro = np.concatenate(amounts)
    # unused commitment: one line per week and account
    idle = [(n, a) for n, (start, _) in enumerate(weeks) if start < day for a in range(3)]
    unused = np.array([max(1, len(machines)) * (900_000 + 170_000 * a) for _, a in idle], dtype=np.int64)
    count = len(owner)
    total = count + len(idle)
    week = np.concatenate([week, np.array([n for n, _ in idle], dtype=np.int64)])
    service_of = np.concatenate([service_of, np.zeros(len(idle), dtype=np.int64)])
    micro = np.concatenate([micro, unused])
    account = np.concatenate([owner % 3, np.array([a for _, a in idle], dtype=np.int64)])
    resource = np.concatenate([owner, np.full(len(idle), -1)])
    committed = np.concatenate([(service_of[:count] == 0) & (owner % 3 != 1), np.ones(len(idle), dtype=bool)])
    status = np.concatenate([np.zeros(count, dtype=np.int64), np.ones(len(idle), dtype=np.int64)])
    starts = np.array([start for start, _ in weeks])[week]
    ends = np.array([end for _, end in weeks])[week]
    tags = [json.dumps({"cost_center": d.cost_center}) for d in DEPARTMENTS] + ['{"env": "prod"}']
    tagged = np.where(
        (resource >= 0) & (account == 2) & (resource % 10 < 6), resource % len(DEPARTMENTS), len(DEPARTMENTS)
    )
    billed = np.where(committed, 0, micro)
    return pa.table(
        {
            "BilledCost": decimals(billed / 1e6, 6),
            "EffectiveCost": decimals(micro * np.where(committed, 0.72, 1.0) / 1e6, 6),
            "ListCost": decimals(micro * 1.18 / 1e6, 6),
            "ContractedCost": decimals(micro / 1e6, 6),
            "BillingCurrency": same("USD", total),
            "BillingAccountId": same(_BILLING_ACCOUNT, total),
            "SubAccountId": text(_ACCOUNTS, account),
            "BillingPeriodStart": stamps(np.full(total, month * DAY)),
            "BillingPeriodEnd": stamps(np.full(total, after * DAY)),
            "ChargePeriodStart": stamps(starts * DAY),
            "ChargePeriodEnd": stamps(ends * DAY),
            "ChargeCategory": same("Usage", total),
            "ChargeClass": same(None, total),
            "ServiceProviderName": same("AWS", total),
            "ServiceCategory": text([s[0] for s in _SERVICES], service_of),
            "ServiceName": text([s[1] for s in _SERVICES], service_of),
            "ResourceId": devices.cloud_ids.take(pa.array(resource, mask=resource < 0)),
            "ResourceType": text(["Instance"], np.where(resource >= 0, 0, -1)),
            "RegionId": text(["us-east-1", "eu-central-1"], account % 2),
            "SkuId": text([f"SKU-{n}" for n in range(len(_SERVICES))], service_of),
            "PricingQuantity": decimals((ends - starts) * 24.0, 1),
            "PricingUnit": same("Hours", total),
            "CommitmentDiscountId": text(["sp-halden-2025"], np.where(committed, 0, -1)),
            "CommitmentDiscountStatus": text(["Used", "Unused"], status, committed),
            "ContractApplied": same(None, total),
            "InvoiceId": strings([f"INV-{to_date(month):%Y%m}"] * total),
            "Tags": text(tags, tagged),
        }
    )
