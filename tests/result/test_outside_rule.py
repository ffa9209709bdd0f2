"""A sharing rule that does not come with fiberplan: one class, registered, and known everywhere."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import pytest
from support.builders import three_arms

import fiberplan as fp
from fiberplan.errors import SharingError
from fiberplan.project import SharingOptions
from fiberplan.report import party_report
from fiberplan.sharing import AccountRule, CostGame, GameRule, compare_rules, register_rule
from fiberplan.sharing.rules.registry import forget_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fiberplan.plan import Plan
    from fiberplan.sharing import Account


class BySquare(GameRule):
    name: ClassVar[str] = "by-square"
    words: ClassVar = {
        "en": {"name": "By the square of the cost alone", "text": "Squares of costs alone are the key."},
        "fa": {"name": "به نسبت مجذور هزینهٔ مستقل"},
    }

    def __call__(self, game: CostGame) -> dict[int | str, Fraction]:
        squares = {player: cost**2 for player, cost in game.stand_alone().items()}
        return {player: game.total * part / sum(squares.values()) for player, part in squares.items()}


class FirstPays(AccountRule):
    name: ClassVar[str] = "first-pays"

    def weights(self, account: Account) -> Mapping[str, int]:
        return {who: int(who == min(account.by_operator)) for who in account.by_operator}


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    for kind in (BySquare, FirstPays):
        register_rule(kind)
    yield
    for kind in (BySquare, FirstPays):
        forget_rule(kind.name)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fp.plan_rollout(three_arms())


def test_it_splits_a_plan_explains_itself_and_is_compared(plan: Plan) -> None:
    again = plan.with_split(rule="by-square", game="joint-network")
    assert again.split.rule == "by-square"
    assert sum(again.split.payments.values()) == again.ledger.present_value
    report = str(party_report(again, party="op-a", language="en").document)
    assert "By the square of the cost alone" in report
    assert "Squares of costs alone are the key." in report
    assert "به نسبت مجذور هزینهٔ مستقل" in str(party_report(again, party="state", language="fa").document)
    results = plan.compare_rules(plan.fixed_network_game()).shares
    assert results["by-square"] == BySquare()(plan.fixed_network_game())
    assert results["first-pays"]["op-a"] > results["equal"]["op-a"]


def test_it_works_on_any_game() -> None:
    game = CostGame.from_table({("A",): 1, ("B",): 2, ("A", "B"): 2})
    assert compare_rules(game).shares["by-square"] == {"A": Fraction(2, 5), "B": Fraction(8, 5)}


def test_a_rule_on_accounts_without_words_is_named_by_its_id(plan: Plan) -> None:
    again = plan.with_split(rule="first-pays")
    assert again.split.payments["op-a"] > plan.split.payments["op-a"]
    assert "first-pays" in str(party_report(again, party="op-a", language="en").document)


def test_it_is_the_rule_of_a_project_and_of_a_saved_plan(
    plan: Plan, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = three_arms(sharing=SharingOptions(rule="first-pays"))
    planned = fp.plan_rollout(project)
    file = planned.save(tmp_path_factory.mktemp("plan") / "plan.gpkg")
    assert fp.Plan.load(file).split == planned.split == plan.with_split(rule="first-pays").split
    assert not fp.Plan.load(file).verify()


def test_names_are_not_taken_twice_and_slips_get_the_nearest_name(plan: Plan) -> None:
    with pytest.raises(SharingError, match="needs a name of its own, and this one has 'nucleolus'"):
        register_rule(type("Other", (BySquare,), {"name": "nucleolus"}))
    with pytest.raises(SharingError, match="there is no sharing rule 'nucleolos'; did you mean 'nucleolus'"):
        plan.with_split(rule="nucleolos")
    with pytest.raises(
        SharingError, match="'equal' divides accounts and shares no cost game; on games that is 'equal-parts'"
    ):
        compare_rules(plan.fixed_network_game(), rules=["equal"])
