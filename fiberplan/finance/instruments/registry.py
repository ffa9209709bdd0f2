"""All kinds of instruments, found by their files in this package."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Final

from fiberplan.finance import instruments
from fiberplan.finance.instruments.instrument import TermsInstrument
from fiberplan.finance.instruments.public_share import PublicShare
from fiberplan.finance.limits import FLOOR_PER_OPERATOR, FLOOR_TOTAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.wording import Wording


_WORDS: Final[Mapping[str, str]] = {
    PublicShare().name: "finance.public_share",
    FLOOR_PER_OPERATOR: "finance.floor_per_operator",
    FLOOR_TOTAL: "finance.floor_total",
}
"""Names of the instruments that no terms set."""


@lru_cache(maxsize=1)
def instrument_kinds() -> Mapping[str, type[TermsInstrument[Any]]]:
    """Give the class of every kind that `project.toml` can set, in the order of the stack."""
    modules = [
        import_module(f"{instruments.__name__}.{module.name}")
        for module in iter_modules(instruments.__path__)
    ]
    classes = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, TermsInstrument) and value is not TermsInstrument
    }
    return {one.kind: one for one in sorted(classes, key=lambda one: (one.place, one.kind))}


def instrument_text(instrument: str, words: Wording) -> str:
    """Write the name of an instrument for people.

    Parameters
    ----------
    instrument
        Kind and name.
    words
        The language.

    Examples
    --------
    >>> from fiberplan.wording import load_wording
    >>> instrument_text("soft_loan.green", load_wording("en")), instrument_text("limits.floor_total", load_wording("en"))
    ('Soft loan: green', 'Least in all')
    """
    kind, _, name = instrument.partition(".")
    if kind in instrument_kinds():
        return words.text(instrument_kinds()[kind].words, name=name)
    return words.text(_WORDS[instrument]) if instrument in _WORDS else instrument
