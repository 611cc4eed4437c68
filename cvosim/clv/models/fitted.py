"""A fitted model: what was found, how sure it is, and what to doubt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from cvosim.clv.models.fit import Optimum


class Law(Protocol):
    """A model with its parameters."""

    def to_dict(self) -> dict[str, float | str]:
        """Give the model's name and parameters."""


L = TypeVar("L", bound=Law)
L_co = TypeVar("L_co", bound=Law, covariant=True)


@dataclass(frozen=True)
class Fitted(Generic[L_co]):
    """A model fitted by maximum likelihood.

    Attributes
    ----------
    law : Law
        The model at the fitted parameters; where there are covariates, at the mean of each.
    params_ : dict of str to float
        All parameters by name; an effect of a covariate is ``purchase.channel=web``.
    standard_errors_ : dict of str to float, or None
        By parameter, from the curvature of the likelihood (observed information, carried from
        the logarithms by the delta method; Efron & Hinkley 1978); None unless `converged_`.
    log_covariance_ : tuple of tuple of float, or None
        Covariance of the logarithms of the positive parameters and of the effects as they are,
        in the order of `params_`; None likewise.
    log_likelihood_ : float
        At the maximum; see the fitting method for its units.
    n_customers_, n_patterns_ : int
        Customers fitted to, and how many different ones they are.
    evaluations_ : int
        How often a likelihood was computed.
    converged_ : bool
        Whether a clear maximum was found; if not, the parameters are not identified: others
        would explain the data as well.
    message_ : str
        What came of the search, in words.
    """

    law: L_co
    params_: dict[str, float]
    standard_errors_: dict[str, float] | None
    log_covariance_: tuple[tuple[float, ...], ...] | None
    log_likelihood_: float
    n_customers_: int
    n_patterns_: int
    evaluations_: int
    converged_: bool
    message_: str

    @property
    def aic_(self) -> float:
        """Akaike's criterion (1974): 2k − 2 log L; the smaller the better."""
        return 2.0 * len(self.params_) - 2.0 * self.log_likelihood_

    @property
    def bic_(self) -> float:
        """Schwarz's criterion (1978): k log n − 2 log L, n being customers."""
        return len(self.params_) * math.log(self.n_customers_) - 2.0 * self.log_likelihood_

    def to_dict(self) -> dict[str, Any]:
        """Give the fit as plain values, for JSON."""
        return {
            **self.law.to_dict(),
            "params": self.params_,
            "standard_errors": self.standard_errors_,
            "log_likelihood": self.log_likelihood_,
            "aic": self.aic_,
            "bic": self.bic_,
            "customers": self.n_customers_,
            "patterns": self.n_patterns_,
            "converged": self.converged_,
            "message": self.message_,
        }

    def summary(self) -> str:
        """Say in plain text what was found; doubts come first."""
        doubt = () if self.converged_ else (f"Warning: {self.message_}; see standard errors.",)
        errors = self.standard_errors_ or {}
        rows = (
            f"  {name:<24} {value:>12.5g}   ± {errors[name]:.2g}"
            if name in errors
            else f"  {name:<24} {value:>12.5g}   ± n/a"
            for name, value in self.params_.items()
        )
        model = self.law.to_dict()["model"]
        fit = f"log-likelihood {self.log_likelihood_:,.4f}, AIC {self.aic_:,.2f}"
        head = f"{model}, {self.n_customers_:,} customers: {fit}, BIC {self.bic_:,.2f}"
        return "\n".join((*doubt, head, *rows, f"Search: {self.message_}."))


class Finding(NamedTuple):
    """What a search came to, in the user's units.

    Attributes
    ----------
    parameters : mapping of str to float
        In the order of the optimum's.
    optimum : Optimum
        Its covariance is in the user's units too; a scale does not touch that of logarithms.
    log_likelihood : float
    counts : tuple of int
        Customers and patterns.
    meaning : mapping of str to str
        What parameters say, for those that the data do not tie down.
    """

    parameters: Mapping[str, float]
    optimum: Optimum
    log_likelihood: float
    counts: tuple[int, int]
    meaning: Mapping[str, str]


def report(law: L, finding: Finding, positive: int | None = None) -> Fitted[L]:
    """Make the report of a fit.

    Parameters
    ----------
    law : Law
        At the parameters found.
    finding : Finding
    positive : int, optional
        How many parameters, the first ones, were searched by their logarithms; all if left out.
    """
    return Fitted(law=law, **report_fields(finding, positive))


def report_fields(finding: Finding, positive: int | None = None) -> dict[str, Any]:
    """Give the fields of `Fitted` that come from the search."""
    optimum, values = finding.optimum, dict(finding.parameters)
    logs = len(values) if positive is None else positive
    errors: dict[str, float] | None = None
    rows: tuple[tuple[float, ...], ...] | None = None
    if optimum.covariance is not None and not optimum.problem:
        deviations = np.sqrt(np.diag(optimum.covariance)).tolist()
        scales = [value if index < logs else 1.0 for index, value in enumerate(values.values())]
        errors = {n: s * d for n, s, d in zip(values, scales, deviations, strict=True)}
        rows = tuple(tuple(float(cell) for cell in row) for row in optimum.covariance)
    message = _in_words(finding)
    return {
        "params_": values,
        "standard_errors_": errors,
        "log_covariance_": rows,
        "log_likelihood_": finding.log_likelihood,
        "n_customers_": finding.counts[0],
        "n_patterns_": finding.counts[1],
        "evaluations_": optimum.evaluations,
        "converged_": not message,
        "message_": message or "a clear maximum was found",
    }


def _in_words(finding: Finding) -> str:
    """Say what the data do not settle; nothing if they settle all."""
    if not finding.optimum.weak:
        return finding.optimum.problem
    weak = [list(finding.parameters)[index] for index in finding.optimum.weak]
    unknown = dict.fromkeys(finding.meaning[name] for name in weak if name in finding.meaning)
    return f"the orders do not settle {_listed(list(unknown))} ({', '.join(weak)})"


def _listed(words: Sequence[str]) -> str:
    """Join words by "or"."""
    return " or ".join(words) or "all parameters"
