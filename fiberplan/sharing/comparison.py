"""All rules by name, and all of them beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.errors import SharingError
from fiberplan.sharing.certificates.certificate import Finding, Property, check_shares
from fiberplan.sharing.games.players import Player
from fiberplan.sharing.rules.registry import find_game_rule, game_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from fiberplan.money import Rational
    from fiberplan.sharing.games.game import CostGame
    from fiberplan.sharing.rules.rule import GameRule, SharingRule


def rule(name: str, **options: object) -> GameRule:
    """Make the rule of a name.

    Parameters
    ----------
    name
        Of a rule on games.
    options
        What the rule has of its own: ``weights`` of ``proportional``; ``weights`` and ``priority`` of
        ``weighted-shapley``; ``orders``, ``seed`` and ``confidence`` of ``shapley`` where it must be estimated.

    Raises
    ------
    SharingError
        There is no such rule or option, or the rule is one on accounts.

    Examples
    --------
    >>> from fiberplan.sharing import CostGame
    >>> game = CostGame.from_table({("A",): 8, ("B",): 11, ("A", "B"): 13})
    >>> {player: str(share) for player, share in rule("nucleolus")(game).items()}
    {'A': '5', 'B': '8'}
    """
    kind = find_game_rule(name)
    known = rule_options(kind)
    if unknown := sorted(set(options) - set(known)):
        has = f"; it has {', '.join(known)}" if known else ", and it has none"
        raise SharingError(f"the rule '{name}' has no option {unknown[0]!r}{has}")
    return kind(**options)


def rule_options(kind: type[SharingRule]) -> tuple[str, ...]:
    """Name the parameters of a rule: the fields of its class."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule makes of a game.

    Attributes
    ----------
    shares
        Empty where the rule does not apply.
    findings
        Which properties the shares have.
    reason
        Why the rule does not apply; empty where it does.
    """

    rule: str
    shares: Mapping[Player, Fraction]
    findings: tuple[Finding, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RuleComparison:
    """All rules on one game.

    Attributes
    ----------
    players
        Of the game.
    results
        One for each rule.
    """

    players: tuple[Player, ...]
    results: tuple[RuleResult, ...]

    @property
    def shares(self) -> dict[str, Mapping[Player, Fraction]]:
        """Shares by rule, of the rules that apply."""
        return {result.rule: result.shares for result in self.results if not result.reason}

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each rule: share of each player (exact), whether each property holds, why it does not apply."""
        # pandas takes most of a second to load, and only those who look at the table need it
        import pandas as pd  # noqa: PLC0415

        rows = []
        for result in self.results:
            held = {finding.kind.value: finding.passed for finding in result.findings}
            rows.append(
                {
                    "rule": result.rule,
                    **{str(p): s for p, s in result.shares.items()},
                    **held,
                    "reason": result.reason,
                }
            )
        columns = ["rule", *map(str, self.players), *(kind.value for kind in Property), "reason"]
        return pd.DataFrame(rows, columns=columns, dtype=object)

    def summary(self) -> str:
        """Write the table with shares to two decimals and the properties that fail."""
        written = {
            result.rule: [f"{float(result.shares[player]):,.2f}" for player in self.players]
            for result in self.results
            if not result.reason
        }
        texts = [*map(str, self.players), *(text for row in written.values() for text in row)]
        width = max(12, *(len(text) + 2 for text in texts))
        head = f"{'rule':<26}" + "".join(f"{player!s:>{width}}" for player in self.players)
        lines = [head + "  violates"]
        for result in self.results:
            if result.reason:
                lines.append(f"{result.rule:<26}  does not apply: {result.reason}")
                continue
            amounts = "".join(f"{text:>{width}}" for text in written[result.rule])
            failed = ", ".join(finding.kind.value for finding in result.findings if finding.passed is False)
            lines.append(f"{result.rule:<26}{amounts}  {failed or '-'}")
        return "\n".join(lines)


def compare_rules(
    game: CostGame,
    *,
    rules: Iterable[str | GameRule] | None = None,
    weights: Mapping[Player, Rational] | None = None,
) -> RuleComparison:
    """Put all rules on one game beside each other.

    Parameters
    ----------
    game
        The game.
    rules
        Names or rules; by default every one.
    weights
        For the rules that take weights.
    """
    results = []
    for entry in [kind.name for kind in game_rules()] if rules is None else rules:
        takes = isinstance(entry, str) and "weights" in rule_options(find_game_rule(entry))
        options = {"weights": weights} if takes else {}
        results.append(_result(rule(entry, **options) if isinstance(entry, str) else entry, game))
    return RuleComparison(game.players, tuple(results))


def _result(chosen: GameRule, game: CostGame) -> RuleResult:
    try:
        shares = chosen(game)
    except SharingError as error:
        return RuleResult(chosen.name, {}, (), str(error))
    return RuleResult(chosen.name, shares, check_shares(game, shares))
