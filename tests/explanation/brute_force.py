"""Shapley, Owen and interaction values by their definitions as averages over orders, for tests alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations, permutations, product
from math import factorial

Payoff = Callable[[frozenset[int]], float]


def owen(payoff: Payoff, unions: Sequence[Sequence[int]]) -> list[float]:
    """The mean marginal contribution over all orders in which the inputs of a union follow each other."""
    orders = list(_orders(unions))
    values = [0.0] * sum(len(union) for union in unions)
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            values[player] += (payoff(before | {player}) - payoff(before)) / len(orders)
    return values


def interaction(payoff: Payoff, players: int, one: int, other: int) -> float:
    """Grabisch & Roubens' Shapley interaction index of two of the players."""
    rest = [player for player in range(players) if player not in (one, other)]
    total = 0.0
    for chosen in chain.from_iterable(combinations(rest, size) for size in range(len(rest) + 1)):
        s = frozenset(chosen)
        weight = factorial(len(s)) * factorial(players - len(s) - 2) / factorial(players - 1)
        total += weight * (payoff(s | {one, other}) - payoff(s | {one}) - payoff(s | {other}) + payoff(s))
    return total


def _orders(unions: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    for blocks in permutations(unions):
        for inside in product(*(list(permutations(block)) for block in blocks)):
            yield [player for block in inside for player in block]
