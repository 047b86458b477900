"""The documents are true: their commands run, their links lead somewhere, their lists are whole."""

import importlib.util
import re
import shlex
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from outage_agents import parameter_table
from outage_agents.actions import CATALOGUE
from outage_agents.scenario import Scenario
from outage_agents.simulation import Simulation
from outage_agents.timeline import reference_milestones, reference_timeline
from outage_engine.clock import MINUTE
from outage_tui.cli import commands
from outage_tui.config import THEMES, default_file, read_settings
from outage_tui.dashboard.keys import KEYS
from tests.quick_starts import Ended, call_program

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        ROOT / "recordings" / "README.md",
        ROOT / "benchmarks" / "README.md",
    ]
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SET_UP_AND_RUN = "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/outage-tui"
SET_UP_AND_TEST = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest -q"
)


def str_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=str_of)


def words_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def code_of(document: Path) -> Iterator[str]:
    """Lines of fenced blocks, then everything in backticks."""
    text = document.read_text("utf-8")
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S):
        yield from block.splitlines()
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    yield from re.findall(r"`([^`]+)`", prose)


def anchors_of(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.M)
    return {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in headings}


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        leads_to = (document.parent / path).resolve() if path else document
        assert leads_to.exists(), f"{document.name} links to {target}"
        assert not anchor or anchor in anchors_of(leads_to), f"{document.name}: no heading {target}"


@each_document
def test_no_document_names_a_machine_or_a_registry(document: Path) -> None:
    told = re.findall(
        r"(?:^|[\s(`'\"])/(?:home|root|tmp|opt|usr|var|work)/|pypi\.|pythonhosted|localhost|https?://\S+:\d",
        document.read_text("utf-8"),
    )
    assert told == []


# -- commands ---------------------------------------------------------------------------------

SHORTER = {
    "run": ["--until", "23:01", "--set", "droplets=2400"],
    "fork": ["--at", "23:00:30"],
}
"""What makes a command of the documents quick. Any other may be run as it is."""


def commands_in(document: Path) -> list[list[str]]:
    """The command lines of our program, in order, as words."""
    found = []
    for line in code_of(document):
        for part in re.split(r"\s&&\s", re.split(r"\s{2,}|\s#\s", line.strip())[0]):
            if part.startswith("outage-tui ") and "..." not in part:
                found.append(shlex.split(part)[1:])
    return found


DRILLS_WITHOUT_A_TERMINAL = ("list", "check", "new", "msel", "report", "--help")


def needs_a_terminal(words: list[str]) -> bool:
    """Whether somebody has to sit there."""
    if words[0] == "drill" and len(words) > 1:
        return words[1] not in DRILLS_WITHOUT_A_TERMINAL and "--headless" not in words
    return words[0] in ("replay", "tour")


def run_command(words: list[str], folder: Path) -> Ended:
    """Run our program as a shell would; `> FILE` at the end takes what it prints."""
    if ">" in words:
        done = run_command(words[: words.index(">")], folder)
        (folder / words[-1]).write_text(done.stdout)
        return done
    return call_program(words, folder, patience_s=30 if needs_a_terminal(words) else 300)


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if commands_in(d)], ids=str_of)
def test_every_command_works_as_written(document: Path, tmp_path: Path) -> None:
    """In order, in one folder, so that what one records the next can read."""
    (tmp_path / "recordings").mkdir()
    for words in commands_in(document):
        more = SHORTER.get(words[0], [])
        if words[0] == "run" and "--record" not in words:
            more = [*more, "--no-record"]
        done = run_command([*words, *more], tmp_path)
        if needs_a_terminal(words):
            assert done.returncode == 2, (words, done.stderr)
            assert re.search(r"needs a terminal|no terminal", done.stderr), (words, done.stderr)
        else:
            assert done.returncode == 0, (words, done.stderr)


def test_the_commands_people_want_are_there() -> None:
    first_words = {words[0] for words in commands_in(ROOT / "README.md")}
    assert {"run", "replay", "verify"} <= first_words


