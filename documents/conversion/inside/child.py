"""One task on one file, behind the walls: `child.py <task> <arguments as JSON>`.

Prints its answer as one last line of JSON. {"error": …} names a reason that the other side knows.
"""

import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
TASKS = {
    "pdf_info": "pdf",
    "pdf_page": "pdf",
    "pdf_text": "pdf",
    "image": "picture",
    "drawing": "drawing",
    "plain": "plain",
    "text": "words",
}


def main():
    task, arguments = sys.argv[1], json.loads(sys.argv[2])
    try:
        answer = getattr(importlib.import_module(TASKS[task]), task)(**arguments)
    except MemoryError:
        answer = {"error": "TOO_LARGE"}
    except Exception as wrong:  # a broken file breaks its reader in any way
        known = type(wrong).__name__ == "Refusal"
        answer = {
            "error": str(wrong) if known else "DAMAGED",
            "text": f"{type(wrong).__name__}: {wrong}"[:500],
        }
    sys.stdout.write("\n" + json.dumps(answer))


if __name__ == "__main__":
    main()
