"""A black box for every model type, and for every defence of each: small, and soon trained."""

from pathlib import Path

PARAMETERS = {
    "mlp": "hidden = [8], epochs = 20, learning_rate = 0.01",
    "logistic_regression": "max_passes = 20",
    "svm": "",
    "random_forest": "trees = 10",
    "gradient_boosting": "rounds = 10",
    "cnn": "filters = [4], hidden = 8, epochs = 5",
}
DEFENCES = {
    "label_only": "",
    "memguard": "",
    "noise": 'kind = "keyed"',
    "rounding": "digits = 2",
    "temperature": "temperature = 20.0",
    "top_k": "k = 1",
}
HEAD = 'summary = "For trials."\nprice = { currency = "USD", training = 0.0, per_1000_records = 0.0 }\n'


def write(folder: Path) -> None:
    """Profiles named after a model type, and after a model type and a defence."""
    folder.mkdir()
    for kind, parameters in PARAMETERS.items():
        candidates = f'candidates = [{{ model_type = "{kind}", parameters = {{ {parameters} }} }}]\n'
        (folder / f"{kind}.toml").write_text(HEAD + candidates)
        for defence, own in DEFENCES.items():
            text = f'extends = "{kind}"\ndefences = [{{ defence = "{defence}", parameters = {{ {own} }} }}]\n'
            (folder / f"{defended(kind, defence)}.toml").write_text(text)


def defended(kind: str, defence: str) -> str:
    return f"{kind}_{defence}"
