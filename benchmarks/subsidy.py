"""Time the smallest subsidy and reverse auctions, with their checks; print the table of docs/benchmarks.md.

    python benchmarks/subsidy.py [--players 12] [--bids 200] [--parks 60]

Games and bids are made up from a seed. Seconds are of one run in this process, after one small run that loads the solvers.
"""

from __future__ import annotations

import argparse
import random
import time
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from fiberplan.project.bids import Bid
from fiberplan.sharing import (
    AuctionRules,
    CostGame,
    Pool,
    SubsidyRules,
    minimal_subsidy,
    run_auction,
    verify_award,
    verify_subsidy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def timed(what: str, work: Callable[[], Result]) -> Result:
    start = time.perf_counter()
    result = work()
    print(f"| {what} | {time.perf_counter() - start:.2f} |", flush=True)
    return result


def made_up_game(players: int, seed: int) -> tuple[CostGame, dict[str | int, int]]:
    """Make a game with savings and an empty core, and what each player can pay."""
    chance = random.Random(seed)  # noqa: S311 - a made-up game
    sizes = [chance.randint(10**9, 10**10) for _ in range(players)]
    costs = [0]
    for mask in range(1, 2**players):
        together = sum(size for i, size in enumerate(sizes) if mask >> i & 1)
        costs.append(together * 4 // 10 + together * 6 // (10 * mask.bit_count()) + chance.randint(0, 10**9))
    costs[-1] = costs[-1] * 11 // 10
    names = [f"op-{i:02d}" for i in range(players)]
    return CostGame.from_array(names, costs), {
        name: size // 3 for name, size in zip(names, sizes, strict=True)
    }


def made_up_bids(bids: int, parks: int, seed: int) -> tuple[list[Bid], dict[str, int], dict[str, int]]:
    """Make bids on packages of up to five parks by eight operators, with units and reserve prices of the parks."""
    chance = random.Random(seed)  # noqa: S311 - a made-up auction
    units = {f"park-{i:02d}": chance.randint(5, 60) for i in range(parks)}
    costs = {park: chance.randint(10**8, 10**9) for park in units}
    line = []
    for number in range(bids):
        package = tuple(sorted(chance.sample(sorted(units), chance.randint(1, 5))))
        percent = chance.randint(60, 110) * (100 - 5 * len(package))
        line.append(
            Bid(
                id=f"bid-{number:03d}",
                operator_id=f"op-{number % 8}",
                park_ids=package,
                amount=sum(costs[park] for park in package) * percent // 10_000,
                units=sum(units[park] for park in package),
                group="g" if number % 5 == 0 else None,
            )
        )
    return line, units, costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=12)
    parser.add_argument("--bids", type=int, default=200)
    parser.add_argument("--parks", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    minimal_subsidy(made_up_game(3, given.seed)[0])  # loads the solvers
    game, ability = made_up_game(given.players, given.seed)
    rules = SubsidyRules(
        ability={name: most for i, (name, most) in enumerate(ability.items()) if i % 2},
        largest_subsidy_share=Fraction(1, 4),
        pools=(Pool(id="parks", cap=game.total / 20), Pool(id="rest")),
    )
    print("| what | s |\n|---|---|")
    found = timed(
        f"smallest subsidy, {given.players} players, full game", lambda: minimal_subsidy(game, rules)
    )
    assert not timed("the same, checked again", lambda: verify_subsidy(game, found))
    bids, units, costs = made_up_bids(given.bids, given.parks, given.seed)
    for name, rule in (
        ("most units within a budget", AuctionRules(budget=sum(costs.values()) // 2)),
        ("least money", AuctionRules(goal="least-money", reserve_per_park=costs)),  # type: ignore[arg-type]
        ("least money, VCG", AuctionRules(goal="least-money", payment="vcg", reserve_per_park=costs)),  # type: ignore[arg-type]
    ):
        award = timed(
            f"auction of {given.bids} bids on {given.parks} parks, {name}",
            lambda rule=rule: run_auction(bids, units, rules=rule),  # type: ignore[misc]
        )
        assert award.is_proven
        assert not timed("the same, checked again", lambda award=award: verify_award(award))  # type: ignore[misc]


if __name__ == "__main__":
    main()
