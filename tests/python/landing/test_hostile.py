"""Files as they should not be: each ends accepted or in quarantine with a sentence; every record is accounted for."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from tests.python.landing.conftest import Landed, assets

NAME = "2026-06-01T020000Z"
GOOD = assets([(f"A{n}", "in use") for n in range(50)])
HEADER = "asset_id,asset_class,status,model\n"


def check(landed: Landed, delivered: int | None = None) -> tuple[str, str | None, int, int]:
    """Land beside a good delivery of another feed; the sums must hold and the other must land."""
    landed.deliver(f"{NAME}.csv", "person_id,spell_no,hire_date\np,1,2020-01-01\n", feed="person", source="hr")
    landed.land()
    wrong = landed.rows(
        "select batch_id from raw.deliveries where rows_delivered <> rows_accepted + rows_quarantined "
        "or rows_accepted <> rows_inserted + rows_changed + rows_unchanged"
    )
    assert wrong == []
    assert landed.rows("select status from raw.deliveries where source_system = 'hr'") == [("accepted",)]
    ((status, reason, rows, accepted, quarantined),) = landed.rows(
        "select status, reason, rows_delivered, rows_accepted, rows_quarantined from raw.deliveries "
        "where source_system <> 'hr'"
    )
    if status == "accepted":
        assert landed.rows("select count(*) from raw.quarantined_rows") == [(quarantined,)]
        assert delivered is None or rows == delivered
    else:
        assert reason
        assert "\n" not in reason
        assert "Traceback" not in reason
    return status, reason, accepted, quarantined


HOSTILE: dict[str, tuple[str, bytes, str, str]] = {
    "truncated gzip": ("csv.gz", gzip.compress(GOOD.encode())[:-20], "quarantined", "cut short"),
    "no gzip": ("csv.gz", b"hello", "quarantined", "damaged"),
    "empty file": ("csv", b"", "quarantined", "empty"),
    "blank file": ("csv", b"\n\n", "quarantined", "header"),
    "utf-16": ("csv", GOOD.encode("utf-16"), "quarantined", "UTF-16"),
    "duplicate column": ("csv", b"asset_id,asset_id\n1,2\n", "quarantined", "twice"),
    "10,000 columns": ("csv", (",".join(f"c{n}" for n in range(10_000)) + "\n").encode(), "quarantined", "columns"),
    "missing column": ("csv", b"asset_id,status\nA,x\n", "quarantined", "asset_class"),
    "open quote": (
        "csv",
        (HEADER + 'A,laptop,in use,"Lat\nB,laptop,in use,X\n').encode(),
        "quarantined",
        "never closes",
    ),
    "no parquet": ("parquet", b"PAR1 not really PAR1", "quarantined", "Parquet"),
    "no workbook": ("xlsx", b"PK\x03\x04 no", "quarantined", "archive"),
    "no list": ("json", b"3", "quarantined", "list"),
    "list of numbers": ("json", b"[1, 2]", "quarantined", "object"),
    "list of lists": ("json", b"[[1], [2]]", "quarantined", "object"),
    "cut json": ("json", b'[{"asset_id": "A"},', "quarantined", "closed"),
    "broken json": ("json", b'[{"asset_id": "A",,}]', "quarantined", "JSON"),
    "deep json": ("json", b'{"a":' * 5000 + b"1" + b"}" * 5000, "quarantined", "deep"),
    "deep list": ("json", b"[" * 100_000 + b"]" * 100_000, "quarantined", "deep"),
    "single object": ("json", b'{"asset_id": "A"}', "quarantined", "mapping"),
    "no zip": ("zip", b"zip", "quarantined", "archive"),
    "bad manifest": ("manifest.json", b"{", "quarantined", "manifest"),
    "binary": ("csv", bytes(range(256)) * 50, "quarantined", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_refused_as_a_whole(landed: Landed, case: str) -> None:
    """A file that cannot be believed is set aside with a sentence, and the other feeds land."""
    suffix, content, wanted, words = HOSTILE[case]
    if suffix == "manifest.json":
        landed.deliver(f"{NAME}.csv", GOOD)
    landed.deliver(f"{NAME}.{suffix}", content)
    status, reason, _, _ = check(landed)
    assert status == wanted
    assert reason
    assert words in reason
    assert NAME in reason
    assert (landed.home / "quarantine" / "cmdb" / "hardware_asset" / f"{NAME}.csv").exists()


ROWS: dict[str, tuple[bytes, int, list[tuple[int, str]]]] = {
    "ragged": (
        b"A,laptop,in use,X\nB,laptop\nC,laptop,in use,X,Y\nD,laptop,in use,X\n",
        4,
        [(2, "2 values"), (3, "5 values")],
    ),
    "nul": (b"A,laptop,in use,X\nB,laptop,in use,a\0b\n", 2, [(2, "NUL")]),
    "latin-1": (b"A,laptop,in use,caf\xe9\nB,laptop,in use,X\n", 2, [(1, "UTF-8")]),
    "quotes inside": (b'A,laptop,in use,24" wide\nB,laptop,in use,X\nC,laptop,in use,22" x\n', 3, []),
    "line breaks": (b'A,laptop,in use,"two\nlines, ""quoted"""\n\nB,laptop,in use,X\n\n', 2, []),
    "windows lines": (b"A,laptop,in use,X\r\nB,laptop,in use,Y\r\n", 2, []),
    "no last line end": (b"A,laptop,in use,X\nB,laptop,in use,Y", 2, []),
    "required missing": (b"A,,in use,X\n,laptop,in use,Y\nC,laptop,in use,Z\n", 3, [(1, "missing"), (2, "missing")]),
    "twice": (b"A,laptop,old,X\nB,laptop,x,X\nA,laptop,new,X\n", 3, [(1, "same key")]),
    "formula": (b"A,laptop,in use,=1+1\n", 1, []),
    "header only": (b"", 0, []),
}


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("case", ROWS)
def test_single_bad_rows(landed: Landed, case: str, compressed: bool) -> None:
    """A damaged row waits with its number while the rest of its file lands; blank lines are no rows."""
    content, delivered, bad = ROWS[case]
    data = b"\xef\xbb\xbf" + HEADER.encode() + content
    landed.deliver(f"{NAME}.csv" + ".gz" * compressed, gzip.compress(data) if compressed else data)
    status, _, accepted, quarantined = check(landed, delivered)
    assert (status, accepted, quarantined) == ("accepted", delivered - len(bad), len(bad))
    found = landed.rows("select row_number, reason from raw.quarantined_rows order by row_number")
    assert [number for number, _ in found] == [number for number, _ in bad]
    assert all(word in reason for (_, reason), (_, word) in zip(found, bad, strict=True))
    if case == "formula":
        assert landed.rows("select model from raw.hardware_asset") == [("=1+1",)]
    if case == "twice":
        assert landed.rows("select status from raw.hardware_asset order by 1") == [("new",), ("x",)]


