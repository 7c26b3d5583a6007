"""The question: which known assembly is the genome, and are the other files of the same one."""

from collections.abc import Mapping, Sequence

from cisgram.doctor.verdict import Verdict
from cisgram.genomics.assemblies import ASSEMBLIES, AssemblyGuess, assembly_in_name, guess_assembly

_CHECK = "assembly"
_REMEDY = "use files of one assembly, or lift them over to the genome's"


def check_assembly(
    sizes: Mapping[str, int],
    others: Mapping[str, Mapping[str, int]],
    *,
    genome_name: str = "the genome",
    file_names: Sequence[str] = (),
) -> list[Verdict]:
    """Name the assembly of a genome, and the files that are of another one.

    Parameters
    ----------
    sizes
        Lengths of the genome's contigs in bp.
    others
        By name of a file, the lengths of contigs that it knows (bigWig, BAM, contact maps).
    genome_name
        Name of the genome's file.
    file_names
        Names of all other files: those that name an assembly are compared with the genome's.

    Returns
    -------
    list of Verdict
        One on the genome (skipped where neither lengths nor name say what it is), and one on every file that is of
        another assembly (error: by its lengths) or says that it is (warning: by its name).

    Examples
    --------
    >>> [one.level for one in check_assembly({"chr1": 248_956_422}, {"a.bw": {"chr1": 249_250_621}})]
    ['ok', 'error']
    """
    guess, named = guess_assembly(sizes), assembly_in_name(genome_name)
    own = guess.name if guess else named
    verdicts = [_of_genome(guess, named, genome_name, len(others))]
    strangers = set()
    for name, lengths in others.items():
        theirs = guess_assembly(lengths)
        if theirs and own and theirs.name != own:
            strangers.add(name)
            text = f"{theirs.n_found} of its contigs have lengths of {theirs.name}, and the genome is {own}"
            verdicts.append(Verdict(_CHECK, name, "error", text, _REMEDY, {"file": theirs.name, "genome": own}))
    for name in dict.fromkeys(file_names):
        said = assembly_in_name(name)
        if said and own and said != own and name not in strangers:
            text = f"the name of the file says {said}, and the genome is {own}"
            remedy = f"make sure that its places are those of {own}; lift them over, or rename the file if they are"
            verdicts.append(Verdict(_CHECK, name, "warning", text, remedy, {"file": said, "genome": own}))
    return verdicts


def _files(n: int) -> str:
    return f"{n} other file{'s' * (n != 1)} with lengths"


def _of_genome(guess: AssemblyGuess | None, named: str | None, genome_name: str, n_files: int) -> Verdict:
    """What the genome is."""
    if guess is None:
        by_name = f"; its name says {named}" if named else ""
        text = (
            f"no contig has the length of a chromosome of one of the {len(ASSEMBLIES)} assemblies known here{by_name}: "
            "a part of a genome, another species, or a simulation"
        )
        return Verdict(_CHECK, genome_name, "skipped", text)
    text = f"{guess.n_found} of the {guess.n_chromosomes} chromosomes of {guess.name} are there with their lengths"
    figures = {"assembly": guess.name, "n_found": guess.n_found, "n_chromosomes": guess.n_chromosomes}
    if guess.others:
        mixed = f"{text}, but contigs have lengths of {', '.join(guess.others)} as well: a mixture"
        return Verdict(_CHECK, genome_name, "warning", mixed, "make sure that this mixture is meant", figures)
    if named and named != guess.name:
        wrong = f"{text}, and the name of the file says {named}"
        return Verdict(_CHECK, genome_name, "warning", wrong, "rename the file, or use the one that was meant", figures)
    return Verdict(_CHECK, genome_name, "ok", f"{text}; {_files(n_files)} to compare", figures=figures)
