import pytest

from cds.cli import main


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A card, an artifact, and the development rows as files; the registry is a folder beside them."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    from cds.models.sklearn_pipeline import save

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"age": rng.normal(45, 10, 120).round(1), "pain": rng.integers(0, 11, 120)})
    chronic = (rng.random(120) < frame["pain"] / 12).astype(int)
    save(LogisticRegression().fit(frame.astype(float), chronic), tmp_path / "model.skops")
    frame.assign(chronic=chronic).to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "card.toml").write_text(
        """
        schema = "cds.card/1"
        name = "made-up"
        version = "1"
        outcome = "binary"
        outcome_column = "chronic"
        positive = 1
        [[inputs]]
        name = "age"
        type = "number"
        unit = "years"
        range = [18, 90]
        [[inputs]]
        name = "pain"
        type = "integer"
        range = [0, 10]
        """
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CDS_REGISTRY", raising=False)
    return tmp_path


def add(*more):
    return main(["registry", "add", "--card", "card.toml", "--artifact", "model.skops", *more])


def test_a_model_is_added_listed_shown_verified_and_named(files, capsys):
    assert add("--background", "rows.csv", "--development", "rows.csv") == 0
    said = capsys.readouterr().out
    assert said.startswith("made-up@1 registered in registry/made-up/1\n  adapter sklearn_pipeline, sha256 ")
    assert "no background" not in said

    assert main(["registry", "alias", "made-up@1", "production"]) == 0
    assert capsys.readouterr().out == "made-up@production now means made-up@1\n"

    assert main(["registry", "list"]) == 0
    header, first, *others = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["model", "aliases", "outcome"]
    assert first.split() == [
        "made-up@1",
        "production",
        "binary",
        "validated,",
        "explained",
        "sklearn_pipeline",
        "registry",
        "yes",
        "never",
        "validated",
    ]
    assert any(line.startswith("start-back@9-item") for line in others)

    assert main(["registry", "show", "made-up@production"]) == 0
    said = capsys.readouterr().out
    assert "development   120 rows, " in said
    assert "  age   number   required  18 to 90 years\n" in said
    assert "contact       not given" in said

    assert main(["registry", "verify"]) == 0
    assert capsys.readouterr().out == "made-up@1: every file matches its recorded sha256\n"


def test_what_a_model_lacks_is_said(files, capsys):
    assert add() == 0
    said = capsys.readouterr().out
    assert "no background sample: the model's estimates cannot be explained" in said
    assert "no development data" in said


def test_the_list_works_without_a_registry(files, capsys):
    assert main(["registry", "list"]) == 0
    assert "start-back@9-item" in capsys.readouterr().out
    assert main(["registry", "verify"]) == 0
    assert capsys.readouterr().out.startswith("no model is registered here")
    assert not (files / "registry").exists()


def test_a_hash_mismatch_ends_with_code_2_and_names_the_file(files, capsys):
    add()
    path = files / "registry" / "made-up" / "1" / "model.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    capsys.readouterr()
    assert main(["registry", "verify"]) == 2
    assert "model.skops does not match its recorded sha256" in capsys.readouterr().err
    assert main(["registry", "list"]) == 0
    assert "DAMAGED" in capsys.readouterr().out
    assert main(["registry", "show", "made-up@1"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nothing@1"], "no model 'nothing' in the registry"),
        (["alias", "nothing@1", "x"], "no model 'nothing' in the registry"),
        (["add", "--card", "none.toml", "--artifact", "model.skops"], "the card cannot be read"),
        (["add", "--card", "card.toml", "--artifact", "model.pkl"], "a pickle runs whatever code it holds"),
        (["add", "--card", "card.toml", "--artifact", "none.skops"], "the artifact cannot be read"),
        (["add", "--card", "card.toml", "--artifact", "model.skops", "--background", "no.csv"], "no data file"),
    ],
)
def test_a_users_mistake_ends_with_code_2_and_words(arguments, message, files, capsys):
    assert main(["registry", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and "Traceback" not in said


def test_a_version_is_added_once(files, capsys):
    assert add() == 0
    assert add() == 2
    assert "Give the card a new version" in capsys.readouterr().err


def test_a_fault_in_a_sample_names_which_and_its_file(files, capsys):
    (files / "gaps.csv").write_text("age,pain,chronic\n40,,1\nforty,3,0\n")
    assert add("--background", "gaps.csv", "--development", "rows.csv") == 2
    told = capsys.readouterr().err
    assert "background gaps.csv: input 'age' is declared a number but holds text or another type at row 1" in told
    assert told.rstrip().endswith("(rows counted from 0 below the header)")
    (files / "gaps.csv").write_text("age,pain,chronic\n40,,1\n41,3,0\n")
    assert add("--background", "gaps.csv") == 2
    told = capsys.readouterr().err
    assert (
        "background gaps.csv: required input 'pain' is missing at row 0. Complete them, or set required = fal" in told
    )
    assert add("--development", "gaps.csv", "--background", "rows.csv") == 0
    (files / "none.csv").write_text("age,pain\n40,3\n")
    (files / "card.toml").write_text((files / "card.toml").read_text().replace('version = "1"', 'version = "2"'))
    assert add("--development", "none.csv") == 2
    assert "development none.csv: the data have no outcome column 'chronic'" in capsys.readouterr().err


def test_the_list_says_what_this_version_can_do_with_a_model(files, capsys):
    assert main(["registry", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "can be" in lines[0]
    assert all(("explained only" in line) == (" score " in line) for line in lines[1:])
    assert any(" survival " in line and "validated, explained" in line for line in lines)


def test_where_the_key_of_the_fingerprints_is_is_said_and_rows_alike_too(files, capsys, monkeypatch):
    monkeypatch.setenv("CDS_FINGERPRINT_KEY_FILE", str(files / "key"))
    assert add("--development", "rows.csv") == 0
    said = capsys.readouterr().out
    assert f"fingerprints stored; the key is {files / 'key'}: keep it, apart from the registry" in said
    assert "patient_column" not in said
    assert (files / "key").read_text().strip() not in said

    (files / "card.toml").write_text((files / "card.toml").read_text().replace('version = "1"', 'version = "2"'))
    (files / "twice.csv").write_text(
        (files / "rows.csv").read_text() + (files / "rows.csv").read_text().split("\n", 1)[1]
    )
    assert add("--development", "twice.csv") == 0
    assert "100% of the development rows are like another one in every input" in capsys.readouterr().out


def test_fingerprints_are_left_out_on_demand(files, capsys, monkeypatch):
    monkeypatch.setenv("CDS_FINGERPRINT_KEY_FILE", str(files / "key"))
    assert add("--development", "rows.csv", "--no-fingerprints") == 0
    assert "fingerprint" not in capsys.readouterr().out
    assert not (files / "key").exists() and not (files / "registry/made-up/1/fingerprints.bin").exists()


def test_a_key_in_the_registry_is_refused_before_anything_is_written(files, capsys, monkeypatch):
    monkeypatch.setenv("CDS_FINGERPRINT_KEY_FILE", str(files / "registry" / "key"))
    assert add("--development", "rows.csv") == 2
    assert "must not lie in the registry" in capsys.readouterr().err
    assert not (files / "registry").exists()
