"""Behaviours and properties of name comparison; the labelled pairs stand in `name_pairs`."""

import subprocess
import sys
import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.names import PARTIAL, canonical, compare_names, fold, name_similarity

from .name_pairs import DIFFERENT, HELD_OUT_DIFFERENT, HELD_OUT_SAME, SAME

Pairs = tuple[tuple[str, str], ...]

LETTERS = st.characters(min_codepoint=32, max_codepoint=0x17F)
WORDS = st.one_of(
    st.sampled_from(
        ["the", "al-", "of", "in", "which", "K-1", "K1", "2nd", "first", "north", "South", "US", "Iranian"]
    ),
    st.sampled_from(["Qasem", "Qassim", "General", "López", "Lopez", "Merino's", "Kirkuk", "embassy", "base", "bombs"]),
    st.sampled_from(["Hezbollah", "FMLN", "(ELN)", "Farabundo", "Marti", "National", "Liberation", "Front", "[army]"]),
)
NAMES = st.one_of(st.text(LETTERS, max_size=25), st.lists(WORDS, max_size=6).map(" ".join))


def area_under_curve(same: Pairs, different: Pairs) -> float:
    """The chance that a pair of `same` scores above one of `different`, ties counting half."""
    scores = product([name_similarity(*pair) for pair in same], [name_similarity(*pair) for pair in different])
    wins = [(high > low) + 0.5 * (high == low) for high, low in scores]
    return sum(wins) / len(wins)


@given(NAMES, NAMES)
def test_similarity_is_symmetric_and_within_zero_and_one(a: str, b: str) -> None:
    assert 0.0 <= name_similarity(a, b) == name_similarity(b, a) <= 1.0


@given(NAMES)
def test_a_name_is_itself(a: str) -> None:
    assert name_similarity(a, a) == 1.0
    assert compare_names(a, f" {a} ") == "correct"


@given(NAMES, NAMES)
def test_case_does_not_matter(a: str, b: str) -> None:
    assert name_similarity(a.upper(), b) == name_similarity(a, b) == name_similarity(a, b.casefold())


@given(NAMES, NAMES)
def test_the_unicode_normal_form_does_not_matter(a: str, b: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", a), unicodedata.normalize("NFD", a)
    assert name_similarity(composed, b) == name_similarity(decomposed, b)


@given(st.text("áàâäãåéèêëíïóòôöõúùûüçñ' abdk", min_size=1), NAMES)
def test_diacritics_do_not_matter(a: str, b: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", a) if not unicodedata.combining(c))
    assert name_similarity(a, b) == name_similarity(bare, b)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Kata’ib Hizbollah", "kataib hizbollah"),
        ("K-1", "k 1"),
        ("K1", "k 1"),
        ("U.S. Army", "us army"),
        ("Merino's home", "merino home"),
        ("Merino 's home", "merino home"),
        ("1st Brigade", "1st brigade"),
        ("São Paulo–Santos", "sao paulo santos"),
        ("Київ", "kiiv"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("the Kirkuk market", "Kirkuk Market"),
        ("al-Asad", "Asad"),
        ("General Qasem Soleimani", "Qasem Soleimani"),
        ("Qasim Sulaimani", "Qassem Soleimani"),
        ("FMLN", "Farabundo Martí National Liberation Front"),
        ("ELN [ ARMY OF NATIONAL LIBERATION ]", "ELN"),
        ("Kata'ib Hizbollah (KH)", "Kataib Hezbollah"),
        ("Harmony and Progress Union", "HPU"),
        ("Harmony and Progress Union (HPU)", "HPU"),
        ("K1 base", "K-1 military base"),
        ("Baghdad Airport", "Baghdad International Airport"),
        ("US embassy", "American Embassy"),
        ("embassy of the United States", "U.S. embassy"),
        ("Salvadoran army", "army of El Salvador"),
        ("rocket", "rockets"),
        ("First Brigade", "1st Brigade"),
        ("Tamrit airbase", "Tamrit air base"),
        ("al-Bou Zahir", "Albu Zahir"),
        ("Hashed al-Shaabi", "PMF"),
        ("two bombs", "bomb"),
    ],
)
def test_the_same_name_in_other_words_is_correct(a: str, b: str) -> None:
    assert compare_names(a, b) == "correct"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Rodriguez", "Miguel Soler Rodriguez"),
        ("Carlos Valencia", "Carlos Valencia Garcia"),
        ("embassy", "US embassy"),
        ("rocket", "Katyusha rocket"),
        ("device", "bomb"),
        ("Quds Force", "Islamic Revolutionary Guard Corps"),
        ("SPLM-X", "SPLM"),
        ("Iraqi government", "government"),
    ],
)
def test_a_less_complete_or_vaguer_name_is_partial(a: str, b: str) -> None:
    assert compare_names(a, b) == "partial"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("North Kivu", "South Kivu"),
        ("First Brigade", "Second Brigade"),
        ("K1 base", "K-2 base"),
        ("US embassy", "Iranian embassy"),
        ("Carlos Valencia", "Carlos Mendoza"),
        ("Hassan Karimi", "Hussein Karimi-Nejad Torabi"),
        ("Kataib Hezbollah", "Hezbollah"),
        ("Kataib Hezbollah fighters", "Hezbollah fighters"),
        ("Iran", "Iran-backed militias"),
        ("Saudi-led coalition", "US-led coalition"),
        ("Embassy (Kabul)", "Embassy (Doha)"),
        ("San Salvador", "El Salvador"),
        ("power lines", "power pylons"),
        ("mission", "missile"),
    ],
)
def test_a_contradicting_qualifier_makes_another_name(a: str, b: str) -> None:
    assert compare_names(a, b) == "incorrect"


