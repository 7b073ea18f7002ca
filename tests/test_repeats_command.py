"""`extractor extract --repeats`: every repeat a run of its own, one cache, one budget, as a user meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from extractor.engine import halting
from extractor.runs import read_extractions, read_run, repeats_of
from tests.commands import Outcome
from tests.extractor.extraction_cases import EVENT
from tests.loopback import replies
from tests.loopback.server import LoopbackServer
from tests.priced_desk import COST, PROFILE, USAGE, Desk

COUNT = 6


class Sampler:
    """Answers no two requests alike: each says how many requests there were."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _: dict[str, Any]) -> replies.Reply:
        self.count += 1
        killed = {"effect": "killed", "count": {"min": self.count, "max": self.count}}
        return replies.answer({"events": [EVENT | {"casualties": [killed]}]}, usage=USAGE)


def samples(outcome: Outcome) -> dict[tuple[str, int], int]:
    """What a `Sampler` said, by article and repeat."""
    printed = [json.loads(line) for line in outcome.out.splitlines()]
    return {(one["article_id"], one["repeat"]): one["events"][0]["casualties"][0]["count"]["min"] for one in printed}


@pytest.fixture
def desk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, loopback: LoopbackServer
) -> Desk:
    return Desk(monkeypatch, capsys, tmp_path, loopback, COUNT)


def done_in(desk: Desk, name: str) -> list[int]:
    """How many articles are done in each repeat."""
    return [len(list(read_extractions(folder))) for folder in repeats_of(desk.runs / name)]


def left_in(outcome: Outcome) -> int:
    found = re.search(r"; (\d+) articles are left to do; ", outcome.err)
    assert found is not None, outcome.err
    return int(found[1])


def test_every_repeat_is_a_run_of_its_own_beside_the_first(desk: Desk, loopback: LoopbackServer) -> None:
    outcome = desk.extract("--run", "night", "--repeats", "3")
    assert (outcome.code, loopback.count) == (0, 3 * COUNT)
    assert sorted(path.name for path in (desk.runs / "night").iterdir()) == ["repeat-0", "repeat-1", "repeat-2"]
    for number, folder in enumerate(repeats_of(desk.runs / "night")):
        info = read_run(folder)
        assert (info.articles.done, info.parameters["repeat"], info.options["repeat"]) == (COUNT, number, number)
        assert info.finished is not None
        assert {one.repeat for one in read_extractions(folder)} == {number}
        assert f"run: runs/night/repeat-{number}\n" in outcome.err
    printed = [json.loads(line) for line in outcome.out.splitlines()]
    assert sorted((one["article_id"], one["repeat"]) for one in printed) == [
        (f"a{n}", repeat) for n in range(COUNT) for repeat in range(3)
    ]
    assert f"{3 * COUNT} done; 0 failed\n" in outcome.err
    assert f"paid: ${3 * COUNT * COST:.4f}\n" in outcome.err


def test_a_single_run_stands_right_in_its_folder(desk: Desk) -> None:
    desk.extract("--run", "one", "--repeats", "1")
    assert read_run(desk.runs / "one").articles.done == COUNT


def test_repeats_are_samples_of_their_own_and_one_cache_knows_them_apart(desk: Desk, loopback: LoopbackServer) -> None:
    loopback.answer = Sampler()
    first = samples(desk.extract("--repeats", "2"))
    assert (len(first), len(set(first.values()))) == (2 * COUNT, 2 * COUNT)
    assert not desk.runs.exists()
    later = samples(desk.extract("--run", "later", "--repeats", "3"))
    assert loopback.count == 3 * COUNT, "two repeats of each came from the cache"
    assert {key: later[key] for key in first} == first
    assert len(set(later.values())) == 3 * COUNT


