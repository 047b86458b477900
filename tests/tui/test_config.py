"""The configuration: its default file is complete; what is wrong with one is told with place."""

import os
import tomllib
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outage_tui.cli import THEMES as OPTION_THEMES
from outage_tui.config import THEMES, Settings, default_file, read_settings, settings
from outage_tui.dashboard.facilitator_keys import FACILITATOR_KEYS
from outage_tui.dashboard.keys import KEYS, SIGNS, clashes, in_force, key_named, readable, shown
from outage_tui.dashboard.player_keys import ALL_KEYS
from outage_tui.mishap import USAGE, BadUsage

from .conftest import Program

SCREENS = (KEYS, ALL_KEYS, FACILITATOR_KEYS)

A_FILE = """\
[dashboard]
theme = "light"
ascii = true
frames_per_s = 5

[run]
pace = 600
recordings = "~/nights"

[keys]
quit = "x"
"panel.1" = ["d", "!"]
"""


def problems(text: str) -> list[str]:
    with pytest.raises(BadUsage) as told:
        read_settings("c.toml", text)
    return str(told.value).splitlines()


def test_the_printed_file_is_the_default() -> None:
    read = read_settings("c.toml", default_file())
    assert attrs.evolve(read, keymap={}) == Settings()
    for keys in SCREENS:
        assert in_force(read.keymap, keys) == keys


def test_the_printed_file_names_every_setting_and_every_key_and_says_what_it_is_for() -> None:
    text = default_file()
    lines = text.splitlines()
    content = tomllib.loads(text)
    assert set(content["keys"]) == {key.id for keys in SCREENS for key in keys}
    named = {*content["dashboard"], *content["run"], "keymap"}
    assert named == {field.name for field in attrs.fields(Settings)}
    for place, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            assert lines[place - 1].startswith("# "), line


def test_a_file_is_read() -> None:
    chosen = read_settings("c.toml", A_FILE)
    assert (chosen.theme, chosen.ascii, chosen.frames_per_s) == ("light", True, 5)
    assert (chosen.pace, chosen.recordings) == ("600", "~/nights")
    assert chosen.keymap == {"quit": "x", "panel.1": "d,exclamation_mark"}


def test_every_problem_is_told_with_line_and_column_and_what_was_meant() -> None:
    text = '[dashboard]\ntheme = "lihgt"\n  asci = true\n[keys]\nhalp = "x"\n[rnu]\n'
    assert problems(text) == [
        "c.toml:2:1: dashboard.theme: must be one of dark, light, ansi, colour-blind;"
        " did you mean light",
        "c.toml:3:3: dashboard.asci: no such setting; did you mean ascii",
        "c.toml:5:1: keys.halp: nothing has this id; did you mean help",
        "c.toml:6:1: rnu: no such table; did you mean run",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[dashboard]\nascii = 1", "c.toml:2:1: dashboard.ascii: must be true or false"),
        ("[dashboard]\nframes_per_s = 21", "c.toml:2:1: dashboard.frames_per_s: must be"),
        ("[dashboard]\nframes_per_s = true", "c.toml:2:1: dashboard.frames_per_s: must be"),
        ("[run]\npace = 0", "c.toml:2:1: run.pace: must be"),
        ("[run]\nrecordings = 3", "c.toml:2:1: run.recordings: must be"),
        ("dashboard = 3", "c.toml:1:1: dashboard: must be a table"),
        ("[keys]\nhelp = 3", "c.toml:2:1: keys.help: must be a key, or a list"),
        ("[keys]\nhelp = 'ctrl+hyper'", "c.toml:2:1: keys.help: 'ctrl+hyper' is no key"),
        ("[dashboard\n", "c.toml:1:11: not TOML"),
    ],
)
def test_what_is_wrong_is_refused(text: str, place: str) -> None:
    assert problems(text)[0].startswith(place)


def test_a_key_for_two_things_is_refused_at_the_one_that_was_changed() -> None:
    assert problems("[keys]\nhelp = 'q'") == [
        "c.toml:2:1: keys.help: q is taken by quit already",
    ]
    assert problems("[keys]\nmark = 'x'\nfilter = 'x'")[0].startswith("c.toml:")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("'drill.desclare' = 'z'", "drill.desclare: nothing has this id; did you mean"),
        ("'facilitator.fyre' = 'z'", "fyre: nothing has this id; did you mean facilitator.fire"),
        ("'drill.declare' = 'wheel'", "drill.declare: 'wheel' is no key"),
        ("'drill.declare' = 'a'", "drill.declare: a is taken by drill.begin already"),
        ("'facilitator.skip' = 'f'", "facilitator.skip: f is taken by facilitator.fire already"),
        ("drill.pace.auto = 'z'", 'an id with dots stands in quotation marks, e.g. "drill.pace.'),
        ("[keys.facilitator]\nskip = 'z'", 'quotation marks, e.g. "facilitator.skip"'),
    ],
)
def test_what_is_wrong_with_keys_of_a_drill_is_told_with_its_place(text: str, told: str) -> None:
    (problem,) = problems(f"[keys]\n{text}")
    assert problem.startswith("c.toml:2:")
    assert told in problem


