"""A thousand articles at a tenth of faults; ten thousand with `python -m tests.faults.mixed_faults`."""

from __future__ import annotations

from pathlib import Path

from tests.faults.mixed_faults import check, extract_among_faults

COUNT = 1000


def test_every_article_ends_once_in_its_own_extraction_or_a_named_failure(tmp_path: Path) -> None:
    report = extract_among_faults(tmp_path, COUNT)
    check(report, COUNT)
    assert 0.07 * report.asked < report.faults < 0.13 * report.asked
    kinds = {line["kind"] for line in report.failures}
    assert {"refusal", "content_filter"} <= kinds
    assert len(report.extractions) > 0.95 * COUNT
