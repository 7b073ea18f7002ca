"""The notation of MUC-4's dates and places."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.compare import Verdict, compare_dates
from evals.muc4_values import country_code, read_date, read_place
from evals.places import Level, Part, Place, compare_places
from extractor.schemas.dates import parse_edtf


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("07 SEP 87", "1987-09-07"),
        ("7 SEP 87", "1987-09-07"),
        ("07 SEPTEMBER 1987", "1987-09-07"),
        ("7 Sept. 1987", "1987-09-07"),
        ("(07 SEP 87)", "1987-09-07"),
        ("SEP 87", "1987-09"),
        ("1987", "1987"),
        ("07 SEP", "XXXX-09-07"),
        ("07 SEP 00", "XXXX-09-07"),
        ("- 07 SEP 87", "../1987-09-07"),
        ("-7 SEP 1987", "../1987-09-07"),
        ("ON OR BEFORE 7 SEP 87", "../1987-09-07"),
        ("(- 07 SEP 87)", "../1987-09-07"),
        ("07 SEP 87 - 09 OCT 87", "1987-09-07/1987-10-09"),
        ("07 SEP - 09 OCT 87", "1987-09-07/1987-10-09"),
        ("07 SEPTEMBER 1987 - 7 SEP 87", "1987-09-07"),
        ("01 SEP 87 - 30 SEP 87", "1987-09"),
        ("01 FEB 88 - 29 FEB 88", "1988-02"),
        ("01 FEB 88 - 28 FEB 88", "1988-02-01/1988-02-28"),
        ("01 JAN 87 - 31 DEC 87", "1987"),
    ],
)
def test_dates_become_edtf(written: str, value: str) -> None:
    assert read_date(written) == value


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-",
        "SOON",
        "07 SEP 87 -",
        "31 SEP 87",
        "07 SOL 87",
        "07 MAYBE 87",
        "07 SEP 87 - 06 SEP 87",
        "- 07 SEP",
        "07 09 87",
    ],
)
def test_what_is_no_date_is_refused_by_name(written: str) -> None:
    with pytest.raises(ValueError, match=r"^'"):
        read_date(written)


@given(st.dates(date(1901, 1, 1), date(1999, 12, 31)), st.booleans())
def test_every_day_of_the_century_is_read_in_both_lengths(day: date, long: bool) -> None:
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    year = f"{day.year}" if long else f"{day.year % 100:02}"
    assert read_date(f"{day.day} {months[day.month - 1]} {year}") == day.isoformat()
    limit = read_date(f"- {day.day:02} {months[day.month - 1]} {year}")
    assert parse_edtf(limit).open == "before"
    assert compare_dates(limit, day.isoformat()) is Verdict.PARTIAL


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("PARAGUAY", Place("PY")),
        ("(PARAGUAY)", Place("PY")),
        (
            "PARAGUAY: GUAIRA (DEPARTMENT): VILLARRICA (CITY): SAN MIGUEL (NEIGHBORHOOD)",
            Place(
                "PY",
                (Part(Level.ADMIN1, "GUAIRA"), Part(Level.SETTLEMENT, "VILLARRICA"), Part(Level.SITE, "SAN MIGUEL")),
            ),
        ),
        (
            "URUGUAY: TACUA (VALLEY): MINAS (TOWN)",  # the finer kind first
            Place("UY", (Part(Level.SETTLEMENT, "MINAS"), Part(Level.SITE, "TACUA"))),
        ),
        ("URUGUAY: MINAS (CITY) - ROCHA (CITY)", Place("UY", (Part(Level.SETTLEMENT, "MINAS - ROCHA"),))),
        ("URUGUAY: LA PALOMA LIGHTHOUSE", Place("UY", (Part(Level.SITE, "LA PALOMA LIGHTHOUSE"),))),
        ("YUGOSLAVIA: NIS (CITY)", Place("YUGOSLAVIA", (Part(Level.SETTLEMENT, "NIS"),))),
    ],
)
def test_places_become_hierarchies(written: str, place: Place) -> None:
    assert read_place(written) == place


@pytest.mark.parametrize("written", ["", ": MINAS (CITY)", "URUGUAY:", "URUGUAY: (CITY)"])
def test_what_is_no_place_is_refused_by_name(written: str) -> None:
    with pytest.raises(ValueError, match=r"^'"):
        read_place(written)


def test_a_place_between_two_is_partly_right_for_either() -> None:
    between = read_place("URUGUAY: MINAS (CITY) - ROCHA (CITY)")
    for end in ("MINAS", "ROCHA"):
        assert compare_places(between, read_place(f"URUGUAY: {end} (CITY)")) is Verdict.PARTIAL
    assert compare_places(between, read_place("URUGUAY: SALTO (CITY)")) is Verdict.INCORRECT


def test_countries_have_their_code_and_vanished_states_their_name() -> None:
    assert [country_code(name) for name in ("URUGUAY", "Bolivia", "UNITED STATES")] == ["UY", "BO", "US"]
    assert country_code("CZECHOSLOVAKIA") == "CZECHOSLOVAKIA"
