"""The documentation does what it says: every command and code block runs or is checked, every name exists."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from flows.cli import app
from specs.standards import load_terminology
from specs.standards.nci_evs import COLUMNS
from tests.docs.markdown import (
    Block,
    Command,
    anchors_of,
    blocks_of,
    commands_of,
    fits,
    inline_code,
    links_of,
)

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = [page for page in PAGES if any(block.language in ("console", "python") for block in blocks_of(page))]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# Names and links


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links_of(page):
        if link.startswith(("https://", "http://127.0.0.1")):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{_name(page)}: {link}"
        if anchor:
            assert anchor in anchors_of(file), f"{_name(page)}: {link}"


def test_every_page_is_in_an_index() -> None:
    listed = {
        (index.parent / link).resolve()
        for index in (ROOT / "docs" / "README.md", ROOT / "docs" / "architecture.md")
        for link in links_of(index)
    }
    missing = {_name(page) for page in PAGES if page.parent != ROOT and page not in listed} - {"docs/README.md"}
    assert not missing, "add a line for each to docs/README.md, or for an ADR to docs/architecture.md"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_files_named_exist(page: Path) -> None:
    """A path in backticks is a file of the repository, of a study's folder, or one that the page writes."""
    folders = [ROOT, ROOT / "docs", *(ROOT / "specs" / "studies").iterdir()]
    written = {block.file for block in blocks_of(page)}
    tops = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for text in inline_code(page):
        if text.split("/")[0] in tops and re.fullmatch(r"[\w-]+(/[\w.-]+)+\.(py|yaml|csv|md|svg|png)", text):
            assert text in written or any((folder / text).exists() for folder in folders), f"{_name(page)}: {text}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_studies_named_exist(page: Path) -> None:
    known = {folder.name for folder in (ROOT / "specs" / "studies").iterdir()}
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"specs/studies/(\w+)", text):
        assert name in known, f"{_name(page)}: {name}"
    for name in re.findall(r"\b(?:cart|cdiscpilot)\w*\d\b", text):
        assert name in known, f"{_name(page)}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_pages_name_no_machine(page: Path) -> None:
    assert not re.search(r"/(work|tmp|root|home)/", page.read_text(encoding="utf-8"))


# The command line


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


CLI = dict(_commands(get_command(app)))
OPTIONS = {option for command in CLI.values() for parameter in command.params for option in parameter.opts}


def _calls(page: Path) -> Iterator[str]:
    """Yield every call of cdiscflow on a page, in a block or in a sentence."""
    for block in blocks_of(page):
        if block.language == "console":
            yield from (one.text for one in commands_of(block) if one.text.startswith("cdiscflow "))
    yield from (text for text in inline_code(page) if text.startswith("cdiscflow "))


def _called(text: str) -> tuple[Any, list[str]]:
    """Return the command that a call names and its arguments."""
    words = shlex.split(text, comments=True)[1:]
    for length in (2, 1):
        if tuple(words[:length]) in CLI:
            return CLI[tuple(words[:length])], words[length:]
    raise AssertionError(f"no such command: {text}")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_and_options_named_exist(page: Path) -> None:
    for text in _calls(page):
        words = shlex.split(text, comments=True)
        if words[1] in ("--help", "spec") and len(words) == 2:
            continue
        command, arguments = _called(text)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        for word in arguments:
            assert not word.startswith("--") or word.split("=")[0] in known, f"{_name(page)}: {text}: {word}"
    for text in inline_code(page):
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text):
            known = OPTIONS | {"--help", "--port", "--host"}
            assert option in known, f"{_name(page)}: {option}"


def test_every_command_and_option_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for path in CLI:
        assert f"cdiscflow {' '.join(path)}" in text, path
    for option in OPTIONS:
        assert option in text, option


# Blocks


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_block_is_run_written_or_checked(page: Path) -> None:
    for block in blocks_of(page):
        assert block.language in ("console", "python", "yaml", "csv", "text", ""), block.where
        if block.language == "csv":
            assert block.file, f"{block.where}: which file is it?"
        if block.language == "yaml":
            assert block.file or block.model, f"{block.where}: neither a file nor an example of a model"


