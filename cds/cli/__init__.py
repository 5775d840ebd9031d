"""The command line: parses, calls, and turns what happened into an exit code.

Each subcommand is a module of this package with ``add_arguments(parser)`` and ``run(args) -> int``, imported
only when it is chosen, so that ``cds --help`` answers at once.
"""

from __future__ import annotations

import argparse
import codecs
import importlib
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence

from cds.core.errors import InputError, ResourceError, nearest

COMMANDS = {
    "demo": "the whole way on an embedded cohort: train, register, validate, explain",
    "validate": "measure a model against a protocol and say ready, not ready or inconclusive",
    "compare": "several models on the same patients: paired differences, curves in one figure",
    "update": "recalibrate or refit a model as a new version, judged on other patients",
    "explain": "write each patient's report",
    "check-pdf": "check that reports are accessible PDFs (PDF/UA-1)",
    "registry": "add, list, show and verify models",
    "protocol": "write, check and lock protocols",
    "plan": "how many patients a validation study needs, or how precise a study of given size will be",
    "claims": "check the numbers that a model's card or paper reports",
    "measures": "list every measure and data check: formula, convention, interval, source",
}
PLAIN = {"−": "-", "–": "-", "—": "-", "×": "x", "…": "...", "≥": ">=", "≤": "<=", "“": '"', "”": '"', "’": "'"}
INPUT_ERROR, COULD_NOT_RUN, INTERRUPTED = 2, 4, 130
ROWS = "(rows counted from 0 below the header)"
_FAULT = "this is a fault in cds, not in your input ({kind}); --debug shows where it arose"


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``cds`` with these arguments (the process's by default) and return its exit code.

    2 is a usage or input error, 4 work that could not be done, 130 an interrupt; others are the subcommand's.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _say_what_the_terminal_can()
    try:
        args = _parsed(arguments)
    except SystemExit as stop:  # argparse has printed help, the version, or what is wrong
        return stop.code if isinstance(stop.code, int) else INPUT_ERROR
    return _guarded(args)


def _say_what_the_terminal_can() -> None:
    """Where the terminal's encoding lacks a sign, its plain spelling is printed (- for −), else a question mark."""

    def plain(fault: UnicodeError) -> tuple[str, int]:
        if not isinstance(fault, UnicodeEncodeError):
            raise fault
        return "".join(PLAIN.get(sign, "?") for sign in fault.object[fault.start : fault.end]), fault.end

    codecs.register_error("cds.plain", plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="cds.plain")


def _parsed(arguments: list[str]) -> argparse.Namespace:
    name, *rest = [a for a in arguments if a != "--debug"] or [""]
    if not name or name.startswith("-"):
        _top_parser().parse_args(arguments)
        _top_parser().print_help(sys.stderr)
        raise SystemExit(INPUT_ERROR)
    if name not in COMMANDS:
        raise SystemExit(_say(f"there is no command {name!r}. {nearest(name, COMMANDS)}", INPUT_ERROR))
    module = importlib.import_module(f"cds.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"cds {name}", description=COMMANDS[name], allow_abbrev=False)
    module.add_arguments(parser)
    args = parser.parse_args(rest)
    args.module, args.debug = module, "--debug" in arguments
    return args


def _top_parser() -> argparse.ArgumentParser:
    from cds import __version__

    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{width}}  {does}" for name, does in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="cds",
        usage="cds [--version] [--debug] COMMAND …",
        description="Judge a low-back-pain prediction model before it meets a patient, and explain it then.",
        epilog=f"commands:\n{listed}\n\ncds COMMAND --help tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"cds {__version__}")
    parser.add_argument("--debug", action="store_true", help="show where an unexpected fault arose")
    return parser


def _guarded(args: argparse.Namespace) -> int:
    """The one place where errors become words on stderr and an exit code."""
    try:
        code: int = args.module.run(args)
        sys.stdout.flush()
    except InputError as error:
        return _say(_with_counting(str(error)), INPUT_ERROR)
    except ResourceError as error:
        return _say(str(error), COULD_NOT_RUN)
    except MemoryError:
        return _say("there is not enough memory for this; fewer --jobs need less", COULD_NOT_RUN)
    except KeyboardInterrupt:
        return _say("interrupted; nothing half-written was left", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has left: nothing more can be said on stdout, not even when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # the last resort, so that no patient's value leaves in a traceback
        return _unexpected(error, debug=args.debug)
    return code


def _with_counting(message: str) -> str:
    """The message, saying once how rows are counted where it names any."""
    if not re.search(r"\brows? \d", message):
        return message
    return "\n".join((message, ROWS)) if "\n" in message else f"{message} {ROWS}"


def _unexpected(error: Exception, *, debug: bool) -> int:
    from concurrent.futures import BrokenExecutor

    if isinstance(error, BrokenExecutor):
        return _say("a worker process died, most likely for want of memory; try fewer --jobs", COULD_NOT_RUN)
    if debug:
        # Files, lines and functions; never the exception's own text, which may quote a patient's value.
        print("".join(traceback.format_tb(error.__traceback__)), file=sys.stderr, end="")
    return _say(_FAULT.format(kind=type(error).__name__), COULD_NOT_RUN)


def _say(message: str, code: int) -> int:
    print(f"cds: {message}", file=sys.stderr)
    return code
