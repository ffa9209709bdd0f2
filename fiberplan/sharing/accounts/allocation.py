"""From what each operator pays in all to what it pays of every account (`docs/cost-split.md` §11.7).

A rule on a cost game says what an operator pays, and not for which trench. Payments are allocated to accounts so that both
sides come out exactly: begin with equal parts among the users of each account, and move as little money as possible
between operators, first within accounts that they use. That is a transportation problem (Hitchcock 1941, *The
distribution of a product from several sources to numerous localities*), whose data are integers, so its solution is.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from fiberplan.errors import SharingError
from fiberplan.money import apportion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Users = frozenset[str]

MOST: Final = 2**55
"""Amounts up to here leave the flow solver headroom for its own scaling."""


def allocate_totals(
    accounts: Sequence[tuple[Users, int]], totals: Mapping[str, int]
) -> tuple[Mapping[str, int], ...]:
    """Divide accounts so that every party pays its total.

    Parameters
    ----------
    accounts
        Users, at least one, and amount of each, minor units, not negative.
    totals
        What each party pays in all, minor units.

    Returns
    -------
    tuple
        For each account what each party pays of it; none of it is negative, and what is zero is left out.

    Raises
    ------
    SharingError
        A total is negative, a user has none, or totals and accounts do not sum to the same.

    Examples
    --------
    Two share a trunk of 400, and A has an arm of 100 alone. With equal parts A would pay 300; it is to pay 260, so
    40 of its part of the trunk go to B.

    >>> trunk, arm = (frozenset("AB"), 400), (frozenset("A"), 100)
    >>> [dict(parts) for parts in allocate_totals([trunk, arm], {"A": 260, "B": 240})]
    [{'A': 160, 'B': 240}, {'A': 100}]
    """
    _check(accounts, totals)
    amounts: defaultdict[Users, int] = defaultdict(int)
    for users, amount in accounts:
        amounts[users] += amount
    left = _transport(dict(sorted(amounts.items(), key=lambda entry: sorted(entry[0]))), totals)
    allocated = []
    for users, amount in accounts:
        # In proportion to what each still has to pay of accounts with these users: never more than that, since a
        # part is its exact share rounded up at most, and the last account takes just what is left.
        parts = apportion(amount, left[users]) if amount else {}
        for party, part in parts.items():
            left[users][party] -= part
        allocated.append({party: part for party, part in parts.items() if part})
    return tuple(allocated)


def _check(accounts: Sequence[tuple[Users, int]], totals: Mapping[str, int]) -> None:
    problems = [
        f"{party} would be paid {-amount} for using the network"
        for party, amount in totals.items()
        if amount < 0
    ]
    without_total = sorted({user for users, _ in accounts for user in users} - totals.keys())
    problems += [f"{party} uses the network and has no total" for party in without_total]
    whole, paid = sum(amount for _, amount in accounts), sum(totals.values())
    if whole != paid:
        problems.append(f"the totals sum to {paid}, and what is to be paid is {whole}")
    if whole > MOST:
        problems.append(f"{whole} minor units are more than can be allocated to accounts exactly ({MOST})")
    if problems:
        raise SharingError("payments that cannot be allocated to accounts: " + "; ".join(problems))


def _transport(amounts: Mapping[Users, int], totals: Mapping[str, int]) -> dict[Users, dict[str, int]]:
    """Say what each party pays of all accounts with the same users.

    A unit costs nothing within a user's equal part, 1 beyond it, and `outside` where a party does not use the
    accounts. Two solutions differ by cycles that pass each party once at most, so a unit less outside is worth more
    than all units that can then move inside.
    """
    # OR-Tools takes a tenth of a second to load, which only rules on games should wait for.
    from ortools.graph.python import min_cost_flow  # noqa: PLC0415

    parties = sorted(totals)
    outside = len(parties) + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs: list[tuple[int, str, Users]] = []
    for node, party in enumerate(parties):
        flow.set_node_supply(node, totals[party])
    for node, (users, amount) in enumerate(amounts.items(), start=len(parties)):
        flow.set_node_supply(node, -amount)
        equal = apportion(amount, dict.fromkeys(sorted(users), 1))
        for number, party in enumerate(parties):
            for capacity, cost in (
                ((equal[party], 0), (amount, 1)) if party in users else ((amount, outside),)
            ):
                arc = flow.add_arc_with_capacity_and_unit_cost(number, node, capacity, cost)
                arcs.append((arc, party, users))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SharingError(f"payments could not be allocated to accounts: the flow ended with {status}")
    parts: dict[Users, dict[str, int]] = {users: dict.fromkeys(parties, 0) for users in amounts}
    for arc, party, users in arcs:
        parts[users][party] += flow.flow(arc)
    return parts
