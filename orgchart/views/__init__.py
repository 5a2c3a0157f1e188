"""Pages of the organisation, sign-in and one's own account."""
