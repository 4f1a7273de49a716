"""What the two CMDBs say about the estate: the feeds `hardware_asset` and `asset_event`.

Here: the words of each register, and the defects of its records. Not here: what really happened (estate.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from itam.sample import dirt
from itam.sample.columns import days, flags, integers, money, pick, same, spoil, stamps, strings, text
from itam.sample.estate import (
    ABSENT,
    DEPLOYED,
    DISPOSED,
    EVENT_TYPES,
    IN_REPAIR,
    IN_STOCK,
    LOST,
    METHODS,
    MISSING,
    ORDERED,
    REASONS,
    RECEIVED,
    RETIRED,
    STATUS_WORDS,
    Estate,
)
from itam.sample.organisation import (
    CLASSES,
    COMPUTERS,
    CURRENCIES,
    DEPARTMENTS,
    IT,
    KNOWN_SPELLINGS,
    LINES,
    MAKERS,
    MOBILE,
    MODEL_MAKER,
    MODEL_NAMES,
    MONITOR,
    SERVICENOW,
    SITES,
    SNIPE,
    UNKNOWN_SPELLINGS,
    VM,
)
from itam.sample.people import People
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, stream

DEFECTS = tuple(dirt.REGISTER_DEFECTS)
PLACEHOLDERS = ("To Be Filled By O.E.M.", "System Serial Number", "Default string", "0000000", "N/A", "None")
ARCHIVED_AFTER_DAYS = 400
_SNIPE_DELETED_AFTER_DAYS, _SNIPE_PURGED_AFTER_DAYS = 56, 91
_INVENTORY_EVERY_DAYS = 182
_ROOMS = tuple(f"{s.name} stockroom" for s in SITES) + tuple(f"{s.name} equipment room" for s in SITES)
_SHARED = np.array([c.per_person == 0 for c in CLASSES])
_LETTERS = np.array(list("ABCDEFGHJKLMNPRSTVWXYZ"))
_ALNUM = np.array(list("0123456789ABCDEFGHJKLMNPRSTVWXYZ"))
_DIGITS = np.array(list("0123456789"))

# (status, substatus) by canonical status; Retired rows say how they left
_SERVICENOW_STATUS = (
    "",
    "On order",
    "In transit",
    "In stock",
    "In use",
    "In maintenance",
    "Missing",
    "Retired",
    "Retired",
)
_SERVICENOW_SUBSTATUS = (
    "Available",
    "Reserved",
    "Lost",
    "Stolen",
    "Pending disposal",
    "Disposed",
    "Sold",
    "Donated",
    "Vendor credit",
    "Pending install",
    "Pending repair",
)
_SNIPE_STATUS = ("", "pending", "pending", "deployable", "deployed", "undeployable", "archived", "archived", "archived")
_SNIPE_LABEL = (
    "",
    "On Order",
    "Received",
    "Ready to Deploy",
    "Deployed",
    "Out for Repair",
    "Lost/Stolen",
    "Archived",
    "Disposed",
)


def serial_numbers(rng: np.random.Generator, line: Ints) -> list[str | None]:
    """Serials in the maker's own format, distinct with overwhelming likelihood."""
    serials = np.full(len(line), None, dtype=object)
    for index in np.unique(line).tolist():
        pattern = LINES[index].serial
        rows = np.flatnonzero(line == index)
        if not pattern:
            continue
        pieces = [
            rng.choice(_DIGITS, len(rows))
            if sign == "#"
            else rng.choice(_ALNUM, len(rows))
            if sign == "X"
            else np.full(len(rows), sign)
            for sign in pattern
        ]
        block = np.stack(pieces, axis=1).astype("U1")
        serials[rows] = np.ascontiguousarray(block).view(f"U{block.shape[1]}")[:, 0].astype(object)
    result: list[str | None] = serials.tolist()
    return result


@dataclass
class Register:
    """The records of the estate: identifiers, defects, and the personal phones that are registered too."""

    estate: Estate
    people: People
    serials: list[str | None]
    true_serials: pa.Array
    register_serials: pa.Array
    asset_ids: pa.Array
    tags: pa.Array
    ci_ids: pa.Array
    hostnames: pa.Array
    finance_ids: pa.Array
    defect: Ints
    repaired: Ints
    known_from: Ints
    spelling: Ints
    odd_function: Flags
    odd_class: Flags
    byod_person: Ints
    byod_from: Ints
    byod_to: Ints
    byod_serials: list[str | None]
    byod_line: Ints

    def has(self, name: str, day: int) -> Flags:
        """Assets whose record has this defect on a day."""
        result: Flags = (self.defect == DEFECTS.index(name)) & (self.repaired >= day)
        return result


