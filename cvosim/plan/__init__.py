"""The scenario compiled to flat arrays."""

from cvosim.plan.compiler import compile_plan
from cvosim.plan.explain import PlanRow, explain_plan
from cvosim.plan.plan import Plan, plan_hash

__all__ = ["Plan", "PlanRow", "compile_plan", "explain_plan", "plan_hash"]
