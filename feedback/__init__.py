"""After-sales feedback: bugs, requirements, complaints and questions about a contract; handled, answered,
turned into rework or a follow-up contract, and closed by whoever reported them."""
