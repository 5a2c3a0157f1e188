"""Scheduling of a plan. Pure thinking over numbers: no Django, no database.

`plan` says what a plan is, `engine` computes its dates, `explain` says why, `levelling` makes people's
load fit, `psplib` reads benchmark files.
"""
