"""How texts and files read without the people who are forgotten."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itam.landing import readers
from itam.landing.casts import quoted
from itam.landing.inbox import DeliveredFile
from itam.landing.inputs import Inputs
from itam.privacy import files
from itam.privacy.forgotten import Forgotten
from itam.settings import Settings

NAME = "2026-06-30T020000Z"
HEADER = ["person_id", "spell_no", "upn", "hire_date", "department", "Display Name", "note"]
PEOPLE = [
    ["E1007", "1", "Anna.Smith@corp.example", "2020-01-01", "Sales", "Anna Smith", "mentor of E1008"],
    [
        "E1008",
        "1",
        "ben.jones@corp.example",
        "2021-01-01",
        'Sales, "North"',
        "Ben Jones",
        "hired by anna.smith@corp.example",
    ],
    ["E10070", "1", "anna.smithers@corp.example", "2021-01-01", "1.10", "Anna Smithers", ""],
]


@pytest.fixture
def forgotten(tmp_path: Path) -> Forgotten:
    """Anna is forgotten: her number, her account and her laptop."""
    listed = Forgotten(tmp_path / "forgotten.csv", b"k" * 40)
    listed.add([("person", "e1007"), ("person", "anna.smith@corp.example"), ("person", "1007"), ("host", "annas-mbp")])
    return listed


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """The project's feeds and mappings."""
    return Inputs.load(tmp_path, Settings())


def test_the_list_names_nobody(forgotten: Forgotten) -> None:
    """The list has to be kept for good, so it must not be the one place where the forgotten still stand."""
    text = forgotten.path.read_text(encoding="ascii").lower()
    assert forgotten.path.stat().st_mode & 0o777 == 0o600
    assert not any(name in text for name in ("e1007", "anna", "smith", "mbp"))
    again = Forgotten(forgotten.path, forgotten.key)
    assert not again
    forgotten.add([("person", "E1007")])
    assert len(forgotten.surrogates) == 4


def test_spellings_go_on_differing_in_case_only(forgotten: Forgotten) -> None:
    """A join that ignores case must find the same rows afterwards, and one that does not must not find more."""
    small, large, mixed = (forgotten.rewritten(t, "person") for t in ("e1007", "E1007", " E1007 "))
    assert small != large
    assert small == large.lower()
    assert mixed == f" {large} "
    first, second = (forgotten.rewritten(t, "person") for t in ("Anna.Smith@corp.example", "anna.Smith@corp.example"))
    assert first != second
    assert first.lower() == second.lower()


@pytest.mark.parametrize(
    ("text", "kind", "stays"),
    [
        ("E10070", "person", True),
        ("anna.smithers@corp.example", "person", True),
        ("CORP\\e1007", "person", False),
        ("1007", "person", False),
        ("1007", "text", True),  # within other text a number says nothing
        ("Annas-MBP.corp.example", "host", False),
        ("annas-mbp2.corp.example", "host", True),
        ("annas-mbp-2026-01-01-10-00-00", "text", False),
        ("call anna.smith@corp.example, please", "text", False),
        ("xE1007", "text", True),
    ],
)
def test_what_is_taken_for_somebody(forgotten: Forgotten, text: str, kind: Any, stays: bool) -> None:
    """Too little leaves a person in place, too much damages somebody else's rows."""
    fresh = forgotten.rewritten(text, kind)
    assert (fresh == text) == stays
    assert "corp.example" in fresh or "corp.example" not in text or kind != "host"


@given(first=st.text("aAeE1007@.-_ ", max_size=12), second=st.text("aAeE1007@.-_ ", max_size=12))
def test_different_texts_stay_different(first: str, second: str) -> None:
    """Two people who become one change every number that counts people."""
    listed = Forgotten(Path("unused"), b"k" * 40)
    for identifier in ("e1007", "a@e", "aa-ee", "1007"):
        digest = listed._digest("person", identifier)
        listed.surrogates[digest] = f"gone{digest[:20]}"
        listed.lengths[digest] = len(identifier)
    for kind in ("person", "text"):
        same = listed.rewritten(first, kind) == listed.rewritten(second, kind)
        assert same == (first == second)


def _csv(rows: list[list[str]]) -> str:
    return "".join(",".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in row) + "\r\n" for row in rows)


def _write(path: Path, form: str) -> None:
    records = [dict(zip(HEADER, row, strict=True)) for row in PEOPLE]
    match form:
        case "csv":
            path.write_text("\ufeff" + _csv([HEADER, *PEOPLE]), encoding="utf-8", newline="")
        case "csv.gz":
            path.write_bytes(gzip.compress(_csv([HEADER, *PEOPLE]).encode()))
        case "jsonl":
            path.write_text("\n".join(json.dumps(r) for r in records), encoding="utf-8")
        case "json":
            path.write_text(json.dumps(records, indent=1), encoding="utf-8")
        case "parquet":
            pq.write_table(pa.Table.from_pylist(records), path)
        case "xlsx":
            with zipfile.ZipFile(path, "w") as book:
                for name, content in files._BOOK.items():
                    book.writestr(name, content)
                sheet = "".join(
                    "<row>" + "".join(files._cell(p, n, c) for p, c in enumerate(row) if c) + "</row>"
                    for n, row in enumerate([HEADER, *PEOPLE], start=1)
                )
                book.writestr(
                    "xl/worksheets/sheet1.xml",
                    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                    f"<sheetData>{sheet}</sheetData></worksheet>",
                )


