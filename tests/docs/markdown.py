"""The pages of the documentation as data: their code blocks, links and inline code.

How a page says what is to be done with a block:

- `console`: lines that begin with `$ ` are commands, run one after the other in the page's working folder; the lines
  below a command are what it prints, where `…` stands for anything. A command must exit with 0, unless the next one is
  `echo $?`. A command that ends with a comment (`# runs until it is stopped`, `# needs the cluster`) is not run; its
  arguments are checked.
- A block whose introduction ends with a file in backticks and a colon is written to that file; after the words
  "to the end of" it is appended to it, after "above the line `x` of" it is inserted there.
- `python` is run; a `text` block right below it is what it prints.
- A `yaml` block that is no file has a comment `<!-- model: name -->` above it and is held against that model.
- Any other `text` block, and one without a language, is only shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FILE = re.compile(r"(?P<append>to the end of )?(?:above the line `(?P<line>[^`]+)` of )?`(?P<path>[^`\s]+)`:$")
_MODEL = re.compile(r"<!-- model: (?P<name>[^>]+?) -->")
_FENCE = re.compile(r"^```(?P<language>\w*)$")

#: Comments that say why a command is not run.
NOT_RUN = ("# runs until it is stopped", "# needs the cluster")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, text, line, the paragraph above it (empty right below another block)."""

    page: Path
    line: int
    language: str
    text: str
    above: str

    @property
    def file(self) -> str | None:
        """The file that the block is written to."""
        found = _FILE.search(self.above)
        return found["path"] if found and self.language != "console" else None

    @property
    def appended(self) -> bool:
        """Whether the block is added to the end of its file."""
        found = _FILE.search(self.above)
        return bool(found and found["append"])

    @property
    def before(self) -> str | None:
        """The line of its file above which the block is inserted."""
        found = _FILE.search(self.above)
        return found["line"] if found else None

    @property
    def model(self) -> str | None:
        """The model that the block is held against."""
        found = _MODEL.search(self.above)
        return found["name"] if found else None

    @property
    def where(self) -> str:
        """Page and line."""
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A line of a console block, and what the page says that it prints."""

    text: str
    prints: str

    @property
    def is_run(self) -> bool:
        """Whether the tests run it."""
        return not self.text.endswith(NOT_RUN)


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    blocks: list[Block] = []
    paragraph: list[str] = []
    ended = False
    lines = page.read_text(encoding="utf-8").splitlines()
    position = 0
    while position < len(lines):
        line = lines[position]
        found = _FENCE.match(line)
        if found:
            end = lines.index("```", position + 1)
            text = "\n".join(lines[position + 1 : end]) + "\n"
            blocks.append(Block(page, position + 1, found["language"], text, " ".join(paragraph)))
            paragraph, position = [], end + 1
            continue
        if not line.strip():
            ended = True
        else:
            if ended:
                paragraph = []
            paragraph.append(line.strip())
            ended = False
        position += 1
    return blocks


def commands_of(block: Block) -> list[Command]:
    """Return the commands of a console block with what they print."""
    commands: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands and commands[-1][0].endswith("\\") and not commands[-1][1]:
            text, prints = commands.pop()
            commands.append((f"{text[:-1].rstrip()} {line.strip()}", prints))
        elif commands:
            commands[-1][1].append(line)
        else:
            raise ValueError(f"{block.where}: a console block begins with a command")
    return [Command(text, "\n".join(prints)) for text, prints in commands]


def prose_of(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def inline_code(page: Path) -> list[str]:
    """Return what stands in backticks outside the blocks."""
    return [" ".join(text.split()) for text in re.findall(r"`([^`]+)`", prose_of(page))]


def links_of(page: Path) -> list[str]:
    """Return the targets of links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", prose_of(page))


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def fits(printed: str, expected: str) -> bool:
    """Return whether a text is what a page shows, `…` standing for anything and a line of it for any lines."""
    pattern = ""
    for line in expected.rstrip().splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += r"\s*" + ".*".join(re.escape(part.strip()) for part in line.split("…")) + r"[ \t]*\n"
    return re.fullmatch(pattern + r"\s*", printed.rstrip() + "\n") is not None
