"""Short ways to write templates in tests: roles by their name in the files, entities as lists of mentions."""

from hypothesis import strategies as st

from evals.literature.templates import Extracts, RawMention, Role, Template, extracts_from


def extracts(**roles: list[list[RawMention]]) -> Extracts:
    return extracts_from(roles)


def template(incident_type: str, **roles: list[list[RawMention]]) -> Template:
    return Template(incident_type, extracts_from(roles))


def templates(max_size: int) -> st.SearchStrategy[list[Template]]:
    """Few types, roles and mentions, so that equal templates, shared mentions and ties are common."""
    entity = st.lists(st.sampled_from(["ash", "birch", "cedar", "the Ash"]), min_size=1, max_size=2)
    roles = st.dictionaries(st.sampled_from([Role.PERP_IND, Role.TARGET]), st.lists(entity, max_size=3), max_size=2)
    incident_type = st.sampled_from(["attack", "bombing", "attack / bombing", "bombing / attack"])
    return st.lists(
        st.builds(lambda kind, by_role: Template(kind, extracts_from(by_role)), incident_type, roles), max_size=max_size
    )
