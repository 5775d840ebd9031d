"""The child process that draws PDFs: reads documents from stdin, answers on stdout, fetches nothing.

A document comes in parts that are laid out one by one and drawn as one. Parts that were only measured stay until
the next document is drawn, so that the layout that fits is not laid out again.

Run by ``cds.report.pdf`` as ``python -m cds.report.pdf_worker MEMORY_BYTES CPU_SECONDS``.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from cds.core.errors import InputError
from cds.report.pdf_margins import margins_as_artifacts

_MEDIA_TYPES = {
    "css": "text/css",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "woff2": "font/woff2",
}
_VARIANT = "pdf/ua-1"
_MOST_KEPT = 16  # parts that were measured and may yet be drawn: the sizes of two pages
_SAFE_DATA = ("data:font/", "data:image/png;base64,")


@dataclass
class Answer:
    """What goes back: a PDF and its pages, or the addresses refused, or the kind of failure."""

    pdf: bytes = b""
    pages: int = 0
    refused: list[str] = field(default_factory=list)
    error: str = ""


def draw(
    parts: str | Sequence[str],
    assets: Mapping[str, bytes],
    identifier: str,
    *,
    measure_only: bool = False,
    kept: dict[str, Any] | None = None,
) -> Answer:
    """Draw one document of one or more parts with the given assets and nothing else; ``measure_only`` counts pages.

    ``kept`` holds parts that are laid out already, by their HTML; the caller empties it.
    """
    kept = {} if kept is None else kept
    fetcher = _fetcher(assets)
    texts = [parts] if isinstance(parts, str) else list(parts)
    try:
        # Assets may differ under one name: only parts without any are taken from those laid out already.
        laid = [kept[text] if text in kept and not assets else _lay_out(text, fetcher) for text in texts]
        pages = [page for part in laid for page in part.pages]
        if fetcher.refused:
            return Answer(refused=list(fetcher.refused))
        if measure_only:
            kept.update(zip(texts, laid, strict=True))
            return Answer(pages=len(pages))
        whole = laid[0].copy(pages)
        options = {"pdf_variant": _VARIANT, "pdf_tags": True, "pdf_identifier": identifier.encode()}
        pdf = whole.write_pdf(finisher=margins_as_artifacts, **options)
    except MemoryError:
        return Answer(error="it needs more memory than allowed")
    except RecursionError:
        return Answer(error="it is nested too deeply")
    if fetcher.refused:
        return Answer(refused=list(fetcher.refused))
    return Answer(pdf=pdf, pages=len(pages))


def _lay_out(html: str, fetcher: Any) -> Any:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    html, sheets = _known_style(html)
    document = weasyprint.HTML(string=html, base_url="asset:", url_fetcher=fetcher)
    # PDF/UA-1 sets tags, language, title and reading order; the identifier keeps the trailer the same.
    return document.render(font_config=FontConfiguration(), stylesheets=sheets, pdf_variant=_VARIANT, pdf_tags=True)


def _known_style(html: str) -> tuple[str, list[Any]]:
    """The document without its style sheet, and the style sheet read; all as it is where more than that is in it.

    Every page comes with the same style sheet, and reading it takes a fifth of a layout. One that asks for an address
    is left to the document: each asking must be noticed.
    """
    before, found, rest = html.partition("<style>")
    style, _, after = rest.partition("</style>")
    if not found or "<style" in after or "<link" in html or "url(" in style or "@" in style.replace("@page", ""):
        return html, []
    return before + after, [_sheet(style)]


@functools.lru_cache(maxsize=4)
def _sheet(style: str) -> Any:
    import weasyprint

    return weasyprint.CSS(string=style)


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
    kept: dict[str, Any] = {}
    while line := inward.readline():
        _limit(memory, cpu_seconds)
        head = json.loads(line)
        parts = [inward.read(size).decode("utf-8") for size in head["parts"]]
        assets = {name: inward.read(size) for name, size in head["assets"].items()}
        answer = draw(parts, assets, head["identifier"], measure_only=head["measure_only"], kept=kept)
        reply = {
            "size": len(answer.pdf),
            "pages": answer.pages,
            "refused": answer.refused,
            "error": answer.error,
        }
        outward.write(json.dumps(reply).encode() + b"\n" + answer.pdf)
        outward.flush()
        if not head["measure_only"] or len(kept) > _MOST_KEPT:
            kept.clear()
            gc.collect()  # after the answer: the parent goes on meanwhile


def main() -> None:
    """Serve until stdin closes; anything that libraries print goes nowhere."""
    memory, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    outward = os.fdopen(os.dup(1), "wb")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    import weasyprint  # noqa: F401 - while the parent still computes; the first document then need not wait

    gc.freeze()
    gc.disable()  # looking for garbage while drawing took a third of the time; it is collected between documents
    _serve(sys.stdin.buffer, outward, memory, cpu_seconds)


if __name__ == "__main__":
    main()
