"""An award as plain JSON values, and back, so that it can be checked from saved data alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter

from fiberplan.sharing.auction.award import Award
from fiberplan.sharing.saved_types import Json, read_saved

if TYPE_CHECKING:
    from collections.abc import Mapping

_ADAPTER: Final = TypeAdapter(Award)


def award_to_json(award: Award) -> Json:
    """Write an award with all bids and rules."""
    written: Json = _ADAPTER.dump_python(award, mode="json")
    return written


def award_from_json(saved: Mapping[str, object]) -> Award:
    """Read an award back; `verify_award` says whether it is true.

    Raises
    ------
    SharingError
        It is none.
    """
    return read_saved(_ADAPTER, saved, "award")
