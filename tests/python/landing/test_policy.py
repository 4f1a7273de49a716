"""The organisation's policy rows reach raw as they were written, or are refused in one sentence."""

import pytest

from itam.settings import SettingsError
from tests.python.landing.conftest import Landed


def test_rows_keep_their_order(landed: Landed) -> None:
    """Overrides come before the seed's rows where order matters, so it is kept; without a file there are none."""
    folder = landed.home / "policy"
    folder.mkdir(parents=True)
    (folder / "class_alias.csv").write_text("raw_class,asset_class\nthin client,desktop\nbook,laptop\n")
    landed.land()
    assert landed.rows("select * from raw.policy_class_alias order by position") == [
        ("thin client", "desktop", 1),
        ("book", "laptop", 2),
    ]
    (folder / "class_alias.csv").unlink()
    landed.land()
    assert landed.rows("select count(*) from raw.policy_class_alias") == [(0,)]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("class_alias.csv", "raw_class,class\na,b\n", "no column"),
        ("class_aliases.csv", "a,b\n", "no policy seed"),
        ("class_alias.csv", "raw_class,asset_class\na,b,c\n", "more values"),
    ],
)
def test_wrong_files_are_one_sentence(landed: Landed, name: str, text: str, words: str) -> None:
    """A policy that cannot be understood stops the run before any number could be wrong."""
    folder = landed.home / "policy"
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    with pytest.raises(SettingsError, match=words):
        landed.land()


def test_a_profile_is_picked_by_the_environment_then_by_settings(
    landed: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One organisation tries another profile for one run without touching what it has settled on."""
    landed.home.mkdir(parents=True, exist_ok=True)
    (landed.home / "settings.yml").write_text("profile: retail\n")
    landed.land()
    rows = "select value from raw.policy_kpi_policy where name = 'profile' order by position desc limit 1"
    assert landed.rows(rows) == [("retail",)]
    monkeypatch.setenv("ITAM_PROFILE", "healthcare")
    landed.land()
    assert landed.rows(rows) == [("healthcare",)]


def test_a_profile_nobody_describes_is_one_sentence(landed: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error must not silently give the general targets."""
    monkeypatch.setenv("ITAM_PROFILE", "helthcare")
    with pytest.raises(SettingsError, match="no profile: use one of"):
        landed.land()
