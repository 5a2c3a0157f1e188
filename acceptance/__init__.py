"""Applications for acceptance of tasks and contracts, in immutable rounds of up to three levels;
a rejection sends work back. Arrives with the issue on acceptance; until then the app has no models,
pages or links, and the leader of the department passes or rejects tasks."""
