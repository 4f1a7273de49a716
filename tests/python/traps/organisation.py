"""One small organisation that holds the traps: its deliveries, a department, product or cost centre per trap.

Here: what was delivered, and when. Not here: the numbers that must come out (test_traps.py works them out by hand).
D is 2026-06-15. The register comes on the days of REGISTER_DAYS, with a gap from the end of March to 18 May; a snapshot
is carried for ten days.
"""

from __future__ import annotations

from tests.python.refreshed_home import RefreshedHome

D = "2026-06-15"
REGISTER_DAYS = ("02-02", "02-16", "02-23", "03-30", "05-18", "06-01", "06-08", "06-15")

REGISTER = """
    asset_id,asset_class,status,department,location,manufacturer,serial_number,in_service_date,useful_life_months,assigned_person_id,last_changed_at
    avg-1,laptop,deployed,A,Averages,,,,,,
    avg-2,laptop,deployed,B,Averages,,,,,,
    avg-3,laptop,in_stock,B,Averages,,,,,,
    avg-4,laptop,in_stock,B,Averages,,,,,,
    month-1,laptop,deployed,Months,,,,2023-05-20,36,,
    month-2,laptop,deployed,Months,,,,2023-05-15,36,,
    open-1,laptop,deployed,Open,,,,,,,
    overlap-1,server,deployed,Overlap,,,,,,,
    serial-1,laptop,in_stock,Serials,,HP,ab-123 4,,,,2026-01-10T00:00:00Z
    serial-2,laptop,deployed,Serials,,Hewlett-Packard,AB1234,,,,2026-01-20T00:00:00Z
    serial-3,laptop,deployed,Serials,,HP,To Be Filled By O.E.M.,,,,
    serial-4,laptop,deployed,Serials,,HP,To Be Filled By O.E.M.,,,,
    rehire-1,laptop,deployed,Rehire,,,,,,P71,
    rehire-2,laptop,deployed,Rehire,,,,,,P72,
    late-1,laptop,deployed,Late,,,,,,P81,
    late-2,laptop,deployed,Late,,,,,,P82,
    patch-18,laptop,deployed,Superseded,,Dell,SER-18,,,,
    patch-19,laptop,deployed,Unknown,,Dell,SER-19,,,,
    patch-20a,laptop,deployed,Exempt,,Dell,SER-20A,,,,
    patch-20b,laptop,deployed,Exempt,,Dell,SER-20B,,,,
    retired-1,laptop,retired,Retired,,Dell,SER-21A,,,,
    retired-2,laptop,deployed,Retired,,Dell,SER-21B,,,,
    leap-1,laptop,deployed,Leap,,,,2024-02-29,23,,
    nobody-1,laptop,deployed,,,,,,,,
"""

PEOPLE = """
    person_id,spell_no,hire_date,last_day_of_work,termination_known_at
    P71,1,2020-01-01,2026-05-20,2026-05-10T00:00:00Z
    P71,2,2026-05-28,,
    P72,1,2020-01-01,2026-05-20,2026-05-10T00:00:00Z
    P72,2,2026-06-10,,
    P81,1,2020-01-01,2026-02-19,2026-02-10T00:00:00Z
    P82,1,2020-01-01,2026-02-19,2026-02-10T00:00:00Z
"""

DEVICES = """
    device_id,device_class,manufacturer,serial_number,cpu_sockets,cores_per_socket,first_seen_at,last_seen_at
    d18,laptop,Dell,SER-18,,,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
    d19,laptop,Dell,SER-19,,,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
    d20a,laptop,Dell,SER-20A,,,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
    d20b,laptop,Dell,SER-20B,,,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
    d21a,laptop,Dell,SER-21A,,,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
    d21b,laptop,Dell,SER-21B,,,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
    small,server,,,1,4,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
    odd,server,,,1,17,2026-01-10T08:00:00Z,2026-06-14T08:00:00Z
"""

INCIDENTS = """
    incident_id,ci_id,record_type,opened_at,resolved_at,status,is_asset_failure
    I1,open-1,incident,2026-06-10T00:00:00Z,2026-06-10T10:00:00Z,resolved,true
    I2,open-1,incident,2026-06-12T00:00:00Z,,open,true
"""

OUTAGES = """
    outage_id,ci_id,begin_at,end_at,outage_type
    O1,overlap-1,2026-06-10T08:00:00Z,2026-06-10T12:00:00Z,unplanned
    O2,overlap-1,2026-06-10T10:00:00Z,2026-06-10T14:00:00Z,unplanned
    O3,overlap-1,2026-06-10T09:00:00Z,2026-06-10T09:30:00Z,unplanned
"""

PATCHES = """
    patch_id,severity,released_at,superseded_by
    OLD,important,2026-05-01T00:00:00Z,NEW
    NEW,important,2026-05-20T00:00:00Z,
"""

PATCH_STATES = """
    device_id,patch_id,state,checked_at,exemption_id,exemption_approver,exemption_expires_on
    d18,OLD,missing,2026-06-14T00:00:00Z,,,
    d18,NEW,installed,2026-06-14T00:00:00Z,,,
    d19,NEW,unknown,2026-06-14T00:00:00Z,,,
    d20a,NEW,missing,2026-06-14T00:00:00Z,EX-1,ciso,2026-06-15
    d20b,NEW,missing,2026-06-14T00:00:00Z,EX-2,ciso,2026-06-14
"""