class _Page:
    """A page at work: its folder, and the blocks done one after the other."""

    def __init__(self, folder: Path, prefect_home: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PREFECT_HOME": str(prefect_home),
            "COLUMNS": "120",
        }

    def do(self, blocks: list[Block]) -> None:
        for position, block in enumerate(blocks):
            if block.language == "console":
                self._run(block)
            elif block.file:
                self._write(block, self.folder / block.file)
            elif block.language == "python":
                below = blocks[position + 1] if position + 1 < len(blocks) else None
                self._python(block, below if below and below.language == "text" and not below.above else None)

    def _write(self, block: Block, path: Path) -> None:
        """Write a block to its file, at its end, or above one of its lines."""
        path.parent.mkdir(parents=True, exist_ok=True)
        found = path.read_text(encoding="utf-8") if block.appended or block.before else ""
        if block.before:
            head, line, tail = found.partition(f"\n{block.before}\n")
            assert line, f"{block.where}: {path.name} has no line '{block.before}'"
            path.write_text(f"{head}\n{block.text}{line[1:]}{tail}", encoding="utf-8")
        else:
            path.write_text(found + block.text, encoding="utf-8")

    def _run(self, block: Block) -> None:
        """Run the commands of a block in one shell, and compare what each prints."""
        commands = commands_of(block)
        script = "".join(_scripted(one) for one in commands)
        done = self._shell(["bash", "-c", script])
        printed = re.split(r"^@@(\d+)\n", done.stdout, flags=re.MULTILINE)
        outputs, codes = printed[0::2], [int(code) for code in printed[1::2]]
        assert len(codes) == len(commands), f"{block.where}: {done.stdout[-2000:]}"
        for position, one in enumerate(commands):
            following = commands[position + 1].text if position + 1 < len(commands) else ""
            shown = f"{block.where}: $ {one.text}\n{outputs[position]}"
            assert codes[position] == 0 or following == "echo $?", shown
            assert not one.prints or fits(outputs[position], one.prints), f"{shown}\nexpected:\n{one.prints}"

    def _python(self, block: Block, below: Block | None) -> None:
        done = self._shell([sys.executable, "-c", block.text])
        assert done.returncode == 0, f"{block.where}: {done.stdout[-2000:]}"
        if below is not None:
            assert fits(done.stdout, below.text), f"{block.where}:\n{done.stdout}\nexpected:\n{below.text}"

    def _shell(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=580,
        )


def _scripted(command: Command) -> str:
    """Return a command followed by a line with its exit code, which it leaves in place for the next one."""
    text = command.text
    if not command.is_run:
        text = "true"
    elif text.startswith("make "):
        text = f"make -s -n -C {shlex.quote(str(ROOT))} {text.removeprefix('make ')} > /dev/null"
    return f"{text}\n_code=$?; echo; echo @@$_code; (exit $_code)\n"


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect home of these tests' own."""
    return tmp_path_factory.mktemp("prefect-docs")


def _download(path: Path) -> None:
    """Write the bundled terminology as NCI EVS publishes a package: what a reader would download."""
    bundled = load_terminology("SDTM", "2025-03-28")
    rows = [COLUMNS]
    for one in bundled.codelists.values():
        rows.append((one.code, "", "Yes" if one.extensible else "No", one.name, one.id, one.name))
        rows += [(term.code, one.code, "", one.name, term.value, term.decode) for term in one.terms.values()]
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def at_work(tmp_path: Path, prefect_home: Path) -> _Page:
    """A folder with the bundled studies in it, as the root of the repository has."""
    shutil.copytree(ROOT / "specs" / "studies", tmp_path / "specs" / "studies")
    _download(tmp_path / "SDTM Terminology 2025-09-26.txt")
    return _Page(tmp_path, prefect_home)


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNABLE, ids=_name)
def test_the_page_works_from_top_to_bottom(page: Path, at_work: _Page) -> None:
    """`make` targets are resolved, not run: the installation has tests of its own."""
    at_work.do(blocks_of(page))


@pytest.mark.parametrize("page", RUNNABLE, ids=_name)
def test_commands_that_are_not_run_have_sound_arguments(page: Path) -> None:
    for block in blocks_of(page):
        for one in commands_of(block) if block.language == "console" else []:
            if not one.is_run and one.text.startswith("cdiscflow "):
                command, arguments = _called(one.text)
                assert command.make_context(command.name, list(arguments))
