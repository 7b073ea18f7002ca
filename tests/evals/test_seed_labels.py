"""Label files of the older arrangement are read as they are."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evals.gold import read_gold
from evals.seed_labels import from_seed_labels, is_seed_labels
from tests.evals.scoring_cases import CONFLICT, EVENT, OTHER, SCORER, SEEDS, counts_by_name

TEXT = "Three rockets fell on Camp Redgate before dawn on Tuesday; nobody said who fired them."
OLDER: dict[str, Any] = {
    "schema_version": 3,
    "doc_id": "d7",
    "source_file": "d7.txt",
    "doc": {"published_at": "2024-05-08", "outlet": "The Harbour Post"},
    "events": [
        {
            **{key: value for key, value in EVENT.items() if key != "date"},
            "id": "e1",
            "date": {"text": "on Tuesday", "start": None, "end": None, "precision": "unknown"},
            "gold": {
                "cluster_id": "redgate",
                "note": "no year",
                "accept": {"munitions.0.type": ["missile"]},
                "date_if_published_known": {"text": "on Tuesday", "start": "2024-05-07", "end": None},
            },
        }
    ],
    "optional_events": [
        {
            **OTHER,
            "id": "o1",
            "date": {"text": None, "start": "2023-11-01", "end": "2023-11-09"},
            "gold": {"accept": {"event_type": ["armed_assault"]}},
        }
    ],
    "not_events": [{"quote": "nobody said", "reason": "no event"}],
    "traps": ["who fired"],
}


def test_labels_in_the_older_arrangement_are_read_as_they_are(tmp_path: Path) -> None:
    assert is_seed_labels(OLDER)
    assert not is_seed_labels({"format": 1, "id": "a1", "text": TEXT, "events": [EVENT]})
    (tmp_path / "gold").mkdir()
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "d7.txt").write_text(TEXT)
    (tmp_path / "gold" / "d7.json").write_text(json.dumps(OLDER))
    [gold] = read_gold(tmp_path / "gold", CONFLICT)
    assert (gold.id, gold.article.text, gold.article.published) == ("d7", TEXT, date(2024, 5, 8))
    assert gold.accept == {"events.0.munitions.0.type": ["missile"], "optional.0.event_type": ["armed_assault"]}
    assert gold.incidents == {"events.0": "redgate"}
    assert gold.optional[0]["date"]["value"] == "2023-11-01/2023-11-09"
    assert [gold.truth(published=known)[0]["date"]["value"] for known in (False, True)] == [None, "2024-05-07"]


def test_a_known_date_that_changes_nothing_is_no_replacement() -> None:
    same = json.loads(json.dumps(OLDER))
    same["events"][0]["gold"]["date_if_published_known"] = {"text": "on Tuesday", "start": None, "end": None}
    assert from_seed_labels(same)["when_published_known"] == {}


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed labels are not beside this checkout")
def test_the_seed_labels_are_read_and_are_right_against_themselves() -> None:
    articles = read_gold(SEEDS / "gold", CONFLICT, texts=SEEDS / "articles")
    assert sorted(len(gold.events) for gold in articles) == [5, 6, 7]
    for gold in articles:
        assert gold.article.text
        for known in (False, True):
            found = counts_by_name(SCORER, SCORER.score(gold, gold.truth(published=known), published=known))
            assert found["event"].correct == len(gold.events)
            assert {one.partial + one.incorrect + one.missing + one.spurious for one in found.values()} == {0}
