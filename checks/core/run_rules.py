"""The script that the engine's own interpreter runs: a request as JSON on standard input, results on standard output.

It imports nothing of ours. Standard output holds the one JSON object and nothing else, whatever the engine prints;
no connection can be opened. Two things of the engine are mended here: rules that read a Define-XML file are not
started without one, since the engine ends them in errors for each dataset; and short records that end in blanks are
read whole.
"""

from __future__ import annotations

import copy
import itertools
import json
import os
import pickle
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: The status of a rule that was not started for lack of a Define-XML file, beside the engine's own four.
NO_DEFINE = "no define"
#: The longest record, in bytes, of which the engine's reader may lose some.
SHORT = 80


class Lacking(Exception):
    """The cache does not hold what the request names."""


def main() -> None:
    """Answer the request with `{"engine", "rules", "results"}`, or with `{"lacking"}` or `{"failed"}`."""
    answer_to = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.addaudithook(refuse_network)
    request = json.load(sys.stdin)
    try:
        answer = run(request)
    except Lacking as error:
        answer = {"lacking": str(error)}
    except Exception as error:
        answer = {"failed": type(error).__name__}  # its text may hold a subject's values
    with answer_to:
        json.dump(answer, answer_to, default=str, allow_nan=False)


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse every connection: nothing about a study leaves the machine."""
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise PermissionError("the engine may not use the network")


def run(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's version, the rules of the standard, and what became of each."""
    from importlib.metadata import version

    cache = Path(request["cache"])
    ids = load(cache, "rules_dictionary").get(f"{request['standard']}/{request['version']}", [])
    rules = load(cache, "rules")
    engine = start_engine(request, cache) if ids else None
    results = [run_rule(engine, rules[one], request) for one in ids if one in rules]
    return {"engine": version("cdisc-rules-engine"), "rules": list(ids), "results": results}


def load(cache: Path, name: str) -> Any:
    """Return what a file of the cache holds."""
    try:
        return pickle.loads((cache / f"{name}.pkl").read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError) as error:
        raise Lacking(f"{name}.pkl") from error


def part(cache: Path, name: str, key: str, what: str) -> Any:
    """Return one standard's part of a file of the cache."""
    content = load(cache, name)
    if key not in content:
        raise Lacking(f"{what} ({key} in {name}.pkl)")
    return content[key]


def start_engine(request: Mapping[str, Any], cache: Path) -> Any:
    """Return an engine that has read the datasets' metadata."""
    from cdisc_rules_engine.services import logger

    logger.disabled = True
    from cdisc_rules_engine.config import config
    from cdisc_rules_engine.models.external_dictionaries_container import ExternalDictionariesContainer
    from cdisc_rules_engine.rules_engine import RulesEngine
    from cdisc_rules_engine.services.cache import InMemoryCacheService
    from cdisc_rules_engine.services.data_services import DataServiceFactory

    read_short_records_whole()
    files = request["files"]
    common = {
        "standard": request["standard"],
        "standard_version": request["version"],
        "standard_substandard": None,
        "library_metadata": library(request, cache),
        "max_dataset_size": max(os.path.getsize(path) for path in files),
        "encoding": request["encoding"],
    }
    memory = InMemoryCacheService()
    data = DataServiceFactory(config, memory, **common).get_data_service(files)
    engine = RulesEngine(
        cache=memory,
        data_service=data,
        config_obj=config,
        external_dictionaries=ExternalDictionariesContainer({}),
        dataset_paths=files,
        ct_packages=request["terminology"],
        define_xml_path=request["define"],
        validate_xml=bool(request["define"]),
        **common,
    )
    logger.disabled = True
    return engine


def read_short_records_whole() -> None:
    """Let the engine see every row: its reader takes blanks at the end of a file of short records for padding.

    Records of up to `SHORT` bytes are meant; what the reader lost is read again by the engine's other library.
    """
    from cdisc_rules_engine.services.data_readers.xpt_reader import XPTReader
    from cdisc_rules_engine.services.datasetxpt_metadata_reader import pyreadstat

    engines_own = XPTReader._read_sas

    def read(self: Any, source: Any, **given: Any) -> Any:
        frame = engines_own(self, source, **given)
        if "chunksize" in given or not isinstance(source, str):
            return frame
        names = {"encoding": self.encoding} if self.encoding else {}
        _, described = pyreadstat.read_xport(source, metadataonly=True, **names)
        if sum(described.variable_storage_width.values()) > SHORT:
            return frame
        whole, _ = pyreadstat.read_xport(source, disable_datetime_conversion=True, **names)
        text = whole.select_dtypes(exclude="number").columns
        return whole.fillna(dict.fromkeys(text, "")) if len(whole) > len(frame) else frame

    XPTReader._read_sas = read