def test_a_run_that_was_interrupted_goes_on_in_every_repeat(desk: Desk, loopback: LoopbackServer) -> None:
    desk.extract("--run", "night", "--repeats", "2", "--limit", "4", "--no-cache")
    assert done_in(desk, "night") == [4, 4]
    outcome = desk.extract("--run", "night", "--repeats", "3", "--no-cache")
    assert (outcome.code, loopback.count, done_in(desk, "night")) == (0, 3 * COUNT, [COUNT] * 3)
    assert f"{3 * COUNT - 8} done; 0 failed; 8 done before" in outcome.err
    desk.extract("--run", "night", "--repeats", "3", "--no-cache")
    assert loopback.count == 3 * COUNT


def test_fresh_sets_every_repeat_aside(desk: Desk, loopback: LoopbackServer) -> None:
    for _ in range(2):
        desk.extract("--run", "night", "--repeats", "2", "--no-cache", "--fresh", "--budget", "0.6")
    assert loopback.count == 4 * COUNT, "what the runs cost that are set aside is not counted"
    assert done_in(desk, "night") == [COUNT, COUNT]
    assert {path.name for path in (desk.runs / "night").iterdir()} >= {"repeat-0.1", "repeat-1.1"}


@pytest.mark.parametrize("budget", [0.15, 0.3])
def test_a_budget_is_for_all_repeats_and_says_the_sum_and_what_is_left(
    desk: Desk, loopback: LoopbackServer, budget: float
) -> None:
    arguments = ("--run", "night", "--repeats", "2", "--no-cache", "-c", "1")
    stopped = desk.extract(*arguments, "--budget", str(budget))
    assert stopped.code == 1
    paid = loopback.count * COST
    assert budget - 0.1 < paid <= budget
    found = re.search(r"may cost up to \$([\d.]+), and of the budget of \$([\d.]+) \$([\d.]+) is left", stopped.err)
    assert found is not None, stopped.err
    assert float(found[2]) == budget
    assert float(found[3]) == pytest.approx(budget - paid, abs=1e-4)
    assert float(found[1]) > float(found[3])
    assert (len(done_in(desk, "night")), left_in(stopped)) == (1 if budget < 0.2 else 2, 2 * COUNT - loopback.count)
    assert all(read_run(folder).options["budget_usd"] == budget for folder in repeats_of(desk.runs / "night"))
    still = desk.extract(*arguments, "--budget", str(budget))
    assert (still.code, left_in(still), loopback.count * COST) == (1, 2 * COUNT - loopback.count, paid)
    assert desk.extract(*arguments, "--budget", "5").code == 0
    assert (loopback.count, done_in(desk, "night")) == (2 * COUNT, [COUNT, COUNT])


def test_a_budget_is_for_all_repeats_without_a_run_too(desk: Desk, loopback: LoopbackServer) -> None:
    stopped = desk.extract("--repeats", "3", "--no-cache", "-c", "1", "--budget", "0.3")
    assert COUNT < loopback.count <= 0.3 / COST
    assert "of the budget of $0.3 $" in stopped.err
    assert left_in(stopped) == 3 * COUNT - loopback.count
    assert len(stopped.out.splitlines()) == loopback.count


def test_a_budget_cannot_be_kept_where_a_repeat_holds_answers_without_a_price(
    desk: Desk, loopback: LoopbackServer, tmp_path: Path
) -> None:
    arguments = ("--run", "night", "--repeats", "2", "--no-cache")
    (tmp_path / "backends.toml").write_text(f'[mine]\nbackend = "openai/m"\nbase_url = "{loopback.url}"\n')
    desk.extract(*arguments)
    (tmp_path / "backends.toml").write_text(PROFILE.format(url=loopback.url).replace("some-model", "m"))
    refused = desk.extract(*arguments, "--budget", "5")
    assert refused.code == 2
    assert f"run runs/night/repeat-1 holds {COUNT} answers whose price was not known" in refused.error