@each_document
def test_every_option_named_exists(document: Path) -> None:
    known = set(options_of(commands))
    for code in code_of(document):
        if "pip" in code or not code.startswith(("outage-tui", "--")):
            continue
        for option in re.findall(r"(?:^|\s)(--[a-z][a-z-]*)", code):
            assert option in known, f"{document.name}: {code}"


def options_of(command: click.Command) -> Iterator[str]:
    yield from ("--help", "--version")
    if command.name == "drill":
        yield "--wheel"  # a command of its own that may be written so
    for parameter in command.params:
        yield from parameter.opts
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from options_of(child)


@each_document
def test_every_module_named_can_be_run(document: Path) -> None:
    for code in code_of(document):
        for module in re.findall(r"python3? -m ([\w.]+)", code):
            if module == "benchmarks.NAME":
                continue
            if module.startswith("benchmarks."):
                assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), code
            else:
                assert importlib.util.find_spec(module), code


@each_document
def test_every_parameter_and_action_named_exists(document: Path) -> None:
    known = {entry.name for entry in parameter_table.parameters()} | {a.id for a in CATALOGUE}
    sections = {name.partition(".")[0] for name in known if "." in name}
    telemetry = {"dwfm.broken"}
    for code in code_of(document):
        for name in re.findall(r"(?:^|\s|=)([a-z]+\.[a-z_]+(?:\.[a-z_]+)?)(?=$|[\s=:])", code):
            if name.partition(".")[0] in sections and not name.endswith((".py", ".md", ".toml")):
                assert name in known | telemetry, f"{document.name}: {name}"


def test_the_two_commands_of_a_fresh_clone_fit_the_project() -> None:
    lines = words_of("README.md").splitlines()
    assert SET_UP_AND_RUN in lines
    assert SET_UP_AND_TEST in lines
    assert "outage-tui" in PROJECT["scripts"]
    assert any(one.startswith("pytest>") for one in PROJECT["optional-dependencies"]["dev"])
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert f"Python {oldest} or newer" in words_of("README.md")


def test_ci_runs_what_contributors_are_told_to_run() -> None:
    told = [code for code in code_of(ROOT / "CONTRIBUTING.md") if code.startswith(".venv/bin/")]
    steps = [part.removeprefix(".venv/bin/") for code in told for part in code.split(" && ")]
    assert len(steps) == 5
    for step in steps:
        assert re.search(rf"^{re.escape(step)}(?!\S)", words_of(".ci/run"), re.M), step


# -- lists ------------------------------------------------------------------------------------


def test_the_list_of_parameters_is_made_from_the_classes() -> None:
    fidelity = words_of("docs/fidelity.md")
    assert parameter_table.renewed(fidelity) == fidelity, (
        "run `python -m outage_agents.parameter_table docs/fidelity.md`"
    )


def test_a_document_without_a_place_for_the_list_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for the list"):
        parameter_table.renewed("# Fidelity\n")


def test_the_list_holds_every_parameter_with_its_value_and_source() -> None:
    listed = parameter_table.table()
    for entry in parameter_table.parameters():
        assert entry.known is not None
        assert f"| `{entry.path[-1]}` |" in listed
        assert " ".join(entry.known.source.split()) in listed
    assert "| `pass_s` | 30.0 | s | assumed" in listed


def test_readme_says_how_many_parameters_are_assumed() -> None:
    entries = parameter_table.parameters()
    assumed = sum(1 for entry in entries if parameter_table.is_assumed(entry))
    told = re.search(r"(\d+) of\s+(\d+) parameters are assumed", words_of("README.md"))
    assert told is not None
    assert (int(told[1]), int(told[2])) == (assumed, len(entries))


def test_every_test_that_fidelity_names_exists() -> None:
    named = re.findall(r"\[(test_\w+)\]\(\.\./([^)]+)\)", words_of("docs/fidelity.md"))
    assert len(named) > 20
    for test, path in named:
        assert re.search(rf"^(async )?def {test}\(", words_of(path), re.M), f"{path}: {test}"


def test_every_component_has_a_row_in_fidelity() -> None:
    fidelity = words_of("docs/fidelity.md")
    for source in sorted((ROOT / "agents" / "outage_agents").glob("*.py")):
        if re.search(r"^class \w+\(\w*(Actor|ServiceActor)\)", source.read_text("utf-8"), re.M):
            assert f"/{source.name})" in fidelity, f"{source.name} plays and is not on the page"


