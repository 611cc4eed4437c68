"""Who is invited by whom, generation after generation, in the reference engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cvosim.engine.reference_accounts import Diary
from cvosim.engine.reference_customer import Person
from cvosim.engine.reference_luck import Luck
from cvosim.engine.reference_world import World
from cvosim.randomness.philox_plain import friend_id
from cvosim.tables.columns import Referred
from cvosim.tables.schema import EventKind


def invited_by(person: Person, diary: Diary, seed: int, world: World) -> Iterator[Person]:
    """Read off a customer's diary whom it invites, as far as they arrive before the horizon.

    Parameters
    ----------
    person : Person
        Who the customer is.
    diary : Diary
        What it did until the horizon.
    seed : int
        The luck of the whole population.
    world : World
        For how long invitations take.

    Yields
    ------
    Person
        In the order of invitation.
    """
    if world.referral is None:
        return
    luck = Luck(seed, person.customer_id)
    invitations = [entry for entry in diary.entries if entry.kind == EventKind.REFERRED]
    for k, invitation in enumerate(invitations):
        arrival = invitation.time + luck.days(world.referral.delay, k)
        if arrival < world.horizon:
            yield Person(
                customer_id=friend_id(person.customer_id, k),
                root=person.root,
                generation=person.generation + 1,
                referrer_id=person.customer_id,
                arrival=arrival,
            )


def in_table_order(people: Sequence[Person]) -> list[int]:
    """Order people whose generations follow each other by root, keeping all else.

    Examples
    --------
    >>> first, second = Person(7, root=1, generation=1), Person(8, root=0, generation=1)
    >>> in_table_order([first, second, Person(9, root=0, generation=2)])
    [1, 2, 0]
    """
    return sorted(range(len(people)), key=lambda index: people[index].root)


def referred_columns(people: Sequence[Person]) -> Referred:
    """List who was brought by whom, for the customer table.

    Parameters
    ----------
    people : sequence of Person
        In the order of the table.

    Returns
    -------
    Referred
        One row a person.

    Examples
    --------
    >>> referred_columns([Person(9, 0, 1, 5, 2.5)]).referrer_id.tolist()
    [5]
    """
    return Referred(
        customer_id=np.array([person.customer_id for person in people], np.uint64),
        referrer_id=np.array([person.referrer_id for person in people], np.uint64),
        root=np.array([person.root for person in people], np.int64),
        generation=np.array([person.generation for person in people], np.uint16),
    )