def test_a_dry_run_counts_all_repeats(desk: Desk, loopback: LoopbackServer) -> None:
    outcome = desk.extract("--run", "night", "--repeats", "3", "--dry-run")
    assert (outcome.code, loopback.count, desk.runs.exists()) == (0, 0, False)
    rows = rows_of(outcome)
    assert (rows["articles"], rows["requests"]) == (f"{COUNT}, 3 times each", str(3 * COUNT))
    one = rows_of(desk.extract("--dry-run"))
    for row in ("tokens in", "tokens out"):
        assert number_in(rows[row]) == 3 * number_in(one[row])
    assert outcome.out.count("guessed from the words") == 1
    desk.extract("--run", "night", "--repeats", "2", "--limit", "5")
    rows = rows_of(desk.extract("--run", "night", "--repeats", "3", "--dry-run"))
    assert (rows["done before"], rows["requests"]) == ("10", str(3 * COUNT - 10))
    assert number_in(rows["tokens out"]) == 1000 * (3 * COUNT - 10), "as in the repeat that has most to go by"
    rows = rows_of(desk.extract("--repeats", "3", "--dry-run"))
    assert (rows["in the cache"], rows["requests"]) == ("10", str(3 * COUNT - 10))


def rows_of(outcome: Outcome) -> dict[str, str]:
    lines = [re.split(r"  +", line, maxsplit=1) for line in outcome.out.splitlines() if line[:1].strip()]
    return {parts[0]: parts[1] for parts in lines if len(parts) == 2}


def number_in(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_standard_input_is_read_once_and_serves_all_repeats(desk: Desk, loopback: LoopbackServer) -> None:
    outcome = desk.extract("--run", "piped", "--repeats", "3", articles="-", stdin=desk.news.encode())
    assert (outcome.code, loopback.count, done_in(desk, "piped")) == (0, 3 * COUNT, [COUNT] * 3)


def test_what_fails_for_every_article_is_not_tried_again_in_the_next_repeat(
    desk: Desk, loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halting, "IN_A_ROW", 3)
    loopback.answer = replies.unauthorized()
    outcome = desk.extract("--run", "night", "--repeats", "3", "-c", "1")
    assert (outcome.code, loopback.count) == (1, 3)
    assert "stopped: 3 articles in a row ended in the same way" in outcome.err
    assert left_in(outcome) == 3 * COUNT - 3
    assert [path.name for path in (desk.runs / "night").iterdir()] == ["repeat-0"]


def test_a_failure_names_its_repeat(desk: Desk, loopback: LoopbackServer) -> None:
    loopback.script({"events": []}, replies.refusal())
    outcome = desk.extract("--repeats", "2", "--limit", "1")
    assert re.search(r"failed: a0: .* \(repeat 1\)", outcome.error)
    assert (outcome.code, "1 done; 1 failed\n" in outcome.err) == (1, True)


def test_the_repeats_replay_and_are_shown_together(desk: Desk, loopback: LoopbackServer) -> None:
    loopback.answer = Sampler()
    first = samples(desk.extract("--run", "night", "--repeats", "2"))
    again = desk("extract", "news.jsonl", "-b", "replay/night", "--run", "again", "--repeats", "2")
    assert (again.code, samples(again), loopback.count) == (0, first, 2 * COUNT)
    shown = desk("show", "night").out
    assert len(re.findall(r"^a\d  1 event", shown, re.MULTILINE)) == 2 * COUNT
    assert shown.count("· repeat 1\n") == COUNT
    assert desk("show", "night", "a3").out.count("1 event") == 2
    assert "run runs/night has no article 'x'" in desk("show", "night", "x").error


def test_a_folder_is_one_run_or_several(desk: Desk, loopback: LoopbackServer) -> None:
    desk.extract("--run", "one")
    desk.extract("--run", "several", "--repeats", "2")
    sent = loopback.count
    refused = desk.extract("--run", "one", "--repeats", "2", "--no-cache")
    assert "runs/one holds a single run: choose another --run name for several" in refused.error
    refused = desk.extract("--run", "several", "--no-cache")
    assert "runs/several holds repeats, such as repeat-0: choose another --run name" in refused.error
    assert (refused.code, loopback.count) == (2, sent)


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_a_number_of_repeats_that_makes_no_sense_is_refused(desk: Desk, number: str) -> None:
    outcome = desk.extract("--repeats", number)
    assert outcome.code == 2
    assert "--repeats" in outcome.err
