"""Turns HTML into a tagged PDF: nothing is fetched, the same input gives the same bytes, nothing may hang.

The drawing happens in one child process that lives on from document to document (importing the renderer costs
most of a second) and is ended when a document takes too long or the child needs too much memory.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import cds
from cds.core.errors import InputError, ResourceError, StorageError
from cds.report.fonts import check_fonts, font_configuration

ASSET_SCHEME = "asset:"


class DocumentRefused(InputError):  # noqa: N818  # named after what happened
    """A document that asks for addresses outside itself.

    ``addresses`` lists them; they may hold patient text and stay out of the message.
    """

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self.addresses = addresses
        schemes = sorted({a.split(":", 1)[0][:12] if ":" in a else "(relative)" for a in addresses})
        super().__init__(
            f"the document asks for {len(addresses)} address(es) outside itself ({', '.join(schemes)}); "
            "none was fetched and no PDF was written",
            do="A report may use its own assets only: look for text inserted unescaped in its template",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return DocumentRefused, (self.addresses,)


@dataclass(frozen=True)
class Limits:
    """Wall-clock seconds that a document may take, and bytes of memory that its renderer may address."""

    seconds: float = 60.0
    memory: int = 2 * 1024**3


@dataclass(frozen=True)
class Rendered:
    """A PDF and its number of pages."""

    pdf: bytes
    pages: int


def pdf_bytes(
    html: str, *, assets: Mapping[str, bytes] | None = None, identifier: str, limits: Limits | None = None
) -> bytes:
    """A tagged PDF/UA-1 of ``html``; see ``render_pdf``."""
    return render_pdf(html, assets=assets, identifier=identifier, limits=limits).pdf


def render_pdf(
    html: str | Sequence[str],
    *,
    assets: Mapping[str, bytes] | None = None,
    identifier: str,
    limits: Limits | None = None,
) -> Rendered:
    """Draw ``html`` as a tagged PDF/UA-1; the same arguments give the same bytes.

    Several documents become one, each beginning on a new page; title and language are those of the first.
    ``assets`` are what the document may use, addressed as ``asset:NAME``. The families "IBM Plex Sans" and
    "Noto Sans Symbols2" are there without asking, and no other font is: the machine's own are not looked at.
    ``identifier`` becomes the PDF's file identifier; give a hash of the content, never a name.
    On Windows there is no memory limit, only the one on time.

    Raises
    ------
    DocumentRefused
        It asks for any other address (``file:``, ``http:`` …); nothing was fetched.
    ResourceError
        It took longer or needed more memory than ``limits`` allow, or the renderer ended.
    """
    limits = limits or Limits()
    with _LOCK:
        return _worker(limits).draw([html] if isinstance(html, str) else html, dict(assets or {}), identifier)


def count_pages(html: str, *, limits: Limits | None = None) -> int:
    """How many pages ``html`` fills, without drawing them; refuses and raises what ``render_pdf`` does."""
    limits = limits or Limits()
    with _LOCK:
        return _worker(limits).draw([html], {}, "", measure_only=True).pages


def warm_up() -> None:
    """Start the renderer now, so that it imports its libraries while other work is under way."""
    with _LOCK:
        _worker(Limits())


class _Worker:
    """The child process and the conversation with it: a line of JSON, then the bytes that it announces."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.owner = os.getpid()
        check_fonts()
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="cds-pdf-")
            folder = Path(self._folder.name)
            fonts = font_configuration(folder)
        except OSError as fault:
            raise StorageError(f"the temporary folder could not be written: {fault.strerror}") from None
        root = str(Path(cds.__file__).resolve().parent.parent)
        self._process = subprocess.Popen(  # noqa: S603  # fixed arguments
            [
                sys.executable,
                "-P",
                "-m",
                "cds.report.pdf_worker",
                str(limits.memory),
                str(int(limits.seconds) + 1),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the renderer's log may quote the document
            env=_environment(folder, fonts, root),
            cwd=folder,
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None and self.owner == os.getpid()

    def draw(
        self, parts: Sequence[str], assets: dict[str, bytes], identifier: str, *, measure_only: bool = False
    ) -> Rendered:
        late = threading.Event()
        timer = threading.Timer(self.limits.seconds, self._end, [late])
        timer.start()
        try:
            answer, body = self._exchange(parts, assets, identifier, measure_only)
        except (BrokenPipeError, EOFError, json.JSONDecodeError):
            raise ResourceError(self._why_ended(late.is_set())) from None
        finally:
            timer.cancel()
            timer.join()
        if answer["refused"]:
            raise DocumentRefused(tuple(answer["refused"]))
        if answer["error"]:
            raise ResourceError(f"the PDF could not be drawn: {answer['error']}")
        return Rendered(body, int(answer["pages"]))

    def _exchange(
        self, parts: Sequence[str], assets: dict[str, bytes], identifier: str, measure_only: bool
    ) -> tuple[dict[str, Any], bytes]:
        inward, outward = self._pipes
        texts = [part.encode("utf-8") for part in parts]
        head = {
            "parts": [len(text) for text in texts],
            "identifier": identifier,
            "assets": {k: len(v) for k, v in assets.items()},
            "measure_only": measure_only,
        }
        inward.write(json.dumps(head).encode() + b"\n" + b"".join(texts) + b"".join(assets.values()))
        inward.flush()
        line = outward.readline()
        if not line:
            raise EOFError
        answer = json.loads(line)
        body = outward.read(answer["size"])
        if len(body) < answer["size"]:
            raise EOFError
        return answer, body

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise ResourceError("the PDF renderer has no pipes")
        return self._process.stdin, self._process.stdout

    def _end(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _why_ended(self, late: bool) -> str:
        self.close()
        if late:
            return f"the PDF took longer than {self.limits.seconds:g} seconds to draw and was stopped"
        return f"the PDF renderer ended; it may address {self.limits.memory // 1024**2} MiB of memory"

    def close(self) -> None:
        """End the child and remove its folder; safe to call twice."""
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()
            self._folder.cleanup()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close_quietly(pipe)


def _close_quietly(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # what was buffered for a child that has ended has nowhere to go
        return


def _environment(folder: Path, fonts: Path, root: str) -> dict[str, str]:
    """The child's environment: nothing that could change a byte, temporary files in our folder."""
    libraries = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in libraries if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": root,
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "SOURCE_DATE_EPOCH": "946684800",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "FONTCONFIG_FILE": str(fonts),
        "TMPDIR": str(folder),
        "TEMP": str(folder),
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder),
    }


_LOCK = threading.Lock()
_workers: dict[Limits, _Worker] = {}


def _worker(limits: Limits) -> _Worker:
    worker = _workers.get(limits)
    if worker is None or not worker.alive:
        if worker is not None:
            worker.close()
        worker = _workers[limits] = _Worker(limits)
    return worker


@atexit.register
def close_renderer() -> None:
    """End the renderer's child processes; the next document starts a new one."""
    while _workers:
        _workers.popitem()[1].close()
