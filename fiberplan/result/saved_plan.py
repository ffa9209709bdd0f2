"""A plan as JSON, and the formats of that: an older one is migrated step by step when it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from pydantic import TypeAdapter

from fiberplan.errors import PlanFileError
from fiberplan.result.record import PlanRecord

Migration = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the JSON data of a plan in one format and returns them in the next."""


@dataclass(frozen=True, kw_only=True)
class PlanFormat:
    """The format in which plans are saved, and the way to it from older ones.

    Attributes
    ----------
    version
        Number of the format.
    migrations
        By version: from that one to the next. Their versions have no gap and end just before `version`.
    """

    version: int
    migrations: Mapping[int, Migration] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that each migration leads to the next.

        Raises
        ------
        ValueError
            One is missing.
        """
        if sorted(self.migrations) != list(range(self.oldest, self.version)):
            raise ValueError(f"migrations from {sorted(self.migrations)} do not lead to {self.version}")

    @property
    def oldest(self) -> int:
        """The oldest version that can be read."""
        return min(self.migrations, default=self.version)

    def check(self, version: object) -> int:
        """Check that a version can be read.

        Raises
        ------
        PlanFileError
            It is too old or too new, or no version at all.
        """
        if isinstance(version, int) and self.oldest <= version <= self.version:
            return version
        known = f"format {self.version}"
        if self.oldest < self.version:
            known = f"formats {self.oldest} to {self.version}"
        advice = ""
        if isinstance(version, int):
            advice = "; plan the project again" if version < self.oldest else "; a newer fiberplan reads it"
        raise PlanFileError(f"saved in format {version}, and this fiberplan reads {known}{advice}")

    def migrate(self, data: dict[str, Any], version: int) -> dict[str, Any]:
        """Bring the JSON data of a plan to the current version.

        Parameters
        ----------
        data
            The plan; it may be changed.
        version
            Of the data.
        """
        for step in range(version, self.version):
            data = self.migrations[step](data)
        return data


PLAN_FORMAT: Final = PlanFormat(version=2)
"""Today's format. To change it: raise the version, add the migration, and keep a small plan of the old one in `tests/data/saved`."""


def plan_to_json(record: PlanRecord) -> bytes:
    """Return a plan as JSON, without timings of the solver, so that the same input gives the same bytes."""
    report = replace(record.routing.report, seconds=0.0, log=())
    return _adapter().dump_json(
        replace(record, routing=replace(record.routing, report=report)), by_alias=True
    )


def plan_from_json(content: bytes, version: object, *, plan_format: PlanFormat = PLAN_FORMAT) -> PlanRecord:
    """Read a plan from JSON.

    Parameters
    ----------
    content
        The JSON text.
    version
        In which format it is.
    plan_format
        The format to read it as, with migrations from older ones.

    Raises
    ------
    PlanFileError
        The version cannot be read, or the plan is damaged.
    """
    number = plan_format.check(version)
    try:
        if number != plan_format.version:
            content = json.dumps(plan_format.migrate(json.loads(content), number)).encode()
        return _adapter().validate_json(content)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PlanFileError("the saved plan is damaged") from error


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[PlanRecord]:
    return TypeAdapter(PlanRecord)
