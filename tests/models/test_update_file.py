"""The file of an update is read strictly."""

import pytest

from cds.core.errors import ArtifactError
from cds.models.update_file import LogOdds, parse_update

HEAD = 'schema = "cds.update/1"\nadapter = "sklearn_pipeline"\nartifact = "model.skops"\n'
STEPS = '[[steps]]\nmethod = "isotonic"\nscale = "steps"\nlow = 0.01\nhigh = 0.9\n'


def read(steps: str):
    return parse_update((HEAD + steps).encode(), where="update.toml")


def test_a_recalibration_is_read() -> None:
    made = read('[[steps]]\nmethod = "recalibrate"\nscale = "log_odds"\nintercept = -0.1\nslope = 0.9\n')
    assert made.steps == (LogOdds(method="recalibrate", intercept=-0.1, slope=0.9),)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("", "steps"),
        ('[[steps]]\nmethod = "recalibrate"\nscale = "log_odds"\nintercept = 0.1\nslope = -1.0\n', "slope"),
        ('[[steps]]\nmethod = "intercept"\nscale = "log_odds"\nintercept = "__import__"\n', "intercept"),
        ('[[steps]]\nmethod = "intercept"\nscale = "log_odds"\nintercept = nan\n', "intercept"),
        (
            STEPS + "risk = [0.2, 0.1]\nobserved = [0.1, 0.2]\n",
            "increase",
        ),
        (
            STEPS + "risk = [0.1, 0.2]\nobserved = [0.2, 0.1]\n",
            "fall",
        ),
        ('[[steps]]\nmethod = "beta"\nscale = "beta"\na = -1.0\nb = 1.0\nc = 0.0\n', "a"),
        ('[[steps]]\nmethod = "intercept"\nintercept = 0.1\n', "scale"),
        ("not toml", "TOML"),
    ],
)
def test_a_bad_update_is_refused_with_its_place(steps: str, told: str) -> None:
    with pytest.raises(ArtifactError, match=told):
        read(steps)
