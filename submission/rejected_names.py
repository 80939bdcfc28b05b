"""What agencies reject of files and folders, whatever is in them: names, places, types and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from submission.package_folder import Fault, PackageFolder

_NAME = re.compile(r"[a-z0-9-]+")
_FILE_NAME = re.compile(r"[a-z0-9-]+\.[a-z0-9]+")
_MOST_NAME = 64
#: The folder of a sequence, as `0001/`, stands above m5 and counts.
_ABOVE = len("0001/")
#: Folders of a study that may hold files (FDA Study Data Technical Conformance Guide, 7).
_PLACES = re.compile(
    r"tabulations/(sdtm|send|legacy)(/split)?|analysis/(adam|legacy)/datasets(/split)?|analysis/(adam|legacy)/programs"
    r"|misc|profiles"
)
#: Other sections of module 5, as m5/53-clin-stud-rep.
_SECTIONS = re.compile(r"m5/5\d")


def bad_names(package: PackageFolder) -> Iterator[Fault]:
    """Return files and folders whose names hold what they may not.

    **Rule**: lower-case letters, digits and hyphens; a file has one ending. Names of transport files have a rule of
    their own.
    **Reference**: ICH eCTD Specification 3.2.2, appendix 2.
    """
    for name, path in package.entries.items():
        part = name.rsplit("/", 1)[-1]
        is_file = name in package.files
        if is_file and path.suffix.lower() == ".xpt":
            continue
        if not (_FILE_NAME if is_file else _NAME).fullmatch(part):
            expected = "one ending" if is_file else "no dot"
            yield Fault(name, f"the name may have lower-case letters, digits and hyphens, and {expected}. Rename it.")


def long_names(package: PackageFolder) -> Iterator[Fault]:
    """Return files and folders whose names have more than 64 characters, the ending included.

    **Reference**: ICH eCTD Specification 3.2.2, appendix 2.
    """
    for name in package.entries:
        if (size := len(name.rsplit("/", 1)[-1])) > _MOST_NAME:
            yield Fault(name, f"the name has {size} characters, at most {_MOST_NAME} are taken. Shorten it.")


def long_paths(package: PackageFolder) -> Iterator[Fault]:
    """Return files whose paths are too long, counted from the folder of the sequence on (`0001/m5/…`).

    **Reference**: FDA Specifications for eCTD Validation Criteria; EU eCTD validation criteria (180 characters).
    """
    most = package.profile.most_path
    for name in package.files:
        if (size := len(name) + _ABOVE) > most:
            yield Fault(name, f"the path has {size} characters with the sequence's folder, at most {most} are taken.")


def bad_dataset_names(package: PackageFolder) -> Iterator[Fault]:
    """Return transport files that are not named as datasets are.

    **Rule**: a lower-case letter, then up to 7 lower-case letters and digits (FDA: underscores, too), then `.xpt`.
    **Reference**: FDA Study Data Technical Conformance Guide, 3.3; NMPA guideline on clinical trial data, 3.6.
    """
    for name, path in package.files.items():
        if path.suffix.lower() == ".xpt" and not re.fullmatch(rf"{package.profile.dataset_name}\.xpt", path.name):
            yield Fault(
                name,
                "a transport file is named by at most 8 lower-case letters and digits, a letter first, and .xpt. "
                "Rename the dataset.",
            )


def study_folder(package: PackageFolder) -> Iterator[Fault]:
    """Return a fault where the study has no folder of its name, and a warning for every other study's folder.

    **Reference**: FDA Study Data Technical Conformance Guide, 7.
    """
    if not any(name.startswith(f"{package.root}/") for name in package.files):
        yield Fault(package.root, "there are no files of the study. Name the folder by STUDYID in lower case.")
    for name in package.entries:
        if re.fullmatch(r"m5/datasets/[^/]+", name) and name != package.root and name not in package.files:
            yield Fault(name, "is not this study's folder, and its data were not checked.", severity="warning")


def bad_places(package: PackageFolder) -> Iterator[Fault]:
    """Return files that stand where no file is expected.

    **Reference**: FDA Study Data Technical Conformance Guide, 7 (folders of study datasets).
    """
    for name in package.files:
        folder = name.rsplit("/", 1)[0]
        others = folder.startswith("m5/datasets/") and not f"{folder}/".startswith(f"{package.root}/")
        if _SECTIONS.match(folder) or others:
            continue
        if not _PLACES.fullmatch(folder.removeprefix(f"{package.root}/")):
            yield Fault(name, "no file is expected in this folder. Take it out, or move it to where it belongs.")


def bad_types(package: PackageFolder) -> Iterator[Fault]:
    """Return files of a type that the agency does not take; for a page of HTML a warning.

    **Reference**: the lists of formats that `rejection_profiles` names.
    """
    title = package.profile.agency.title
    for name, path in package.files.items():
        if path.is_symlink():
            yield Fault(name, "is a link to a file elsewhere, which is not sent. Put the file itself there.")
        elif not path.is_file():
            yield Fault(name, "is no file but a pipe or a device, which cannot be sent. Take it out.")
        elif path.suffix.lower() not in package.profile.file_types:
            page = path.suffix.lower() in (".html", ".htm")
            yield Fault(
                name,
                f"{path.suffix or 'a file without an ending'} is not among the formats that {title} names. "
                + ("Leave it out of what is sent, or ask the agency." if page else "Take it out."),
                severity="warning" if page else None,
            )


def empty_files(package: PackageFolder) -> Iterator[Fault]:
    """Return files without a byte and folders without a file.

    **Reference**: FDA Specifications for eCTD Validation Criteria (files must not be empty).
    """
    for name, path in package.entries.items():
        if name in package.files:
            if path.is_file() and not path.stat().st_size:
                yield Fault(name, "is empty. Write it again, or take it out.")
        elif not any(other.startswith(f"{name}/") for other in package.files):
            yield Fault(name, "is a folder without a file. Remove it.")


def large_files(package: PackageFolder) -> Iterator[Fault]:
    """Return transport files that are larger than the agency takes.

    **Rule**: the FDA wants the whole file beside its parts in the folder `split`; for another agency it is a warning.

    **Reference**: the sources of `specs.model.submission.AGENCIES`: 5 GB (FDA), 4 GB (NMPA), 10 GB (PMDA).
    """
    most = package.profile.agency.most_bytes
    for one in package.transport:
        size = one.path.stat().st_size
        if most is None or size <= most:
            continue
        title = package.profile.agency.title
        if not any(package.whole_of(part) is one for part in package.transport):
            what = f"has {size:,} bytes, at most {most:,} are taken by {title}. Split the dataset."
            yield Fault(one.name, what, dataset=one.dataset)
        elif package.profile.agency.name != "fda":
            what = f"has {size:,} bytes and stands beside its parts. Ask {title} whether it takes it, or take it out."
            yield Fault(one.name, what, dataset=one.dataset, severity="warning")
