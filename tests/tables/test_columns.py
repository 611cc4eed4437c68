"""Parts of tables with people brought by referral."""

import numpy as np
from helpers.customer_tables import FULL, blank, brought

from cvosim.tables.columns import NOBODY, CustomerTable


def table() -> CustomerTable:
    """Prospects 10 to 13; the second brings one person, the third two, of whom one another."""
    made = blank(8, FULL)
    made.columns.orders[:] = np.arange(8)
    made.columns.revenue[:], made.columns.refunds[:] = 10.0, np.arange(8)
    return CustomerTable(made.columns, FULL, 10, brought([1, 2, 2, 5], 4))


def test_who_is_who() -> None:
    found = table()
    assert (found.n_market, len(found)) == (4, 8)
    assert found.customer_id.tolist()[:4] == [10, 11, 12, 13]
    assert (found.referrer_id[:4] == NOBODY).all()
    assert found.generation.tolist() == [0, 0, 0, 0, 1, 1, 1, 2]
    assert found.root.tolist() == [0, 1, 2, 3, 1, 2, 2, 2]


def test_contribution_is_after_refunds() -> None:
    np.testing.assert_array_equal(table().contribution, 10.0 - np.arange(8))


def test_a_part_counts_roots_from_its_own_first_row() -> None:
    whole, part = table(), table().part(1, 7)
    assert (part.n_market, part.first_customer) == (3, 11)
    assert part.columns.orders.tolist() == [1, 2, 3, 4, 5, 6]
    assert part.customer_id.tolist() == whole.customer_id[1:7].tolist()
    assert part.generation.tolist() == whole.generation[1:7].tolist()
    np.testing.assert_array_equal(part.root + part.first_customer, whole.root[1:7] + 10)
    assert part.customer_id[part.root].tolist() == [11, 12, 13, 11, 12, 12]


def test_parts_of_prospects_alone_and_of_others_alone() -> None:
    prospects, others = table().part(0, 3), table().part(5, 8)
    assert (prospects.n_market, others.n_market) == (3, 0)
    assert others.generation.tolist() == [1, 1, 2]
    # their roots lie outside
    assert (others.root + others.first_customer).tolist() == [12, 12, 12]
    assert len(table().part(8, 8)) == len(table().part(0, 0)) == 0
    assert table().part(0, 100).customer_id.tolist() == table().customer_id.tolist()
