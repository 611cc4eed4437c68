"""Statistical methods on plain arrays, one subject a file.

`cvosim.stats.analyze` reaches for them by itself; to call one of them, import it from its file:

* ``proportions``: Newcombe's interval, the pooled z test, Fisher's, Barnard's, Boschloo's.
* ``quantiles``: in closed form, also where units have several values.
* ``survival``, ``life_table``, ``cox``: log-rank, restricted means, hazard ratios from life tables;
  ``cox.cox`` is the one that takes covariates and strata.
* ``permutation``, ``enumeration``, ``resampling``: shuffled labels, by moments, one after another
  where units are few, or drawn; BCa and bootstrap-t.
* ``bayes``: beta-binomial and normal beliefs with expected losses.
* ``clusters``, ``strata``, ``winsor``, ``influence``: units of several rows, strata, caps.
* ``noninferiority``: verdicts by any interval (``judge``), which the analysis uses, and the test
  with its p-value and Fieller's bound of a relative margin (``guardrail``).
* ``multiplicity``, ``sample_ratio``: many comparisons, and whether arms are as large as planned.
"""
