"""Files of a contract."""
