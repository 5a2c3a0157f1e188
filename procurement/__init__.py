"""Suppliers, procurement items and their partial arrivals; tells the plan when material comes and the
contract when something is ordered. Arrives with the issue on procurement; until then the app has no
models, pages or links."""
