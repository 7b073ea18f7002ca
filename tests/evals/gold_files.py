"""Gold files on disk for the tests that read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.gold import GoldArticle, GoldError, read_gold_file
from tests.evals.scoring_cases import CONFLICT, EVENT

TEXT = "Three rockets fell on Camp Redgate before dawn on Tuesday; nobody said who fired them."
FILE: dict[str, Any] = {"format": 1, "id": "a1", "published": "2024-05-08", "text": TEXT, "events": [EVENT]}


def written(folder: Path, name: str = "a1.json", **changes: Any) -> Path:
    """A gold file with other values; None takes a key away."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {key: value for key, value in (FILE | changes).items() if value is not None}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def read(folder: Path, **changes: Any) -> GoldArticle:
    return read_gold_file(written(folder, **changes), CONFLICT)


def refused(folder: Path, **changes: Any) -> str:
    path = written(folder, **changes)
    with pytest.raises(GoldError) as caught:
        read_gold_file(path, CONFLICT)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message
