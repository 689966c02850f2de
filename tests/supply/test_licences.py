"""The terms of all that the project stands on."""

from supply.licences import SUPPLY, licence_of, packages, refused, stated


def test_no_dependency_has_a_licence_that_is_not_allowed() -> None:
    wrong = {name: licence for name, _ in packages() if refused(licence := licence_of(name))}
    assert wrong == {}


def test_every_dependency_is_on_the_page_of_licences() -> None:
    page = (SUPPLY / "LICENCES.md").read_text()
    missing = [name for name, _ in packages() if f"| {name} | {licence_of(name)} |" not in page]
    assert missing == [], "make licences"


def test_a_licence_is_refused_for_any_part_of_it() -> None:
    assert not refused("MPL-2.0 AND (Apache-2.0 OR MIT)")
    assert refused("MIT AND AGPL-3.0-only")
    assert refused("unknown")


def test_a_licence_that_we_cannot_read_is_not_passed_over() -> None:
    classifiers = ["License :: OSI Approved", "License :: OSI Approved :: MIT License", "Topic :: Software"]
    assert stated({"classifier": classifiers}) == "MIT"
    assert refused(stated({"classifier": [*classifiers, "License :: Other/Proprietary License"]}))
