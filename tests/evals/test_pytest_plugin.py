"""`pytest` collects the gates of an `evals.toml` and runs them as tests."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import scipy.special

import evals.pytest_plugin
import evals.report.gate_summary
from tests.evals.recorded import found, write_gold, write_run

pytest_plugins = ["pytester"]

PLUGIN = "evals.pytest_plugin"
# An installed package brings the plugin by its entry point, and a plugin cannot be registered twice.
PLUGINS = [] if any(point.value == PLUGIN for point in entry_points(group="pytest11")) else [evals.pytest_plugin]
# pytester forgets the modules that an inner run imports, and NumPy and SciPy cannot be imported twice.
IMPORTED = (scipy.special, evals.report.gate_summary)

GATE = '[[gate]]\nname = "{name}"\nrun = "{run}"\nagainst = "good"\ngold = "gold"\nfields = ["events"]\n'
Run = Callable[..., pytest.HookRecorder]


@pytest.fixture
def inner(pytester: pytest.Pytester) -> Run:
    """Runs pytest in this process, in a folder with gold, a good and a bad run."""
    gold = write_gold(pytester.path / "gold", 8)
    write_run(pytester.path / "good", gold, found(8))
    write_run(pytester.path / "bad", gold, found(8, missing=range(6)))
    write_run(pytester.path / "stale", gold, found(8), schema_digest="0" * 64)
    root = f"--rootdir={pytester.path}"  # whatever stands in the folders above
    return lambda *arguments: pytester.inline_run("-p", "no:cacheprovider", root, *arguments, plugins=PLUGINS)


def write(pytester: pytest.Pytester, **gates: str) -> Path:
    file = pytester.path / "evals.toml"
    file.write_text("".join(GATE.format(name=name, run=run) for name, run in gates.items()))
    return file


def messages(record: pytest.HookRecorder) -> dict[str, str]:
    """What each failed item says."""
    _, _, failed = record.listoutcomes()
    return {report.nodeid: str(report.longrepr) for report in failed}


def test_each_gate_is_one_test(pytester: pytest.Pytester, inner: Run) -> None:
    write(pytester, holds="good", breaks="bad", old="stale")
    record = inner()
    record.assertoutcome(passed=1, failed=2)
    said = messages(record)
    assert said["evals.toml::breaks"] == "the gate is broken: events is worse for sure, by 60 points (p 0.031)"
    assert "the schema conflict changed since it was recorded" in said["evals.toml::old"]


def test_the_markdown_summary_is_part_of_the_report(pytester: pytest.Pytester, inner: Run) -> None:
    write(pytester, breaks="bad")
    [report] = inner().listoutcomes()[2]
    assert any("## Gate breaks: broken" in text for _, text in report.sections)


def test_a_broken_file_is_a_collection_error_of_one_line(pytester: pytest.Pytester, inner: Run) -> None:
    (pytester.path / "evals.toml").write_text("[[gate]]\nrun = 1\n")
    [error] = [report for report in inner().getreports("pytest_collectreport") if report.failed]
    assert "evals.toml: gate.0.run" in str(error.longrepr)
    assert "Traceback" not in str(error.longrepr)


def test_a_gate_at_the_root_is_found_although_testpaths_lead_elsewhere(pytester: pytest.Pytester, inner: Run) -> None:
    write(pytester, holds="good")
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    (pytester.path / "tests").mkdir()
    inner().assertoutcome(passed=1)


def test_a_user_who_says_where_to_look_gets_that_alone(pytester: pytest.Pytester, inner: Run) -> None:
    write(pytester, holds="good")
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests/test_one.py").write_text("def test_one(): pass\n")
    inner("tests").assertoutcome(passed=1)
    inner("evals.toml", "-k", "holds").assertoutcome(passed=1)
