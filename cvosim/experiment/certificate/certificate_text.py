"""A certificate in plain English: use it or not, what it costs, what to take instead."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cvosim.experiment.certificate.scores import CONFIDENCE, Rate, Verdict
from cvosim.stats.metric import Mean

if TYPE_CHECKING:
    from cvosim.experiment.certificate.certificate import Certificate
    from cvosim.experiment.certificate.recommend import Recommendation

LESS_IS_BETTER = ("cost", "cancelled", "before.cost")
"""Outcomes of which less is better."""
NEARLY_ALL, MOST = 0.9, 0.67
"""Parts of the false alarms on one side to be called so."""


def certificate_lines(one: Certificate) -> Iterator[str]:
    """Say whether a procedure may be used, and what it does; the verdict first.

    Parameters
    ----------
    one : Certificate

    Yields
    ------
    str
        A line without its line break.
    """
    yield _verdict(one)
    if one.has_effect:
        yield _power(one)
    elif one.truth.effect == 0.0:
        yield "There is no effect to find, so its power is not known."
    if one.interval is not None:
        yield _interval(one)
    if line := _bias(one):
        yield line
    if one.design.looks > 1 and "looks" in one.procedure.needs:
        yield (
            f"It ends after {one.scores.units.value:,.0f} of {one.design.units:,} customers on "
            "average."
        )
    yield _terms(one)


def recommendation_lines(found: Recommendation, asked: str | None = None) -> Iterator[str]:
    """Say what to take; of the procedure that was asked about, the verdict first.

    Parameters
    ----------
    found : Recommendation
    asked : str, optional
        Name of the procedure that was asked about.

    Yields
    ------
    str
    """
    best = found.best
    one = found.of(asked) if asked else best
    if one is None:
        clear = all(each.verdict is Verdict.FAILS for each in found.certificates)
        words = "keeps" if clear else "is shown to keep"
        rates = _all_rates(found.certificates)
        yield f"None of these procedures {words} its promise here: {rates}."
        yield _way_out(found.certificates)
        yield _terms(found.certificates[0])
        return
    lines = list(certificate_lines(one))
    yield lines[0] if asked else f"Use {one.procedure.title}: {_promise_kept(one)}."
    if one is not best:
        yield from _instead(found, one)
    yield from lines[1:]


def _instead(found: Recommendation, one: Certificate) -> Iterator[str]:
    """Say what to take in place of a procedure."""
    best = found.best
    if best is None:
        if one.verdict in (Verdict.FAILS, Verdict.SILENT):
            others = [other for other in found.certificates if other is not one]
            if others:
                yield f"Nothing else is shown to keep its promise: {_all_rates(others)}."
            yield _way_out(found.certificates)
    elif not one.verdict.passed:
        yield f"Use {best.procedure.title} instead: {_promise_kept(best)}."
        yield from _doubts(best)
    elif best.scores.power.low > one.scores.power.high:
        yield f"{_capital(best.procedure.title)} finds more: {_promise_kept(best)}."


def percent(share: float, like: float | None = None) -> str:
    """Write a share with one decimal, two where it is below a percent.

    Examples
    --------
    >>> percent(0.1486), percent(0.0005), percent(0.05, like=0.05), percent(float("nan"))
    ('14.9 %', '0.05 %', '5 %', 'n/a')
    """
    if math.isnan(share):
        return "n/a"
    if like is not None:
        return f"{100 * share:.4g} %"
    return f"{100 * share:.2f} %" if 0.0 < share < 0.00995 else f"{100 * share:.1f} %"


def sides_of(one: Certificate) -> tuple[str, str]:
    """What an effect above 0 and one below it say of the treatment."""
    outcome = one.column.split("@", maxsplit=1)[0].split(".", maxsplit=1)[0]
    lower = outcome in LESS_IS_BETTER or one.column in LESS_IS_BETTER
    return ("worse", "better") if lower else ("better", "worse")


def _verdict(one: Certificate) -> str:
    title, alarms = one.procedure.title, percent(one.alarms.value)
    promised = percent(one.design.alpha, one.design.alpha)
    if one.verdict is Verdict.FAILS:
        return (
            f"Do not use {title} here: it raises a false alarm in {alarms} of tests without an "
            f"effect, {_against(one, promised)}."
        )
    if one.verdict is Verdict.SILENT:
        return (
            f"Cannot tell whether {title} keeps its promise here: it gives no answer in "
            f"{percent(one.silent.value)} of the tests."
        )
    if one.verdict is Verdict.UNKNOWN:
        return (
            f"Cannot tell with {one.replications:,} replications whether {title} keeps its promise "
            f"here: false alarms in {alarms} of tests without an effect, {promised} promised, "
            f"{_split(one)}. {_more(one)}"
        )
    if one.verdict is Verdict.SAFE:
        return (
            f"{_capital(title)} is safe here, but says too little: false alarms in {alarms} of "
            f"tests without an effect, {promised} allowed, {_split(one)}."
        )
    return (
        f"{_capital(title)} keeps its promise here: false alarms in {alarms} of tests without an "
        f"effect, {promised} promised, {_split(one)}."
    )


def _against(one: Certificate, promised: str) -> str:
    """Contrast false alarms with what was promised: too many, or too many of one kind."""
    better, worse = sides_of(one)
    arm = _arm(one)
    total = one.alarms.value
    share = one.above.value / total if total else 0.0
    side, part = (better, share) if share >= 0.5 else (worse, 1.0 - share)
    if total <= one.design.alpha * 1.2 and one.checks[-1].verdict is not Verdict.FAILS:
        return f"which looks like the {promised} promised, but they lie on one side: {_split(one)}"
    if one.design.alternative != "two-sided":
        return f"not {promised}"
    if part >= NEARLY_ALL:
        return f"not {promised}, nearly all saying that {arm} is {side}"
    if part >= MOST:
        return f"not {promised}, most of them saying that {arm} is {side}"
    return f"not {promised}, on both sides"


def _split(one: Certificate) -> str:
    better, worse = sides_of(one)
    if one.design.alternative == "greater":
        return f"all saying that {_arm(one)} is {better}"
    if one.design.alternative == "less":
        return f"all saying that {_arm(one)} is {worse}"
    above, below = percent(one.above.value), percent(one.below.value)
    return f"{above} saying that {_arm(one)} is {better} and {below} that it is {worse}"


def _arm(one: Certificate) -> str:
    return "the treatment" if one.arm == "treatment" else one.arm


def _more(one: Certificate) -> str:
    """How many replications would settle it, if the rates are what they look like."""
    needed, most = _replications_needed(one), one.procedure.most
    if needed > 1e6:
        return "It is at the very edge of the tolerance; more replications would hardly settle it."
    if most and needed > most:
        return f"It is run {most:,} times at most, too few to settle it; a wider tolerance may."
    return f"About {needed:,.0f} replications would settle it."


def _replications_needed(one: Certificate) -> float:
    """Until the Monte-Carlo intervals are as narrow as the rates are far from their limits."""
    needed = 0.0
    for check in one.checks:
        if check.verdict is Verdict.UNKNOWN:
            gap = abs(check.upper - check.rate.value) or 1e-9
            reach = (check.rate.high - check.rate.low) / 2.0
            needed = max(needed, one.replications * (reach / gap) ** 2)
    return max(math.ceil(1.2 * needed / 1000) * 1000.0, 2.0 * one.replications)


def _power(one: Certificate) -> str:
    size = _size(one)
    scores = one.scores
    power = percent(scores.power.value)
    found = f"By {one.procedure.title}, the true effect, {size}, is found in {power} of the tests"
    if not scores.type_s.n:
        return f"{found}."
    wrong = ""
    if scores.type_s.value > 0.0:
        wrong = f" of all effects found, {percent(scores.type_s.value)} have the wrong sign;"
    times = scores.type_m.value
    if math.isnan(times):
        return f"{found};{wrong}".removesuffix(";") + "."
    return f"{found};{wrong} what is found is {times:.1f} times as large on average."


def _size(one: Certificate) -> str:
    """Write the true effect: in money or points first, relative after it."""
    gap, lift = one.truth.treatment - one.truth.control, one.truth.lift
    unit, after = "", " a customer" if isinstance(one.metric, Mean) else ""
    if one.is_share:
        gap, after = 100.0 * gap, " points"
    elif one.currency and _is_money(one):
        unit = f"{one.currency} "
    digits = 2 if abs(gap) >= 0.1 else max(2, 1 - math.floor(math.log10(abs(gap) or 0.01)))
    sign = "+" if gap >= 0 else "\N{MINUS SIGN}"
    relative = f" ({100 * lift:+.3g} %)" if lift else ""
    return f"{sign}{unit}{abs(gap):,.{digits}f}{after}{relative}"


def _is_money(one: Certificate) -> bool:
    money = ("contribution", "revenue", "cost", "clv", "before")
    return one.column.split("@")[0].split(".")[0] in money


def _interval(one: Certificate) -> str:
    assert one.interval is not None
    held = percent(one.scores.coverage.value)
    level = percent(one.design.level, one.design.level)
    words = {
        Verdict.FAILS: f"Do not report its {level} intervals: they hold the truth in {held} of the "
        "tests.",
        Verdict.UNKNOWN: f"Its {level} intervals hold the truth in {held} of the tests, which so "
        "few replications cannot tell from enough or too few.",
    }
    plain = f"Its {level} intervals hold the truth in {held} of the tests."
    return words.get(one.interval.verdict, plain)


def _bias(one: Certificate) -> str:
    """Say how far off estimates are on average, if it matters and is not luck."""
    bias, effect = one.scores.bias, one.truth.effect
    if not one.has_effect or not math.isfinite(bias.value) or abs(bias.value) < 3.0 * bias.error:
        return ""
    if abs(bias.value) < 0.03 * abs(effect):
        return ""
    part = bias.value / abs(effect)
    way = "below" if part < 0.0 else "above"
    return (
        f"Its estimates are {percent(abs(part))} of the effect {way} the truth on average; it "
        f"estimates {one.procedure.estimates}."
    )


def _promise_kept(one: Certificate) -> str:
    words = f"false alarms in {percent(one.alarms.value)}"
    if one.has_effect:
        words += f", and it finds the true effect in {percent(one.scores.power.value)} of the tests"
    return f"{words}; it estimates {one.procedure.estimates}"


def _doubts(one: Certificate) -> Iterator[str]:
    """Say what else should be known of what is recommended."""
    if one.interval is not None and one.interval.verdict is Verdict.FAILS:
        yield (
            f"Decide by {one.procedure.title}, but do not report its intervals: they hold the "
            f"truth in {percent(one.scores.coverage.value)} of the tests."
        )
    if line := _bias(one):
        yield f"Of {one.procedure.title}: {line[0].lower()}{line[1:]}"


def _all_rates(certificates: Sequence[Certificate]) -> str:
    return ", ".join(f"{one.procedure.title} {percent(one.alarms.value)}" for one in certificates)


def _way_out(certificates: tuple[Certificate, ...]) -> str:
    unclear = [one for one in certificates if one.verdict is Verdict.UNKNOWN]
    if unclear:
        nearest = min(unclear, key=_replications_needed)
        return f"Of {nearest.procedure.title} nobody can tell yet. {_more(nearest)}"
    one = certificates[0]
    if abs(one.design.shares[1] - 0.5) > 0.01:
        return "Arms of equal size, or more customers, would help."
    return "More customers would help."


def _terms(one: Certificate) -> str:
    """Say what was run, and what was allowed."""
    design = one.design
    control, treated = (percent(share, share) for share in design.shares)
    looks = f", {design.looks} looks" if design.looks > 1 else ""
    check, total = one.checks[0], one.checks[-1]  # both tails promise the same
    middle, slack = (check.upper + check.lower) / 2.0, (check.upper - check.lower) / 2.0
    limits = f"{100 * middle:.3g} ± {percent(slack, slack)}"
    limits += f", and up to {percent(total.upper)} in all may pass" if total is not check else ""
    return (
        f"Tested on {one.column} of {one.world}: {design.units:,} customers, {control} control and "
        f"{treated} treatment{looks}, {one.replications:,} replications. Allowed in a tail: "
        f"{limits}; a tolerance of {percent(slack / 2.0, slack)} is stricter. Less is safe, but "
        f"costs power. Monte Carlo intervals are "
        f"{percent(CONFIDENCE, 1)}."
    )


def interval_text(rate: Rate) -> str:
    """Write a rate with its Monte-Carlo error.

    Examples
    --------
    >>> interval_text(Rate(0.025, 0.021, 0.029, 10_000))
    '2.5 ± 0.4 %'
    """
    if not rate.n:
        return ""
    return f"{100 * rate.value:.1f} ± {100 * (rate.high - rate.low) / 2:.1f} %"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
