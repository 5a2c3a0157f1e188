"""Tasks, dependencies, Gantt, import of contracts with their plans."""
