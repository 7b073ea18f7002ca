import pytest
from hypothesis import given

from evals.literature.templates import (
    Entity,
    Extracts,
    Mention,
    Role,
    Template,
    as_extracts,
    extracts_from,
    merge_released,
    without_duplicates,
)
from tests.evals.literature.building import extracts, template, templates


def test_equal_means_equal_strings_in_equal_order_whatever_the_offsets() -> None:
    first = template("attack", Target=[[("mill", 10), ("old mill", 50)]])
    elsewhere = template("attack", Target=[[("mill", 99), ("old mill", 7)]])
    reordered = template("attack", Target=[[("old mill", 50), ("mill", 10)]])
    differently_written = template("attack", Target=[[("The mill", 10), ("old mill", 50)]])
    other_type = template("bombing", Target=[[("mill", 10), ("old mill", 50)]])
    kept = without_duplicates([first, elsewhere, reordered, differently_written, other_type, first])
    assert kept == (first, reordered, differently_written, other_type)


@given(templates(max_size=6))
def test_dropping_duplicates_keeps_first_occurrences_in_order(given_templates: list[Template]) -> None:
    kept = without_duplicates(given_templates)
    assert len(set(kept)) == len(kept)
    assert set(kept) == set(given_templates)
    positions = [given_templates.index(one) for one in kept]
    assert positions == sorted(positions)


def test_extracts_take_the_entities_of_all_templates_once_per_role() -> None:
    derived = as_extracts(
        [
            template("attack", PerpInd=[["guard"], ["sergeant", "guard"]], Victim=[["guard"]]),
            template("arson", PerpInd=[["Guard"], ["guard"], ["guard", "sergeant"]]),
        ]
    )
    assert derived == extracts(
        PerpInd=[["guard"], ["sergeant", "guard"], ["Guard"], ["guard", "sergeant"]], Victim=[["guard"]]
    )


def test_extracts_of_no_template_are_empty() -> None:
    assert as_extracts([]) == Extracts()


def test_released_lines_of_a_text_are_joined_in_line_order() -> None:
    bombing, attack, arson = (template(kind) for kind in ("bombing", "attack", "arson"))
    merged = merge_released([("T-2", [bombing]), ("T-1", []), ("T-2", []), ("T-2", [attack, arson]), ("T-1", [arson])])
    assert merged == {"T-2": (bombing, attack, arson), "T-1": (arson,)}
    assert list(merged) == ["T-2", "T-1"]


def test_roles_are_reached_by_name_and_iterated_in_order() -> None:
    built = extracts(Weapon=[["torch"]], PerpInd=[["guard"]])
    assert built[Role.WEAPON] == (Entity((Mention("torch"),)),)
    assert [role for role, _ in built.entities()] == [Role.PERP_IND, Role.WEAPON]


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown role 'Victims'"):
        extracts_from({"Victims": []})


def test_an_entity_without_mentions_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one mention"):
        extracts_from({"Victim": [[]]})
