"""A certificate from stand-alone costs only, where the costs of other coalitions are not known (`docs/cost-split.md` §11.9)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.sharing.certificates.certificate import Finding, Property, SplitCertificate
from fiberplan.sharing.games.players import exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fiberplan.money import Rational
    from fiberplan.sharing.games.game import CostBounds
    from fiberplan.sharing.games.players import Player


def stand_alone_certificate(
    total: Rational,
    shares: Mapping[Player, Rational],
    alone: Mapping[Player, CostBounds],
    *,
    rounding: int = 0,
) -> SplitCertificate:
    """Certify a split as far as stand-alone costs allow.

    Parameters
    ----------
    total
        Cost of all together.
    shares
        What each player pays.
    alone
        What some or all players would pay alone.
    rounding
        What rounding may have added to a share.

    Returns
    -------
    SplitCertificate
        Balance, shares that are not negative, and stand-alone costs. Other properties are not known, except that a
        player who pays too much is a coalition outside the core.

    Examples
    --------
    >>> from fiberplan.sharing.games.game import CostBounds
    >>> certificate = stand_alone_certificate(13, {"A": 9, "B": 4}, {"A": CostBounds(8, 8), "B": CostBounds(9, 11)})
    >>> certificate.finding("stand-alone").coalition, certificate.in_core, certificate.is_proven
    (('A',), False, False)
    """
    paid = {player: exact_or_negative(share, player) for player, share in shares.items()}
    off = sum(paid.values(), Fraction(0)) - exact(total, "the cost of all together")
    least = min(paid, key=lambda player: paid[player], default=None)
    slack = rounding if len(paid) > 1 else 0
    certain = _worst({player: paid[player] - slack - Fraction(alone[player].upper) for player in alone})
    possible = _worst({player: paid[player] - slack - Fraction(alone[player].lower) for player in alone})
    over, worst = certain if certain[0] > 0 else possible
    passed = False if certain[0] > 0 else None if possible[0] > 0 or alone.keys() != paid.keys() else True
    singles = Finding(Property.STAND_ALONE, passed, worst, over)
    core = Finding(Property.CORE, passed=False, coalition=worst, amount=over) if passed is False else None
    return SplitCertificate(
        total=Fraction(total),
        shares=paid,
        findings=(
            Finding(Property.BALANCE, off == 0, tuple(paid) if off else (), abs(off)),
            Finding(
                Property.NOT_NEGATIVE,
                least is None or paid[least] >= 0,
                () if least is None else (least,),
                Fraction(0) if least is None else -paid[least],
            ),
            singles,
            Finding(Property.INCREMENTAL, passed=None),
            core or Finding(Property.CORE, passed=None),
            Finding(Property.EQUAL_TREATMENT, passed=None),
            Finding(Property.MONOTONICITY, passed=None),
        ),
        least_core=None,
        core_witness=None,
        is_proven=all(bounds.lower == bounds.upper for bounds in alone.values()),
        rounding=rounding,
    )


def exact_or_negative(share: Rational, player: Player) -> Fraction:
    """Return a share as a fraction.

    Parameters
    ----------
    share
        An integer, fraction or decimal, which may be negative.
    player
        Whose share it is, for the error message.
    """
    return -exact(-share, f"the share of {player}") if share < 0 else exact(share, f"the share of {player}")


def _worst(excesses: Mapping[Player, Fraction]) -> tuple[Fraction, tuple[Player, ...]]:
    if not excesses:
        return Fraction(0), ()
    player = max(excesses, key=lambda entry: excesses[entry])
    return excesses[player], (player,)
