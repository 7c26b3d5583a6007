"""A process that reads what may kill it: with a limit of memory and of time, one answer per line.

A line on the standard input is a JSON object with the name of a reader, a path, and whether to tell the code that the
file reaches; the answer says what happened. The first answer comes when everything is imported.
"""

import json
import os
import resource
import sys
import time
import warnings
from contextlib import nullcontext
from pathlib import Path

_MEMORY = 2 << 30
"""Bytes of address space beyond what the imports take."""
_CPU_SECONDS = 20
"""After so much work on one file the system ends the process."""
_LONGEST_MESSAGE = 3000


def outcome_of(reader: str, path: Path) -> tuple[str, str]:
    """Read a file; what came of it, and what was said."""
    from tests.fuzz.readers import read_checked

    from cisgram.errors import InputError  # late: what is imported here is not counted as memory of a file

    try:
        read_checked(reader, path)
    except InputError as error:
        message = str(error)
        if not any(name in message for name in {path.name, path.parent.name, *_names(path)}):
            return "nameless", message
        return ("endless", message[:200]) if len(message) > _LONGEST_MESSAGE else ("refused", message)
    except MemoryError as error:
        return "memory", f"MemoryError {error}"
    except AssertionError as error:
        return "broken", _where(error)
    except BaseException as error:  # a panic of a library in Rust is no Exception
        return "crashed", _where(error)
    return "accepted", ""


def _names(path: Path) -> set[str]:
    """Names of files that a message about a folder may tell."""
    return {file.name for file in path.parent.iterdir()} | (
        {f.name for f in path.iterdir()} if path.is_dir() else set()
    )


def _where(error: BaseException) -> str:
    """Type and text of an error, and the last line of the house that it came through."""
    place, at = "", error.__traceback__
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if "cisgram" in file or "invariants" in file:
            place = f"{Path(file).parent.name}/{Path(file).name}:{at.tb_lineno}"
        at = at.tb_next
    return f"{place} {type(error).__name__}: {str(error)[:160]}"


def main() -> None:
    """Answer until the standard input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)  # what a library says on its own must not stand among the answers
    os.dup2(nothing, 2)
    warnings.simplefilter("ignore")
    import tests.fuzz.readers  # noqa: F401
    from tests.fuzz.reached import steps_taken

    _limit_memory()
    print(json.dumps({"outcome": "ready"}), file=answers)
    for line in sys.stdin:
        asked = json.loads(line)
        used = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + _CPU_SECONDS, resource.RLIM_INFINITY))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with steps_taken() if asked["guided"] else nullcontext(set()) as steps:
            outcome, text = outcome_of(asked["reader"], Path(asked["path"]))
        answer = {
            "outcome": outcome,
            "text": text,
            "reached": sorted(steps),
            "seconds": time.process_time() - used,
            "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024,
        }
        print(json.dumps(answer), file=answers)


def _limit_memory() -> None:
    """Allow so much more address space than is in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
