"""The command killed at random moments; fifty times over 500 articles with `python -m tests.faults.kills`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kills import check, kill_and_resume


@pytest.mark.parametrize(("cache", "kills"), [(True, 3), (False, 1)])
def test_killed_at_random_moments_and_resumed_each_article_is_there_once_and_paid_once(
    tmp_path: Path, cache: bool, kills: int
) -> None:
    check(kill_and_resume(tmp_path, 150, kills, cache=cache, seed=5))