def library(request: Mapping[str, Any], cache: Path) -> Any:
    """Return what the cache says of the standard and of the terminology packages."""
    from cdisc_rules_engine.models.library_metadata_container import LibraryMetadataContainer
    from cdisc_rules_engine.utilities import utils

    standard, version = request["standard"], request["version"]
    details = part(cache, "standards_details", utils.get_standard_details_cache_key(standard, version), "the standard")
    model = utils.get_model_details_cache_key_from_ig(details)
    variables = utils.get_library_variables_metadata_cache_key(standard, version, None)
    codelists = utils.get_standard_codelist_cache_key(standard, version)
    return LibraryMetadataContainer(
        standard_metadata=details,
        model_metadata=part(cache, "standards_models", model, "the standard's model"),
        variables_metadata=part(cache, "variables_metadata", variables, "the standard's variables"),
        variable_codelist_map=part(cache, "variable_codelist_maps", codelists, "the standard's codelists"),
        ct_package_metadata={name: load(cache, name) for name in request["terminology"]},
        published_ct_packages={path.stem for path in cache.glob("*ct-*.pkl")},
        cache_path=str(cache),
    )


def run_rule(engine: Any, rule: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule's status and, for each dataset it looked at, the number of issues and the first of them."""
    about = {
        "id": rule["core_id"],
        "message": next((action["params"]["message"] for action in rule.get("actions") or ()), ""),
        "published_as": sorted(set(published_ids(rule, request))),
        "executability": rule.get("executability"),
    }
    if "Define" in str(rule.get("rule_type")) and not request["define"]:
        return about | {"status": NO_DEFINE, "datasets": []}
    from cdisc_rules_engine.models.rule_conditions import ConditionCompositeFactory
    from cdisc_rules_engine.models.rule_validation_result import RuleValidationResult

    own = copy.deepcopy(dict(rule))
    try:
        own["conditions"] = ConditionCompositeFactory.get_condition_composite(own["conditions"])
        outcomes = list(itertools.chain(*engine.validate_single_rule(own).values()))
        status = RuleValidationResult(own, outcomes).execution_status
    except Exception as error:
        failed = {"errors": [{"error": type(error).__name__}]}
        return about | {"status": "execution error", "datasets": [summary(failed, 0)]}
    return about | {"status": status, "datasets": [summary(one, request["limit"]) for one in outcomes]}


def published_ids(rule: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids under which CDISC or the FDA published the rule for this standard."""
    for authority in rule.get("authorities") or ():
        for standard in authority.get("Standards") or ():
            version = str(standard.get("Version", "")).replace(".", "-")
            if (str(standard.get("Name", "")).lower(), version) == (request["standard"], request["version"]):
                for reference in standard.get("References") or ():
                    yield reference.get("Rule_Identifier", {}).get("Id", "")


def summary(outcome: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return the outcome of a rule on one dataset; of what the engine says of an error only the kind."""
    errors = outcome.get("errors") or []
    issues = [error for error in errors if "error" not in error]
    return {
        "dataset": outcome.get("dataset") or "",
        "domain": outcome.get("domain") or "",
        "status": outcome.get("executionStatus") or "execution error",
        "variables": sorted(outcome.get("variables") or ()),
        "message": outcome.get("message") or "",
        "reasons": sorted({str(error["error"]) for error in errors if "error" in error}),
        "count": len(issues),
        "issues": [described(issue) for issue in issues[:limit]],
    }


def described(issue: Mapping[str, Any]) -> dict[str, Any]:
    """Return an issue with its place, as far as the engine knows it, and the values that it is about."""
    numbers = {name: whole_number(issue.get(name)) for name in ("row", "SEQ")}
    texts = {"dataset": str(issue.get("dataset") or ""), "USUBJID": issue.get("USUBJID")}
    return {**texts, **numbers, "value": plain(issue.get("value") or {})}


def whole_number(value: Any) -> int | None:
    """Return a number of a record, which the engine leaves blank where it has none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def plain(value: Any) -> Any:
    """Return a value as JSON has it: sets in order, numbers of numpy as numbers, not-a-number as null."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


if __name__ == "__main__":
    main()
