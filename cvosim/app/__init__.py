"""The what-if page: two scenarios side by side, and what every change to one of them is worth.

A server without a memory: every request says all that it asks about, and requests share nothing
but results that would be the same for anybody. It reads the scenarios of the library, those
that it was started with, and its own page; no request makes it open any other file.

Start it with ``cvosim app``; it needs the extra ``cvosim[app]``.
"""
