"""Every reference figure of the MUC-4 data that lies beside the repository, where it does."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evals.literature.muc4 import printed_f, total_rows
from evals.literature.reproduction import OfficialReport
from evals.muc4_files import TemplatePredictions, compute_expected, read_official_report, read_predictions

DATA = Path(__file__).parents[3] / ".." / "shared" / "muc4" / "tst3"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the MUC-4 data is not beside the repository (../shared/muc4/tst3)"
)

EITHER_IS_RIGHT = {  # ties of φsubset that the reference leaves to SciPy: prediction and the two possible r_num
    "gtt": {110, 111},
    "iterx_bert_base": {146, 147},
}


@cache
def computed() -> dict[str, Any]:
    return compute_expected(DATA)


@cache
def expected() -> dict[str, Any]:
    reference: dict[str, Any] = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    return reference


@cache
def reports() -> dict[str, OfficialReport]:
    paths = sorted((DATA / "official_1992" / "scores").glob("*.json"))
    return {path.stem: read_official_report(path) for path in paths}


def test_the_structure_is_that_of_the_reference_file() -> None:
    assert computed().keys() == expected().keys()
    for key in ("half", "documents", "rounding", "official_1992_columns"):
        assert computed()[key] == expected()[key]


@pytest.mark.parametrize("metric", ["ceaf_ree", "gtt_f1", "ceaf_rme_phi3"])
def test_every_figure_and_every_count_is_that_of_the_reference(metric: str) -> None:
    assert computed()[metric] == expected()[metric]


def test_phi_subset_is_that_of_the_reference_up_to_its_two_ties() -> None:
    assert computed()["ceaf_rme_phisubset"].keys() == expected()["ceaf_rme_phisubset"].keys()
    for name, entry in computed()["ceaf_rme_phisubset"].items():
        reference = expected()["ceaf_rme_phisubset"][name]
        exact = {"p", "p_num", "p_den", "r_den"}
        assert {key: entry[key] for key in exact} == {key: reference[key] for key in exact}
        assert entry["r_num"] in EITHER_IS_RIGHT.get(name, {reference["r_num"]})
        if entry["r_num"] == reference["r_num"]:
            assert entry == reference


def test_the_official_figures_of_all_systems_are_those_of_the_reference() -> None:
    assert len(expected()["official_1992"]) == 17
    assert computed()["official_1992"] == expected()["official_1992"]


def test_every_row_of_every_report_is_the_sum_of_its_pairs() -> None:
    assert len(reports()) == 17
    for report in reports().values():
        assert total_rows(report.pairs) == report.printed_totals


def test_all_three_printed_f_follow_from_the_printed_percentages() -> None:
    for report in reports().values():
        counts = total_rows(report.pairs)["ALL TEMPLATES"]
        assert printed_f(counts.precision_percent, counts.recall_percent) == report.printed_f


def test_the_total_row_of_every_pair_is_the_sum_of_its_slots() -> None:
    for report in reports().values():
        for pair in report.pairs:
            if "TOTAL" in pair.slots:
                assert total_rows([pair])["ALL TEMPLATES"] == pair.slots["TOTAL"]


def test_released_files_give_the_template_form_beside_them() -> None:
    released = sorted((DATA / "predictions").glob("*.released.jsonl"))
    assert released
    for path in released:
        merged = read_predictions(path)
        plain = read_predictions(path.with_name(path.name.replace(".released", "")))
        assert isinstance(merged, TemplatePredictions)
        assert merged == plain
