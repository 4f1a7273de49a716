"""Which files start a refresh: a growing file waits, a burst is one, nothing is asked for twice or lost."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from itam.arrivals import PATIENCE_SECONDS, QUIET_SECONDS, Memory, Seen, decide, look

INTERVAL = 5.0


def after(memory: Memory) -> Memory:
    """As the next look reads it."""
    return Memory.loads(memory.dumps())


def test_a_file_that_grows_waits_until_it_has_stopped() -> None:
    """Half a list is a list of half the assets: nobody may take it for the whole one."""
    memory, now = Memory(), 1000.0
    for size in (10, 20, 30):
        decision = decide({"cmdb/person/a.csv": Seen(size, now)}, memory, now)
        assert decision.run_key is None
        memory, now = after(decision.memory), now + INTERVAL
    still = {"cmdb/person/a.csv": Seen(30, now - INTERVAL - 1)}
    first = decide(still, memory, now)
    assert first.run_key is None, "its time has changed since the look before"
    second = decide(still, after(first.memory), now + INTERVAL)
    assert second.run_key is not None
    assert decide(still, after(second.memory), now + 2 * INTERVAL).run_key is None


def test_a_file_written_just_now_waits_although_it_looks_the_same() -> None:
    """Two looks may fall between two writes; a writer that pauses has not ended."""
    file = {"a/b/c": Seen(10, 1000.0)}
    memory = after(decide(file, Memory(), 1000.5).memory)
    assert decide(file, memory, 1000.0 + QUIET_SECONDS - 0.1).run_key is None
    assert decide(file, memory, 1000.0 + QUIET_SECONDS).run_key is not None


def test_a_burst_waits_for_its_last_file_but_not_for_ever() -> None:
    """Twenty-four feeds written one after another are one refresh; a stream must not starve what is complete."""
    whole = Seen(10, 900.0)
    memory, now, asked = Memory(), 1000.0, []
    for turn in range(8):
        decision = decide({"a/b/whole": whole, f"a/b/{turn}": Seen(1, now)}, memory, now)
        asked.append(decision.run_key is not None)
        memory, now = after(decision.memory), now + INTERVAL
    assert asked.count(True) == 1
    assert asked.index(True) == PATIENCE_SECONDS / INTERVAL


def test_a_refresh_that_is_queued_takes_what_has_come_meanwhile() -> None:
    """Ten bursts during one slow refresh are one more refresh, not ten."""
    file = {"a/b/c": Seen(10, 900.0)}
    memory = after(decide(file, Memory(), 1000.0).memory)
    queued = decide(file, memory, 1005.0, is_queued=True)
    assert queued.run_key is None
    assert decide(file, after(queued.memory), 1010.0).run_key is not None, "left lying, it is asked for after all"


def test_the_same_look_asks_for_the_same_run() -> None:
    """A daemon that dies between asking and remembering asks again with the same key, and Dagster runs it once."""
    file = {"a/b/c": Seen(10, 900.0)}
    memory = after(decide(file, Memory(), 1000.0).memory).dumps()
    keys = {decide(file, Memory.loads(memory), now).run_key for now in (1005.0, 1020.0)}
    assert len(keys) == 1


def test_the_same_file_delivered_again_is_a_new_run() -> None:
    """An exporter that writes the same bytes at the same second again has delivered: the file must not lie there."""
    file = {"a/b/c": Seen(10, 900.0)}
    memory, keys = Memory(), []
    for _ in range(2):
        for now in (1000.0, 1005.0):
            decision = decide(file, memory, now)
            memory = after(decision.memory)
            keys += [decision.run_key] if decision.run_key else []
        memory = after(decide({}, memory, 1010.0).memory)
    assert len(set(keys)) == len(keys) == 2


def test_a_memory_that_cannot_be_read_is_a_first_look() -> None:
    """A cursor of another version must not stop the sensor."""
    for text in ("", "x", '{"other": 1}', "[]", "null"):
        assert Memory.loads(text).asked == {}


@pytest.mark.parametrize("seed", range(3))
def test_500_files_in_random_order_are_each_asked_for_once(seed: int) -> None:
    """Whatever comes in whatever order, some of it slowly: each delivery starts one refresh, none is left behind."""
    chance = random.Random(seed)
    begins = {f"s{i % 7}/f{i % 5}/{i}.csv": chance.uniform(0, 900) for i in range(500)}
    lasts = {name: chance.choice((0.0, 0.0, 3.0, 40.0)) for name in begins}
    lying: set[str] = set(begins)
    memory, now, runs, running_until = Memory(), 0.0, [], 0.0
    covered: dict[str, int] = dict.fromkeys(begins, 0)
    queued: list[set[str]] = []
    while lying and now < 3000:
        if queued and now >= running_until:  # a refresh begins: it takes what has been still for a while
            taken = {n for n in lying if begins[n] + lasts[n] <= now - QUIET_SECONDS}
            assert queued.pop() <= taken
            lying -= taken
            running_until = now + chance.uniform(20, 90)
        seen = {
            name: Seen(int(min(now - begins[name], lasts[name]) * 10), min(now, begins[name] + lasts[name]))
            for name in chance.sample(sorted(lying), len(lying))
            if begins[name] <= now
        }
        decision = decide(seen, memory, now, is_queued=bool(queued))
        if decision.run_key is not None:
            asked = {n for n, stamp in decision.memory.asked.items() if memory.asked.get(n) != stamp}
            assert all(begins[n] + lasts[n] <= now for n in asked), "a file was asked for while it grew"
            for name in asked:
                covered[name] += 1
            runs.append(decision.run_key)
            queued.append(asked)
        memory, now = after(decision.memory), now + INTERVAL
    assert not lying
    assert max(covered.values()) == 1
    assert len(set(runs)) == len(runs)
    assert len(runs) < 60


def test_what_is_seen_of_a_folder(tmp_path: Path) -> None:
    """A folder of documents is one delivery, and grows when any of them does; hidden files are not there yet."""
    place = tmp_path / "glpi" / "device_discovery"
    (place / "2026-06-30T020000Z").mkdir(parents=True)
    (place / "2026-06-30T020000Z" / "a.json").write_text("{}")
    for name in (".hidden.csv", "2026-06-30T020000Z.csv.part"):
        (place / name).write_text("x")
    before = look(tmp_path)
    assert list(before) == ["glpi/device_discovery/2026-06-30T020000Z"]
    (place / "2026-06-30T020000Z" / "b.json").write_text("{}")
    assert look(tmp_path) != before


def test_a_refresh_leaves_what_was_just_written(tmp_path: Path) -> None:
    """A person's file may be half there when another file starts the refresh: it would be moved while it is written."""
    from itam.landing.inbox import is_quiet

    file = tmp_path / "a.csv"
    file.write_text("x")
    assert not is_quiet(file, 5)
    assert is_quiet(file, 0), "a person who types itam refresh means what lies there"
    os.utime(file, (time.time() - 60, time.time() - 60))
    assert is_quiet(file, 5)
    os.utime(file, (time.time() + 3600, time.time() + 3600))
    assert is_quiet(file, 5), "the clock of a file server that is ahead must not keep a file for ever"
