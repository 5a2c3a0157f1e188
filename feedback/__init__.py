"""Bugs, requirements, complaints and questions after delivery, linked back to contracts and tasks or
turned into new ones. Arrives with the issue on feedback; until then the app has no models, pages or
links."""
