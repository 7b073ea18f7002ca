"""The HTML report in a real browser: its script may run, nobody else's does, and it filters."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from evals.cli.looking import write_report
from evals.running import score_folder
from evals.scores import as_json
from tests.evals.recorded import found, labels, write_gold, write_run

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")

INTRUDER = '<script>document.title = "taken over"</script>'


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """`a0` has a wrong type, `a1` is missed, `a2` is right; the text tries to run a script."""
    gold = write_gold(tmp_path / "gold", 3, text=lambda n: f"Two shells fell on the mill at Varn{n}. {INTRUDER}")
    events = {**found(3, missing=[1]), 0: [labels(0, event_type="protest")]}
    run = score_folder(write_run(tmp_path / "run", gold, events), gold)
    write_report(run, as_json(run.scores), tmp_path / "report.html", {})
    return tmp_path / "report.html"


def dom(page: Path) -> str:
    """What the page is after its scripts ran."""
    assert BROWSER is not None
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def shown(page: str) -> list[str]:
    """The ids of the articles that are not hidden."""
    articles = re.findall(r'<details class="article"([^>]*)>\s*<summary><strong>(\w+)</strong>', page)
    return [name for attributes, name in articles if "hidden" not in attributes]


def test_all_articles_are_shown_at_first_and_no_script_of_theirs_runs(report: Path) -> None:
    page = dom(report)
    assert shown(page) == ["a0", "a1", "a2"]
    assert "<title>taken over</title>" not in page


def test_choosing_a_kind_leaves_the_articles_that_have_such_errors(report: Path) -> None:
    text = report.read_text()
    chosen = text.replace('<option value="missed">', '<option value="missed" selected>')
    assert chosen != text
    report.write_text(chosen)
    assert shown(dom(report)) == ["a1"]


def test_the_policy_stops_a_script_that_is_not_the_pages_own(report: Path) -> None:
    report.write_text(report.read_text().replace("</body>", f"{INTRUDER}</body>"))
    assert "<title>taken over</title>" not in dom(report)
