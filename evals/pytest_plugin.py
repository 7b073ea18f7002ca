"""Gates as tests: `pytest` collects every `[[gate]]` of an `evals.toml` as one test item.

The file is found where pytest looks anyway, in a folder or by name, and also at the root of a project whose `testpaths`
lead elsewhere. Loaded by every pytest that has this package installed, so nothing heavy is imported before a gate runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from evals.gates import Checked, Gate

GATES_FILE = "evals.toml"


class GateBrokenError(Exception):
    """A gate that was judged and does not hold."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(checked.judged.in_words())
        self.checked = checked


class GateItem(pytest.Item):
    """One gate. Fails when it is broken, when a run is stale and when anything cannot be used."""

    def __init__(self, *, gate: Gate, **given: Any) -> None:
        super().__init__(**given)
        self.gate = gate

    def runtest(self) -> None:
        """Judge the gate; adds the Markdown summary to the test's report sections."""
        from evals.comparing import incident_clusters
        from evals.gates import check_gate
        from evals.report.gate_summary import gate_markdown

        checked = check_gate(self.gate)
        clusters = len(set(incident_clusters(checked.run[0].gold)))
        self.add_report_section("call", "gate", gate_markdown(checked, clusters=clusters))
        if not checked.judged.holds:
            raise GateBrokenError(checked)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """One line for what a user can act on; a traceback for what is a defect of ours."""
        from extractor.errors import ExtractorError

        if isinstance(excinfo.value, GateBrokenError | ExtractorError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the gate stands and what it is called."""
        return self.path, None, f"gate: {self.name}"


class GatesFile(pytest.File):
    """An `evals.toml`."""

    def collect(self) -> Iterable[GateItem]:
        """Its gates, in the order of the file."""
        from evals.gates import read_gates
        from extractor.errors import UsageError

        try:
            gates = read_gates(self.path)
        except UsageError as error:
            raise self.CollectError(str(error)) from error
        for gate in gates:
            yield GateItem.from_parent(self, name=gate.name, gate=gate)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> GatesFile | None:
    """Take every `evals.toml` that pytest meets."""
    return GatesFile.from_parent(parent, path=file_path) if file_path.name == GATES_FILE else None


def pytest_configure(config: pytest.Config) -> None:
    """Look at the root's own `evals.toml` too when `testpaths`, not the user, say where to look."""
    file = config.rootpath / GATES_FILE
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and file.is_file() and str(file) not in config.args:
        config.args.append(str(file))