INSTALLS = """
    device_id,raw_publisher,raw_name,raw_version,usage_supported,last_used_at
    d18,Adobe Inc.,Adobe Acrobat Pro,24.1,true,2026-06-10T08:00:00Z
    d19,Adobe Inc.,Adobe Acrobat Pro,24.1,false,
    d20a,Adobe Inc.,Adobe Acrobat Pro,24.1,true,
    d18,Microsoft Corporation,Microsoft Visio Professional 2021,16.0,false,
    d21b,Microsoft Corporation,Microsoft Office Professional Plus 2021,16.0,false,
    d21b,Microsoft Corporation,Microsoft Word 2021,16.0,false,
    d21b,Microsoft Corporation,Microsoft Excel 2021,16.0,false,
    d18,Adobe Inc.,Adobe Photoshop 2024,24.7,false,
    d19,Adobe Inc.,Adobe Photoshop 2024,24.7,false,
    d20a,Adobe Inc.,Adobe Photoshop 2026,26.0,false,
    small,Microsoft Corporation,Microsoft SQL Server 2022 Standard (64-bit),16.0,false,
    odd,Microsoft Corporation,Microsoft SQL Server 2022 Standard (64-bit),16.0,false,
    d18,JetBrains s.r.o.,IntelliJ IDEA Ultimate 2024.3,243.2,false,
"""

ENTITLEMENTS = """
    entitlement_id,publisher,product,version,license_type,metric,metric_rule_id,quantity,rights_per_pack,is_unlimited,start_date,end_date,downgrade_allowed,annual_cost,currency
    E09,Adobe,Acrobat Pro,,subscription,per_device,,3,,,2026-01-01,2026-12-31,,300,USD
    E10,Microsoft,Visio Professional,2021,maintenance,per_device,,5,,,2026-01-01,2026-12-31,,,
    E11,Microsoft,Office Professional Plus,2021,perpetual,per_device,,1,,,2021-11-01,,,,
    E12a,Adobe,Photoshop,26,perpetual,per_device,,2,,,2026-01-01,,true,,
    E12b,Adobe,Photoshop,25,perpetual,per_device,,1,,,2025-01-01,,false,,
    E13,Microsoft,SQL Server Standard,,subscription,per_core,core_16_8_2,8,2,,2026-01-01,2026-12-31,,,
    E14,JetBrains,IntelliJ IDEA Ultimate,,subscription,per_device,,1,,true,2026-01-01,2026-12-31,,,
    E20,Figma,Figma Organization,,subscription,subscription_seat,,2,,,2026-01-01,2026-12-31,,200,USD
"""

SEATS = """
    assignment_id,publisher,product,account_ref,activity_supported,last_activity_at
    S1,Figma,Figma Organization,someone@example.com,true,2026-06-10T08:00:00Z
"""

BUDGETS = """
    budget_id,version,version_type,approved_at,fiscal_period,cost_center,cost_category,amount,currency
    B15,1,original,2025-12-01,2026-06,CC15,maintenance,0,USD
    B16,1,original,2025-12-01,2026-06,CC16,maintenance,100,USD
    B17,1,original,2025-12-01,2026-06,CC17,maintenance,100,USD
"""

COSTS = """
    line_id,posted_date,fiscal_period,amount,currency,cost_category,cost_center,reversal_of
    C15,2026-06-05,2026-06,50,USD,maintenance,CC15,
    C16a,2026-06-05,2026-06,80,USD,maintenance,CC16,
    C16b,2026-06-05,2026-06,40,BRL,maintenance,CC16,
    C17a,2026-06-05,2026-06,150,USD,maintenance,CC17,
    C17b,2026-06-08,2026-06,-60,USD,maintenance,CC17,C17a
"""

EVENTS = """
    event_id,asset_id,event_at,event_type
    V1,late-1,2026-03-25T09:00:00Z,checkin
    V2,late-2,2026-06-10T09:00:00Z,checkin
"""


def deliver(home: RefreshedHome) -> None:
    """Everything above; the events of the returns arrive on D only."""
    for day in REGISTER_DAYS:
        home.deliver("cmdb", "hardware_asset", f"2026-{day}T020000Z", REGISTER)
        home.deliver("hr", "person", f"2026-{day}T010000Z", PEOPLE)
    home.deliver("cmdb", "hardware_asset", f"{D}T060000Z", REGISTER.strip().splitlines()[0])
    for source, feed, content in (
        ("mdm", "device_discovery", DEVICES),
        ("mdm", "software_install", INSTALLS),
        ("mdm", "patch_status", PATCH_STATES),
        ("wsus", "patch_catalog", PATCHES),
        ("cmdb", "incident", INCIDENTS),
        ("cmdb", "outage", OUTAGES),
        ("cmdb", "asset_event", EVENTS),
        ("sam", "entitlement", ENTITLEMENTS),
        ("sam", "license_assignment", SEATS),
        ("erp", "budget_line", BUDGETS),
        ("erp", "cost_line", COSTS),
    ):
        home.deliver(source, feed, f"{D}T030000Z", content)
