"""Awards and smallest subsidies as JSON files of their own, which `fiberplan verify` checks from the file alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fiberplan.errors import PlanFileError, SharingError
from fiberplan.files import replacing
from fiberplan.sharing.auction.saved import award_from_json, award_to_json
from fiberplan.sharing.certificates.saved import game_from_json, game_to_json
from fiberplan.sharing.subsidy.saved import subsidy_from_json, subsidy_to_json

if TYPE_CHECKING:
    from fiberplan.sharing.auction.award import Award
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.subsidy.result import MinimalSubsidy

FORMAT_VERSION: Final = 1
_KINDS: Final = ("award", "subsidy")


def write_award(award: Award, path: str | Path) -> Path:
    """Write an award with its bids and rules; an older file is replaced only when the new one is complete.

    Parameters
    ----------
    award
        The award.
    path
        Of the JSON file.
    """
    return _write(path, {"award": award_to_json(award)})


def write_subsidy(subsidy: MinimalSubsidy, game: CostGame, path: str | Path) -> Path:
    """Write a smallest subsidy with the game that it is about; an older file is replaced as by `write_award`.

    Parameters
    ----------
    subsidy
        The subsidy.
    game
        What groups of operators would pay, without public money.
    path
        Of the JSON file.
    """
    return _write(path, {"subsidy": subsidy_to_json(subsidy), "game": game_to_json(game)})


def verify_result(path: str | Path) -> tuple[str, tuple[str, ...]]:
    """Check a saved award or subsidy from its file alone.

    Returns
    -------
    tuple
        A short description, and what does not hold, a sentence each.

    Raises
    ------
    PlanFileError
        The file does not exist, or is neither.
    """
    # OR-Tools and networkx are heavy, and only checks need them
    from fiberplan.sharing.auction.checks import verify_award  # noqa: PLC0415
    from fiberplan.sharing.subsidy.checks import verify_subsidy  # noqa: PLC0415

    saved = _read(Path(path))
    try:
        if "award" in saved:
            award = award_from_json(saved["award"])
            return f"an award of {len(award.won)} of {len(award.bids)} bids", verify_award(award)
        game = game_from_json(saved["game"])
        subsidy = subsidy_from_json(saved["subsidy"])
        return f"a smallest subsidy for {game.size} operators", verify_subsidy(game, subsidy)
    except (SharingError, AttributeError, KeyError, TypeError) as error:
        raise PlanFileError(f"{path}: the saved result is damaged ({error})") from error


def _write(path: str | Path, content: dict[str, Any]) -> Path:
    target = Path(path)
    text = json.dumps({"fiberplan": FORMAT_VERSION, **content}, indent=1, ensure_ascii=False)
    with replacing(target) as draft:
        draft.write_text(text + "\n", encoding="utf-8")
    return target


def _read(source: Path) -> dict[str, Any]:
    if not source.is_file():
        raise PlanFileError(f"{source}: no such file")
    try:
        saved = json.loads(source.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PlanFileError(f"{source}: not JSON ({error})") from error
    if not isinstance(saved, dict) or not any(kind in saved for kind in _KINDS):
        raise PlanFileError(f"{source}: neither an award nor a subsidy saved by fiberplan")
    if saved.get("fiberplan") != FORMAT_VERSION:
        raise PlanFileError(
            f"{source}: saved in format {saved.get('fiberplan')}, and this fiberplan reads format {FORMAT_VERSION}"
        )
    return saved
