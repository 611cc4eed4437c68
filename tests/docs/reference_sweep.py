"""Chapters of docs/scenario.md on the sweep."""

from __future__ import annotations

from reference_parts import Section

SWEEP = (
    Section(
        "sweep",
        "`cvosim sweep` runs it; every other command passes over it. Levers are what the "
        "strategist decides, uncertainties what nobody decides, outcomes what is measured. A "
        "point is a value for each of them, set as `-S path=value` sets it: conversions keep the "
        "trust and the price they were observed at, list items are addressed by name, null takes "
        "a stage away (a list such as `journey.tripwire: [null, *sample]` has it with and "
        "without, given `tripwire: &sample {...}` above). When the file is read every value is "
        "tried by itself, the ends of ranges and laws as well (0.1 % and 99.9 % where a law has "
        "no end). Paths that only work together, such as two shares that must add to 1, go into "
        "a list of points. Whole numbers take a range with `step: 1`, or a choice. A file that "
        "extends this one has the sweep, too; `sweep: null` takes it away, and variants and arms "
        "never have one.",
        ("Sweep",),
        example="""\
sweep:
  levers:
    journey.tripwire.price: [9, 12, 19]
    journey.core_offer.price: {low: 129, high: 199, step: 10}
  uncertainties:
    journey.core_offer.conversion: {kind: triangular, low: 0.1, mode: 0.2, high: 0.25}
    channels.search.cpc: {kind: lognormal, median: 0.6, sigma: 0.3}
  design: {kind: sobol, points: 256}
  customers: 10000
  outcomes: [clv_per_prospect, cac]
""",
    ),
    Section(
        "sweep.levers",
        "Beside a list of values, a path may have a range:",
        ("LeverRange",),
    ),
    Section(
        "sweep.uncertainties",
        "Which values are how likely.",
        (
            "UniformLaw",
            "LogUniformLaw",
            "NormalLaw",
            "LogNormalLaw",
            "TriangularLaw",
            "BetaLaw",
            "ChoiceLaw",
        ),
    ),
    Section(
        "sweep.design",
        "Which combinations of values are run. A sample takes its luck from the scenario's "
        "`seed`: same file, same points. With a list the sweep need name no levers and "
        "uncertainties; every column is then a lever. If it names some, the file has a column for "
        "each and no other. Its cells are read as values in this file are.",
        ("GridDesign", "LatinHypercubeDesign", "SobolDesign", "ListDesign"),
    ),
)
