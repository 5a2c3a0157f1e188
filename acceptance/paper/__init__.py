"""An acceptance on paper, and how to tell whether the paper still agrees with the records."""
