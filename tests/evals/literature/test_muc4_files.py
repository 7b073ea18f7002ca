import json
from pathlib import Path
from typing import Any

import pytest

from evals.literature.muc4 import PairStatus, SlotCounts
from evals.literature.templates import Role
from evals.muc4_files import (
    EntityPredictions,
    Muc4FileError,
    TemplatePredictions,
    compute_expected,
    prediction_files,
    read_gold_entities,
    read_gold_templates,
    read_official_report,
    read_predictions,
    read_test_set,
)
from tests.evals.literature.building import extracts, template

COLUMNS = ["POS", "ACT", "COR", "PAR", "INC", "ICR", "IPA", "SPU", "MIS", "NON"]
ROW = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
REPORT: dict[str, Any] = {
    "system": "lantern",
    "columns": COLUMNS,
    "f_measures": [100, 100.0, 100.0],
    "totals": {"ALL TEMPLATES": ROW},
    "pairs": [
        {
            "doc": "X-1",
            "key": "1",
            "response": "2",
            "status": "matched",
            "slots": {"template-id": ROW, "inc-type": ROW, "TOTAL": ROW},
        }
    ],
}
GOLD_TEMPLATE = {"incident_type": "arson", "Target": [[["old mill", 4], ["mill", 8]]]}
GOLD_ROLES = {role: GOLD_TEMPLATE.get(role, []) for role in Role}


