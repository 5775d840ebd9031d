"""What a physician reads about one patient: every word and number of the two pages, ready to be drawn."""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import cds
from cds.core.prediction import Risk
from cds.report.applies import applies_lines
from cds.report.contributions import WhyBlock, why_block
from cds.report.estimate import EstimateBlock, estimate_block
from cds.report.facts import PatientFacts
from cds.report.html import clean, render
from cds.report.model_facts import Fact, model_facts, shortened
from cds.report.red_flags import SafetyBlock, safety_block
from cds.report.standing import decision_lines, standing_lines
from cds.report.verdict import Decision, decide
from cds.report.wording import Sentences, sentences

LONGEST_PSEUDONYM = 60


@dataclass(frozen=True)
class StatusLine:
    """The one line at the top: kind for the eye, word, and what it means here."""

    kind: str
    mark: str
    word: str
    headline: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class PatientView:
    """Two pages about one patient from one model, as text; the template only loops and prints.

    ``banner`` runs across both pages where the model is not validated; ``form`` says whether a point, a range or
    nothing is shown; ``report_hash`` is the sha256 of everything printed.
    """

    language: str
    title: str
    pseudonym: str
    model: str
    model_sha256: str
    date: str
    synthetic: str
    banner: str
    form: str
    withheld: tuple[str, ...]
    status: StatusLine
    safety: SafetyBlock
    standing: tuple[str, ...]
    applies: tuple[str, ...]
    estimate: EstimateBlock
    decision: tuple[str, ...]
    why: WhyBlock
    facts: tuple[Fact, ...]
    report_hash: str = ""
    dense: bool = False

    def printed(self) -> dict[str, Any]:
        """Everything on the pages as plain data, drawings left out (their alternative texts are in ``estimate``)."""
        return {name: _plain(part) for name, part in asdict(self).items() if name != "dense"}

    def html(self) -> str:
        """The two pages as HTML; the same view gives the same text."""
        return render("patient.html", view=self, say=sentences(self.language), version=cds.__version__)


def patient_view(facts: PatientFacts, *, language: str = "en") -> PatientView:
    """Choose every word from the catalogue ``templates/sentences/<language>.toml``."""
    say = sentences(language)
    decision = decide(facts, say)
    view = PatientView(
        language=language,
        title=say("page.title", model=facts.card.identity),
        pseudonym=clean(facts.pseudonym, LONGEST_PSEUDONYM),
        model=facts.card.identity,
        model_sha256=facts.model_sha256,
        date=facts.recorded_on or say("page.date_missing"),
        synthetic=say("page.synthetic") if facts.synthetic else "",
        banner=say("page.not_validated") if facts.unvalidated_shown else "",
        form=decision.form,
        withheld=decision.withheld,
        status=_status(facts, decision, say),
        safety=safety_block(facts, say),
        standing=standing_lines(facts, say),
        applies=applies_lines(facts, decision, say),
        estimate=estimate_block(facts, decision, say),
        decision=decision_lines(facts, decision, _chance(facts, decision), say),
        why=why_block(facts, decision, say),
        facts=model_facts(facts, say),
    )
    return replace(view, report_hash=_hash(view))


def shorter(view: PatientView) -> PatientView:
    """The same pages in smaller print, long texts cut short, three contributions each way; JSON keeps the whole."""
    rows = view.why.rows
    up = sum(not row.effect.startswith("−") for row in rows)
    return replace(
        view,
        dense=True,
        facts=tuple(fact if fact.whole else replace(fact, text=shortened(fact.text, 150)) for fact in view.facts),
        # The sum of the others was of those beyond the rows that are now left out.
        why=replace(view.why, rows=(*rows[: min(3, up)], *rows[max(len(rows) - 3, up) :]), rest=""),
        standing=tuple(shortened(line, 300) for line in view.standing),
        applies=tuple(shortened(line, 240) for line in view.applies),
        status=replace(view.status, reasons=tuple(shortened(line, 400) for line in view.status.reasons)),
        estimate=replace(view.estimate, notes=tuple(shortened(line, 240) for line in view.estimate.notes)),
    )


def _chance(facts: PatientFacts, decision: Decision) -> float | None:
    """The shown chance, where it is one point of a binary outcome."""
    if decision.form != "point" or not isinstance(facts.prediction, Risk):
        return None
    return float(facts.prediction.values[0])


def _status(facts: PatientFacts, decision: Decision, say: Sentences) -> StatusLine:
    mark = {"stop": "■", "ask_first": "?", "caution": "▲", "available": "●"}[decision.status]
    form = {"point": "estimate_given", "range": "range_only", "none": "no_estimate"}[decision.form]
    headline = say(f"status.{form}")
    reasons = list(decision.reasons)
    if not reasons:
        line = say("caution.line", reasons="; ".join(decision.cautions)) if decision.cautions else ""
        reasons = [line or say("status.available_line")]
    return StatusLine(decision.status, mark, say(f"status.{decision.status}"), headline, tuple(reasons[:4]))


def _hash(view: PatientView) -> str:
    text = json.dumps([view.printed(), cds.__version__], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    """Data without drawings: a drawing becomes the alternative text in its title."""
    from markupsafe import Markup

    if isinstance(value, Markup):
        return html.unescape(str(value).partition("<title>")[2].partition("</title>")[0])
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value
