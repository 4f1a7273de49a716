"""The independent count of records that every delivery is held against."""

import csv
import io
import tempfile
from pathlib import Path
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from itam.landing import counting
from itam.settings import Limits

CELLS = st.text(st.sampled_from('ab",\n\r '), max_size=6)
RECORDS = st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8)


@given(records=RECORDS, piece=st.integers(1, 9), last_line_ends=st.booleans())
def test_a_count_does_not_depend_on_where_a_file_is_cut(
    records: list[list[str]], piece: int, last_line_ends: bool
) -> None:
    """A count that was one too many wherever a quoted field crossed a megabyte sent good files down the slow path."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(records)
    delivered = text.getvalue() if last_line_ends else text.getvalue().removesuffix("\r\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026-06-30T020000Z.csv"
        path.write_bytes(delivered.encode())
        with mock.patch.object(counting, "CHUNK", piece):
            assert counting.csv_facts(path, Limits()).records == len(records) - 1
