"""A smallest subsidy in sentences of a language (`docs/cost-split.md` §13)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fiberplan.money import round_half_up
from fiberplan.sharing.subsidy.rules import RuleKind, limit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fiberplan.money import Currency
    from fiberplan.result.record import SubsidyProof
    from fiberplan.sharing.subsidy.result import Binding
    from fiberplan.wording import Wording

COLUMNS: Final = ("alone", "ability", "pays", "gets")
"""Columns of the table of operators."""

_NO_RULE: Final = (RuleKind.COST, RuleKind.SETTLED)


class SubsidyText:
    """Writes a plan's smallest subsidy.

    Parameters
    ----------
    proof
        The subsidy with its game.
    currency
        Of all amounts.
    words
        Of the language.
    name
        Writes an operator of an id.
    """

    def __init__(
        self, proof: SubsidyProof, currency: Currency, words: Wording, name: Callable[[str], str]
    ) -> None:
        self._subsidy = proof.minimal_subsidy
        self._game = proof.cost_game
        self._is_moved = proof.is_moved
        self._currency = currency
        self._words = words
        self._name = name

    @property
    def public(self) -> Fraction:
        """Public money in whole units, or exact where there are none that meet the rules."""
        money = self._subsidy.money
        return self._subsidy.public if money is None else Fraction(money.public)

    def title(self) -> str:
        """State the sum and what it is a share of."""
        total = self._subsidy.total
        return self._words.text(
            "subsidy.title_choices" if self._subsidy.rules.has_choices else "subsidy.title",
            amount=self._money(self.public),
            total=self._money(total),
            share=self._words.percent(float(self.public / total) if total else 0.0, digits=1),
        )

    def premises(self) -> tuple[str, ...]:
        """State what it replaces, and what is not proven."""
        sentences = [self._words.text("subsidy.replaces")]
        if not self._subsidy.is_proven:
            needed, enough = self._subsidy.interval
            key = "subsidy.nothing_enough" if enough is None else "subsidy.not_proven"
            sentences.append(
                self._words.text(key, needed=self._money(needed), enough=self._money(enough or 0))
            )
        if self._is_moved:
            sentences.append(self._words.text("subsidy.moved"))
        return tuple(sentences)

    def rows(self) -> Iterator[tuple[str, tuple[int | None, ...]]]:
        """Give the amounts of each operator by `COLUMNS`, minor units; ``None`` for no limit."""
        money = self._subsidy.money
        for who, payment in self._subsidy.payments.items():
            ability = limit_of(self._subsidy.rules.ability, who)
            pays = payment if money is None else money.payments[who]
            gets = self._subsidy.solution.granted(who) if money is None else money.granted(who)
            amounts = (self._game.cost([who]), ability, pays, gets)
            yield (
                self._name(str(who)),
                tuple(None if amount is None else round_half_up(amount) for amount in amounts),
            )

    def is_least(self) -> str:
        """State whether no smaller sum is enough."""
        money = self._subsidy.money
        if money is None or money.is_least:
            return self._words.text("subsidy.exact")
        return self._words.text("subsidy.loose", amount=self._money(money.public - money.bound))

    def bindings(self) -> tuple[str, ...]:
        """Name each rule that determines the sum, with its price; none where no public money is needed."""
        if not self.public:
            return ()
        return tuple(
            self._words.text(
                "subsidy.binding", rule=self._rule(binding), price=self._words.figures(str(binding.price))
            )
            for binding in self._subsidy.solution.proof
            if binding.kind not in _NO_RULE
        )

    def without(self) -> tuple[str, ...]:
        """State how much less would be enough without each kind of rule."""
        return tuple(
            self._words.text(
                "subsidy.without",
                rule=self._words.text(f"subsidy.kind.{kind.value}"),
                amount=self._money(less),
            )
            for kind, less in self._subsidy.rule_costs.items()
            if less
        )

    def _rule(self, binding: Binding) -> str:
        def write(bound: Fraction) -> str:
            is_count = binding.kind is RuleKind.RECIPIENTS
            return self._words.number(round_half_up(bound)) if is_count else self._money(bound)

        who = self._words.text("certificate.comma").join(self._name(str(player)) for player in binding.who)
        return self._words.text(
            f"subsidy.rule.{binding.kind.value}",
            who=who,
            bound=write(binding.bound),
            least=write(-binding.bound),
        )

    def _money(self, amount: Fraction | int) -> str:
        return self._words.money(round_half_up(amount), self._currency)