def test_a_key_may_do_one_thing_on_each_screen() -> None:
    text = "[keys]\nmark = 'z'\n'drill.wait' = 'z'\n'facilitator.note' = ['z', 'f5']\n"
    keymap = read_settings("c.toml", text).keymap
    assert keymap == {"mark": "z", "drill.wait": "z", "facilitator.note": "z,f5"}
    assert not [clash for keys in SCREENS for clash in clashes(keymap, keys)]


def test_no_id_belongs_to_two_screens() -> None:
    ids = [key.id for keys in SCREENS for key in keys]
    assert len(set(ids)) == len(ids)


def test_two_things_may_change_their_keys() -> None:
    keymap = read_settings("c.toml", '[keys]\n"pace.faster"="-"\n"pace.slower"="+"').keymap
    assert not clashes(keymap)


def test_an_empty_list_takes_the_keys_away_from_any_number_of_things() -> None:
    keymap = read_settings("c.toml", "[keys]\nmark = []\nfilter = []").keymap
    assert [readable(key.key) for key in in_force(keymap) if key.id in keymap] == ["", ""]


@given(st.sampled_from([key.id for key in KEYS]), st.sampled_from([k for k in SIGNS.values()]))
def test_whatever_is_rebound_no_key_does_two_things_unnoticed(id: str, sign: str) -> None:
    name = key_named(sign)
    assert name is not None
    keymap = {id: name}
    rivals = [key.id for key in KEYS if name in key.keys and key.id != id]
    assert [pair[0] for pair in clashes(keymap)] == [name for _ in rivals]


@given(st.sampled_from([name for key in KEYS for name in key.keys]))
def test_a_key_is_found_by_what_is_printed_on_it(name: str) -> None:
    assert key_named(shown(name)) == name == key_named(name)


def test_the_command_line_offers_the_same_themes() -> None:
    assert OPTION_THEMES == THEMES


# -- where it comes from ------------------------------------------------------------------------


@pytest.fixture
def a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "here.toml"
    path.write_text(A_FILE)
    monkeypatch.setenv("OUTAGE_TUI_CONFIG", str(path))
    return path


def test_the_variable_names_a_file(a_file: Path) -> None:
    assert settings().theme == "light"


def test_a_file_that_the_variable_names_must_exist(a_file: Path) -> None:
    a_file.unlink()
    with pytest.raises(BadUsage, match="does not exist, and OUTAGE_TUI_CONFIG names it"):
        settings()


def test_the_usual_file_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTAGE_TUI_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings() == Settings()
    (tmp_path / "outage-tui").mkdir()
    (tmp_path / "outage-tui" / "config.toml").write_text("[dashboard]\nascii = true\n")
    assert settings().ascii


def test_the_variable_set_to_nothing_means_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "outage-tui").mkdir()
    (tmp_path / "outage-tui" / "config.toml").write_text("nonsense")
    assert os.environ["OUTAGE_TUI_CONFIG"] == ""
    assert settings() == Settings()


def test_the_command_prints_a_file_that_can_be_used(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = program("config", "--print")
    assert (printed.status, printed.out) == (0, default_file())
    path = tmp_path / "mine.toml"
    path.write_text(printed.out.replace('theme = "dark"', 'theme = "ansi"'))
    monkeypatch.setenv("OUTAGE_TUI_CONFIG", str(path))
    told = program("config")
    assert told.status == 0
    assert told.out.splitlines()[:2] == [str(path), "theme = ansi"]


def test_a_bad_file_ends_a_command_with_status_2_and_its_problems(
    program: Program, a_file: Path
) -> None:
    a_file.write_text("[dashboard]\ntheme = 'drak'\n[run]\npace = 'fast'\n")
    done = program("config")
    assert done.status == USAGE
    assert [line.split(": ")[0] for line in done.problems] == [f"{a_file}:2:1", f"{a_file}:4:1"]


def test_recordings_land_where_the_file_says_unless_the_variable_says_otherwise(
    program: Program, a_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_file.write_text(f"[run]\nrecordings = '{tmp_path / 'kept'}'\n")
    arguments = ("run", "dns-only", "--set", "dns.endpoints=5", "--until", "23:02", "--headless")
    assert program(*arguments).status == 0
    assert not (tmp_path / "kept").exists()
    monkeypatch.delenv("OUTAGE_TUI_RECORDINGS")
    assert program(*arguments).status == 0
    assert len(list((tmp_path / "kept").glob("*.otrec"))) == 1


def test_every_key_is_bound_to_an_action_of_its_own() -> None:
    by_action = {key.action: key.id for key in KEYS}
    assert len(by_action) == len(KEYS)
