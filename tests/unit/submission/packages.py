"""A tiny package that nobody would reject, typed by hand, so that each test can plant one fault in it."""

from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace

from specs.model.submission import Submission

SDTM = "m5/datasets/s1/tabulations/sdtm"
ADAM = "m5/datasets/s1/analysis/adam/datasets"


def transport(name, rows, *variables, label="Label", member=None):
    """Return a version 5 transport file of text variables: (name, length) or (name, length, label); rows are bytes."""
    described = b""
    position = 0
    for number, (title, length, *labels) in enumerate(variables, start=1):
        text = labels[0] if labels else b"Label"
        described += struct.pack(
            ">hhhh8s40s8shhhxx8shhi52x",
            2, 0, length, number, title.ljust(8).encode(), text.ljust(40), b" " * 8, 0, 0, 0, b" " * 8, 0, 0, position,
        )  # fmt: skip
        position += length
    zeros, stamp, stored = b"0" * 30, b"05MAR26:10:11:12", b"".join(rows)
    head = [
        b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + zeros,
        b"SAS     SAS     SASLIB  9.4     X64_10PRO".ljust(64) + stamp,
        stamp,
        b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140",
        b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!" + zeros,
        b"SAS     " + (member or name).ljust(8).encode() + b"SASDATA 9.4     X64_10PRO".ljust(48) + stamp,
        stamp + b" " * 16 + label.encode().ljust(40) + b" " * 8,
        b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000%04d" % len(variables) + b"0" * 20,
    ]
    observations = (b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!" + zeros).ljust(80)
    parts = [*(part.ljust(80) for part in head), _padded(described), observations, _padded(stored)]
    return b"".join(parts)


def _padded(content):
    return content.ljust(-(-len(content) // 80) * 80)


def trial_summary(value=b"2024-03-01", flavor=b"", parameter=b"SSTDTC", study=b"S1"):
    row = study.ljust(4) + parameter.ljust(8) + value.ljust(12) + flavor.ljust(4)
    return transport("TS", [row], ("STUDYID", 4), ("TSPARMCD", 8), ("TSVAL", 12), ("TSVALNF", 4))


def subjects(name, text=b"any", study=b"S1", member=None):
    row = study.ljust(4) + text.ljust(8)
    return transport(name, [row, row], ("STUDYID", 4), ("TXT", 8), member=member)


def define(*links, study="S1", stylesheet='<?xml-stylesheet type="text/xsl" href="define2-1.xsl"?>'):
    leaves = "".join(f'<def:leaf ID="L{n}" xlink:href="{link}"/>' for n, link in enumerate(links))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{stylesheet}<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" '
        'xmlns:def="http://www.cdisc.org/ns/def/v2.1" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<Study OID='S1'><GlobalVariables><StudyName>{study}</StudyName></GlobalVariables>{leaves}</Study></ODM>"
    ).encode()


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Size 1/Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def sound(root: Path) -> Path:
    """Write the sound package below a folder and return its m5."""
    content = {
        f"{SDTM}/dm.xpt": subjects("DM"),
        f"{SDTM}/ts.xpt": trial_summary(),
        f"{SDTM}/acrf.pdf": PDF,
        f"{SDTM}/define.xml": define("dm.xpt", "ts.xpt", "acrf.pdf#page=2", "https://example.org/a"),
        f"{SDTM}/define2-1.xsl": b"<x/>",
        f"{ADAM}/adsl.xpt": subjects("ADSL"),
        f"{ADAM}/define.xml": define("adsl.xpt", "../../../tabulations/sdtm/acrf.pdf"),
        f"{ADAM}/define2-1.xsl": b"<x/>",
    }
    for name, stored in content.items():
        put(root, name, stored)
    return root / "m5"


def put(root: Path, name: str, content: bytes) -> None:
    """Write a file of the package."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def study(**submission):
    design = SimpleNamespace(submission=Submission(**submission))
    return SimpleNamespace(id="S1", design=design, sdtm={"TS": None, "DM": None}, adam={"ADSL": None})
