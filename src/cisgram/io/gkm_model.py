"""gkm-SVMs in the text format of LS-GKM."""

import os
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from cisgram.errors import CisgramWarning, ConfigError, FormatError, InputError
from cisgram.genomics.gkm_model import GkmKernel, GkmModel
from cisgram.genomics.sequence import N, decode, encode
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.files import about_file, write_text_atomic
from cisgram.io.packing import read_bytes

_KERNELS: dict[str, tuple[Literal["gapped", "full", "truncated"], bool, bool]] = {
    "gkm_cnt": ("gapped", False, False),
    "gkm_estfull": ("full", False, False),
    "gkm_esttrunc": ("truncated", False, False),
    "gkmrbf": ("truncated", True, False),
    "wgkm": ("truncated", False, True),
    "wgkmrbf": ("truncated", True, True),
}
"""Names of kernels: filter, whether there is an RBF, whether words are weighted."""

_MOST_MISMATCHES, _LONGEST_BP = 4, 2047  # what LS-GKM takes


def read_gkm_model(path: str | os.PathLike[str], *, unknown: Literal["A", "skip"] = "A") -> GkmModel:
    """Read a model that ``gkmtrain`` or :func:`write_gkm_model` wrote (plain or gzip).

    Parameters
    ----------
    path
        The file.
    unknown
        What an unknown base is: ``A`` as LS-GKM reads it, so that scores agree; ``skip`` for a model that was trained
        without words that have one, which the file does not tell.

    Raises
    ------
    InputError, FormatError
        There is no such file; it is no model of two classes; a setting is missing, unknown or out of range; the
        number of support vectors is not the one announced; a line is not a coefficient and a sequence (with the line).
    """
    lines = read_bytes(path, "gkm-SVM model").decode("utf-8", "replace").splitlines()
    end = next((i for i, line in enumerate(lines) if line.strip() == "SV"), None)
    if end is None:
        raise FormatError(path, "there is no line 'SV' before the support vectors; is this a model of LS-GKM?")
    settings: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines[:end], start=1):
        key, _, value = line.strip().partition(" ")
        if key:
            settings[key] = (number, value.strip())
    kernel = _kernel(path, settings, unknown)
    sign = _sign(path, settings)
    coefficients, sequences = [], []
    for number, line in enumerate(lines[end + 1 :], start=end + 2):
        if line.strip():
            coefficient, sequence = _support_vector(path, line, number)
            coefficients.append(sign * coefficient)
            sequences.append(sequence)
    total = _value(path, settings, "total_sv", int)
    if total != len(sequences):
        raise FormatError(
            path, f"total_sv is {total} and {len(sequences)} support vectors follow; is the file cut off?"
        )
    if not sequences:
        raise FormatError(path, "there are no support vectors")
    names = [f"support_{number + 1}" for number in range(len(sequences))]
    rho = sign * _value(path, settings, "rho", float)
    with about_file(path):
        return GkmModel(kernel, SequenceSet.from_codes(sequences, names=names), np.array(coefficients), rho)


def write_gkm_model(path: str | os.PathLike[str], model: GkmModel) -> None:
    """Write a model as ``gkmpredict`` of LS-GKM reads it; complete or not at all.

    Raises
    ------
    InputError
        LS-GKM has no such kernel: an RBF or centre weights with another filter than the truncated one, or more than
        four mismatches.
    OutputError
        Writing fails.

    Warns
    -----
    CisgramWarning
        Support vectors with unknown bases, which this kernel skips and LS-GKM reads as A; or with more than 2,047 bp,
        which LS-GKM does not take.
    """
    kernel = model.kernel
    wanted = (kernel.filter, kernel.gamma is not None, kernel.center_weight is not None)
    name = next((name for name, meaning in _KERNELS.items() if meaning == wanted), None)
    if name is None or kernel.max_mismatches > _MOST_MISMATCHES:
        raise InputError(f"{path}: LS-GKM has no kernel like {kernel}")
    _warn_of_differences(path, model)
    order = np.argsort(model.coefficients <= 0, kind="stable")
    n_positive = int((model.coefficients > 0).sum())
    lines = ["svm_type c_svc", f"kernel_type {name}", f"L {kernel.word_bp}", f"k {kernel.informative_bp}"]
    lines += [f"d {kernel.max_mismatches}", f"norc {int(kernel.is_stranded)}"]
    if kernel.gamma is not None:
        lines.append(f"gamma {kernel.gamma:.17g}")
    if kernel.center_weight is not None:
        lines += [f"M {kernel.center_weight}", f"H {kernel.half_life_bp:.17g}"]
    lines += ["nr_class 2", f"total_sv {len(order)}", f"rho {model.rho:.17g}", "label 1 -1"]
    lines += [f"nr_sv {n_positive} {len(order) - n_positive}", "SV"]
    lines += [f"{model.coefficients[row]:.17g} {decode(model.support[row])}" for row in order]
    write_text_atomic(path, "\n".join(lines) + "\n")