SPELLINGS = tuple(
    MAKERS
    + tuple(word for maker in MAKERS for word in KNOWN_SPELLINGS.get(maker, ()))
    + tuple(UNKNOWN_SPELLINGS.values())
)


def make_register(seed: int, line: Timeline, estate: Estate, people: People) -> Register:
    """Draw identifiers and defects once."""
    rng = stream(seed, "register")
    count = len(estate)
    serials = serial_numbers(rng, estate.line)
    index = np.arange(count)
    rates = np.array(list(dirt.REGISTER_DEFECTS.values()))
    # a newer purchase process makes fewer mistakes: half as many at the end as at the start
    age = np.clip((line.as_of - estate.purchased) / max(1, line.as_of - line.origin), 0.4, 1.0)
    draw = rng.random(count) / (age * 1.25)
    defect = np.where(draw < rates.sum(), np.searchsorted(np.cumsum(rates), draw), -1)
    repaired = np.where(
        rng.random(count) < dirt.REGISTER_DEFECT_REPAIRED, rng.integers(line.first, line.as_of + 20, count), FAR
    )
    # what no asset drew is given to one, which has it for the first half of the history; so is what shows in stock only
    in_stock = (estate.frame(line.weeks // 4, "status") == IN_STOCK) & np.isin(estate.asset_class, COMPUTERS)
    ordinary = _is_ordinary(line, estate)
    for number, name in enumerate(DEFECTS):
        of_stock = name in ("owner_in_stock", "no_stockroom")
        if of_stock or not (defect == number).any():
            able = np.flatnonzero((in_stock if of_stock else ordinary) & (defect < 0))
            defect[able[-1:]] = number
            repaired[able[-1:]] = (line.first + line.as_of) // 2
    written = list(serials)
    for row in np.flatnonzero(defect == DEFECTS.index("placeholder_serial")).tolist():
        written[row] = PLACEHOLDERS[row % len(PLACEHOLDERS)]
    alike = np.argsort(estate.line * 2 + estate.register, kind="stable")
    before, after = alike[:-1], alike[1:]
    is_pair = (estate.line[before] == estate.line[after]) & (estate.register[before] == estate.register[after])
    earlier = index.copy()
    earlier[after[is_pair]] = before[is_pair]
    for row in np.flatnonzero(defect == DEFECTS.index("duplicate_serial")).tolist():
        written[row] = serials[earlier[row]]
    is_computer = np.isin(estate.asset_class, COMPUTERS)
    late = is_computer & (estate.in_service > line.origin) & (rng.random(count) < dirt.LATE_REGISTRATION)
    known_from = np.where(late, estate.in_service + rng.integers(10, 70, count), 0)
    tags = [
        f"{'HG' if register == SERVICENOW else 'CS'}{100000 + row}"
        for row, register in zip(index.tolist(), estate.register.tolist(), strict=True)
    ]
    for row in np.flatnonzero(defect == DEFECTS.index("duplicate_asset_tag")).tolist():
        tags[row] = tags[max(0, row - 5)]
    prefixes = np.array([c.prefix for c in CLASSES])[estate.asset_class].tolist()
    codes = np.array([s.code for s in SITES])[estate.site].tolist()
    spelling = _spellings(rng, estate, ordinary)
    odd_function = dirt.strike(stream(seed, "odd function"), count, dirt.UNKNOWN_ASSET_FUNCTION, ordinary)
    monitors = (estate.asset_class == MONITOR) & (estate.in_service < line.as_of - 90) & (estate.retired > line.as_of)
    odd_class = dirt.strike(stream(seed, "odd class"), count, dirt.UNKNOWN_CLASS, monitors)
    staff = np.flatnonzero(people.spell == 1)
    byod = staff[rng.random(len(staff)) < dirt.BYOD_DEVICES]
    byod_from = np.maximum(people.hired[byod] + rng.integers(3, 200, len(byod)), line.origin - 400)
    byod_line = np.array([n for n, x in enumerate(LINES) if x.asset_class == MOBILE])[rng.integers(0, 2, len(byod))]
    stays = (byod_from < line.first) & (people.end()[byod] > line.as_of)
    registered = ~dirt.strike(rng, len(byod), dirt.BYOD_UNREGISTERED, stays)
    return Register(
        estate=estate,
        people=people,
        serials=serials,
        true_serials=strings(serials),
        register_serials=strings(written),
        asset_ids=strings(
            [
                f"{'alm' if r == SERVICENOW else 'sn-'}{row:07d}"
                for row, r in zip(index.tolist(), estate.register.tolist(), strict=True)
            ]
        ),
        tags=strings(tags),
        ci_ids=strings([f"ci{row:07d}" for row in index.tolist()]),
        hostnames=strings(
            [f"{code}-{prefix}{row:06d}" for row, prefix, code in zip(index.tolist(), prefixes, codes, strict=True)]
        ),
        finance_ids=strings([f"FA-{row:07d}" for row in index.tolist()]),
        defect=defect,
        repaired=repaired,
        known_from=known_from,
        spelling=spelling,
        odd_function=odd_function,
        odd_class=odd_class,
        byod_person=np.where(registered, byod, -1 - byod),
        byod_from=byod_from,
        byod_to=np.minimum(people.end()[byod], byod_from + 1100),
        byod_serials=serial_numbers(rng, byod_line),
        byod_line=byod_line,
    )


def _is_ordinary(line: Timeline, estate: Estate) -> Flags:
    """Laptops in use when the history begins, and long after."""
    result: Flags = (estate.asset_class == 0) & (estate.in_service < line.first) & (estate.retired > line.as_of)
    return result


def _spellings(rng: np.random.Generator, estate: Estate, ordinary: Flags) -> Ints:
    """The maker as each record spells it, as an index into SPELLINGS."""
    count = len(estate)
    maker = MODEL_MAKER[estate.model]
    spelling = maker.copy()
    odd = rng.random(count)
    offset = len(MAKERS)
    for word_maker, words in ((m, KNOWN_SPELLINGS.get(m, ())) for m in MAKERS):
        rows = np.flatnonzero((maker == MAKERS.index(word_maker)) & (odd < dirt.MANUFACTURER_SPELLING))
        if words:
            spelling[rows] = offset + rows % len(words)
        offset += len(words)
    makers = np.array([MAKERS.index(name) for name in UNKNOWN_SPELLINGS])
    unknown = dirt.strike(rng, count, dirt.MANUFACTURER_UNKNOWN_SPELLING, ordinary & np.isin(maker, makers))
    for number, known in enumerate(makers.tolist()):
        spelling[unknown & (maker == known)] = offset + number
    return spelling


def hardware_asset_feed(register: Register, seed: int, which: int, week: int, day: int) -> pa.Table:
    """One register's list on a day."""
    estate = register.estate
    status = estate.frame(week, "status")
    mine = (status != ABSENT) & (register.known_from <= day) & (estate.disposed > day - ARCHIVED_AFTER_DAYS)
    migrating = stream(seed, "migration").random(len(estate)) < dirt.BOTH_REGISTERS / 0.12
    if which == SERVICENOW:
        mine &= (estate.register == SERVICENOW) | (migrating & (week >= 8))
    else:
        mine &= (estate.register == SNIPE) & (estate.disposed > day - _SNIPE_PURGED_AFTER_DAYS)
    rows = np.flatnonzero(mine)
    table = _records(register, which, week, day, rows, status[rows])
    table = pa.concat_tables([table, _personal_phones(register, which, day)])
    if which == SNIPE:
        marks = dirt.strike(stream(seed, "warranty"), table.num_rows, dirt.OFFSET_MIDNIGHT_WARRANTY)
        table = spoil(table, "warranty_end", marks, "2027-03-01T00:00:00+02:00")
    return table


def _records(register: Register, which: int, week: int, day: int, rows: Ints, status: Ints) -> pa.Table:
    estate, people = register.estate, register.people
    asset_class = estate.asset_class[rows]
    owner = estate.frame(week, "owner")[rows]
    site = estate.frame(week, "site")[rows]
    shared = _SHARED[asset_class]
    owned_department = people.department_at(day)[owner]
    department = np.where(owner >= 0, owned_department, np.where(shared, estate.department[rows], IT))

    def defective(name: str) -> Flags:
        return register.has(name, day)[rows]

    in_stock = np.isin(status, (RECEIVED, IN_STOCK)) | ((status == ORDERED) & (which == SNIPE))
    room = np.where(in_stock, site, site + len(SITES))
    stale_owner = defective("owner_in_stock") & (status == IN_STOCK)
    owner = np.where(defective("no_owner") & (status == DEPLOYED), -1, owner)
    owner = np.where(stale_owner, rows % np.count_nonzero(people.spell == 1), owner)
    verified = _last_verified(rows, site, status, day - 1, estate)
    service = estate.in_service[rows]
    swapped = defective("dates_out_of_order")
    purchased = np.where(swapped, estate.received[rows] + 9, estate.purchased[rows])
    odd_currency = defective("unknown_currency")
    cents = np.where(defective("negative_cost"), -estate.cents[rows], estate.cents[rows])
    has_cost = ~defective("no_purchase_cost") & (asset_class != VM)
    was_deployed = (service <= day) & (service < FAR)
    retired = (estate.retired[rows] <= day) & (status != MISSING)
    disposed = estate.disposed[rows] <= day
    leased = estate.lease[rows] >= 0
    ordered_only = status == ORDERED
    # a third of the registers' people write down the function
    spare = (rows % 41 == 3) & in_stock
    function = np.select([register.odd_function[rows], spare, rows % 97 == 5, rows % 211 == 9], [4, 1, 2, 3], 0)
    words = [c.word if which == SERVICENOW else c.name for c in CLASSES] + ["Projector"]
    gone = disposed & (estate.disposed[rows] <= day - _SNIPE_DELETED_AFTER_DAYS) & (which == SNIPE)
    raw_status, substatus = _status_columns(register, which, rows, status)
    warranty = estate.received[rows] + np.where(asset_class == 6, 1826, 1096)
    return pa.table(
        {
            "asset_id": _ids(register, which, rows),
            "asset_tag": pick(register.tags, rows, ~defective("no_asset_tag")),
            "serial_number": pick(_serials_at(register, day), rows, ~defective("no_serial") & (asset_class != VM)),
            "manufacturer": text(SPELLINGS, register.spelling[rows]),
            "model": text(MODEL_NAMES, estate.model[rows], ~defective("no_model")),
            "asset_class": text(words, np.where(register.odd_class[rows], len(CLASSES), asset_class)),
            "status": raw_status,
            "substatus": substatus,
            "ownership": text(["owned", "leased"], leased.astype(np.int64), (rows % 3 != 0) | leased),
            "asset_function": text(["standard", "spare", "loaner", "dr", "hot-desk"], function, function > 0),
            "assigned_person_id": pick(people.ids, owner),
            "department": text([d.name for d in DEPARTMENTS], department),
            "cost_center": text([d.cost_center for d in DEPARTMENTS], department),
            "company": text([s.company for s in SITES], site),
            "location": text([s.name for s in SITES], site, ~defective("no_location")),
            "stockroom": text(_ROOMS, room, (in_stock | shared) & ~defective("no_stockroom")),
            "ordered_date": days(estate.ordered[rows]),
            "purchase_date": days(purchased, ~defective("no_purchase_date") & ~(ordered_only & (purchased > day))),
            "received_date": days(estate.received[rows], estate.received[rows] <= day),
            "in_service_date": days(np.where(was_deployed, service, 0), was_deployed),
            "retired_date": days(np.where(retired, estate.retired[rows], 0), retired),
            "disposed_date": days(np.where(disposed, estate.disposed[rows], 0), disposed),
            "disposal_method": text(METHODS, estate.method[rows], disposed & (estate.method[rows] >= 0)),
            "purchase_cost": money(cents, has_cost),
            "currency": text([*CURRENCIES, "XTS"], np.where(odd_currency, 3, estate.currency[rows]), has_cost),
            "useful_life_months": integers(np.full(len(rows), 36), leased),
            "salvage_value": money(cents // 10, has_cost & (asset_class == 6)),
            "warranty_end": days(warranty, ~ordered_only & (asset_class != VM)),
            "contract_id": text(["CT-LEASE-01", "CT-MAINT-SRV", "CT-MAINT-NET"], _contract(asset_class, leased)),
            "finance_asset_id": pick(register.finance_ids, rows, capitalised(estate)[rows]),
            "parent_asset_id": same(None, len(rows)),
            "ci_id": pick(register.ci_ids, rows, np.isin(asset_class, (0, 1, 6, 7, 8, 9, 10))),
            "hostname": pick(register.hostnames, rows, np.isin(asset_class, (0, 1, 6, 7, 8, 9, 10))),
            "approved": flags(rows % 331 != 13, rows % 4 != 0),
            "last_verified_at": stamps(np.maximum(verified, 0) * DAY + 13 * 3600, verified > 0),
            "last_changed_at": stamps(
                np.maximum(
                    estate.frame(week, "changed")[rows],
                    np.where(register.repaired[rows] < day, register.repaired[rows] * DAY + 11 * 3600, 0),
                )
            ),
            "refurbished_mfg_date": days(estate.purchased[rows] - 540, (rows % 67 == 1) & (asset_class == 0)),
            "is_deleted": flags(gone, np.full(len(rows), which == SNIPE)),
        }
    )


def capitalised(estate: Estate) -> Flags:
    """Assets on the books: worth 500 or more, and not leased."""
    result: Flags = (estate.cents >= 50_000) & (estate.lease < 0)
    return result


def _contract(asset_class: Ints, leased: Flags) -> Ints:
    return np.where(leased, 0, np.where(np.isin(asset_class, (6, 9)), 1, np.where(asset_class == 7, 2, -1)))


def _ids(register: Register, which: int, rows: Ints) -> pa.Array:
    """Ids of the register; a migrated asset has one of each kind."""
    if which == SNIPE:
        return register.asset_ids.take(pa.array(rows))
    return strings([f"alm{row:07d}" for row in rows.tolist()])


def _serials_at(register: Register, day: int) -> pa.Array:
    """Serials as written in the register: wrong ones until somebody repaired them."""
    count = len(register.estate)
    wrong = register.has("placeholder_serial", day) | register.has("duplicate_serial", day)
    both = pa.concat_arrays([register.true_serials, register.register_serials])
    return both.take(pa.array(np.arange(count) + np.where(wrong, count, 0)))


def _status_columns(register: Register, which: int, rows: Ints, status: Ints) -> tuple[pa.Array, pa.Array]:
    if which == SNIPE:
        return text(_SNIPE_STATUS, status), text(_SNIPE_LABEL, status)
    method = register.estate.method[rows]
    pending_disposal = (status == RETIRED) & (rows % 3 == 0)
    in_transit = (status == RECEIVED) & (rows % 2 == 0)
    raw = np.where(pending_disposal | ((status == RECEIVED) & ~in_transit), IN_STOCK, status)
    repair_shelf = (status == IN_REPAIR) & (rows % 4 == 0)
    raw = np.where(repair_shelf, IN_STOCK, raw)
    left = np.select([method == 0, method == 1, method == 4], [6, 7, 8], 5)
    sub = np.select(
        [
            repair_shelf,
            pending_disposal,
            (status == RECEIVED) & ~in_transit,
            status == IN_STOCK,
            status == MISSING,
            status == DISPOSED,
        ],
        [10, 4, 9, np.where(rows % 5 == 0, 1, 0), np.where(rows % 3 == 0, 3, 2), left],
        -1,
    )
    return text(_SERVICENOW_STATUS, raw), text(_SERVICENOW_SUBSTATUS, sub)


def _last_verified(rows: Ints, site: Ints, status: Ints, day: int, estate: Estate) -> Ints:
    """Day of the last inventory that found the asset: twice a year per site, monthly in the stockrooms."""
    found = np.zeros(len(rows), dtype=np.int64)
    offset = site * 17 % _INVENTORY_EVERY_DAYS
    for rounds_ago in (2, 1, 0):
        number = (day - offset) // _INVENTORY_EVERY_DAYS - rounds_ago
        held = number * _INVENTORY_EVERY_DAYS + offset
        missed = (rows * 7919 + number * 104729) % 1000 < 55
        present = (estate.received[rows] <= held) & (held < estate.retired[rows])
        found = np.where(present & ~missed, held, found)
    stock_count = (day - site) // 28 * 28 + site
    counted = (status == IN_STOCK) & (estate.received[rows] <= stock_count)
    return np.where(counted, np.maximum(found, stock_count), found)


def _personal_phones(register: Register, which: int, day: int) -> pa.Table:
    """Personal phones that people registered."""
    people = register.people
    person = register.byod_person
    known = (person >= 0) & (register.byod_from < day) & (day <= register.byod_to)
    site_register = np.array([s.register for s in SITES])
    rows = np.flatnonzero(known & (site_register[people.site[np.abs(person) - (person < 0)]] == which))
    owner = person[rows]
    count = len(rows)
    maker = np.array([MAKERS.index(LINES[n].maker) for n in register.byod_line[rows].tolist()], dtype=np.int64)
    department = people.department_at(day)[owner]
    template = _records(register, which, 0, day, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    blank = {name: pa.nulls(count, template.schema.field(name).type) for name in template.column_names}
    filled = {
        "asset_id": strings([f"byod-{row:06d}" for row in rows.tolist()]),
        "serial_number": strings([register.byod_serials[row] for row in rows.tolist()]),
        "manufacturer": text(SPELLINGS, maker),
        "model": text(["personal phone"], np.zeros(count, dtype=np.int64)),
        "asset_class": same("Smartphone" if which == SERVICENOW else "mobile", count),
        "status": same("In use" if which == SERVICENOW else "deployed", count),
        "ownership": same("byod", count),
        "assigned_person_id": people.ids.take(pa.array(owner)),
        "department": text([d.name for d in DEPARTMENTS], department),
        "cost_center": text([d.cost_center for d in DEPARTMENTS], department),
        "company": text([s.company for s in SITES], people.site[owner]),
        "location": text([s.name for s in SITES], people.site[owner]),
        "approved": flags(np.ones(count)),
        "last_changed_at": stamps(register.byod_from[rows] * DAY + 36_000),
    }
    return pa.table(blank | filled)


def asset_event_feed(register: Register, since: int, until: int, which: int) -> pa.Table:
    """What a register logged between two days (the first delivery brings the year before)."""
    estate, people = register.estate, register.people
    log = _log(estate)
    span = slice(*np.searchsorted(log["second"], [(since + 1) * DAY, (until + 1) * DAY]))
    part = {name: column[span] for name, column in log.items()}
    mine = (estate.register[part["asset"]] == which) & (register.known_from[part["asset"]] <= until)
    number = np.arange(span.start, span.stop)[mine]
    part = {name: column[mine] for name, column in part.items()}
    kept = len(number)
    return (
        pa.table(
            {
                "event_id": strings([f"ev{n:08d}" for n in number.tolist()]),
                "asset_id": register.asset_ids.take(pa.array(part["asset"])),
                "event_at": stamps(part["second"]),
                "event_type": text(EVENT_TYPES, part["kind"]),
                "from_status": text(STATUS_WORDS, part["before"], part["before"] > ABSENT),
                "to_status": text(STATUS_WORDS, part["after"]),
                "from_person_id": pick(people.ids, part["giver"]),
                "to_person_id": pick(people.ids, part["taker"]),
                "location": text([s.name for s in SITES], estate.site[part["asset"]]),
                "reason": text(REASONS, part["reason"]),
            }
        )
        if kept
        else _no_events()
    )


def _log(estate: Estate) -> dict[str, Ints]:
    cached: dict[str, Ints] | None = getattr(estate, "sorted_events", None)
    if cached is None:
        cached = estate.events.columns()
        estate.sorted_events = cached  # type: ignore[attr-defined]
    return cached


def _no_events() -> pa.Table:
    names = (
        "event_id",
        "asset_id",
        "event_at",
        "event_type",
        "from_status",
        "to_status",
        "from_person_id",
        "to_person_id",
        "location",
        "reason",
    )
    return pa.table({name: pa.nulls(0, pa.string()) for name in names})


__all__ = [
    "LOST",
    "Register",
    "asset_event_feed",
    "capitalised",
    "hardware_asset_feed",
    "make_register",
    "serial_numbers",
]