def cited(text: str) -> list[tuple[str, str]]:
    """(document, section) of citations such as `calibration.md, DNS race`."""
    return re.findall(r"\b(calibration|mechanisms|milestones)\.md(?:, ([\w ]+))?", text)


def test_every_document_and_section_that_a_parameter_cites_exists() -> None:
    for entry in parameter_table.parameters():
        assert entry.known is not None
        for document, section in cited(entry.known.source):
            text = words_of(f"docs/{document}.md").lower()
            assert not section or re.search(
                rf"^#+ {section.strip().lower()}|^\|.*\b{section.strip().lower()}\b", text, re.M
            ), f"{entry.name} cites {document}.md, {section}"


def test_every_milestone_is_explained() -> None:
    explained = words_of("docs/milestones.md")
    for event in reference_milestones():
        if event.kind != "action":
            assert event.id in explained


def test_readme_gives_the_published_hours() -> None:
    hours = {event.at[11:16] for event in reference_timeline()}
    rows = [row.split("|") for row in words_of("README.md").splitlines() if row.startswith("| ")]
    told = [hour for row in rows for hour in re.findall(r"\d\d:\d\d", row[-2])]
    assert len(told) > 10
    assert set(told) <= hours


def test_readme_tells_the_race_as_it_comes() -> None:
    scenario = Scenario.load("dns-only")
    run = Simulation(scenario, until_ns=scenario.epoch_ns + MINUTE)
    run.world.simulate(run.until_ns)
    told = {(scenario.clock(line.t_ns), line.text) for line in run.world.narration.lines}
    assert any(
        at == "23:37:00" and "enactor-1 is delayed with plan 38" in text for at, text in told
    )
    assert any(at == "23:48:01" and "replaced plan 49" in text for at, text in told)
    assert any(at == "23:48:02" and "enactor-2 deleted plan 38" in text for at, text in told)
    assert any(at == "23:48:26" and "stuck" in text for at, text in told)


# -- the picture ------------------------------------------------------------------------------


def test_the_picture_shows_the_dashboard_as_it_is() -> None:
    picture = words_of("docs/images/dashboard.svg")
    ElementTree.fromstring(picture)
    shown = picture.replace("&#160;", " ").replace("\u00a0", " ")
    for binding in KEYS:
        if binding.id is not None and binding.id.startswith("panel.") and binding.id[6:].isdigit():
            title = binding.description.partition(": ")[2].split()[0]
            assert title == "Timeline" or title.strip(",") in shown, binding.description
    assert "us-east-1 outage" in shown or "The us-east-1" in shown


# -- the configuration ------------------------------------------------------------------------


def test_the_page_about_the_configuration_names_every_setting_with_its_default() -> None:
    page = words_of("docs/configuration.md")
    content = tomllib.loads(default_file())
    for table in ("dashboard", "run"):
        assert f"`[{table}]`" in page
        for name, value in content[table].items():
            shown = str(value).lower() if isinstance(value, bool) else f"{value}"
            shown = f'"{value}"' if isinstance(value, str) else shown
            assert f"| `{name}` | `{shown}` |" in page
    for theme in THEMES:
        assert f"`{theme}`" in page


def test_the_example_of_keys_is_a_good_file() -> None:
    examples = re.findall(r"^```toml\n(.*?)^```", words_of("docs/configuration.md"), re.M | re.S)
    assert examples
    for example in examples:
        assert read_settings("example", example).keymap


def test_every_variable_that_the_program_reads_is_on_the_page() -> None:
    page = words_of("docs/configuration.md")
    sources = [p for part in ("engine", "agents", "tui") for p in (ROOT / part).rglob("*.py")]
    read = {
        name
        for source in sources
        for name in re.findall(r'"(OUTAGE_TUI_[A-Z_]+)"', source.read_text("utf-8"))
    }
    assert read
    for name in (*read, "NO_COLOR", "TERM"):
        assert f"| `{name}` |" in page
