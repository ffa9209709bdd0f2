"""The certificate of a plan's split in sentences of a language (`docs/cost-split.md` §10 and §11.9)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from fiberplan.money import round_half_up
from fiberplan.result.record import ProofBasis
from fiberplan.sharing.certificates.certificate import Property
from fiberplan.sharing.games.players import player_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fiberplan.result.record import PlanRecord, SplitProof
    from fiberplan.sharing.certificates.certificate import Finding, SplitCertificate
    from fiberplan.sharing.games.players import Player
    from fiberplan.wording import Wording


class CertificateText:
    """Writes a plan's certificate.

    Parameters
    ----------
    record
        The plan.
    proof
        Its certificate.
    words
        Of the language.
    name
        Writes an operator of an id.
    """

    def __init__(
        self, record: PlanRecord, proof: SplitProof, words: Wording, name: Callable[[str], str]
    ) -> None:
        self._currency = record.currency
        self._basis = proof.basis
        self._is_subsidised = record.subsidy is not None and proof.basis is not ProofBasis.STAND_ALONE
        self._certificate: SplitCertificate = proof.split_certificate
        self._words = words
        self._name = name

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One for each property."""
        return self._certificate.findings

    def basis(self) -> str:
        """State what the split was compared with."""
        count = self._words.number(2 ** len(self._certificate.shares) - 1)
        subsidy = "subsidy_" if self._is_subsidised else ""
        return self._words.text(f"certificate.basis_{subsidy}{self._basis.replace('-', '_')}", n=count)

    def title(self, finding: Finding) -> str:
        """Name a property."""
        return self._words.text(f"certificate.property.{finding.kind}")

    def verdict(self, finding: Finding) -> str:
        """State whether a property holds, or who violates it and by how much."""
        if finding.passed:
            return self._words.text("certificate.pass")
        if finding.passed is None and not finding.coalition:
            return self._words.text("certificate.open")
        key = "violated" if finding.passed is False else "doubt"
        return self._words.text(
            f"certificate.{key}", who=self._who(finding.coalition), amount=self._money(finding.amount)
        )

    def conclusions(self) -> tuple[str, ...]:
        """State whether the core is empty, with the proof if so, and what is not proven."""
        certificate, text = self._certificate, self._words.text
        sentences = []
        if certificate.core_is_empty and certificate.least_core is not None:
            weights = certificate.balanced_weights
            least = certificate.least_core.epsilon
            saved = least * sum(weights.values(), Fraction(0))
            groups = (
                text("certificate.weighted_group", who=self._who(group), weight=self._fraction(weight))
                for group, weight in weights.items()
            )
            sentences.append(
                text(
                    "certificate.core_empty",
                    sum=self._money(certificate.total - saved),
                    total=self._money(certificate.total),
                    groups=text("certificate.separator").join(groups),
                )
            )
            sentences.append(text("certificate.least", epsilon=self._money(least)))
        elif certificate.core_is_empty is False:
            sentences.append(text("certificate.core_not_empty"))
        if not certificate.is_proven:
            sentences.append(text("certificate.unproven"))
        return tuple(sentences)

    def lines(self) -> tuple[str, ...]:
        """State the most important in a line or two, for a terminal."""
        text = self._words.text
        core = self._certificate.finding(Property.CORE)
        if core.passed is False:
            short = self._words.money_short(round_half_up(core.amount), self._currency)
            lines = [text("certificate.line.core_fail", who=self._who(core.coalition), amount=short)]
        elif core.passed:
            lines = [text("certificate.line.core_pass")]
        elif self._basis is ProofBasis.STAND_ALONE and self._certificate.finding(Property.STAND_ALONE).passed:
            lines = [text("certificate.line.alone_pass")]
        else:
            lines = [text("certificate.line.core_open")]
        if self._certificate.core_is_empty:
            lines.append(text("certificate.line.core_empty"))
        if not self._certificate.is_proven:
            lines.append(text("certificate.line.unproven"))
        return tuple(lines)

    def _who(self, coalition: Iterable[Player]) -> str:
        ordered = sorted(coalition, key=player_order)
        return self._words.text("certificate.comma").join(self._name(str(player)) for player in ordered)

    def _money(self, amount: Fraction) -> str:
        """Write an amount to its last minor unit; what epsilon has beyond that is rounded."""
        return self._words.money(round_half_up(amount), self._currency)

    def _fraction(self, number: Fraction) -> str:
        numerator, denominator = (self._words.number(part) for part in number.as_integer_ratio())
        return numerator if number.denominator == 1 else f"{numerator}/{denominator}"
