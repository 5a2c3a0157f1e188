"""Plans in and out: MS Project files, task lists, templates, copies, calendar feeds."""
