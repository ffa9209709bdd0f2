"""Saved results: those that older versions wrote still open, hold, and are written again as they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fiberplan.errors import SharingError
from fiberplan.sharing import (
    award_from_json,
    award_to_json,
    subsidy_from_json,
    subsidy_to_json,
    verify_award,
    verify_certificate,
    verify_subsidy,
)
from fiberplan.sharing.certificates.saved import (
    certificate_from_json,
    certificate_to_json,
    game_from_json,
    game_to_json,
)
from fiberplan.sharing.saved_types import Exact, Pairs, read_saved

SAVED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "saved" / "results.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("saved", SAVED["subsidies"])
def test_an_old_subsidy_opens(saved: dict[str, Any]) -> None:
    game, result = game_from_json(saved["game"]), subsidy_from_json(saved["subsidy"])
    assert verify_subsidy(game, result) == ()
    assert json.dumps(game_to_json(game)) == json.dumps(saved["game"])
    assert json.dumps(subsidy_to_json(result)) == json.dumps(saved["subsidy"])


@pytest.mark.parametrize("saved", SAVED["awards"])
def test_an_old_award_opens(saved: dict[str, Any]) -> None:
    award = award_from_json(saved)
    assert verify_award(award) == ()
    assert json.dumps(award_to_json(award)) == json.dumps(saved)


@pytest.mark.parametrize("saved", SAVED["certificates"])
def test_an_old_certificate_opens(saved: dict[str, Any]) -> None:
    game, result = game_from_json(saved["game"]), certificate_from_json(saved["certificate"])
    assert verify_certificate(game, result) == ()
    assert json.dumps(game_to_json(game)) == json.dumps(saved["game"])
    assert json.dumps(certificate_to_json(result)) == json.dumps(saved["certificate"])


def test_a_saved_rule_that_is_missing_is_not_one_that_is_not_set() -> None:
    for saved, read in (
        (SAVED["subsidies"][0]["subsidy"], subsidy_from_json),
        (SAVED["awards"][1], award_from_json),
    ):
        for name in saved["rules"]:
            rest = {key: value for key, value in saved["rules"].items() if key != name}
            with pytest.raises(SharingError, match=f"rules: .*lacks {name}"):
                read({**saved, "rules": rest})


PAIRS: TypeAdapter[Any] = TypeAdapter(Annotated[Mapping[tuple[str, str | int], Exact], Pairs()])


@given(
    st.dictionaries(
        st.tuples(st.text(), st.text() | st.integers()), st.fractions() | st.integers() | st.decimals(-9, 9)
    )
)
def test_pairs_keep_keys_apart_that_are_written_alike(mapping: dict[tuple[str, str | int], Any]) -> None:
    saved = json.loads(json.dumps(PAIRS.dump_python(mapping, mode="json")))
    assert PAIRS.validate_python(saved) == {key: Fraction(value) for key, value in mapping.items()}


def test_what_are_no_pairs_is_refused() -> None:
    for saved in (
        [["a", 1, "x"]],
        [["a", "1/2"]],
        [["a", 1, "1"], ["a", 1, "2"]],
        [["a", 1, "1/0"]],
        {"a": 1},
        None,
    ):
        with pytest.raises(SharingError, match="the saved sum cannot be read"):
            read_saved(PAIRS, saved, "sum")