def _read(path: Path, form: str) -> list[list[str]]:
    file = DeliveredFile("hr", "person", datetime(2026, 6, 30), f"{NAME}.{form}", path)
    with duckdb.connect() as connection:
        incoming = readers.read(connection, file, path, "incoming", Settings().limits)
        assert sorted(incoming.columns) == sorted(HEADER)
        columns = ", ".join(f"coalesce({quoted(incoming.columns[name])}, '')" for name in HEADER)
        return [list(row) for row in connection.execute(f"select {columns} from incoming").fetchall()]


@pytest.mark.parametrize("form", ["csv", "csv.gz", "jsonl", "json", "parquet", "xlsx"])
def test_a_file_is_read_as_before_but_for_the_forgotten(
    form: str, forgotten: Forgotten, inputs: Inputs, tmp_path: Path
) -> None:
    """History is built again from kept files: every other cell must come out as it went in, in its place."""
    path = tmp_path / f"{NAME}.{form}"
    _write(path, form)
    assert _read(path, form) == PEOPLE
    file = DeliveredFile("hr", "person", datetime(2026, 6, 30), path.name, path)
    assert files.rewrite(forgotten, inputs, file)
    anna, ben, other = _read(path, form)
    number, account = (forgotten.rewritten(text, "person") for text in PEOPLE[0][::2][:2])
    assert anna == [number, "1", account, "2020-01-01", "Sales", "", ""]  # nobody knows what unknown columns hold
    assert ben == [*PEOPLE[1][:6], f"hired by {forgotten.rewritten('anna.smith@corp.example', 'person')}"]
    assert other == PEOPLE[2]
    before = path.read_bytes()
    assert not files.rewrite(forgotten, inputs, file)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_records_that_name_nobody_keep_their_bytes(forgotten: Forgotten, inputs: Inputs, tmp_path: Path) -> None:
    """A damaged row must go on being the damaged row that it is."""
    path = tmp_path / f"{NAME}.csv"
    lines = [
        "person_id,spell_no,hire_date",
        "E1008,1,2020-01-01",
        '"broken" quote,1',
        "",
        "E1007,1,2020-01-01",
        "E1\x009,\xff",
    ]
    path.write_bytes("\n".join(lines).encode("latin-1"))
    file = DeliveredFile("hr", "person", datetime(2026, 6, 30), path.name, path)
    assert files.rewrite(forgotten, inputs, file)
    fresh = forgotten.rewritten("E1007", "person")
    assert path.read_bytes() == "\n".join(lines).replace("E1007", fresh).encode("latin-1")


@pytest.mark.parametrize("is_packed", [False, True])
def test_documents_of_devices(is_packed: bool, forgotten: Forgotten, inputs: Inputs, tmp_path: Path) -> None:
    """An inventory names the host, its user and, in its file name, the host again."""
    document = {
        "deviceid": "annas-mbp-2026-01-01",
        "content": {"hardware": {"name": "Annas-MBP", "lastloggeduser": "E1007"}},
    }
    name = "annas-mbp-2026.json"
    if is_packed:
        path = tmp_path / f"{NAME}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, json.dumps(document))
    else:
        path = tmp_path / NAME
        path.mkdir()
        (path / name).write_text(json.dumps(document), encoding="utf-8")
    files.rewrite(forgotten, inputs, DeliveredFile("glpi", "device_discovery", datetime(2026, 6, 30), path.name, path))
    if is_packed:
        with zipfile.ZipFile(path) as archive:
            found = {n: archive.read(n).decode() for n in archive.namelist()}
    else:
        found = {p.name: p.read_text(encoding="utf-8") for p in path.iterdir()}
    host = forgotten.rewritten("annas-mbp", "host")
    assert list(found) == [f"{host}-2026.json"]
    content = json.loads(found[f"{host}-2026.json"])
    assert content["deviceid"] == f"{host}-2026-01-01"
    assert content["content"]["hardware"]["name"] == forgotten.rewritten("Annas-MBP", "host")
    assert content["content"]["hardware"]["lastloggeduser"] == forgotten.rewritten("E1007", "person")


@pytest.mark.parametrize("form", ["parquet", "xlsx", "zip", "csv.gz", "json"])
def test_a_damaged_file_is_named_and_stays(form: str, forgotten: Forgotten, inputs: Inputs, tmp_path: Path) -> None:
    """What cannot be searched must be told: somebody has to look into it by hand."""
    path = tmp_path / f"{NAME}.{form}"
    path.write_bytes(b"PK\x03\x04[{" if form != "json" else b'[{"person_id": "E1007"')
    before = path.read_bytes()
    feed = "device_discovery" if form == "zip" else "person"
    with pytest.raises(files.UnreadableError, match=NAME):
        files.rewrite(forgotten, inputs, DeliveredFile("hr", feed, datetime(2026, 6, 30), path.name, path))
    assert path.read_bytes() == before
