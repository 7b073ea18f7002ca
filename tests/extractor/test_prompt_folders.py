import re
import shutil
from pathlib import Path

import pytest

from extractor.errors import PromptError
from extractor.prompts import FoundPrompt, diff_prompts, list_prompts, load_prompt, read_prompt, release, search_path
from extractor.records import Article
from extractor.schemas import Schema, load_schema

SHIPPED = Path(__file__).parents[2] / "prompts"


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema("conflict")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of prompts of one's own, with an unreleased copy of the shipped conflict/1."""
    copy = tmp_path / "prompts"
    shutil.copytree(SHIPPED / "conflict" / "1", copy / "conflict" / "1")
    settings = copy / "conflict" / "1" / "prompt.toml"
    text = re.sub(r'^digest = ".*"$', 'digest = ""', settings.read_text(encoding="utf-8"), flags=re.MULTILINE)
    settings.write_text(text.replace("released = true", "released = false"), encoding="utf-8")
    return copy


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


class TestFindingPrompts:
    def test_a_name_means_its_highest_version(self, root: Path) -> None:
        for version in ("2", "10"):
            shutil.copytree(root / "conflict" / "1", root / "conflict" / version)
            edit(root / "conflict" / version / "prompt.toml", "version = 1", f"version = {version}")
        assert load_prompt("conflict", search=[root]).ref == "conflict/10"
        assert load_prompt("conflict/2", search=[root]).ref == "conflict/2"

    def test_the_working_directory_comes_before_the_shipped_prompts(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(root.parent)
        edit(root / "conflict" / "1" / "user.md.jinja", "by the rules", "by all the rules")
        assert "by all the rules" in load_prompt("conflict/1").user
        assert load_prompt("generic").folder.resolve() == (search_path()[1] / "generic" / "1").resolve()

    def test_an_installed_package_brings_its_own_prompts(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = tmp_path / "site-packages" / "extractor"
        shutil.copytree(root, package / "_bundled" / "prompts")
        monkeypatch.setattr("extractor.__file__", str(package / "__init__.py"))
        monkeypatch.chdir(package)
        assert load_prompt("conflict").folder == package.resolve() / "_bundled" / "prompts" / "conflict" / "1"

    def test_a_folder_is_loaded_wherever_it_is(self, root: Path, tmp_path: Path) -> None:
        elsewhere = (root / "conflict" / "1").rename(tmp_path / "my prompt")
        assert load_prompt(elsewhere).ref == load_prompt(str(elsewhere)).ref == "conflict/1"

    def test_what_is_not_there_is_named_with_what_is(self, root: Path) -> None:
        with pytest.raises(PromptError, match=r"no prompt 'conflict/7' in .*: there is conflict/1$"):
            load_prompt("conflict/7", search=[root])
        with pytest.raises(
            PromptError, match=r"no prompt '\.\./nowhere': give a folder with a prompt\.toml, or name/v"
        ):
            load_prompt("../nowhere", search=[root])

    def test_a_copy_that_kept_its_old_version_is_told_what_to_write(self, root: Path) -> None:
        release(root / "conflict" / "1")
        shutil.copytree(root / "conflict" / "1", root / "conflict" / "2")
        edit(root / "conflict" / "2" / "user.md.jinja", "Now", "And now")
        with pytest.raises(
            PromptError, match=r"says conflict/1, but stands in conflict/2: .*version = 2, and released ="
        ):
            load_prompt("conflict", search=[root])

    def test_a_broken_prompt_is_listed_with_its_problem(self, root: Path) -> None:
        shutil.copytree(root / "conflict" / "1", root / "broken" / "1")
        found = list_prompts(search=[root])
        assert [(entry.ref, entry.prompt is None) for entry in found] == [("broken/1", True), ("conflict/1", False)]
        assert isinstance(found[0], FoundPrompt)
        assert "says conflict/1, but stands in broken/1" in (found[0].problem or "")


class TestRelease:
    def test_stamps_the_settings_and_leaves_comments_alone(self, root: Path) -> None:
        folder = root / "conflict" / "1"
        edit(folder / "prompt.toml", "released = false", "released = false  # not yet")
        before = read_prompt(folder)
        released = release(folder)
        text = (folder / "prompt.toml").read_text(encoding="utf-8")
        assert "released = true  # not yet\n" in text
        assert f'digest = "{before.digest}"\n' in text
        assert read_prompt(folder) == released
        assert not before.released
        assert list(folder.glob("*.partial")) == []

    def test_adds_the_keys_where_the_settings_lack_them(self, root: Path) -> None:
        folder = root / "conflict" / "1"
        edit(folder / "prompt.toml", "released = false\n", "")
        edit(folder / "prompt.toml", 'digest = ""\n', "")
        release(folder)
        assert read_prompt(folder).released

    def test_releasing_twice_does_nothing(self, root: Path) -> None:
        folder = root / "conflict" / "1"
        release(folder)
        before = (folder / "prompt.toml").read_bytes()
        release(folder)
        assert (folder / "prompt.toml").read_bytes() == before

    @pytest.mark.parametrize("file", ["system.md.jinja", "user.md.jinja", "examples.jsonl", "prompt.toml"])
    def test_an_edit_after_the_release_is_refused(self, root: Path, file: str) -> None:
        folder = root / "conflict" / "1"
        release(folder)
        old = {"examples.jsonl": "Camp Tarrel", "prompt.toml": "temperature = 0.0"}.get(file, "article")
        new = {"examples.jsonl": "Camp Tarell", "prompt.toml": "temperature = 0.5"}.get(file, "article now")
        edit(folder / file, old, new)
        with pytest.raises(
            PromptError,
            match=r"^prompt conflict/1 was edited after its release: copy it to prompts/conflict/2 and change that, "
            r"or restore it with git",
        ):
            load_prompt("conflict", search=[root])

    def test_description_and_line_ends_do_not_change_the_digest(self, root: Path) -> None:
        folder = root / "conflict" / "1"
        before = release(folder).digest
        edit(folder / "prompt.toml", 'description = "', 'description = "Ours: ')
        for file in folder.iterdir():
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
        assert read_prompt(folder).digest == before

    def test_examples_that_do_not_fit_the_schema_are_not_released(self, root: Path) -> None:
        folder = root / "conflict" / "1"
        edit(folder / "examples.jsonl", '"role": "response"', '"role": "sequel"')
        with pytest.raises(PromptError, match=r"examples\.jsonl line 1: .*does not fit.*events\.1\.role"):
            release(folder)
        assert not read_prompt(folder).released

    def test_a_quote_that_is_not_in_its_example_is_not_released(self, root: Path) -> None:
        folder = root / "conflict" / "1"
        edit(folder / "examples.jsonl", "and beat three guards. Nobody", "and beat 3 guards. Nobody")
        with pytest.raises(PromptError, match=r"examples\.jsonl line 4: the quote 'beat three guards' does not stand"):
            release(folder)

    def test_released_without_a_digest_is_refused(self, root: Path) -> None:
        edit(root / "conflict" / "1" / "prompt.toml", "released = false", "released = true")
        with pytest.raises(PromptError, match="says released, but has no digest"):
            load_prompt("conflict", search=[root])


class TestDiff:
    def test_shows_changes_in_templates_and_inside_one_example(self, root: Path) -> None:
        shutil.copytree(root / "conflict" / "1", root / "conflict" / "2")
        edit(root / "conflict" / "2" / "prompt.toml", "version = 1", "version = 2")
        edit(root / "conflict" / "2" / "user.md.jinja", "Now answer", "Answer now")
        edit(root / "conflict" / "2" / "examples.jsonl", '"Tambou"', '"Tambu"')
        a, b = (load_prompt(ref, search=[root]) for ref in ("conflict/1", "conflict/2"))
        changed = [line for line in diff_prompts(a, b).splitlines() if re.match(r"[+-](?![+-])", line)]
        assert [" ".join(line.split())[:20] for line in changed] == [
            "-version = 1",
            "+version = 2",
            "-Now answer with the",
            "+Answer now with the",
            '- "settlement": "Tam',
            '+ "settlement": "Tam',
        ]
        assert diff_prompts(a, a) == ""


class TestBrokenPrompts:
    @pytest.mark.parametrize(
        ("file", "old", "new", "message"),
        [
            ("prompt.toml", 'name = "conflict"', "name = conflict", r"prompt\.toml: broken TOML: .*line 1"),
            ("prompt.toml", "version = 1", 'version = "1"', r"prompt\.toml: version: "),
            ("prompt.toml", "temperature = 0.0", "temperatur = 0.0", r"prompt\.toml: parameters\.temperatur: "),
            ("prompt.toml", "max_tokens = 4096", "max_tokens = 0", r"prompt\.toml: parameters\.max_tokens: "),
            ("user.md.jinja", "{{ article }}", "{{ article", r"user\.md\.jinja line 5: .*: mend the template"),
            (
                "user.md.jinja",
                "{{ article }}",
                "{{ artcle }}",
                r"user\.md\.jinja line 3: 'artcle' is undefined.*article",
            ),
            ("user.md.jinja", "{{ article }}", "{{ article|upper }}", r"user\.md\.jinja: must print the article once"),
            ("user.md.jinja", "{{ article }}", "no article", r"user\.md\.jinja: must print the article once"),
            ("user.md.jinja", "{{ article }}", "{{ article }}{{ article }}", r"must print the article once"),
            ("user.md.jinja", "{{ article }}", "{{ article.__class__ }}", r"user\.md\.jinja line 3: .*unsafe"),
            ("user.md.jinja", "{{ article }}", "{% include '/etc/passwd' %}", r"user\.md\.jinja line 3: .*passwd"),
            ("user.md.jinja", "{{ article }}", "{{ 1 // 0 }}", r"user\.md\.jinja line 3: .*division"),
            ("examples.jsonl", '{"article"', '{article"', r"examples\.jsonl line 1: no JSON object"),
            ("examples.jsonl", '{"article"', '{"text"', r"examples\.jsonl line 1: .*article: Field required"),
            ("examples.jsonl", "2022-08-09", "9 August", r"examples\.jsonl line 3: article\.published"),
        ],
    )
    def test_one_line_names_the_file_and_the_place(
        self, root: Path, file: str, old: str, new: str, message: str
    ) -> None:
        edit(root / "conflict" / "1" / file, old, new)
        with pytest.raises(PromptError, match=message) as caught:
            load_prompt("conflict", search=[root])
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("file", ["system.md.jinja", "user.md.jinja", "examples.jsonl"])
    def test_a_missing_file_is_named(self, root: Path, file: str) -> None:
        (root / "conflict" / "1" / file).unlink()
        with pytest.raises(PromptError, match=rf"no file .*{re.escape(file)}: a prompt folder needs it"):
            load_prompt("conflict", search=[root])

    def test_bytes_that_are_no_text_are_named(self, root: Path) -> None:
        (root / "conflict" / "1" / "system.md.jinja").write_bytes(b"\xff\xfe")
        with pytest.raises(PromptError, match=r"system\.md\.jinja cannot be read as UTF-8"):
            load_prompt("conflict", search=[root])

    @pytest.mark.parametrize(
        ("new", "message"),
        [
            ("{{ schema.feilds }}", r"system\.md\.jinja line \d+: .*feilds"),
            ("{{ article }}", r"system\.md\.jinja line \d+: 'article' is undefined"),
        ],
    )
    def test_the_stable_part_can_use_nothing_but_schema_and_examples(
        self, root: Path, schema: Schema, new: str, message: str
    ) -> None:
        edit(root / "conflict" / "1" / "system.md.jinja", "{{ schema.fields }}", new)
        with pytest.raises(PromptError, match=message):
            load_prompt("conflict", search=[root]).render(Article("a", "t"), schema)
