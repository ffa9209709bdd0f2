"""Certificates: properties of a split of a game's cost, with proof or counter-example (`docs/cost-split.md` §10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.sharing.certificates.stability import Excess, LeastCore, least_core, worst_coalition
from fiberplan.sharing.games.game import MAX_ENUMERATED, CostGame, Shares
from fiberplan.sharing.games.networks import FixedNetworkGame
from fiberplan.sharing.games.players import Coalition, Player, coalition_text
from fiberplan.sharing.games.spanning_tree import SpanningTreeGame
from fiberplan.sharing.rules.on_networks.bird import Bird
from fiberplan.sharing.rules.shapley_value import by_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from fiberplan.money import Rational


class Property(StrEnum):
    """A property that a split may have."""

    BALANCE = "balance"
    NOT_NEGATIVE = "not-negative"
    STAND_ALONE = "stand-alone"
    INCREMENTAL = "incremental"
    CORE = "core"
    EQUAL_TREATMENT = "equal-treatment"
    MONOTONICITY = "monotonicity"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a split has a property.

    Attributes
    ----------
    passed
        ``None`` where it is not known: too many players, or the optimum of a coalition is not proven.
    coalition
        The coalition with the largest amount; empty if there is none. For two players that should pay the same or in
        order: both, the one who pays too much first.
    amount
        By how much it is violated, or negative by how much it is not; for ``passed is None`` by how much it may be.
    """

    kind: Property
    passed: bool | None
    coalition: tuple[Player, ...] = ()
    amount: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class SplitCertificate:
    """The properties of a split, with their proofs.

    Attributes
    ----------
    total
        Cost of the grand coalition.
    shares
        What each pays.
    findings
        One for each property.
    least_core
        ``None`` where it was not computed.
    core_witness
        A split in the core, or ``None`` if there is none or none is known.
    is_proven
        Whether the cost of every coalition that was checked is a proven optimum. Where it is not, a violation is still
        one (the coalition can have the network that is known), but a property must hold for the proven bounds.
    rounding
        By how much rounding may change a share, which the findings allow for.
    """

    total: Fraction
    shares: Shares
    findings: tuple[Finding, ...]
    least_core: LeastCore | None
    core_witness: Shares | None
    is_proven: bool
    rounding: int = 0

    def finding(self, kind: Property | str) -> Finding:
        """Return the finding for a property."""
        return next(finding for finding in self.findings if finding.kind == kind)

    @property
    def passed(self) -> bool:
        """Whether every property is known to hold."""
        return all(finding.passed for finding in self.findings)

    @property
    def in_core(self) -> bool | None:
        """Whether the cost is covered and no coalition pays more than its own cost."""
        core, balance = self.finding(Property.CORE).passed, self.finding(Property.BALANCE).passed
        return core if balance else False

    @property
    def most_violated(self) -> tuple[Player, ...] | None:
        """The coalition that pays most beyond its cost; ``None`` if none does."""
        core = self.finding(Property.CORE)
        return core.coalition if core.passed is False else None

    @property
    def violation(self) -> Fraction:
        """What the most violated coalition pays beyond its cost; 0 if none does."""
        core = self.finding(Property.CORE)
        return core.amount if core.passed is False else Fraction(0)

    @property
    def epsilon(self) -> Fraction | None:
        """Epsilon of the least core: positive if and only if the core is empty."""
        return None if self.least_core is None else self.least_core.epsilon

    @property
    def core_is_empty(self) -> bool | None:
        """Whether every split makes some coalition pay more than its cost; ``None`` if not known."""
        if self.least_core is not None and self.least_core.core_is_empty:
            return True
        return False if self.core_witness is not None else None

    @property
    def balanced_weights(self) -> Mapping[Coalition, Fraction]:
        """The weights that prove that the core is empty; none if it is not."""
        empty = self.least_core is not None and self.least_core.core_is_empty
        return self.least_core.weights if self.least_core is not None and empty else {}

    def summary(self) -> str:
        """Return a line of text for each property."""
        words = {True: "holds", False: "VIOLATED", None: "not known"}
        lines = [f"Certificate of a split of {self.total} among {len(self.shares)}"]
        for finding in self.findings:
            line = f"  {finding.kind.value:<16} {words[finding.passed]}"
            if not finding.passed and finding.amount:
                line += f": {coalition_text(finding.coalition)} by {finding.amount}"
            lines.append(line)
        if self.least_core is not None:
            lines.append(f"  least core       epsilon = {self.least_core.epsilon}")
        if self.core_is_empty:
            weights = ", ".join(f"{w} {coalition_text(group)}" for group, w in self.balanced_weights.items())
            lines.append(f"  the core is empty; balanced weights: {weights}")
        elif self.core_is_empty is False:
            lines.append("  the core is not empty")
        if not self.is_proven:
            lines.append("  some coalitions' costs are not proven optima; their bounds were used")
        return "\n".join(lines)


