"""Our organisation: departments, people, customer companies, users, sign-in."""