def _kernel(path: Any, settings: dict[str, tuple[int, str]], unknown: Literal["A", "skip"]) -> GkmKernel:
    """The kernel that the settings name."""
    machine, name = _value(path, settings, "svm_type", str), _value(path, settings, "kernel_type", str)
    if machine != "c_svc":
        raise FormatError(path, f"svm_type must be c_svc; got {machine!r}", line=settings["svm_type"][0])
    if name not in _KERNELS:
        raise FormatError(
            path, f"kernel_type must be one of {', '.join(_KERNELS)}; got {name!r}", line=settings["kernel_type"][0]
        )
    filter_name, has_rbf, is_weighted = _KERNELS[name]
    try:
        return GkmKernel(
            word_bp=_value(path, settings, "L", int),
            informative_bp=_value(path, settings, "k", int),
            max_mismatches=_value(path, settings, "d", int),
            filter=filter_name,
            gamma=_value(path, settings, "gamma", float) if has_rbf else None,
            center_weight=_value(path, settings, "M", int) if is_weighted else None,
            half_life_bp=_value(path, settings, "H", float) if is_weighted else 50.0,
            is_stranded="norc" in settings and _value(path, settings, "norc", int) == 1,
            unknown=unknown,
        )
    except ConfigError as error:
        raise FormatError(path, f"the kernel cannot be used: {error}") from error


def _sign(path: Any, settings: dict[str, tuple[int, str]]) -> int:
    """1 if coefficients above 0 belong to the positive class, else -1."""
    labels = _value(path, settings, "label", str).split()
    if labels not in (["1", "-1"], ["-1", "1"]):
        raise FormatError(path, f"label must be '1 -1' or '-1 1'; got {' '.join(labels)!r}", line=settings["label"][0])
    return 1 if labels[0] == "1" else -1


def _value(path: Any, settings: dict[str, tuple[int, str]], key: str, kind: Callable[[str], Any]) -> Any:
    """One setting, as a number where it must be one."""
    if key not in settings:
        raise FormatError(path, f"there is no line {key!r} before the support vectors")
    line, text = settings[key]
    try:
        return kind(text)
    except ValueError:
        raise FormatError(path, f"{key} must be a number; got {text!r}", line=line) from None


def _support_vector(path: Any, line: str, number: int) -> tuple[float, np.ndarray]:
    """Coefficient and sequence on a line."""
    fields = line.split()
    try:
        coefficient = float(fields[0])
    except ValueError:
        fields = []
    if len(fields) != 2 or not fields[1].isalpha() or not np.isfinite(coefficient):
        raise FormatError(path, f"a support vector is a coefficient and a sequence; got {line[:60]!r}", line=number)
    return coefficient, encode(fields[1])


def _warn_of_differences(path: Any, model: GkmModel) -> None:
    """Say where LS-GKM would not give the same scores."""
    has_unknown = [bool((codes == N).any()) for codes in model.support]
    problems = []
    if model.kernel.unknown == "skip" and any(has_unknown):
        problems.append(f"{sum(has_unknown)} support vectors have unknown bases, which LS-GKM reads as A")
    if n_long := int((model.support.lengths > _LONGEST_BP).sum()):
        problems.append(f"{n_long} support vectors have more than {_LONGEST_BP} bp, which LS-GKM does not take")
    if problems:
        warnings.warn(f"{path}: {'; '.join(problems)}", CisgramWarning, stacklevel=3)
