"""`evals muc4 convert | metrics | score` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from evals.cli.muc4 import muc4_app
from evals.muc4_files import compute_expected
from extractor.errors import UsageError
from tests.evals.corpus_folders import RIGHT_ANSWERS, TEXTS, lines, write_corpus
from tests.evals.test_muc4_task import answer_with, extract
from tests.loopback.server import LoopbackServer


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(muc4_app, [str(argument) for argument in arguments])


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Invented texts with one prediction, right about the mill and silent about the mayor."""
    folder = write_corpus(tmp_path / "corpus")
    mill = {"incident_type": "bombing", "PerpOrg": [["copper hand"]], "Target": [["mill"]]}
    lines(folder / "predictions" / "lantern.jsonl", [{"docid": "X-1", "templates": [mill]}])
    return folder


def test_convert_writes_one_file_a_text(corpus: Path, tmp_path: Path) -> None:
    result = invoke("convert", corpus, "-o", tmp_path / "gold")
    assert result.exit_code == 0
    assert "3 gold files with 2 events" in result.output
    assert sorted(path.stem for path in (tmp_path / "gold").iterdir()) == sorted(TEXTS)


def test_convert_writes_nothing_when_any_text_is_wrong(tmp_path: Path) -> None:
    piracy = {**TEXTS["X-3"][1][0], "incident_type": "piracy"}
    folder = write_corpus(tmp_path / "corpus", {**TEXTS, "X-9": (TEXTS["X-3"][0], [piracy])})
    result = invoke("convert", folder, "-o", tmp_path / "gold")
    assert "text X-9" in str(result.exception)
    assert not (tmp_path / "gold").exists()


def test_convert_says_what_is_missing(tmp_path: Path) -> None:
    result = invoke("convert", tmp_path, "-o", tmp_path / "gold")
    assert isinstance(result.exception, UsageError)
    assert "gold_templates.jsonl: cannot be read" in str(result.exception)


def test_metrics_shows_every_metric_of_every_prediction(corpus: Path) -> None:
    result = invoke("metrics", corpus)
    assert result.exit_code == 0
    for named in ("CEAF-REE", "GTT template F1", "CEAF-RME φ3", "CEAF-RME φsubset", "lantern_as_extracts", "gold"):
        assert named in result.output
    assert "expected.json" not in result.output
    assert "PerpOrg" not in result.output
    assert "PerpOrg" in invoke("metrics", corpus, "--slots").output


def test_metrics_agrees_with_its_own_figures(corpus: Path) -> None:
    (corpus / "expected.json").write_text(json.dumps(compute_expected(corpus)), encoding="utf-8")
    result = invoke("metrics", corpus)
    assert result.exit_code == 0
    assert "every figure of expected.json is reproduced" in result.output


@pytest.mark.parametrize("key", ["f1", "p_num"])
def test_metrics_fails_on_a_figure_that_differs(corpus: Path, key: str) -> None:
    expected = compute_expected(corpus)
    row = expected["gtt_f1"]["lantern"]["PerpOrg"]
    row[key] = row[key] + (0.0001 if key == "f1" else 1)
    (corpus / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    result = invoke("metrics", corpus)
    assert result.exit_code == 1
    assert "1 figures differ" in result.output
    assert f"gtt_f1.lantern.PerpOrg.{key}" in result.output


def test_metrics_fails_when_an_expected_prediction_is_not_there(corpus: Path) -> None:
    expected = compute_expected(corpus)
    expected["gtt_f1"]["beacon"] = expected["gtt_f1"]["lantern"]
    (corpus / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    assert invoke("metrics", corpus).exit_code == 1


def test_metrics_refuses_a_broken_reference(corpus: Path) -> None:
    (corpus / "expected.json").write_text("{", encoding="utf-8")
    assert "is not readable JSON" in str(invoke("metrics", corpus).exception)
    (corpus / "expected.json").write_text("[]", encoding="utf-8")
    assert "holds no JSON object" in str(invoke("metrics", corpus).exception)


def test_json_goes_to_a_file_or_alone_to_standard_output(corpus: Path, tmp_path: Path) -> None:
    invoke("metrics", corpus, "--json", tmp_path / "figures.json")
    written = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert written == compute_expected(corpus)
    assert json.loads(invoke("metrics", corpus, "--json", "-").stdout) == written
    assert "cannot be written" in str(invoke("metrics", corpus, "--json", tmp_path).exception)


def test_score_shows_the_metrics_of_a_run(corpus: Path, loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.answer = answer_with(RIGHT_ANSWERS)
    run = extract(corpus, loopback, tmp_path)
    result = invoke("score", run, corpus)
    assert result.exit_code == 0
    assert "run_as_extracts" in result.output
    larger = write_corpus(tmp_path / "larger", {**TEXTS, "X-4": TEXTS["X-2"]})
    result = invoke("score", run, larger)
    assert result.exit_code == 1
    assert "1 are not in the run and count as predicting nothing: X-4" in result.output
