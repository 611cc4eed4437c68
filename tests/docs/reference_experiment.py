"""Chapters of docs/scenario.md on the experiment."""

from __future__ import annotations

from reference_parts import Section

EXPERIMENT = (
    Section(
        "experiment",
        "`cvosim experiment` runs it: every customer who comes to the place of assignment while "
        "enrolment lasts is assigned to one arm, by a hash of its id and the experiment's name, "
        "and followed for as many days. Beside every estimate stands the truth, from the very "
        "same customers in the other arms; `--twins` shows nothing but the truth. A file that "
        "extends this one has the experiment, too; `experiment: null` takes it away, and the "
        "variants that a file lists never have one.",
        ("Experiment",),
        example="""\
experiment:
  name: course price
  assign_at: core_offer
  arms:
    - {name: control, share: 0.5}
    - {name: dearer, share: 0.5, changes: {journey.core_offer.price: 179}}
  enrol_days: 180
  follow_days: 90
  metrics: [contribution, conversion.core_offer, contribution@14]
  covariate: before.revenue    # what they spent before they were assigned
  guardrails:
    - {metric: conversion.core_offer, margin: 0.05}
  looks: {kind: weekly, spending: obrien_fleming}
""",
    ),
    Section(
        "experiment.arms",
        "A list, control first. What an arm changes keeps the list prices and the reference trust "
        "of the journey as written. It may change the journey, at the place of assignment or after "
        "it; a change that shows before customers are assigned is refused.",
        ("ExperimentArm",),
    ),
    Section(
        "experiment.factors",
        "Things that are varied at once, each with its levels; every combination is an arm, and "
        "main effects and interactions are estimated. Each level has the keys of an arm.",
        ("Factor",),
        example="""\
experiment:
  name: price and certificate
  assign_at: core_offer
  arms: []
  factors:
    - name: price
      levels:
        - {name: normal}
        - {name: dearer, changes: {journey.core_offer.price: 179}}
    - name: trust
      levels:
        - {name: plain}
        - {name: certificate, changes: {journey.core_offer.unit_cost: 18}}
  looks: {kind: none}
""",
    ),
    Section(
        "experiment.ramp",
        "A list of steps, the first from day 0; who is left out once is not asked again.",
        ("RampStep",),
    ),
    Section(
        "experiment.guardrails",
        "A list. Each is judged by the two-sided interval at 1 - `alpha`, as in `abtest`: better, "
        "not worse (a loss of the margin is ruled out), worse or unclear.",
        ("Guardrail",),
    ),
    Section(
        "experiment.looks",
        "Of which kind they are. Looks keep the error rate: bounds come from the looks that there "
        "were and the customers seen at each, and intervals hold at all looks together.",
        ("WeeklyLooks", "FractionLooks", "NoLooks"),
    ),
)
