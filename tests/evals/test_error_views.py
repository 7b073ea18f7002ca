"""Errors as a person meets them: filtered, with the place in the text, in a terminal and on a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.cli.looking import Looking, list_errors, write_report
from evals.report.article_views import Mark, pieces_of
from evals.report.error_views import chosen_errors
from evals.report.values import said
from evals.running import ScoredRun, score_folder
from evals.scores import as_json
from extractor.errors import UsageError
from tests.evals.recorded import found, labels, write_gold, write_run

HOSTILE = '</div><script>alert("x")</script><img src=http://evil.example/x.png onerror=alert(1)>'


@pytest.fixture
def run(tmp_path: Path) -> ScoredRun:
    """Two articles: one with a wrong type, a made-up perpetrator and a missed site; one whose event is missed."""
    gold = write_gold(
        tmp_path / "gold",
        2,
        title=HOSTILE,
        text=lambda n: f"Two shells fell on the mill at Varn{n}. Nobody in Brod was hurt. {HOSTILE}",
        events=lambda n: [labels(n, locations=[{"site": "mill"}])],
    )
    wrong = labels(0, event_type="protest", perpetrators=[{"name": HOSTILE, "status": "blamed"}])
    return score_folder(write_run(tmp_path / "run", gold, {0: [wrong]}, failed=[1]), gold)


def looking(run: ScoredRun, **options: object) -> Looking:
    given = {"kinds": (), "fields": (), "articles": (), "json_file": None, "html_file": None, "texts": None}
    return Looking(folder=run.folder, gold=run.gold[0].path.parent, **(given | options))  # type: ignore[arg-type]


def test_errors_are_chosen_by_kind_field_and_article(run: ScoredRun) -> None:
    errors, columns = run.scores.errors, run.scores.scorer.columns

    def chosen(**options: list[str]) -> list[tuple[str, str, str]]:
        return [(e.article_id, e.kind, e.field) for e in chosen_errors(errors, columns, **options)]

    assert chosen(kinds=["missed"]) == [
        ("a0", "missed", "locations.target.site"),
        ("a1", "missed", "event"),
    ]
    assert chosen(fields=["perpetrators.*"]) == [
        ("a0", "spurious", "perpetrators.name"),
        ("a0", "spurious", "perpetrators.status"),
    ]
    assert chosen(articles=["a1"]) == [("a1", "missed", "event")]
    assert chosen(kinds=["missed"], fields=["event"], articles=["a0"]) == []
    with pytest.raises(UsageError, match="wrong_value"):
        chosen(kinds=["wrong"])
    with pytest.raises(UsageError, match="no field 'date'"):
        chosen(fields=["date"])


def test_each_error_is_listed_with_event_values_and_place(run: ScoredRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert list_errors(looking(run, articles=["a0"], kinds=["missed", "wrong_value"])) == 0
    out = " ".join(capsys.readouterr().out.split())
    start = run.gold[0].article.text.index("mill")
    assert f"a0 {run.gold[0].path}" in out
    assert "wrong value event_type gold events.0 (main, shelling_missile_attack), predicted events.0 (main" in out
    assert "gold shelling_missile_attack predicted protest" in out
    assert "shells fell on the [mill] at Varn0. Nobody" in out
    assert f"{start}–{start + 4}, gold, exact" in out
    assert "1 failed in the run, counted as missed: a1" in out


def test_an_article_that_gold_does_not_have_is_named(run: ScoredRun) -> None:
    with pytest.raises(UsageError, match="no article 'zz'"):
        list_errors(looking(run, articles=["zz"]))


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture
def page(run: ScoredRun, tmp_path: Path) -> Page:
    write_report(run, as_json(run.scores, resamples=100), tmp_path / "report.html", {})
    return Page((tmp_path / "report.html").read_text())


def test_nothing_of_an_article_or_an_answer_becomes_markup(page: Page) -> None:
    names = [tag for tag, _ in page.tags]
    assert names.count("script") == 1, "the page's own"
    assert "img" not in names
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert HOSTILE in "".join(page.text)


def test_the_page_needs_nothing_from_elsewhere(page: Page) -> None:
    assert not [attrs for tag, attrs in page.tags if tag in ("link", "iframe", "object") or "src" in attrs]
    assert all((attrs.get("href") or "#").startswith("#") for tag, attrs in page.tags if tag == "a")
    [policy] = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline'; script" in policy
    assert not re.search(r"script-src[^;]*unsafe", policy)


def test_every_link_leads_to_a_place_of_the_page(page: Page) -> None:
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert len(ids) == len(set(ids))
    assert links
    assert {str(link)[1:] for link in links} <= {str(one) for one in ids}


def test_the_page_says_which_articles_failed(page: Page) -> None:
    assert any("1 failed in the run, counted as missed: a1" in text for text in page.text)


MARKS = st.builds(Mark, st.integers(-3, 25), st.integers(-3, 25), st.sampled_from(["value", "wrong"]), st.just("says"))


@given(st.text(max_size=20), st.lists(MARKS, max_size=8))
def test_pieces_put_together_are_the_text_and_each_is_under_its_marks(text: str, marks: list[Mark]) -> None:
    pieces = list(pieces_of(text, marks))
    assert "".join(piece.text for piece in pieces) == text
    for piece in pieces:
        for at in range(piece.anchor, piece.anchor + len(piece.text)):
            over = {mark.kind for mark in marks if mark.start <= at < mark.end}
            assert piece.kinds == " ".join(sorted(over))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ([], "–"),
        (False, "no"),
        (0, "0"),
        ({"min": 7, "max": 7, "approx": False, "disputed": False}, "7"),
        ({"min": 12, "max": None, "approx": True, "disputed": False}, "12 or more (approximate)"),
        ({"min": None, "max": 5}, "up to 5"),
        ({"min": 2, "max": 4, "disputed": True}, "2–4 (disputed)"),
        (["a", "b"], "a, b"),
        ({"name": "Grad", "hit": None}, "name Grad"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert said(value) == words


def test_a_page_of_some_errors_holds_only_their_articles(run: ScoredRun, tmp_path: Path) -> None:
    list_errors(looking(run, articles=["a0"], html_file=tmp_path / "some.html"))
    text = (tmp_path / "some.html").read_text()
    assert "<strong>a0</strong>" in text
    assert "<strong>a1</strong>" not in text


def test_an_article_without_errors_says_so(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", 1)
    run = score_folder(write_run(tmp_path / "run", gold, found(1)), gold)
    write_report(run, as_json(run.scores), tmp_path / "report.html", {})
    assert "No errors." in (tmp_path / "report.html").read_text()
