"""Endpoints come and go: mostly up, a few changes a minute, the same for a seed, and as told while they are held."""

from itertools import pairwise

import pytest

from feeds.simulate.comings import Comings

IDS = [f"E11-{n:03d}" for n in range(150)]


def course(seed: int, seconds: int = 3600) -> list[dict[str, bool]]:
    comings = Comings(IDS, seed)
    states = []
    for _ in range(seconds):
        states.append(comings.states())
        comings.tick(1.0)
    return states


def test_about_94_percent_are_up_and_a_few_change_each_minute() -> None:
    states = course(11)
    assert 0.90 < sum(sum(state.values()) for state in states) / len(states) / len(IDS) < 0.98
    changes = sum(before[key] != after[key] for before, after in pairwise(states) for key in IDS)
    assert 2 < changes / 60 < 7


def test_the_same_seed_plays_the_same() -> None:
    assert course(5, 300) == course(5, 300)
    assert course(5, 300) != course(6, 300)


def test_a_held_endpoint_stays_until_it_is_let_go() -> None:
    comings = Comings(IDS, 1)
    up = next(key for key in IDS if comings.is_up(key))
    comings.force(up, False)
    comings.tick(600)
    assert not comings.is_up(up)
    comings.force(up, True)
    assert comings.is_up(up)
    comings.force(up, None)
    with pytest.raises(KeyError):
        comings.force("E99-999", True)
