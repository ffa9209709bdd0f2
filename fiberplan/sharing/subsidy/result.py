"""What a smallest subsidy says: who pays and gets what, which rules hold it up, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Annotated

from fiberplan.sharing.games.game import Shares
from fiberplan.sharing.games.players import Coalition, Player
from fiberplan.sharing.saved_types import Pairs, Row
from fiberplan.sharing.subsidy.money import SubsidyInMoney
from fiberplan.sharing.subsidy.rules import RuleKind, SubsidyRules, limit_of, rule_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Binding:
    """A rule that holds the public money up, with its dual price.

    Attributes
    ----------
    who
        Whom it is about: a player, a pool or the members of a coalition.
    bound
        The right side of the rule.
    price
        By how much less public money would do if the bound were one unit larger, for a small change. For the cost of
        the network it is negative: by how much more is needed if it costs one unit more.
    """

    kind: RuleKind
    who: tuple[Player, ...]
    bound: Fraction
    price: Fraction

    def __str__(self) -> str:
        return rule_text(self.kind, self.who, self.bound)


@dataclass(frozen=True, slots=True)
class SubsidySolution:
    """The least public money for given costs, with its proof.

    Attributes
    ----------
    public
        All public money.
    payments
        What each operator pays.
    grants
        Public money by pool and operator.
    proof
        Rules and dual prices: their combination says that no less public money can do.
    """

    public: Fraction
    payments: Shares
    grants: Annotated[Mapping[tuple[str, Player], Fraction], Pairs()]
    proof: tuple[Annotated[Binding, Row()], ...]

    def granted(self, player: Player) -> Fraction:
        """Sum a player's grants."""
        return sum((grant for (_, who), grant in self.grants.items() if who == player), Fraction(0))


@dataclass(frozen=True, slots=True)
class MinimalSubsidy:
    """The smallest subsidy of a game under the state's rules.

    Attributes
    ----------
    total
        Cost of the network.
    rules
        Of the state.
    solution
        For the costs of coalitions as the game has them.
    safe
        For their proven lower bounds: enough whatever the proven optima turn out to be. The same as `solution` where all
        costs are proven; ``None`` where no subsidy would do for them.
    rule_costs
        What each kind of rule costs: how much less public money would do without it.
    money
        The same in whole units of money; ``None`` if no whole amounts meet the rules.
    """

    total: Fraction
    rules: SubsidyRules
    solution: SubsidySolution
    safe: SubsidySolution | None
    rule_costs: Mapping[RuleKind, Fraction]
    money: SubsidyInMoney | None

    @property
    def public(self) -> Fraction:
        """The least public money for the costs of the game, exact; where a rule asks yes or no, a lower bound of it."""
        return self.solution.public

    @property
    def interval(self) -> tuple[Fraction, Fraction | None]:
        """What is certainly needed, and what is certainly enough (``None`` if nothing is known to be)."""
        return self.solution.public, None if self.safe is None else self.safe.public

    @property
    def is_proven(self) -> bool:
        """Whether every cost that this rests on is a proven optimum."""
        return self.safe is self.solution

    @property
    def payments(self) -> Mapping[Player, Fraction]:
        """What each operator pays, exact."""
        return self.solution.payments

    @property
    def grants(self) -> dict[Player, Fraction]:
        """Public money for each operator, exact."""
        return {player: self.solution.granted(player) for player in self.solution.payments}

    @property
    def binding_coalitions(self) -> tuple[Binding, ...]:
        """The coalitions that hold the public money up."""
        return tuple(b for b in self.solution.proof if b.kind is RuleKind.COALITION)

    @property
    def frame(self) -> pd.DataFrame:
        """One row an operator.

        Columns
        -------
        operator
            Id.
        ability
            The most that it can pay; ``None`` for no limit.
        payment, grant
            What it pays and the public money it gets: exact fractions in the unit of the costs.
        payment_money, grant_money
            The same in whole units of money; missing where there are none.
        """
        # pandas takes long to load, which only users of a table should wait for
        import pandas as pd  # noqa: PLC0415

        money = self.money
        rows = [
            {
                "operator": player,
                "ability": limit_of(self.rules.ability, player),
                "payment": self.payments[player],
                "grant": self.solution.granted(player),
                "payment_money": None if money is None else money.payments[player],
                "grant_money": None if money is None else money.granted(player),
            }
            for player in self.payments
        ]
        return pd.DataFrame(rows).astype({"payment_money": "Int64", "grant_money": "Int64"})

    @property
    def bindings_frame(self) -> pd.DataFrame:
        """One row a rule that holds the public money up.

        Columns
        -------
        rule
            Kind of rule.
        who
            Whom it is about; a coalition as its members.
        bound
            Its right side, in the unit of the costs.
        price
            By how much less public money would do for one more unit of it.
        """
        import pandas as pd  # noqa: PLC0415 - as above

        rows = [(b.kind.value, ", ".join(map(str, b.who)), b.bound, b.price) for b in self.solution.proof]
        return pd.DataFrame(rows, columns=["rule", "who", "bound", "price"])

    def summary(self) -> str:
        """Write it for people."""
        lines = [f"Smallest subsidy of a network that costs {self.total}: {self.public}"]
        if self.rules.has_choices:
            lines[0] += " at least (before rules that ask yes or no)"
        if not self.is_proven:
            enough = (
                "no subsidy is known to be enough" if self.safe is None else f"{self.safe.public} is enough"
            )
            lines.append(f"  some coalitions' costs are not proven optima: {self.public} is needed, {enough}")
        for player, payment in self.payments.items():
            line = f"  {player} pays {payment} and gets {self.solution.granted(player)}"
            if self.money is not None:
                line += f"; in money {self.money.payments[player]} and {self.money.granted(player)}"
            lines.append(line)
        lines.append(self._money_line())
        lines += [
            f"  held up by: {b} (price {b.price})" for b in self.solution.proof if b.kind is not RuleKind.COST
        ]
        lines += [f"  without '{kind.value}': {cost} less" for kind, cost in self.rule_costs.items()]
        return "\n".join(lines)

    def _money_line(self) -> str:
        if self.money is None:
            return "  no whole amounts of money meet all rules"
        beyond = self.money.public - self.money.bound
        if not beyond:
            return f"  in money {self.money.public}, and no less will do"
        return f"  in money {self.money.public}; a sum less by up to {beyond} is not ruled out"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.summary())}</pre>"


@dataclass(frozen=True, slots=True)
class CostOfStability:
    """The least public money that keeps every coalition in, with no other rule, and its proof.

    Attributes
    ----------
    subsidy
        The cost of all together, less the cheapest balanced cover: the smallest sum of ``w(S) c(S)`` with weights that
        sum to 1 for each player.
    payments
        What each pays; nobody pays more in any coalition than it costs.
    weights
        Those of the cheapest balanced cover; all together with weight 1 if nothing is needed.
    """

    subsidy: Fraction
    payments: Mapping[Player, Fraction]
    weights: Mapping[Coalition, Fraction]