def test_three_words_of_a_long_description_are_no_acronym() -> None:
    assert name_similarity("DAS", "an appliance store in downtown Lima") < PARTIAL


def test_a_seat_of_government_is_the_state_only_where_an_actor_is_meant() -> None:
    assert compare_names("Washington", "United States", actor=True) == "correct"
    assert compare_names("Washington", "American", actor=True) == "correct"
    assert compare_names("Washington", "United States") == "incorrect"


def test_canonical_names_come_from_the_alias_table() -> None:
    assert canonical("the Hasd al-Saabi") == "Popular Mobilization Forces"
    assert canonical("ansarallah") == "Houthis"
    assert canonical("U.S.") == "United States"
    assert canonical("Tehran", actor=True) == "Iran"
    assert canonical("Tehran") is None
    assert canonical("Nobody in particular") is None


def test_two_letters_are_an_acronym_only_as_a_name_of_their_own() -> None:
    assert compare_names("QF", "Quintal Federation") == "correct"
    assert compare_names("what qf wrote", "Quintal Federation") == "incorrect"


def test_short_forms_that_are_common_words_count_only_alone() -> None:
    assert canonical("IS") == "Islamic State"
    assert compare_names("what is known", "Islamic State") == "incorrect"


@pytest.mark.parametrize("nothing", ["", " ", "...", "—"])
def test_an_empty_name_is_like_no_name(nothing: str) -> None:
    assert name_similarity(nothing, "Kirkuk") == 0.0


def test_pairs_from_other_continents_are_told_apart() -> None:
    assert area_under_curve(SAME, DIFFERENT) >= 0.99
    assert area_under_curve(HELD_OUT_SAME, HELD_OUT_DIFFERENT) >= 0.95


def test_the_partial_threshold_holds_on_pairs_from_other_continents() -> None:
    same, different = SAME + HELD_OUT_SAME, DIFFERENT + HELD_OUT_DIFFERENT
    missed = [pair for pair in same if name_similarity(*pair) < PARTIAL]
    mistaken = [pair for pair in different if name_similarity(*pair) >= PARTIAL]
    assert len(missed) <= 0.06 * len(same), missed
    assert len(mistaken) <= 0.02 * len(different), mistaken


def test_importing_names_is_light() -> None:
    heavy = {"pycountry", "scipy", "numpy", "openai", "pydantic", "datasets"}
    program = f"import sys, evals.names; print(*({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