def certify_split(
    game: CostGame,
    shares: Mapping[Player, Rational],
    *,
    demands: Mapping[Player, Rational] | None = None,
    rounding: int = 0,
) -> SplitCertificate:
    """Certify a split.

    Parameters
    ----------
    game
        Whose cost is split.
    shares
        What each player pays; the sum may differ from the cost.
    demands
        If given, a player with more demand must not pay less. Otherwise a player that costs every coalition at least as
        much as another must not pay less than that one.
    rounding
        1 for amounts of money that were rounded to integers: a coalition may then pay one more for each member (or for
        each player outside of it, if those are fewer).

    Raises
    ------
    SharingError
        A player has no share, or a share belongs to no player.
    """
    paid = _check_shares(game, shares)
    findings = check_shares(game, paid, demands=demands, rounding=rounding)
    least = least_core(game)
    return SplitCertificate(
        total=game.total,
        shares=paid,
        findings=findings,
        least_core=least,
        core_witness=_witness(game, least),
        is_proven=game.size > MAX_ENUMERATED or game.array().is_proven,
        rounding=rounding,
    )


def verify_certificate(game: CostGame, claimed: SplitCertificate) -> tuple[str, ...]:
    """Check a certificate against a game by sums alone, without any solver for up to 22 players.

    Parameters
    ----------
    game
        Whose cost is split.
    claimed
        The certificate.

    Returns
    -------
    tuple of str
        What does not hold, a sentence each.
    """
    faults = []
    if claimed.total != game.total:
        faults.append(f"the cost is {game.total}, not {claimed.total}")
    demanded = any(f.kind is Property.MONOTONICITY for f in claimed.findings)
    for finding in check_shares(game, _check_shares(game, claimed.shares), rounding=claimed.rounding):
        if finding.kind is Property.MONOTONICITY and demanded:
            continue  # it may be about demands, which the game does not have
        if finding != claimed.finding(finding.kind):
            faults.append(f"'{finding.kind.value}' is not as claimed")
    if claimed.least_core is not None and claimed.least_core.weights:
        faults += claimed.least_core.faults(game)
    if claimed.core_witness is not None:
        worst = worst_coalition(game, claimed.core_witness, use_lower=True)
        if sum(claimed.core_witness.values(), Fraction(0)) != game.total or (worst and worst.excess > 0):
            faults.append("the split that should prove the core is not in it")
    return tuple(faults)


def check_shares(
    game: CostGame, paid: Shares, *, demands: Mapping[Player, Rational] | None = None, rounding: int = 0
) -> tuple[Finding, ...]:
    """Check a split for every property, without the least core.

    Parameters
    ----------
    game, demands, rounding
        As in `certify_split`.
    paid
        What each player pays, exactly.
    """
    off = sum(paid.values(), Fraction(0)) - game.total
    least = min(game.players, key=lambda player: paid[player])
    return (
        Finding(Property.BALANCE, off == 0, game.players if off else (), abs(off)),
        Finding(Property.NOT_NEGATIVE, paid[least] >= 0, (least,), -paid[least]),
        _single(Property.STAND_ALONE, game, _alone(game, paid), rounding),
        _single(Property.INCREMENTAL, game, _added(game, paid), rounding),
        _core(game, paid, rounding),
        _ordered(Property.EQUAL_TREATMENT, _equal_pairs(game), paid, rounding),
        _monotone(game, paid, demands, rounding),
    )


def _check_shares(game: CostGame, shares: Mapping[Player, Rational]) -> dict[Player, Fraction]:
    if missing := [player for player in game.players if player not in shares]:
        raise SharingError(f"no share for {', '.join(map(str, missing[:5]))}")
    if unknown := [player for player in shares if player not in set(game.players)]:
        raise SharingError(f"a share for {', '.join(map(str, unknown[:5]))}, who is no player of this game")
    if inexact := [
        player for player in game.players if not isinstance(shares[player], int | Fraction | Decimal)
    ]:
        value = shares[inexact[0]]
        kind = type(value).__name__
        raise SharingError(
            f"the share of {inexact[0]} is {value!r} ({kind}); expected an int, a Fraction or a Decimal"
        )
    return {player: Fraction(shares[player]) for player in game.players}


def _alone(game: CostGame, paid: Shares) -> Iterable[tuple[Player, Fraction, Fraction]]:
    """Yield what each pays beyond its own cost: for certain, and possibly where only a bound is proven."""
    for player in game.players:
        lower, upper = game.bounds_at(game.mask_of([player]))
        yield player, paid[player] - upper, paid[player] - lower


def _added(game: CostGame, paid: Shares) -> Iterable[tuple[Player, Fraction, Fraction]]:
    """Yield how much less each pays than the others would save without it: for certain, and possibly."""
    for player in game.players:
        lower, upper = game.bounds_at(game.full_mask ^ game.mask_of([player]))
        yield player, game.total - upper - paid[player], game.total - lower - paid[player]


