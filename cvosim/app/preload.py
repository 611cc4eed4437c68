"""Imported once by the process from which those that draw are forked: it has drawn already.

Whatever goes wrong here goes wrong again in a job, where it can be told.
"""

from __future__ import annotations

from contextlib import suppress

from cvosim.app.render_job import warm

with suppress(Exception):
    warm()
