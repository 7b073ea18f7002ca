"""From the corpus to gold, through an extraction over a real HTTP endpoint, to the published metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.checks import problems_of
from evals.counts import Scorer
from evals.gold import GoldArticle, GoldError, read_gold
from evals.literature.templates import Entity, Mention
from evals.muc4_task import FIELD_OF_ROLE, MOST_ALTERNATIVES, alternative_lists, gold_records, run_metrics
from evals.running import Job, run_gold, score_folder
from evals.scores import score_run
from extractor.errors import RunError
from extractor.prompts import load_prompt
from extractor.records import Article, Extraction
from extractor.schemas import load_schema
from tests.evals.corpus_folders import CALM, MAYOR, MILL, RIGHT_ANSWERS, TEXTS, write_corpus
from tests.loopback.server import LoopbackServer, last_user

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "muc4" / "tst3"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


def write_gold(corpus: Path, folder: Path) -> list[GoldArticle]:
    folder.mkdir()
    for record in gold_records(corpus):
        (folder / f"{record['id']}.json").write_text(json.dumps(record), encoding="utf-8")
    return read_gold(folder, load_schema("muc4"))


def extraction(article: GoldArticle, events: list[dict[str, Any]]) -> Extraction:
    return Extraction(article.id, events, [], [], None, None, None, "test/none", None, "muc4/1")


def extract(corpus: Path, loopback: LoopbackServer, tmp_path: Path, *, prompt: str | None = "muc4") -> Path:
    """A run over the corpus, answered by the loopback endpoint."""
    write_gold(corpus, tmp_path / "gold")
    run = tmp_path / "run"
    run_gold(
        Job(
            gold=tmp_path / "gold",
            folder=run,
            backend="openai/loopback-model",
            prompt=prompt,
            schema="muc4",
            published=True,
            fresh=False,
            cache=False,
            base_url=loopback.url,
            api_key_env=None,
            timeout_s=20.0,
            options={"reasks": 0},
        )
    )
    return run


def answer_with(answers: dict[str, list[dict[str, Any]]]) -> Any:
    def answer(body: dict[str, Any]) -> dict[str, Any]:
        asked = last_user(body)
        return {"events": next(events for text, events in answers.items() if text in asked)}

    return answer


class TestGold:
    def test_every_text_becomes_a_valid_gold_file_with_its_text(self, corpus: Path, tmp_path: Path) -> None:
        articles = write_gold(corpus, tmp_path / "gold")
        assert {article.id: article.article.text for article in articles} == {
            name: text for name, (text, _) in TEXTS.items()
        }
        assert [problem for article in articles for problem in problems_of(article, load_schema("muc4"))] == []

    def test_the_first_mention_is_the_value_and_the_others_are_accepted(self, corpus: Path) -> None:
        [mill, calm, _] = gold_records(corpus)
        assert mill["events"] == [
            {
                "incident_type": "bombing",
                "perp_individuals": ["men of the copper hand"],
                "perp_organizations": ["copper hand"],
                "targets": ["old mill"],
            }
        ]
        assert mill["accept"] == {
            "events.0.incident_type": ["arson"],
            "events.0.perp_individuals": [["men"]],
            "events.0.perp_organizations": [["mano de cobre"]],
            "events.0.targets": [["mill"]],
        }
        assert calm["events"] == []

    def test_any_mention_of_an_entity_is_right_to_the_scorer_of_this_product(
        self, corpus: Path, tmp_path: Path
    ) -> None:
        schema = load_schema("muc4")
        articles = write_gold(corpus, tmp_path / "gold")
        right = [
            extraction(
                article,
                [
                    schema.finish(schema.event.model_validate(e), i)
                    for i, e in enumerate(RIGHT_ANSWERS[article.article.text])
                ],
            )
            for article in articles
        ]
        scores = score_run(articles, right, scorer=Scorer(schema))
        totals = scores.tallies.all.tier(scores.scorer.columns, 1)
        assert totals.correct == 4 + 3  # a type and three roles, a type and two
        assert totals.possible == totals.actual == 7

    def test_a_type_that_the_schema_does_not_know_is_named(self, tmp_path: Path) -> None:
        template = {**TEXTS["X-3"][1][0], "incident_type": "attack / piracy"}
        with pytest.raises(GoldError, match=r"text X-3: incident_type: .*cannot hold"):
            gold_records(write_corpus(tmp_path, {"X-3": (MAYOR, [template])}))

    def test_an_id_that_leads_out_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(GoldError, match=r"'\.\./X' cannot be the name of a file"):
            gold_records(write_corpus(tmp_path, {"../X": (CALM, [])}))


def entity(*names: str) -> Entity:
    return Entity(tuple(Mention(name) for name in names))


class TestAlternatives:
    def test_all_ways_to_name_a_list_but_the_first(self) -> None:
        lists = alternative_lists([entity("a", "b"), entity("c"), entity("d", "e", "d")])
        assert lists == [["a", "c", "e"], ["b", "c", "d"], ["b", "c", "e"]]

    def test_one_name_each_leaves_none(self) -> None:
        assert alternative_lists([entity("a"), entity("b", "b")]) == []
        assert alternative_lists([]) == []

    def test_beyond_the_limit_each_entity_is_varied_alone(self) -> None:
        pairs = [entity(f"{i}a", f"{i}b") for i in range(MOST_ALTERNATIVES)]
        lists = alternative_lists(pairs)
        assert len(lists) == MOST_ALTERNATIVES
        assert all(sum(name.endswith("b") for name in names) == 1 for names in lists)


class TestPublishedMetrics:
    def test_right_answers_of_a_model_score_as_the_definitions_say(
        self, corpus: Path, loopback: LoopbackServer, tmp_path: Path
    ) -> None:
        loopback.answer = answer_with(RIGHT_ANSWERS)
        run = extract(corpus, loopback, tmp_path)
        result = run_metrics(run, corpus)
        assert (result.failed, result.absent, result.unknown) == ((), (), ())
        assert result.figures["gtt_f1"]["run"]["micro"]["f1"] == 1.0
        assert result.figures["ceaf_ree"]["run_as_extracts"]["micro"]["f1"] == 1.0
        phi3 = result.figures["ceaf_rme_phi3"]["run"]
        assert (phi3["p_num"], phi3["p_den"]) == (5, 5)
        assert phi3["r_den"] == 2 * 6 + 3  # the copies of the template with two types count, and every mention does
        own = score_folder(run, tmp_path / "gold").scores
        assert own.tallies.all.events.figures().f1 == 1.0

    def test_wrong_answers_cost_what_the_definitions_say(
        self, corpus: Path, loopback: LoopbackServer, tmp_path: Path
    ) -> None:
        wrong = {"incident_type": "kidnapping", "victims": ["governor"]}
        loopback.answer = answer_with({**RIGHT_ANSWERS, CALM: [wrong], MAYOR: []})
        gtt = run_metrics(extract(corpus, loopback, tmp_path), corpus).figures["gtt_f1"]["run"]
        assert (gtt["incident_type"]["p_num"], gtt["incident_type"]["p_den"]) == (1, 2)
        assert (gtt["incident_type"]["r_num"], gtt["incident_type"]["r_den"]) == (1, 2)
        assert (gtt["Victim"]["p_num"], gtt["Victim"]["p_den"], gtt["Victim"]["r_den"]) == (0, 1, 1)

    def test_failed_and_absent_texts_are_named_and_count_as_nothing(
        self, corpus: Path, loopback: LoopbackServer, tmp_path: Path
    ) -> None:
        broken: dict[str, Any] = {**RIGHT_ANSWERS, MAYOR: [{"incident_type": "piracy"}]}
        loopback.answer = answer_with(broken)
        run = extract(corpus, loopback, tmp_path)
        larger = write_corpus(tmp_path / "larger", {**TEXTS, "X-4": (CALM, [])})
        result = run_metrics(run, larger)
        assert (result.failed, result.absent) == (("X-3",), ("X-4",))
        assert result.figures["gtt_f1"]["run"]["Victim"]["r_den"] == 1
        assert result.figures["gtt_f1"]["run"]["Victim"]["p_den"] == 0

    def test_a_run_in_which_everything_failed_is_scored_as_nothing(
        self, corpus: Path, loopback: LoopbackServer, tmp_path: Path
    ) -> None:
        loopback.answer = answer_with({text: [{"incident_type": "piracy"}] for text in RIGHT_ANSWERS})
        result = run_metrics(extract(corpus, loopback, tmp_path), corpus)
        assert result.failed == ("X-1", "X-2", "X-3")
        assert result.figures["gtt_f1"]["run"]["micro"]["p_den"] == 0
        assert result.figures["gtt_f1"]["run"]["micro"]["r_den"] == 7

    def test_articles_that_the_corpus_does_not_know_are_named_and_left_out(
        self, corpus: Path, loopback: LoopbackServer, tmp_path: Path
    ) -> None:
        loopback.answer = answer_with(RIGHT_ANSWERS)
        run = extract(corpus, loopback, tmp_path)
        smaller = write_corpus(tmp_path / "smaller", {"X-1": TEXTS["X-1"]})
        result = run_metrics(run, smaller)
        assert result.unknown == ("X-2", "X-3")
        assert result.figures["gtt_f1"]["run"]["micro"]["p_den"] == 4
        with pytest.raises(GoldError, match="none of the 1 texts"):
            run_metrics(run, write_corpus(tmp_path / "other", {"Y-1": (CALM, [])}))

    def test_a_run_of_another_schema_is_refused(self, corpus: Path, loopback: LoopbackServer, tmp_path: Path) -> None:
        run = extract(corpus, loopback, tmp_path, prompt="generic")
        info = json.loads((run / "run.json").read_text(encoding="utf-8"))
        (run / "run.json").write_text(json.dumps({**info, "schema": "conflict"}), encoding="utf-8")
        with pytest.raises(GoldError, match=r"schema 'conflict': extract with --schema muc4"):
            run_metrics(run, corpus)

    def test_a_folder_that_is_no_run_is_refused(self, corpus: Path, tmp_path: Path) -> None:
        with pytest.raises(RunError):
            run_metrics(tmp_path / "nothing", corpus)


class TestPrompt:
    def test_the_examples_hold_only_strings_of_their_texts(self) -> None:
        prompt = load_prompt("muc4/1")
        assert len(prompt.examples) >= 3
        for example in prompt.examples:
            for event in json.loads(example.answer)["events"]:
                for field in FIELD_OF_ROLE.values():
                    assert [name for name in event.get(field, ()) if name not in example.text] == []

    def test_it_renders_for_its_schema_with_every_role_and_type(self) -> None:
        system, user = load_prompt("muc4/1").render(Article("x", MILL), load_schema("muc4"))
        for named in (*FIELD_OF_ROLE.values(), "forced work stoppage", "incident_type"):
            assert named in system.content
        assert MILL in user.content


@pytest.mark.skipif(not DATA.is_dir(), reason="the MUC-4 data is not beside the repository (../shared/muc4/tst3)")
class TestCorpus:
    def test_the_whole_corpus_becomes_valid_gold_that_agrees_with_itself(self, tmp_path: Path) -> None:
        articles = write_gold(DATA, tmp_path / "gold")
        assert len(articles) == 100
        assert sum(len(article.events) for article in articles) == 123
        schema = load_schema("muc4")
        assert [problem for article in articles for problem in problems_of(article, schema)] == []
        scores = score_run(articles, [extraction(a, list(a.events)) for a in articles], scorer=Scorer(schema))
        assert scores.tallies.all.events.figures(strict=True).f1 == 1.0
        assert scores.tallies.all.tier(scores.scorer.columns, 1).figures(strict=True).f1 == 1.0

    def test_no_example_of_the_prompt_stands_in_the_corpus(self) -> None:
        corpus = " ".join(record["text"] for record in gold_records(DATA)).lower()
        for example in load_prompt("muc4/1").examples:
            words = example.text.lower().split()
            assert not [run for i in range(len(words) - 7) if (run := " ".join(words[i : i + 8])) in corpus]
