"""The sink: anyone may tell people something; it knows nobody."""
