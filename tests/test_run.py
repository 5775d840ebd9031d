"""One validation from end to end: what is asked, what is recorded, and what can never be called ready."""

import jsonschema
import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, ProtocolError
from cds.core.model import Feature, ModelCard, RegisteredModel
from cds.core.outcome import Binary
from cds.core.prediction import Prediction, Risk, Score
from cds.core.protocol import ValidationProtocol
from cds.protocol import lock
from cds.registry import latest_standing_of  # type: ignore[attr-defined]  # replaced below
from tests.samples import drawn
