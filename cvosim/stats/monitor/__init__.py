"""Experiments watched week by week: by cohort and by age, with verdicts that allow for looking."""
