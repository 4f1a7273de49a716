"""Rows of the licence feeds, and what the models say about them.

Here: short ways to write deliveries and to read cells. Not here: numbers.
"""

from __future__ import annotations

from typing import Any

import duckdb

from tests.python.money.money_warehouse import Delivery, Row, cells

DAY = "2026-06-30"
AT = f"{DAY} 02:00:00"
SEEN = "2026-06-29 08:00:00"

DEVICE = {
    "manufacturer": "Dell",
    "device_class": "laptop",
    "last_seen_at": SEEN,
    "first_seen_at": "2026-01-01 08:00:00",
}
ENTITLEMENT = {"license_type": "perpetual", "metric": "per_device", "start_date": "2025-01-01", "status": "active"}
SEAT = {"account_status": "active", "activity_supported": "true"}

TITLES = {
    "Visio 2016": ("Microsoft", "Microsoft Visio Professional 2016", None),
    "Visio 2019": ("Microsoft", "Microsoft Visio Professional 2019", None),
    "Visio 2021": ("Microsoft", "Microsoft Visio Professional 2021", None),
    "Office 2021": ("Microsoft", "Microsoft Office Professional Plus 2021", None),
    "Word 2019": ("Microsoft", "Microsoft Word", "2019.1"),
    "Word 2021": ("Microsoft", "Microsoft Word", "2021.0"),
    "Word": ("Microsoft", "Microsoft Word", None),
    "Excel 2019": ("Microsoft", "Microsoft Excel", "2019.1"),
    "Access 2021": ("Microsoft", "Microsoft Access", "2021.3"),
    "Outlook 2019": ("Microsoft", "Microsoft Outlook", "2019.9"),
    "Project": ("Microsoft", "Microsoft Project Professional", None),
    "SQL Server": ("Microsoft", "Microsoft SQL Server 2019 Standard Edition", None),
    "Acrobat": ("Adobe", "Adobe  Acrobat Pro (64-bit)", "24.1"),
    "AutoCAD": ("Autodesk", "AutoCAD 2025", "25"),
    "TeamViewer": ("TeamViewer", "TeamViewer", "15"),
    "7-Zip": (None, "7-Zip 23.01", "23.01"),
    "Unknown": ("Contoso", "Planner", "3"),
}


def devices(*rows: Row, at: str = AT, source: str = "mdm") -> Delivery:
    """A discovery; every row is a laptop seen the day before unless it says otherwise."""
    full = [{**DEVICE, "serial_number": f"SER{row['device_id']}", **row} for row in rows]
    return Delivery(source, "device_discovery", at, full)


def installs(on: dict[str, list[str]], at: str = AT, source: str = "mdm", **columns: str) -> Delivery:
    """Titles (keys of TITLES) by device."""
    rows = []
    for device, titles in on.items():
        for title in titles:
            publisher, name, version = TITLES[title]
            rows.append(
                {
                    "device_id": device,
                    "raw_publisher": publisher,
                    "raw_name": name,
                    "raw_version": version,
                    "usage_supported": "false",
                    **columns,
                }
            )
    return Delivery(source, "software_install", at, rows)


def entitlements(*rows: Row, at: str = AT, source: str = "sam") -> Delivery:
    """Entitlements, numbered; active perpetual rights per device unless they say otherwise."""
    return Delivery(
        source, "entitlement", at, [{**ENTITLEMENT, "entitlement_id": str(n), **row} for n, row in enumerate(rows)]
    )


def seats(*rows: Row, at: str = AT, source: str = "sam") -> Delivery:
    """Seats, numbered; active and able to show use unless they say otherwise."""
    return Delivery(
        source, "license_assignment", at, [{**SEAT, "assignment_id": str(n), **row} for n, row in enumerate(rows)]
    )


def assets(*rows: Row, at: str = AT, source: str = "cmdb") -> Delivery:
    """A register of deployed Dell laptops."""
    fixed = {"asset_class": "Laptop", "status": "deployed", "manufacturer": "Dell"}
    return Delivery(source, "hardware_asset", at, [{**fixed, **row} for row in rows])


def people(*rows: Row, at: str = AT) -> Delivery:
    """Employees since 2020."""
    return Delivery("hr", "person", at, [{"spell_no": "1", "hire_date": "2020-01-01", **row} for row in rows])


def ratio(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY, **slices: str) -> tuple[float, float] | None:
    """Numerator and denominator of a cell, `all` unless a dimension is given; nothing when there is no such cell."""
    dim_type, dim_value = next(iter(slices.items()), ("all", "all"))
    found = cells(connection, kpi).get((day, dim_type, dim_value))
    return None if found is None else (float(found["numerator"] or 0), float(found["denominator"] or 0))


def table(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query, sorted."""
    return sorted(connection.execute(sql).fetchall(), key=str)
