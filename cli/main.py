"""The entry point, kept small: whoever presses Ctrl-C while Python is still loading gets an answer, not a traceback."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command and leave with its exit status."""
    try:
        from cli.ending import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("Stopped before anything was done.\n")
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
