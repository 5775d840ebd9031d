"""What a physician reads about one patient: every word and number of the two pages, ready to be drawn."""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import cds
from cds.report.applies import applies_lines
from cds.report.contributions import WhyBlock, why_block
from cds.report.dates import written_date
from cds.report.estimate import EstimateBlock, estimate_block
from cds.report.facts import PatientFacts
from cds.report.html import clean, render
from cds.report.model_facts import Fact, model_facts
from cds.report.red_flags import SafetyBlock, safety_block
from cds.report.standing import StandingBlock, standing_block
from cds.report.status import StatusLine, status_line
from cds.report.thresholds import decision_lines
from cds.report.verdict import decide
from cds.report.wording import CUT, SOFTWARE, Sentences, refuse_other_languages, sentences

LONGEST_PSEUDONYM = 60


@dataclass(frozen=True)
class PatientView:
    """Two pages about one patient from one model, as text; the template only loops and prints.

    ``banner`` runs across both pages where the model is not validated; ``form`` says whether a point, a range or
    nothing is shown; ``turn`` tells on page 1 what page 2 holds, ``texts`` which texts are in
    another language, ``note`` that texts are shortened; ``sizes`` are the prints of both pages, and ``report_hash`` the
    sha256 of everything printed.
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
    standing: StandingBlock
    applies: tuple[str, ...]
    estimate: EstimateBlock
    decision: tuple[str, ...]
    why: WhyBlock
    facts: tuple[Fact, ...]
    turn: str
    texts: str
    note: str
    report_hash: str = ""
    sizes: tuple[str, str] = ("normal", "normal")

    def printed(self) -> dict[str, Any]:
        """Everything on the pages as plain data, drawings left out (their alternative texts are in ``estimate``)."""
        return {name: _plain(part) for name, part in asdict(self).items() if name != "sizes"}

    def html(self) -> str:
        """The two pages as HTML; the same view gives the same text."""
        return render("patient.html", view=self, say=sentences(self.language), version=cds.__version__)


def patient_view(facts: PatientFacts, *, language: str = "en") -> PatientView:
    """Choose every word from the catalogue ``templates/sentences/<language>.toml``, but for the texts of the card.

    Raises:
        InputError: there is no catalogue of this language.
    """
    refuse_other_languages(language)
    say = sentences(language)
    facts = facts.in_language(say)
    decision = decide(facts, say)
    why, told = why_block(facts, decision, say), model_facts(facts, decision, say)
    view = PatientView(
        language=language,
        title=say("page.title", model=facts.card.identity),
        pseudonym=clean(facts.pseudonym, LONGEST_PSEUDONYM),
        model=facts.card.identity,
        model_sha256=facts.model_sha256,
        date=written_date(facts.recorded_on, say) or say("page.date_missing"),
        synthetic=say("page.synthetic") if facts.synthetic else "",
        banner=say("page.not_validated") if facts.unvalidated_shown else "",
        form=decision.form,
        withheld=decision.withheld,
        status=status_line(facts, decision, say, without_reasons=bool(why.elsewhere)),
        safety=safety_block(facts, say),
        standing=standing_block(facts, decision, say),
        applies=applies_lines(facts, decision, say),
        estimate=estimate_block(facts, decision, say),
        decision=decision_lines(facts, decision, say),
        why=why,
        facts=told,
        turn=_turn(decision.form, why, say),
        texts=_texts(facts, say),
        note=say("page.shortened") if any(fact.text.endswith(CUT) for fact in told) else "",
    )
    return replace(view, report_hash=_hash(view))


def _turn(form: str, why: WhyBlock, say: Sentences) -> str:
    """What page 2 holds; it promises no reasons where there are none."""
    if form == "none":
        return say("page.turn_withheld")
    return say("page.turn_no_reasons" if why.absent else "page.turn")


def _texts(facts: PatientFacts, say: Sentences) -> str:
    """Which texts are not in the page's language: the card's, and those of the validation's protocol."""
    own = facts.card.language
    if own != say.language:
        return say("page.card_language", language=say.get(f"language_name.{own}", own))
    return say("page.protocol_language") if facts.standing is not None and say.language != SOFTWARE else ""


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
