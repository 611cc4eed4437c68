"""A number of the first order is one for everybody, or the refusal counts who has none."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.clv.orders.covariates import first_order_covariates
from cvosim.clv.orders.log import NONE, Attribute, OrderLog
from cvosim.errors import DataError

LABELS = ("30", NONE, "31.5")


def log_of(codes: list[int]) -> tuple[OrderLog, np.ndarray]:
    """One order a customer, with an age that the codes name."""
    log = OrderLog.of([(f"c{number}", number, 1.0) for number in range(len(codes))])
    attributes = {"age": Attribute(np.array(codes), LABELS)}
    parts = (log.source, log.customer, log.day, log.amount, log.customers)
    return OrderLog(*parts, attributes), np.arange(len(codes))


def test_numbers_are_taken_as_they_are() -> None:
    (age,) = first_order_covariates(*log_of([0, 2, 0]), ["age"]).values()
    assert age.tolist() == [30.0, 31.5, 30.0]


@pytest.mark.parametrize(
    ("without", "words"),
    [(1, "1 customer has"), (2, "2 customers have"), (1200, "1,200 customers have")],
)
def test_a_refusal_counts_customers_without_one(without: int, words: str) -> None:
    told = f"age: is a number, and {words} none at the first order; fill it in, or leave it out"
    with pytest.raises(DataError) as refused:
        first_order_covariates(*log_of([0, 2, *[1] * without]), ["age"])
    assert str(refused.value).endswith(told)
