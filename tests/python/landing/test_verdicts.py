"""The 80 % sentinel, as a function of what is known."""

from datetime import datetime, timedelta
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from itam.landing.verdicts import Known, judge


def known(rows: list[int], expected_rows: int | None = None) -> list[Known]:
    """Deliveries of these sizes, a week apart."""
    start = datetime(2026, 1, 1)
    return [Known(str(n), start + timedelta(days=7 * n), size, expected_rows) for n, size in enumerate(rows)]


@given(st.lists(st.integers(0, 20), max_size=15), st.randoms(use_true_random=False))
def test_the_verdict_is_a_function_of_all_deliveries(rows: list[int], randomness: object) -> None:
    """Whatever order they come in, each is judged by the accepted ones before it, up to seven."""
    deliveries = known(rows)
    accepted: list[int] = []
    wanted = {}
    for delivery in deliveries:
        before = accepted[-7:]
        wanted[delivery.batch_id] = len(before) < 3 or delivery.rows * 10 >= 8 * median(before)
        if wanted[delivery.batch_id]:
            accepted.append(delivery.rows)
    shuffled = list(deliveries)
    randomness.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {batch: reason is None for batch, reason in judge(shuffled, is_snapshot=True).items()} == wanted
    assert set(judge(deliveries, is_snapshot=False).values()) <= {None}


def test_the_manifest_is_a_promise() -> None:
    """Less than 80 % of what the source says it sends is refused, from the first delivery on; more never is."""
    assert judge(known([79], expected_rows=100), is_snapshot=True)["0"] is not None
    assert judge(known([80], expected_rows=100), is_snapshot=True)["0"] is None
    assert judge(known([500], expected_rows=100), is_snapshot=True)["0"] is None
