"""The child process that draws PDFs: reads documents from stdin, answers on stdout, fetches nothing.

Run by ``cds.report.pdf`` as ``python -m cds.report.pdf_worker MEMORY_BYTES CPU_SECONDS``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from cds.core.errors import InputError

_MEDIA_TYPES = {
    "css": "text/css",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "woff2": "font/woff2",
}
_SAFE_DATA = ("data:font/", "data:image/png;base64,")


@dataclass
class Answer:
    """What goes back: a PDF and its pages, or the addresses refused, or the kind of failure."""

    pdf: bytes = b""
    pages: int = 0
    refused: list[str] = field(default_factory=list)
    error: str = ""


def draw(html: str, assets: Mapping[str, bytes], identifier: str) -> Answer:
    """Draw one document with the given assets and nothing else."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fetcher = _fetcher(assets)
    try:
        document = weasyprint.HTML(string=html, base_url="asset:", url_fetcher=fetcher)
        # PDF/UA-1 sets tags, language, title and reading order; the identifier keeps the trailer the same.
        pages = document.render(font_config=FontConfiguration(), pdf_variant="pdf/ua-1", pdf_tags=True)
        pdf = pages.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=identifier.encode())
    except MemoryError:
        return Answer(error="it needs more memory than allowed")
    except RecursionError:
        return Answer(error="it is nested too deeply")
    if fetcher.refused:
        return Answer(refused=list(fetcher.refused))
    return Answer(pdf=pdf, pages=len(pages.pages))


def _fetcher(assets: Mapping[str, bytes]) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):  # type: ignore[misc]  # the library ships no types
        """Serves assets held in memory and remembers whatever else was asked for."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=("asset", "data"), allow_redirects=False)
            self.refused: list[str] = []

        def fetch(self, url: str, headers: object = None) -> Any:
            name = url.removeprefix("asset:")
            if url.startswith("asset:") and name in assets:
                kind = _MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
                return URLFetcherResponse(url, assets[name], {"Content-Type": kind})
            if url.startswith(_SAFE_DATA):
                return super().fetch(url, headers)
            self.refused.append(url[:500])
            raise InputError("address refused")

    return AssetFetcher()


def _limit(memory: int, cpu_seconds: int) -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        # Should the parent be gone, nobody watches the clock: this stops a document that never ends.
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + 2 * cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(inward: IO[bytes], outward: IO[bytes], memory: int, cpu_seconds: int) -> None:
    while line := inward.readline():
        _limit(memory, cpu_seconds)
        head = json.loads(line)
        html = inward.read(head["html"]).decode("utf-8")
        assets = {name: inward.read(size) for name, size in head["assets"].items()}
        answer = draw(html, assets, head["identifier"])
        reply = {
            "size": len(answer.pdf),
            "pages": answer.pages,
            "refused": answer.refused,
            "error": answer.error,
        }
        outward.write(json.dumps(reply).encode() + b"\n" + answer.pdf)
        outward.flush()


def main() -> None:
    """Serve until stdin closes; anything that libraries print goes nowhere."""
    memory, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    outward = os.fdopen(os.dup(1), "wb")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    import weasyprint  # noqa: F401 - while the parent still computes; the first document then need not wait

    _serve(sys.stdin.buffer, outward, memory, cpu_seconds)


if __name__ == "__main__":
    main()
