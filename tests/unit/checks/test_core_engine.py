"""The call of the engine's process: what it is given, and what happens when it does not answer as it should."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from checks.core import engine
from checks.core.engine import CACHE_FILES, Request, require_inputs, run_engine
from clinical.errors import OutsideError

TERMINOLOGY = "sdtmct-2025-03-28"


@pytest.fixture
def request_of_ae(tmp_path: Path) -> Request:
    """A request about one file, with a cache whose files are there and empty."""
    for name in (*CACHE_FILES, TERMINOLOGY):
        (tmp_path / f"{name}.pkl").write_bytes(b"")
    return Request(tmp_path, [tmp_path / "ae.xpt"], "sdtmig", "3.4", [TERMINOLOGY])


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of a script that stands in for the engine's."""
    path = tmp_path / "script.py"
    monkeypatch.setattr(engine, "SCRIPT", path)
    return path


def write(path: Path, text: str) -> None:
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def test_the_request_goes_in_as_json_and_the_answer_comes_out(request_of_ae: Request, script: Path) -> None:
    write(
        script,
        """
        import json, sys
        asked = json.load(sys.stdin)
        print(json.dumps({"engine": json.dumps(asked), "rules": [], "results": []}))
        """,
    )
    asked = json.loads(run_engine(request_of_ae, Path(sys.executable)).engine)
    assert asked == {
        "cache": str(request_of_ae.cache),
        "files": [str(request_of_ae.files[0])],
        "standard": "sdtmig",
        "version": "3-4",
        "terminology": [TERMINOLOGY],
        "define": None,
        "encoding": "utf-8",
        "limit": 1000,
    }


def test_the_process_gets_no_key_no_proxy_and_a_fixed_order(
    request_of_ae: Request, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDISC_LIBRARY_API_KEY", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "proxy")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    write(
        script,
        """
        import json, os
        print(json.dumps({"engine": json.dumps(dict(os.environ)), "rules": [], "results": []}))
        """,
    )
    environment = json.loads(run_engine(request_of_ae, Path(sys.executable)).engine)
    assert not {"CDISC_LIBRARY_API_KEY", "HTTPS_PROXY", "PYTHONPATH"} & set(environment)
    assert environment["PYTHONHASHSEED"] == "0"
    assert environment["PYTHONUTF8"] == "1"


@pytest.mark.parametrize("text", ["import sys; sys.exit(3)", "print('no JSON')", "raise ValueError('S-SECRET')"])
def test_a_process_that_breaks_off_is_one_message_without_values(
    text: str, request_of_ae: Request, script: Path
) -> None:
    write(script, text)
    with pytest.raises(OutsideError, match="broke off") as raised:
        run_engine(request_of_ae, Path(sys.executable))
    assert raised.value.exit_code == 14
    assert "SECRET" not in str(raised.value)


def test_a_process_that_takes_too_long_is_stopped(request_of_ae: Request, script: Path) -> None:
    write(script, "import time; time.sleep(60)")
    with pytest.raises(OutsideError, match="did not end within"):
        run_engine(request_of_ae, Path(sys.executable), hours=1 / 3600)


def test_an_interpreter_that_is_gone_is_named(request_of_ae: Request, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="none-such: No such file"):
        run_engine(request_of_ae, tmp_path / "none-such")


def test_an_engine_that_failed_is_named_by_its_error_only(request_of_ae: Request, script: Path) -> None:
    write(script, """print('{"failed": "InvalidDatasetFormat"}')""")
    with pytest.raises(OutsideError, match="failed with InvalidDatasetFormat: nothing was checked"):
        run_engine(request_of_ae, Path(sys.executable))


def test_an_answer_of_another_shape_is_named_without_its_values(request_of_ae: Request, script: Path) -> None:
    write(script, """print('{"engine": "0.17.1", "rules": "S-SECRET", "results": []}')""")
    with pytest.raises(OutsideError, match=r"a shape that is not known \(rules\)") as raised:
        run_engine(request_of_ae, Path(sys.executable))
    assert "SECRET" not in str(raised.value)


def test_a_standard_that_the_cache_lacks_is_named(request_of_ae: Request, script: Path) -> None:
    write(script, """print('{"lacking": "the standard (standards/sdtmig/3-5 in standards_details.pkl)"}')""")
    with pytest.raises(OutsideError, match=r"does not hold the standard \(standards/sdtmig/3-5"):
        run_engine(request_of_ae, Path(sys.executable))


# What is required before


def test_a_whole_cache_will_do(request_of_ae: Request) -> None:
    require_inputs(request_of_ae)


def test_no_cache_says_what_a_cache_is(request_of_ae: Request, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"no such folder.*resources/cache") as raised:
        require_inputs(replace(request_of_ae, cache=tmp_path / "nowhere"))
    assert raised.value.exit_code == 14


def test_a_cache_without_the_terminology_package_names_those_it_has(request_of_ae: Request) -> None:
    with pytest.raises(
        OutsideError, match=r"does not hold sdtmct-2026-09-25.pkl \(its terminology: sdtmct-2025-03-28\)"
    ):
        require_inputs(replace(request_of_ae, terminology=["sdtmct-2026-09-25"]))


def test_a_cache_that_lacks_a_file_is_refused(request_of_ae: Request) -> None:
    (request_of_ae.cache / "rules.pkl").unlink()
    with pytest.raises(OutsideError, match=r"does not hold rules\.pkl"):
        require_inputs(request_of_ae)


DEFINE = (
    '<?xml version="1.0"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v{}">'
    '<Study OID="S"><MetaDataVersion OID="M" Name="M" def:DefineVersion="{}.0"/></Study></ODM>'
)


def test_define_xml_2_1_will_do(request_of_ae: Request, tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(DEFINE.format("2.1", "2.1"), encoding="utf-8")
    require_inputs(replace(request_of_ae, define=path))


@pytest.mark.parametrize("text", [DEFINE.format("1.0", "1.0"), DEFINE.format("2.0", "2.0")])
def test_another_define_xml_never_meets_the_engine(text: str, request_of_ae: Request, tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OutsideError, match=r"is no Define-XML 2\.1 file"):
        require_inputs(replace(request_of_ae, define=path))


@pytest.mark.parametrize("text", ["", "no XML", None])
def test_a_define_xml_that_cannot_be_read_is_refused(text: str | None, request_of_ae: Request, tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(OutsideError, match="cannot be read as XML"):
        require_inputs(replace(request_of_ae, define=path))
