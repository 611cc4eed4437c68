"""Where jobs are done: here, in threads, in processes, or on the workers of a Dask scheduler.

One word says which, and the results are equal for all of them: luck belongs to the customer,
so that nothing depends on who does a job, or when.

Examples
--------
>>> from cvosim.experiment.executors import check_executor, workers
>>> check_executor("threads:2")
>>> with workers("threads:2") as crew:
...     sorted(result for job, result in crew.run(abs, [-1, -2, -3]))
[1, 2, 3]
"""

from cvosim.experiment.executors.choice import Workers, workers
from cvosim.experiment.executors.seam import Lost
from cvosim.experiment.executors.spec import check_executor

__all__ = ["Lost", "Workers", "check_executor", "workers"]