def _single(
    kind: Property, game: CostGame, amounts: Iterable[tuple[Player, Fraction, Fraction]], rounding: int
) -> Finding:
    slack = rounding if game.size > 1 else 0
    entries = [(player, certain - slack, possible - slack) for player, certain, possible in amounts]
    worst = max(entries, key=lambda entry: entry[1])
    largest = max(entries, key=lambda entry: entry[2])
    return _judge(kind, Excess((worst[0],), worst[1]), Excess((largest[0],), largest[2]))


def _judge(kind: Property, certain: Excess, possible: Excess) -> Finding:
    if certain.excess > 0:
        return Finding(kind, passed=False, coalition=certain.members, amount=certain.excess)
    if possible.excess > 0:
        return Finding(kind, passed=None, coalition=possible.members, amount=possible.excess)
    return Finding(kind, passed=True, coalition=possible.members, amount=possible.excess)


def _core(game: CostGame, paid: Shares, rounding: int) -> Finding:
    certain = worst_coalition(game, paid, rounding=rounding)
    if certain is None:
        return Finding(Property.CORE, passed=None)
    possible = certain
    if game.size <= MAX_ENUMERATED and not game.array().is_proven:
        possible = worst_coalition(game, paid, use_lower=True, rounding=rounding) or certain
    return _judge(Property.CORE, certain, possible)


def _equal_pairs(game: CostGame) -> list[tuple[Player, Player]] | None:
    """List pairs that cost every coalition the same."""
    if game.size <= MAX_ENUMERATED:
        return _pairs(game, lambda first, second: bool((first == second).all()))
    if not isinstance(game, FixedNetworkGame):
        return None
    use: dict[Player, set[Coalition]] = {player: set() for player in game.players}
    for users in game.segments:
        if len(users) > 1:
            for player in users:
                use[player].add(users)
    alike: dict[tuple[frozenset[Coalition], Fraction], list[Player]] = {}
    for player in game.players:
        own = game.segments.get(frozenset([player]), Fraction(0))
        alike.setdefault((frozenset(use[player]), own), []).append(player)
    return [pair for players in alike.values() for pair in pairwise(players)]


def _pairs(game: CostGame, holds: Callable[..., bool]) -> list[tuple[Player, Player]]:
    """Compare what two players cost the coalitions of all others, for every two."""
    values = game.array().values
    pairs = []
    for i, j in combinations(range(game.size), 2):
        cube = values.reshape(-1, 2, 2 ** (j - i - 1), 2, 2**i)
        if holds(cube[:, 0, :, 1], cube[:, 1, :, 0]):
            pairs.append((game.players[i], game.players[j]))
        if holds(cube[:, 1, :, 0], cube[:, 0, :, 1]):
            pairs.append((game.players[j], game.players[i]))
    return pairs


def _ordered(
    kind: Property,
    pairs: list[tuple[Player, Player]] | None,
    paid: Shares,
    rounding: int,
    *,
    alike: bool = True,
) -> Finding:
    """Check that the first of each pair does not pay more than the second, or the same."""
    if pairs is None:
        return Finding(kind, passed=None)
    gaps = [(paid[first] - paid[second] - rounding, (first, second)) for first, second in pairs]
    if alike:
        gaps += [(paid[second] - paid[first] - rounding, (second, first)) for first, second in pairs]
    amount, worst = max(gaps, key=lambda gap: gap[0], default=(Fraction(0), ()))
    return Finding(
        kind, passed=amount <= 0, coalition=worst if amount > 0 else (), amount=max(amount, Fraction(0))
    )


def _monotone(
    game: CostGame, paid: Shares, demands: Mapping[Player, Rational] | None, rounding: int
) -> Finding:
    kind = Property.MONOTONICITY
    if demands is not None:
        if missing := [player for player in game.players if player not in demands]:
            raise SharingError(f"no demand for {missing[0]}")
        line = sorted(game.players, key=lambda player: Fraction(demands[player]))
        pairs = [(a, b) for a, b in combinations(line, 2) if Fraction(demands[a]) < Fraction(demands[b])]
        return _ordered(kind, pairs, paid, rounding, alike=False)
    if game.size > MAX_ENUMERATED:
        return Finding(kind, passed=None)
    return _ordered(
        kind, _pairs(game, lambda first, second: bool((first <= second).all())), paid, rounding, alike=False
    )


def _witness(game: CostGame, least: LeastCore | None) -> Mapping[Player, Fraction] | None:
    """Find a split in the core, one that holds for the proven bounds."""
    if least is not None:
        if least.core_is_empty:
            return None
        worst = worst_coalition(game, least.shares, use_lower=True)
        return least.shares if worst is not None and worst.excess <= 0 else None
    if isinstance(game, FixedNetworkGame):
        return by_segment(game)
    return Bird()(game) if isinstance(game, SpanningTreeGame) else None
