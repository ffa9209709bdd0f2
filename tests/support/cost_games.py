"""Published cost games and slow, independent ways to their solutions, shared by the tests of sharing."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from fiberplan.sharing import AirportGame, CostGame, FixedNetworkGame, SpanningTreeGame, TreeGame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AIRPORT = AirportGame.from_costs({"A": 8, "B": 11, "C": 13, "D": 18})

TENNESSEE = CostGame.from_table(
    {
        ("navigation",): 163_520,
        ("flood",): 140_826,
        ("power",): 250_096,
        ("navigation", "flood"): 301_607,
        ("navigation", "power"): 378_821,
        ("flood", "power"): 367_370,
        ("navigation", "flood", "power"): 412_584,
    }
)
"""The ten dams of the Tennessee Valley Authority, thousands of dollars (Straffin and Heaney 1981, table 1)."""

_SWEDEN = [
    "A",
    "2195",
    "H",
    "1708",
    "K",
    "1091",
    "L",
    "1588",
    "M",
    "2081",
    "T",
    "2198",
    "AH",
    "3469",
    "AK",
    "3286",
    "AL",
    "3783",
    "AM",
    "4276",
    "AT",
    "4393",
    "HK",
    "2296",
    "HL",
    "2500",
    "HM",
    "3789",
    "HT",
    "3906",
    "KL",
    "2679",
    "KM",
    "3145",
    "KT",
    "3289",
    "LM",
    "3110",
    "LT",
    "3786",
    "MT",
    "3941",
    "AHK",
    "4074",
    "AHL",
    "4322",
    "AHM",
    "5550",
    "AHT",
    "5667",
    "AKL",
    "4874",
    "AKM",
    "5340",
    "AKT",
    "5484",
    "ALM",
    "5305",
    "ALT",
    "5981",
    "AMT",
    "6136",
    "HKL",
    "2726",
    "HKM",
    "4255",
    "HKT",
    "4494",
    "HLM",
    "4581",
    "HLT",
    "4698",
    "HMT",
    "5649",
    "KLM",
    "4201",
    "KLT",
    "4877",
    "KMT",
    "5032",
    "LMT",
    "5146",
    "AHKL",
    "4895",
    "AHKM",
    "6025",
    "AHKT",
    "6272",
    "AHLM",
    "6403",
    "AHLT",
    "6520",
    "AHMT",
    "7410",
    "AKLM",
    "6396",
    "AKLT",
    "7072",
    "AKMT",
    "7227",
    "ALMT",
    "7341",
    "HKLM",
    "4807",
    "HKLT",
    "4924",
    "HKMT",
    "5935",
    "HLMT",
    "6441",
    "KLMT",
    "5661",
    "AHKLM",
    "6976",
    "AHKLT",
    "7093",
    "AHKMT",
    "7742",
    "AHLMT",
    "8300",
    "AKLMT",
    "7397",
    "HKLMT",
    "6646",
    "AHKLMT",
    "8382",
]
SWEDEN = CostGame.from_table({tuple(k): int(c) for k, c in zip(_SWEDEN[::2], _SWEDEN[1::2], strict=True)})
"""Water for six groups of towns in Skane, 10,000 crowns (Young, Okada and Hashimoto 1982)."""

EMPTY_CORE = CostGame.from_table(
    {(1,): 10, (2,): 10, (3,): 10, (1, 2): 12, (1, 3): 12, (2, 3): 12, (1, 2, 3): 20}
)
"""Every two do it for 12, so that all three would have to do it for 18."""

TRIANGLE = SpanningTreeGame.from_costs({(0, 1): 6, (0, 2): 10, (0, 3): 6, (1, 2): 4, (1, 3): 6, (2, 3): 4})


def shapley_by_orders(game: CostGame) -> dict[int | str, Fraction]:
    """Average what each adds over all orders, as Shapley defined it."""
    sums = dict.fromkeys(game.players, Fraction(0))
    orders = list(permutations(game.players))
    for order in orders:
        before = Fraction(0)
        for i, player in enumerate(order):
            after = game.cost(order[: i + 1])
            sums[player] += after - before
            before = after
    return {player: total / len(orders) for player, total in sums.items()}


def plain_game(game: CostGame) -> CostGame:
    """Forget the structure of a game."""
    return CostGame.from_table(game.table())


def renamed(game: CostGame, name: Callable[[int | str], int | str], factor: Fraction) -> CostGame:
    """Give every player another name and multiply all costs."""
    table = {frozenset(map(name, group)): cost.upper * factor for group, cost in game.table().items()}
    return CostGame.from_table(table)


def close(shares: Mapping[int | str, Fraction], expected: Mapping[int | str, float], within: float) -> bool:
    return all(abs(float(shares[player]) - value) <= within for player, value in expected.items())


@st.composite
def cost_games(draw: st.DrawFn, largest: int = 5, *, least: int = 1) -> CostGame:
    """Any game: monotone or not, with savings or losses, with zeros."""
    count = draw(st.integers(least, largest))
    top = draw(st.sampled_from([1, 9, 1000, 10**15]))
    costs = draw(st.lists(st.integers(0, top), min_size=2**count - 1, max_size=2**count - 1))
    return CostGame.from_array([f"p{i}" for i in range(count)], [0, *costs])


@st.composite
def networks(draw: st.DrawFn, largest: int = 5) -> FixedNetworkGame:
    """Segments with any users."""
    players = list(range(1, draw(st.integers(1, largest)) + 1))
    users = st.sets(st.sampled_from(players), min_size=1)
    segments = draw(st.lists(st.tuples(users, st.integers(0, 60)), max_size=6))
    return FixedNetworkGame.from_segments(segments, players=players)


@st.composite
def trees(draw: st.DrawFn, largest: int = 7) -> TreeGame:
    """Fixed trees, with edges that cost nothing and nodes where nobody lives."""
    count = draw(st.integers(1, largest))
    edges = {(draw(st.integers(0, i - 1)), i): draw(st.integers(0, 12)) for i in range(1, count + 1)}
    homes = draw(st.lists(st.integers(0, count), min_size=1, max_size=largest))
    return TreeGame.from_edges(edges, homes={f"p{i}": home for i, home in enumerate(homes)})


@st.composite
def spanning_games(draw: st.DrawFn, largest: int = 5) -> SpanningTreeGame:
    """Complete graphs with many equal costs."""
    count = draw(st.integers(1, largest))
    pairs = [(i, j) for j in range(1, count + 1) for i in range(j)]
    return SpanningTreeGame.from_costs({pair: draw(st.integers(0, 9)) for pair in pairs})
