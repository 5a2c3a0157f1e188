"""Pages of feedback: lists, one entry, its deeds, the portal."""