def write_lines(path: Path, *records: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Gold of two texts and nothing else."""
    write_lines(
        tmp_path / "gold_templates.jsonl",
        {"docid": "X-1", "doctext": "…", "templates": [GOLD_TEMPLATE]},
        {"docid": "X-2", "doctext": "…", "templates": []},
    )
    write_lines(
        tmp_path / "gold_entities.jsonl",
        {"docid": "X-1", "doctext": "…", "extracts": GOLD_ROLES},
        {"docid": "X-2", "doctext": "…", "extracts": {}},
    )
    return tmp_path


def test_gold_is_read_with_its_offsets(folder: Path) -> None:
    templates = read_gold_templates(folder / "gold_templates.jsonl")
    assert templates == {"X-1": (template("arson", Target=[["old mill", "mill"]]),), "X-2": ()}
    assert templates["X-1"][0].extracts.target[0].mentions[1].offset == 8
    assert read_gold_entities(folder / "gold_entities.jsonl")["X-1"] == extracts(Target=[["old mill", "mill"]])


def test_the_three_forms_of_predictions_are_told_apart(tmp_path: Path) -> None:
    attack = {"incident_type": "attack", "PerpInd": [["guard"]]}
    template_form = write_lines(tmp_path / "one.jsonl", {"docid": "X-1", "templates": [attack]})
    entity_form = write_lines(tmp_path / "two.jsonl", {"docid": "X-1", "extracts": {"PerpInd": [["guard"]]}})
    released = write_lines(tmp_path / "three.released.jsonl", {"X-1": [attack]}, {"X-2": []}, {"X-1": [attack]})
    expected = template("attack", PerpInd=[["guard"]])
    assert read_predictions(template_form) == TemplatePredictions("one", {"X-1": (expected,)})
    assert read_predictions(entity_form) == EntityPredictions("two", {"X-1": extracts(PerpInd=[["guard"]])})
    assert read_predictions(released) == TemplatePredictions("three", {"X-1": (expected, expected), "X-2": ()})


def test_blank_lines_and_an_empty_prediction_file_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "quiet.jsonl"
    path.write_text("\n  \n", encoding="utf-8")
    assert read_predictions(path) == TemplatePredictions("quiet", {})


def test_a_line_separator_inside_a_string_does_not_split_the_line(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text('{"docid": "X-1", "extracts": {"Victim": [["a\u2028b"]]}}\r\n', encoding="utf-8")
    assert read_predictions(path).by_text == {"X-1": extracts(Victim=[["a\u2028b"]])}


def test_the_released_form_is_read_only_where_it_stands_alone(folder: Path) -> None:
    predictions = folder / "predictions"
    for name in ("one.jsonl", "one.released.jsonl", "two.released.jsonl"):
        write_lines(predictions / name)
    assert [path.name for path in prediction_files(folder)] == ["one.jsonl", "two.released.jsonl"]


def test_an_official_report_is_read(tmp_path: Path) -> None:
    report = read_official_report(write_lines(tmp_path / "lantern.json", REPORT))
    assert (report.system, report.printed_f.p_and_r) == ("lantern", 100.0)
    assert report.printed_totals == {"ALL TEMPLATES": SlotCounts(*ROW)}
    (pair,) = report.pairs
    assert pair.status is PairStatus.MATCHED
    assert pair.slots["inc-type"] == SlotCounts(*ROW)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"docid": "X-1"}', "templates: Field required"),
        ('{"docid": 1, "templates": []}', "docid: Input should be a valid string"),
        ('{"docid": "X-1", "templates": [{"Victim": []}]}', "templates.0.incident_type: Field required"),
        ('{"docid": "X-1", "templates": [{"incident_type": null}]}', "templates.0.incident_type: Input should be"),
        ('{"docid": "X-1", "templates": [{"incident_type": "arson", "Victims": []}]}', "unknown role 'Victims'"),
        ('{"docid": "X-1", "templates": [{"incident_type": "arson", "Victim": [[]]}]}', "at least one mention"),
        ('{"docid": "X-1", "templates": [{"incident_type": "arson", "Victim": ["x"]}]}', "Victim.0: Input should be"),
        ('{"docid": "X-1", "templates": [', "Invalid JSON"),
        ("[]", "Input should be an object"),
        ('{"docid": "X-0", "templates": []}', "text X-0 has a line already"),
    ],
)
def test_a_bad_line_is_one_line_of_error_with_file_and_number(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f'{{"docid": "X-0", "templates": []}}\n\n{line}\n', encoding="utf-8")
    with pytest.raises(Muc4FileError) as caught:
        read_predictions(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:3: ")
    assert problem in message
    assert "\n" not in message


def test_a_bad_first_line_is_reported_too(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{not json\n", encoding="utf-8")
    with pytest.raises(Muc4FileError, match=r"bad\.jsonl:1: Invalid JSON"):
        read_predictions(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"columns": COLUMNS[::-1]}, "the columns must be POS, ACT"),
        ({"totals": {"ALL TEMPLATES": ROW[1:]}}, "a row needs 10 counts, this one has 9"),
        ({"totals": {"ALL TEMPLATES": [2, *ROW[1:]]}}, "do not add up"),
        ({"pairs": [{"doc": "X-1", "status": "lost", "slots": {}}]}, "pairs.0.status: Input should be 'matched'"),
        ({"pairs": [{"doc": "X-1", "status": "matched", "slots": {"inc-kind": ROW}}]}, "X-1: unknown slot 'inc-kind'"),
        ({"f_measures": [1.0]}, "f_measures.1: Field required"),
    ],
)
def test_a_bad_report_is_one_line_of_error(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    path = write_lines(tmp_path / "lantern.json", REPORT | change)
    with pytest.raises(Muc4FileError) as caught:
        read_official_report(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_gold_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Muc4FileError, match=r"gold_templates\.jsonl: cannot be read .* put the file there"):
        read_test_set(tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_bytes('{"docid": "Ñ"}'.encode("latin-1"))
    with pytest.raises(Muc4FileError, match=r"one\.jsonl: not UTF-8 at byte 11"):
        read_predictions(path)


def test_a_prediction_for_a_text_without_gold_is_refused(folder: Path) -> None:
    write_lines(folder / "predictions" / "one.jsonl", {"docid": "Y-1", "templates": []})
    with pytest.raises(Muc4FileError, match=r"one\.jsonl: text Y-1 is not in the gold"):
        read_test_set(folder)


def test_two_gold_files_over_different_texts_are_refused(folder: Path) -> None:
    write_lines(folder / "gold_entities.jsonl", {"docid": "X-1", "extracts": {}})
    with pytest.raises(Muc4FileError, match="text X-2 is in only one of"):
        read_test_set(folder)


def test_without_predictions_and_reports_gold_is_scored_against_itself(folder: Path) -> None:
    computed = compute_expected(folder)
    assert (computed["half"], computed["documents"]) == ("x", 2)
    assert [list(computed[metric]) for metric in ("ceaf_ree", "gtt_f1", "ceaf_rme_phi3")] == [["gold"]] * 3
    assert computed["official_1992"] == {}
    perfect = {"p": 1.0, "r": 1.0, "f1": 1.0, "p_num": 2, "p_den": 2, "r_num": 2, "r_den": 2}
    assert computed["ceaf_rme_phi3"]["gold"] == computed["gtt_f1"]["gold"]["micro"] == perfect


def test_a_text_without_a_line_counts_as_nothing_predicted(folder: Path) -> None:
    write_lines(folder / "predictions" / "one.jsonl", {"docid": "X-2", "templates": []})
    write_lines(folder / "predictions" / "two.jsonl", {"docid": "X-2", "extracts": {}})
    computed = compute_expected(folder)
    assert set(computed["ceaf_ree"]) == {"one_as_extracts", "two", "gold"}
    assert computed["ceaf_ree"]["two"]["micro"]["r_den"] == 1
    assert computed["gtt_f1"]["one"]["micro"]["r_den"] == 2


def test_an_official_report_becomes_its_figures(folder: Path) -> None:
    write_lines(folder / "official_1992" / "scores" / "lantern.json", REPORT)
    assert compute_expected(folder)["official_1992"]["lantern"] == {
        "recall": 1.0,
        "precision": 1.0,
        "f1": 1.0,
        "recall_pct": 100,
        "precision_pct": 100,
        "f_pct": 100.0,
        "counts": ROW,
        "f_printed": 100.0,
    }
