"""Saved games and certificates: read back without loss, and checked from what was saved alone (§10)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cost_games import EMPTY_CORE, TRIANGLE, cost_games, networks, spanning_games

from fiberplan.errors import SharingError
from fiberplan.sharing import CostBounds, CostGame, certify_split, rule, verify_certificate
from fiberplan.sharing.certificates.saved import (
    certificate_from_json,
    certificate_to_json,
    game_from_json,
    game_to_json,
)


@settings(max_examples=40)
@given(st.one_of(cost_games(4), networks(4), spanning_games(4)))
def test_nothing_is_lost(game: CostGame) -> None:
    result = certify_split(game, rule("shapley")(game))
    text = json.dumps([game_to_json(game), certificate_to_json(result)])
    saved_game, saved_certificate = json.loads(text)
    again = game_from_json(saved_game)
    assert type(again) is type(game) or not hasattr(game, "edges")
    assert again.table() == game.table()
    assert certificate_from_json(saved_certificate) == result
    assert verify_certificate(again, certificate_from_json(saved_certificate)) == ()


def test_bounds_are_saved() -> None:
    game = CostGame.from_table({("A",): CostBounds(6, 8), ("B",): 11, ("A", "B"): 13})
    assert game_from_json(game_to_json(game)).table() == game.table()


def test_a_tampered_file_is_caught() -> None:
    saved = certificate_to_json(certify_split(EMPTY_CORE, rule("equal-parts")(EMPTY_CORE)))
    saved["least_core"]["weights"][0][1] = "1"
    assert verify_certificate(EMPTY_CORE, certificate_from_json(saved))


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"players": ["A"], "kind": "table", "costs": []},
        {"players": ["A"], "kind": "table", "costs": [["x", "1"]]},
        {"players": ["A"], "kind": "riddle"},
        {"players": 3, "kind": "table"},
    ],
)
def test_what_is_no_game_is_refused(saved: dict[str, Any]) -> None:
    with pytest.raises(SharingError, match="saved game"):
        game_from_json(saved)


def test_what_is_no_certificate_is_refused() -> None:
    saved = certificate_to_json(certify_split(TRIANGLE, rule("folk")(TRIANGLE)))
    for key, value in [("total", "a lot"), ("findings", [{"kind": "magic"}]), ("shares", None)]:
        with pytest.raises(SharingError, match="saved certificate"):
            certificate_from_json({**saved, key: value})
