"""Which phase a run was in when it was killed, by its own file."""

import shutil
from pathlib import Path

from attacker.store import Store


def phase(folder: Path, asked_shadow: int) -> str:
    """Of a copy of the run, so that it is the run itself that finds its file as it was left.

    asked_shadow: records that each shadow model is asked about.
    """
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.copytree(folder, copy)
    try:
        with Store(copy) as store:
            return of_store(store, asked_shadow)
    finally:
        shutil.rmtree(copy)


def of_store(store: Store, asked_shadow: int) -> str:
    if store.fact("challenge") is None or store.fact("api_key") is None:
        return "signing up"
    if store.fact("fitted"):
        return "submitting"
    if store.fact("shadow_data") is None:
        return "synthesis" if made(store) and candidates_answered(store) else "target queries"
    if not made(store) and not store.fact("asked_known"):
        return "target queries"
    if store.fact("dataset") is None:
        return "uploading"
    return of_shadows(store, asked_shadow)


def made(store: Store) -> bool:
    """Whether shadow data is made by asking the target."""
    return bool(store.fact("challenge")["knowledge"]["kind"] == "format")


def candidates_answered(store: Store) -> bool:
    costs = store.costs()
    return "target_queries" in costs and costs["target_queries"].records == len(store.read("candidates"))


def of_shadows(store: Store, asked_shadow: int) -> str:
    shadows = store.shadows()
    trained = [shadow for shadow in shadows if shadow.state != "planned"]
    counts = store.counts()
    asked = sum(counts[shadow.model].records for shadow in trained if shadow.model in counts)
    if asked < len(trained) * asked_shadow:
        return "shadow queries"
    return "shadow training" if len(trained) < len(shadows) else "fitting"