def test_optional_values_that_fail_leave_the_row(landed: Landed) -> None:
    """An amount in another notation or a value off the list becomes null, is counted and shown; the row stays."""
    landed.deliver(
        f"{NAME}.csv",
        "asset_id,asset_class,status,purchase_cost,ownership,useful_life_months,retired_date\n"
        'A,laptop,in use,"1.234,56",rented,-3,2026-01-01T12:00:00\nB,laptop,in use,"1.234,56",OWNED,48,9999-12-31\n',
    )
    assert check(landed)[:1] == ("accepted",)
    assert landed.rows("select ownership, purchase_cost, retired_date from raw.hardware_asset order by asset_id") == [
        (None, None, None),
        ("owned", None, None),
    ]
    assert landed.rows(
        "select column_name, value, kind, row_count, example_row_number from raw.cast_failures order by 1"
    ) == [
        ("ownership", "rented", "enum", 1, 1),
        ("purchase_cost", "1.234,56", "cast", 2, 1),
        ("retired_date", "2026-01-01T12:00:00", "cast", 1, 1),
        ("useful_life_months", "-3", "count", 1, 1),
    ]


def test_json_lines(landed: Landed) -> None:
    """Broken lines and nested values wait; numbers keep every digit; unknown members are kept beside."""
    lines = [
        '{"asset_id":"A","asset_class":"laptop","status":"x","purchase_cost":12345678901234.5678,"note":"é","tags":[1,{"a":2}]}',
        "no json",
        "[1]",
        '{"asset_id":"B","asset_class":"laptop","status":{"name":"x"}}',
        "",
        '{"asset_id":"C","asset_class":"laptop","status":"x","purchase_cost":1e3,"model":":5 \\"1e2\\" \\\\"}',
    ]
    landed.deliver(f"{NAME}.jsonl", "\n".join(lines) + "\n")
    assert check(landed, 5) == ("accepted", None, 2, 3)
    assert landed.rows("select asset_id, purchase_cost, model, extra from raw.hardware_asset order by 1") == [
        ("A", "12345678901234.5678", None, '{"note":"é","tags":"[1,{\\"a\\":2}]"}'),
        ("C", None, ':5 "1e2" \\', None),
    ]
    assert [r for (r,) in landed.rows("select row_number from raw.quarantined_rows order by 1")] == [2, 3, 4]
    assert landed.rows("select unknown_columns from raw.deliveries where source_system = 'cmdb'") == [("note, tags",)]


def test_parquet_values_read_like_text(landed: Landed) -> None:
    """Types of Parquet become the texts that a CSV would hold: ISO dates, plain decimals, UTC."""
    path = landed.deliver(f"{NAME}.parquet", b"")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 'A' as asset_id, 'laptop' as asset_class, 'x' as status, date '2026-01-02' as purchase_date, "
            "12.50::decimal(9,2) as purchase_cost, 48 as useful_life_months, true as approved, "
            "0.00001::double as salvage_value, "
            "timestamptz '2026-01-01 10:00:00+02' as last_changed_at, {'a': 1} as note) "
            f"to '{path}' (format parquet)"
        )
    assert check(landed, 1)[0] == "accepted"
    assert landed.rows(
        "select purchase_date, purchase_cost, useful_life_months, approved, salvage_value, last_changed_at, extra "
        "from raw.hardware_asset"
    ) == [("2026-01-02", "12.5", "48", "true", "0", "2026-01-01 08:00:00", '{"note":"{\\"a\\":1}"}')]


