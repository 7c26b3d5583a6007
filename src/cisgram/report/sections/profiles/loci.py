"""The question: what does the model see at single places of the genome, and which motifs does it need there."""

from cisgram.io.locus_studies import read_locus_studies
from cisgram.report.blocks import Section
from cisgram.report.experiments.locus import LEAD, locus_finding, locus_picture
from cisgram.report.profile_results import ProfileResults

_MOST = 3


def loci(results: ProfileResults) -> Section | None:
    """Up to three loci that a step of the run has studied; none where it has not."""
    studies = read_locus_studies(results.folder / "interactions" / "loci")[:_MOST]
    if not studies:
        return None
    findings = [line for study in studies[:1] if (line := locus_finding(study))]
    return Section("Loci", LEAD, [locus_picture(study) for study in studies], findings=findings)
