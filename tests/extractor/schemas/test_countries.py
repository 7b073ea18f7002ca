"""Country codes and capitals."""

from __future__ import annotations

import pycountry
import pytest
from pydantic import TypeAdapter, ValidationError

from extractor.schemas.countries import CountryCode, capitals, country_codes

ADAPTER: TypeAdapter[str] = TypeAdapter(CountryCode)


def test_all_codes_of_iso_3166_and_kosovo_are_taken() -> None:
    assert country_codes() == {country.alpha_2 for country in pycountry.countries} | {"XK"}


@pytest.mark.parametrize(("written", "code"), [("IQ", "IQ"), ("iq", "IQ"), (" gb ", "GB"), ("xk", "XK")])
def test_a_code_is_upper_cased_and_trimmed(written: str, code: str) -> None:
    assert ADAPTER.validate_python(written) == code


@pytest.mark.parametrize("written", ["UK", "Iraq", "IRQ", "", "XX", "I", "EU"])
def test_what_is_no_code_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(ValidationError, match="write two letters such as IQ, or null"):
        ADAPTER.validate_python(written)


def test_what_is_no_text_is_refused_as_such() -> None:
    with pytest.raises(ValidationError, match="valid string"):
        ADAPTER.validate_python(7)


def test_a_model_is_shown_the_form_of_a_code() -> None:
    assert ADAPTER.json_schema() == {"type": "string", "pattern": "^[A-Z]{2}$"}


def test_every_country_with_a_capital_is_a_country_and_every_state_of_the_un_has_one() -> None:
    assert set(capitals()) <= country_codes()
    assert {"IQ", "IR", "US", "DE", "JP", "BR", "NG", "AU"} <= {code for code, names in capitals().items() if names}
    assert capitals()["IQ"][0] == "Baghdad"
    assert all(name == name.strip() and name for names in capitals().values() for name in names)