def workbook(rows: list[list[str]]) -> bytes:
    """A minimal workbook; cells are inline strings, or numbers when they look like one."""
    cells = [
        "".join(
            f"<c><v>{value}</v></c>"
            if value.replace(".", "").isdigit()
            else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
            for value in row
        )
        for row in rows
    ]
    sheet = "".join(f'<row r="{n}">{row}</row>' for n, row in enumerate(cells, start=1))
    space = "http://schemas.openxmlformats.org"
    package, main = f'xmlns="{space}/package/2006', f'xmlns="{space}/spreadsheetml/2006/main"'
    office = f"{space}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types {package}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships {package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}">'
        '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships {package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{sheet}</sheetData></worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # no time of day in it
    return buffer.getvalue()


def test_workbooks(landed: Landed) -> None:
    """The first sheet lands; numbers are plain, blank rows are none, formulas that are texts stay texts."""
    rows = [
        ["asset_id", "asset_class", "status", "purchase_cost", "model"],
        ["A", "laptop", "in use", "1200.5", "=1+1"],
        [],
        ["7", "laptop", "in use", "3", "M"],
    ]
    landed.deliver(f"{NAME}.xlsx", workbook(rows))
    assert check(landed, 2)[0] == "accepted"
    assert landed.rows("select asset_id, purchase_cost, model from raw.hardware_asset order by 1") == [
        ("7", "3", "M"),
        ("A", "1200.5", "=1+1"),
    ]


def test_bombs(landed: Landed) -> None:
    """What unpacks to a thousand times its size is refused before it is unpacked."""
    landed.home.mkdir()
    (landed.home / "settings.yml").write_text("limits: {max_compression_ratio: 100}\n")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b"0" * 300_000_000)
    landed.deliver(f"{NAME}.zip", buffer.getvalue(), feed="device_discovery")
    landed.deliver(f"{NAME}.xlsx", buffer.getvalue())
    landed.deliver(f"{NAME}.csv.gz", gzip.compress(b"a,b\n" * 75_000_000, 1), feed="contract")
    landed.land()
    reasons = [reason for (reason,) in landed.rows("select distinct reason from raw.deliveries")]
    assert len(reasons) == 3, reasons
    assert all("unpack" in reason for reason in reasons), reasons


def test_a_huge_cell(landed: Landed) -> None:
    """A cell beyond the limit is refused by what settings allow, however large it is, in little memory."""
    (landed.home).mkdir()
    (landed.home / "settings.yml").write_text("limits: {max_cell_bytes: 100000}\n")
    huge = gzip.compress(HEADER.encode() + b"A,laptop,in use," + b"x" * 50_000_000 + b"\n", 1)
    landed.deliver(f"{NAME}.csv.gz", huge)
    status, reason, _, _ = check(landed)
    assert status == "quarantined"
    assert reason
    assert "longer than" in reason


def test_misplaced_files(landed: Landed, tmp_path: Path) -> None:
    """Unknown folders, names without a time and links out of the folder are told and left where they are."""
    outside = tmp_path / "secret.csv"
    outside.write_text(GOOD)
    landing = landed.home / "landing"
    landed.deliver("yesterday.csv", GOOD)
    landed.deliver("2026-13-01T020000Z.csv", GOOD)
    landed.deliver(f"{NAME}.pdf", b"")
    landed.deliver(f"{NAME}.csv", GOOD, feed="hardware_assets")
    landed.deliver(f"{NAME}.csv.part", GOOD)
    landed.deliver(".hidden.csv", GOOD)
    (landing / "cmdb" / "hardware_asset" / "2026-06-02T020000Z.csv").symlink_to(outside)
    (landing / "linked").symlink_to(tmp_path)
    (landing / "note.txt").write_text("hello")
    report = landed.land()
    assert report.quarantined == 7
    assert landed.land().quarantined == 7
    reasons = landed.rows("select reason from raw.deliveries order by 1")
    assert len(reasons) == 7
    assert landed.rows("select count(*) from raw.hardware_asset") == [(0,)]
    assert outside.exists()


def test_names_with_dots_in_an_archive(landed: Landed) -> None:
    """A member called ../x is read like any other and nothing is written outside of the home."""
    device = {"deviceid": "d", "content": {"hardware": {"name": "h"}, "softwares": [{"name": "vim"}, {"version": "1"}]}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../d.json", json.dumps(device))
        archive.writestr("broken.json", "{")
    landed.deliver(f"{NAME}.zip", buffer.getvalue(), source="glpi", feed="device_discovery")
    landed.land()
    found = landed.rows("select feed, rows_delivered, rows_accepted, rows_quarantined from raw.deliveries order by 1")
    assert found == [("device_discovery", 2, 1, 1), ("software_install", 2, 1, 1)]
    assert landed.rows("select hostname from raw.device_discovery") == [("h",)]
    assert not (landed.home.parent / "d.json").exists()
