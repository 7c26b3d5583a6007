"""Names of NumPy array types and of their axes.

Length is always the last axis. Bases are in the order A C G T; as codes they are 0 1 2 3, and 4 is N
(padding, and every letter that is not A, C, G or T). One-hot, N is all zeros. The two strands stand in
the order plus, minus, both left to right along the plus strand.
The same names for torch tensors are in :mod:`cisgram.nn.tensors`.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, Integer, Num, Shaped, UInt8, UInt32

Codes: TypeAlias = UInt8[np.ndarray, "*batch length"]
"""Bases as one byte each: A C G T = 0 1 2 3, N = 4."""

SequenceCodes: TypeAlias = UInt8[np.ndarray, "length"]
"""The same for a single sequence."""

Shuffles: TypeAlias = UInt8[np.ndarray, "shuffle length"]
"""The same for several shuffles of one sequence."""

OneHot: TypeAlias = Num[np.ndarray, "*batch 4 length"]
"""Bases as four channels, A C G T; N is all zeros."""

Counts: TypeAlias = Num[np.ndarray, "window track strand length"]
"""Reads, cuts or tags per base; not normalised."""

ReplicateCounts: TypeAlias = Num[np.ndarray, "window replicate strand length"]
"""The same for every replicate of one track."""

ContigCounts: TypeAlias = Num[np.ndarray, "*strand position"]
"""Counts along one contig, the strands apart or added up."""

Profiles: TypeAlias = Float[np.ndarray, "window track strand length"]
"""Probabilities over the positions (and strands, where these are joined) of a window."""

LogCounts: TypeAlias = Float[np.ndarray, "window track group"]
"""ln(1 + total); one group per strand, or a single group for both strands together."""

Values: TypeAlias = Float[np.ndarray, "*channel length"]
"""Signal along an interval."""

ContigValues: TypeAlias = Num[np.ndarray, "_"]
"""Signal or counts along one whole contig; the contigs of one call differ in length."""

StrandCounts: TypeAlias = Num[np.ndarray, "strand length"]
"""Counts along one whole contig, one row per strand, or a single row for both together."""

Matrix: TypeAlias = Float[np.ndarray, "4 length"]
"""A motif's matrix: PFM, PPM, PWM or CWM; the name of the variable says which."""

PerBase: TypeAlias = Float[np.ndarray, "4"]
"""One number for each of A, C, G and T, such as a background."""

PerColumn: TypeAlias = Float[np.ndarray, "length"]
"""One number per column of a motif."""

Positions: TypeAlias = Integer[np.ndarray, "n"]
"""0-based positions."""

Mask: TypeAlias = Bool[np.ndarray, "n"]
"""One truth value per row."""

Rows: TypeAlias = Integer[np.ndarray, "_"]
"""Numbers of rows; two such arguments may differ in length."""

Totals: TypeAlias = Float[np.ndarray, "n"]
"""One number per row, such as a total or a fraction."""

TrackTotals: TypeAlias = Float[np.ndarray, "n track"]
"""Total counts per row and track."""

StoredSequences: TypeAlias = UInt8[np.ndarray, "row wide_input"]
"""Codes of input windows with room for jitter on both sides."""

StoredCounts: TypeAlias = Num[np.ndarray, "row track strand wide_output"]
"""Counts of output windows with room for jitter on both sides."""

StoredControls: TypeAlias = Num[np.ndarray, "row control wide_output"]
"""The same for controls; one channel per control and strand."""

StoredReplicates: TypeAlias = Num[np.ndarray, "row _replicate strand output"]
"""Counts of output windows, replicates apart, without room for jitter."""

ReferenceCodes: TypeAlias = UInt8[np.ndarray, "batch reference length"]
"""Bases as codes: the sequences that each sequence is compared with."""

BaseValues: TypeAlias = Float[np.ndarray, "batch 4 length"]
"""One value per base and position, of hypothetical or projected contributions."""

PerSequence: TypeAlias = Float[np.ndarray, "batch"]
"""One number per sequence."""

SeqletArrays: TypeAlias = Num[np.ndarray, "seqlet 4 length"]
"""One matrix per seqlet: one-hot bases or contributions."""

Blocks: TypeAlias = Integer[np.ndarray, "block 2"]
"""Start and end of stretches of one contig, 0-based and half-open."""

BaseScores: TypeAlias = Float[np.ndarray, "window length"]
"""One number per window and base, such as the contribution of the base that is present."""

Columns: TypeAlias = Float[np.ndarray, "4 column"]
"""Columns of many motifs side by side."""

PerTarget: TypeAlias = Float[np.ndarray, "target"]
"""One number per target motif."""

WholePerTarget: TypeAlias = Integer[np.ndarray, "target"]
"""One whole number per target motif."""

Conditionals: TypeAlias = Float[np.ndarray, "_ 4"]
"""Probability (or its logarithm) of every base after each possible stretch of bases before it."""

SequenceStarts: TypeAlias = Integer[np.ndarray, "_"]
"""Where sequences begin in an array that holds them end to end, and where it ends."""

SequenceWeights: TypeAlias = Float[np.ndarray, "_"]
"""One number per base of sequences that lie end to end."""

PlaceMasses: TypeAlias = Float[np.ndarray, "_"]
"""Weight of every place of sequences that lie end to end, before its bases are looked at."""

SomeMatrix: TypeAlias = Float[np.ndarray, "4 _"]
"""A motif's matrix beside another of a different length."""

ControlScores: TypeAlias = Float[np.ndarray, "_"]
"""One number per control sequence."""

ColumnScores: TypeAlias = Float[np.ndarray, "_ _ 4"]
"""What each base adds to a score at every column of a motif, after every stretch of bases before it."""

PerRow: TypeAlias = Float[np.ndarray, "row"]
"""One number per row of a set; NaN where a row has none."""

PlaceOfRow: TypeAlias = Integer[np.ndarray, "row"]
"""One position per row of a set; -1 where a row has none."""

TailScores: TypeAlias = Integer[np.ndarray, "score"]
"""Scores in units of a grid, from the highest on."""

PValues: TypeAlias = Float[np.ndarray, "score"]
"""Chance of each of these scores or a higher one."""

JoinedMask: TypeAlias = Bool[np.ndarray, "_"]
"""One truth value per base of sequences that lie end to end."""

StrandFits: TypeAlias = Float[np.ndarray, "_ _"]
"""How well a motif fits at places, one column per strand."""

SomeCodes: TypeAlias = UInt8[np.ndarray, "_"]
"""Codes of one of several sequences that differ in length."""

SiteLabels: TypeAlias = UInt8[np.ndarray, "site cell_type"]
"""1 where a cell type (or factor) has a peak in a site, 0 where it has none."""

WholePerCellType: TypeAlias = Integer[np.ndarray, "cell_type"]
"""One whole number per cell type."""

Similarities: TypeAlias = Float[np.ndarray, "cell_type cell_type"]
"""How alike every two cell types are."""

Labels: TypeAlias = Float[np.ndarray, "row track"]
"""One number per example and track: 0 or 1, or a measurement; NaN where it is not known."""

TableScores: TypeAlias = Float[np.ndarray, "_ track"]
"""One score per item and track; NaN where there is none. As many tracks as labels, but not as many rows."""

PerTrack: TypeAlias = Float[np.ndarray, "track"]
"""One number per track."""

PerMismatch: TypeAlias = Float[np.ndarray, "_"]
"""One number for each number of mismatches, from 0 on."""

WordCodes: TypeAlias = UInt32[np.ndarray, "_"]
"""Words of up to 16 bases as numbers, two bits per base."""

WordStarts: TypeAlias = Integer[np.ndarray, "_"]
"""Where the words of each sequence begin, and where the last ones end."""

PerWord: TypeAlias = Float[np.ndarray, "_"]
"""One number per word of a set of sequences, or none."""

PerPossibleWord: TypeAlias = Float[np.ndarray, "word"]
"""One number for every word of some length."""

KernelMatrix: TypeAlias = Float[np.ndarray, "row row"]
"""How alike sequences of one set are."""

CrossKernel: TypeAlias = Float[np.ndarray, "_ _"]
"""How alike the sequences of two sets are."""

SubsetTable: TypeAlias = UInt32[np.ndarray, "_ _"]
"""A number for what part of a word has on each subset of positions."""

Responses: TypeAlias = Float[np.ndarray, "batch track"]
"""What a model says of each sequence, one number per track."""

EditedCodes: TypeAlias = UInt8[np.ndarray, "batch edit length"]
"""Bases as codes: several edited forms of every sequence."""

EditedResponses: TypeAlias = Float[np.ndarray, "batch edit track"]
"""What a model says of each edited form of every sequence."""

MotifInstances: TypeAlias = UInt8[np.ndarray, "batch _width"]
"""Bases to put into sequences, one row for each; N leaves the base that is there."""

TrackMutations: TypeAlias = Float[np.ndarray, "batch track 4 part"]
"""What each base at each position of a part of a sequence does to the response of every track."""

PartCodes: TypeAlias = UInt8[np.ndarray, "batch part"]
"""Bases as codes: a part of every sequence."""

TrackEffects: TypeAlias = Float[np.ndarray, "batch track"]
"""What an edit does to every sequence, one number per track."""

PooledTotals: TypeAlias = Float[np.ndarray, "window track"]
EffectTable: TypeAlias = Float[np.ndarray, "edit track"]
"""What each edit does on average, one number per track."""

UnitValues: TypeAlias = Float[np.ndarray, "batch unit"]
"""One number per sequence and unit of a layer, such as its highest activation."""

UnitPlaces: TypeAlias = Integer[np.ndarray, "batch unit"]
"""One position per sequence and unit of a layer."""

UnitStrands: TypeAlias = Bool[np.ndarray, "batch unit"]
"""Whether the reverse complement is meant, per sequence and unit of a layer."""

FilterValues: TypeAlias = Float[np.ndarray, "_ filter"]
"""One number per stretch of sequence (or whole sequence) and filter of the first layer."""

FilterPlaces: TypeAlias = Float[np.ndarray, "_ filter"]
"""One position per stretch and filter, in bp from the stretch's first base."""

PerFilter: TypeAlias = Float[np.ndarray, "filter"]
"""One number per filter of the first layer."""

UnitArray: TypeAlias = Float[np.ndarray, "_ *_"]
"""Numbers whose first axis are units that are resampled, such as backgrounds or windows."""

Resamples: TypeAlias = Float[np.ndarray, "resample _"]
"""Weight of every unit in every resample; rows sum to 1."""

AnyValues: TypeAlias = Float[np.ndarray, "*_"]
"""Numbers in an array of any shape."""

PerDistance: TypeAlias = Float[np.ndarray, "distance"]
"""One number per distance between two motifs, or between two bins (from 0 on)."""

PerPeriod: TypeAlias = Float[np.ndarray, "period"]
"""One number per period (or frequency) of a spectrum."""

EditedSequence: TypeAlias = UInt8[np.ndarray, "_ length"]
"""Bases as codes: several edited forms of one sequence."""

PairResponses: TypeAlias = Float[np.ndarray, "pair track"]
"""What a model says of the window of each pair of instances, one number per track."""

Words: TypeAlias = UInt8[np.ndarray, "_ _"]
"""Words of equal length, as codes; one row each."""

CoverageValues: TypeAlias = Float32[np.ndarray, "base"]
"""Coverage or another number per base along one stretch of a contig."""

PerBin: TypeAlias = Float[np.ndarray, "bin"]
"""One number per bin along the genome, such as the weight in a contact map (NaN where a bin is masked)."""

PairSums: TypeAlias = Shaped[np.ndarray, "*any 6"]
"""n and the sums of x, y, xx, yy and xy."""

Correlations: TypeAlias = Float[np.ndarray, "*any"]
"""Pearson's r for each row of such sums."""

BlockSums: TypeAlias = Shaped[np.ndarray, "block *rest"]
"""Sums over the windows of each block of the genome."""

RandomTracks: TypeAlias = Float[np.ndarray, "permutation bin"]
"""One number per bin for each random group of cells."""

CoverageInputs: TypeAlias = Float32[np.ndarray, "batch channel wide_length"]
"""Coverage per base, and further channels, of windows with their margins."""

CoverageTargets: TypeAlias = Float32[np.ndarray, "batch 2 length"]
"""Per base of windows: clean coverage, and 1 inside peaks and 0 outside."""

ChannelValues: TypeAlias = Num[np.ndarray, "channel base"]
"""Coverage and other numbers per base along one stretch of a contig."""

PieceValues: TypeAlias = Num[np.ndarray, "_"]
"""Signal along a stretch of a contig; the stretches of one call differ in length."""

ContigMask: TypeAlias = Bool[np.ndarray, "_"]
"""One truth value per base of a stretch of a contig, such as whether it lies in a peak."""

PatternTable: TypeAlias = UInt8[np.ndarray, "pattern mark"]
"""Patterns of histone marks, each once: 0 absent, 1 present, 2 not measured."""

BinCalls: TypeAlias = UInt8[np.ndarray, "_ mark"]
"""Marks of bins along a contig: 0 absent, 1 present, 2 not measured; the contigs of one call differ in length."""

PerRun: TypeAlias = Integer[np.ndarray, "_"]
"""One whole number per run of bins that have the same marks."""

PerState: TypeAlias = Float[np.ndarray, "state"]
"""One number per chromatin state."""

StateTransitions: TypeAlias = Float[np.ndarray, "state state"]
"""Probability of going from a chromatin state (row) to another (column)."""

EmissionTable: TypeAlias = Float[np.ndarray, "state mark"]
"""Probability that a mark is present in each chromatin state."""

SetOverlaps: TypeAlias = Float[np.ndarray, "state set"]
"""One number per chromatin state and set of intervals, such as the bases that they share."""

PerSet: TypeAlias = Float[np.ndarray, "set"]
"""One number per set of intervals."""

AnchorOffsets: TypeAlias = Integer[np.ndarray, "offset"]
"""Distances in bp from anchors, such as starts of genes; below 0 is upstream."""

OffsetCounts: TypeAlias = Float[np.ndarray, "state offset"]
"""One number per chromatin state and distance from anchors."""

StatePairs: TypeAlias = Float[np.ndarray, "state other_state"]
"""One number per chromatin state of one model (or cell type) and of another."""

StateSwitches: TypeAlias = Float[np.ndarray, "state state"]
"""One number per two chromatin states of one model."""

JointStates: TypeAlias = Integer[np.ndarray, "piece cell"]
"""Chromatin states of several cell types on stretches in which none of them changes."""

PatternEmissions: TypeAlias = Float[np.ndarray, "pattern state"]
"""Probability of each pattern of marks in each chromatin state."""

MarkTotals: TypeAlias = Float[np.ndarray, "state mark"]
"""Expected number of bins, per chromatin state and mark."""

BinStates: TypeAlias = Integer[np.ndarray, "bin"]
"""The chromatin state of every bin of a contig, 0-based."""

BinPosteriors: TypeAlias = Float32[np.ndarray, "bin state"]
"""Probability of each chromatin state in every bin of a contig."""

BinConfidence: TypeAlias = Float32[np.ndarray, "bin"]
"""Probability of the state that every bin of a contig was given."""

CrossTable: TypeAlias = Integer[np.ndarray, "_ _"]
"""How many items are in each part of one partition (rows) and of another (columns)."""

ContigWeights: TypeAlias = Integer[np.ndarray, "contig"]
"""How often each contig is drawn, relative to the others."""

PixelBins: TypeAlias = Integer[np.ndarray, "pixel"]
"""One bin per pixel of a contact map: its row or its column."""

PixelValues: TypeAlias = Num[np.ndarray, "pixel"]
"""One number per pixel of a contact map, such as contacts."""

Contacts: TypeAlias = Float[np.ndarray, "row column"]
"""A dense stretch of a contact map; NaN where a bin is masked."""

SquareContacts: TypeAlias = Float[np.ndarray, "bin bin"]
"""The same around the diagonal: a symmetric square."""

ContactMask: TypeAlias = Bool[np.ndarray, "..."]
"""Which pixels of a square of a contact map are valid (``bin bin``), or which of its bins (``bin``)."""

DistanceEdges: TypeAlias = Integer[np.ndarray, "_"]
"""Ends of stretches of distance in bins, increasing."""

PairPlaces: TypeAlias = Integer[np.ndarray, "pair"]
"""One whole number per pair of bins of a window, such as its left bin."""

PairValues: TypeAlias = Float[np.ndarray, "pair"]
"""One number per pair of bins of a window, such as log observed over expected."""

PairValuesOfWindows: TypeAlias = Float[np.ndarray, "window pair"]
"""The same for several windows."""

BinValuesOfWindows: TypeAlias = Float[np.ndarray, "window bin"]
"""One number per bin of several windows, such as insulation; NaN where it is not known."""

PairTargets: TypeAlias = Float[np.ndarray, "window track pair"]
"""The same for several windows and contact maps."""

GeneTracks: TypeAlias = Float[np.ndarray, "gene assay"]
"""One number per gene and track (or pair of tracks of both strands), such as the signal where it begins."""

MaskedBins: TypeAlias = Bool[np.ndarray, "window bin"]
"""Which bins of each window nothing is known of."""

WindowBins: TypeAlias = Bool[np.ndarray, "bin"]
"""The same of one window."""

StrandSites: TypeAlias = Float[np.ndarray, "2 bin"]
"""Strength of the sites in each bin, on the plus and on the minus strand."""

ContigSites: TypeAlias = Float[np.ndarray, "2 _"]
"""The same of one whole contig; the contigs of one call differ in length."""

PairFeatures: TypeAlias = Float[np.ndarray, "pair feature"]
"""What is known of each pair of bins."""

ContactBand: TypeAlias = Float[np.ndarray, "bin diagonal"]
"""A contact map near its diagonal: at ``[i, d]`` the pair of bins ``i`` and ``i + d``; NaN beyond the contig."""

SnapshotLegs: TypeAlias = Int32[np.ndarray, "snapshot ring"]
"""The bin in which one leg of each ring that extrudes a loop is, at several moments."""

Legs: TypeAlias = Integer[np.ndarray, "ring"]
"""The same at one moment."""

BinFlags: TypeAlias = Bool[np.ndarray, "bin"]
"""One truth value per bin of a contig, such as whether it is not masked."""

DiamondSums: TypeAlias = Float[np.ndarray, "window bin"]
"""Contacts that cross each bin within each of several windows."""

RateHistogram: TypeAlias = Integer[np.ndarray, "kernel rate count"]
"""How many pixels of a contact map have a local expectation (by its class) and a number of contacts (by its rank)."""

KernelValues: TypeAlias = Float[np.ndarray, "pixel kernel"]
"""One number per pixel of a contact map and neighbourhood around it."""

RatesByCount: TypeAlias = Float[np.ndarray, "kernel rate count"]
"""One number per kernel, class of local expectation and number of contacts."""

KernelDistances: TypeAlias = Float[np.ndarray, "kernel distance"]
"""One number per neighbourhood of a pixel and distance in bins."""

PixelFlags: TypeAlias = Bool[np.ndarray, "pixel"]
"""One truth value per pixel of a contact map."""

PlaceBins: TypeAlias = Integer[np.ndarray, "place"]
"""The bin of a contig in which each of several places lies; some may lie beyond its ends."""

SnippetStack: TypeAlias = Float[np.ndarray, "_ bin bin"]
"""Squares of a contact map around several sites; NaN where nothing is known."""

SquareCounts: TypeAlias = Integer[np.ndarray, "bin bin"]
"""One count per pair of bins, such as of snippets that have a value there."""

SiteRows: TypeAlias = Integer[np.ndarray, "site"]
"""One whole number per site, such as its row in another table; -1 where there is none."""

SiteWords: TypeAlias = Shaped[np.ndarray, "site"]
"""One word per site, such as its strand."""

PerSitePair: TypeAlias = Shaped[np.ndarray, "site_pair"]
"""One value per pair of sites, such as how its two motifs lie towards each other."""

SiteContacts: TypeAlias = Float[np.ndarray, "site other_site"]
"""One number per two sites, such as the contacts between them."""

Eigenvectors: TypeAlias = Float[np.ndarray, "vector bin"]
"""Eigenvectors of a contact map, one per row; NaN where a bin is masked."""

PerVector: TypeAlias = Float[np.ndarray, "vector"]
"""One number per eigenvector."""

Saddle: TypeAlias = Float[np.ndarray, "group group"]
"""One number per pair of groups of bins."""

BinGroups: TypeAlias = Integer[np.ndarray, "bin"]
"""Group of each bin of a contact map."""

ContactSquares: TypeAlias = Float[np.ndarray, "window track bin bin"]
"""Contact maps of several windows as symmetric squares; NaN where a pair is unknown or too near the diagonal."""

ChangePerMap: TypeAlias = Float[np.ndarray, "window track"]
"""One number per window and contact map, such as how much it changed."""

TrackPairs: TypeAlias = Float[np.ndarray, "track pair"]
"""Contact maps of one window, of the pairs of bins above the diagonal, row by row."""

BinsOfBases: TypeAlias = Integer[np.ndarray, "bin base"]
"""The bin that each base of each bin belongs to."""

BinPlaces: TypeAlias = Integer[np.ndarray, "bin"]
"""A whole number per bin, such as the bin of another map that it stands for; -1 for none."""

Disruptions: TypeAlias = Float[np.ndarray, "window stretch track"]
"""How much contact maps change when a stretch of their window does."""

TriangleSums: TypeAlias = Float[np.ndarray, "bin length"]
"""``[a, l]``: a sum over all pairs of bins among the ``l`` bins from ``a`` on."""

IntervalScores: TypeAlias = Float[np.ndarray, "edge reach"]
"""``[p, k]``: score of the interval from edge ``p`` to edge ``p + k + 1``."""

EdgePairs: TypeAlias = Integer[np.ndarray, "interval 2"]
"""Numbers of the first and the last edge of intervals."""

PairMatrix: TypeAlias = Float[np.ndarray, "contig contig"]
"""One number per pair of contigs."""

CutPositions: TypeAlias = Integer[np.ndarray, "_"]
"""Places of one contig where it is cut, 0-based, sorted."""

PairEnds: TypeAlias = Integer[np.ndarray, "pair"]
"""One whole number per pair of reads: a contig's number, or a position."""

PairFlags: TypeAlias = Bool[np.ndarray, "pair"]
"""One truth value per pair of reads."""

ChosenPairs: TypeAlias = Integer[np.ndarray, "_"]
"""Numbers of some pairs of reads, in any order."""

MemberSignal: TypeAlias = Float[np.ndarray, "member track"]
"""Summed predicted signal of a promoter, one number per reading of its window (strand, jitter) and track."""

MemberSaliency: TypeAlias = Float[np.ndarray, "member track input_bin"]
"""What every bin that a model reads adds to the signal of a promoter, per reading of the window and track."""

OneTrackSaliency: TypeAlias = Float[np.ndarray, "member input_bin"]
"""The same of one track."""

TrackBases: TypeAlias = Float[np.ndarray, "track length"]
"""One number per track and base of one window."""

TrackRates: TypeAlias = Float[np.ndarray, "track bin"]
"""Expected value per track and predicted bin of one window."""

SignalSums: TypeAlias = Float[np.ndarray, "batch track"]
"""Summed predicted signal, one number per sequence and track."""

Stretches: TypeAlias = Integer[np.ndarray, "stretch 2"]
"""Start and end of stretches of one sequence, 0-based and half-open."""

StretchSignal: TypeAlias = Float[np.ndarray, "stretch draw track"]
"""Summed predicted signal after a stretch was written over, per draw of what is written and track."""

BinnedTargets: TypeAlias = Float[np.ndarray, "window track bin"]
"""Signal of tracks in bins of several windows; NaN where nothing was measured."""

WindowCodes: TypeAlias = UInt8[np.ndarray, "window wide_length"]
"""Bases as codes: reference windows of variants, with room for shifts."""

AlleleCodes: TypeAlias = UInt8[np.ndarray, "allele wide_length"]
"""The same windows with other alleles in them."""

WholePerAllele: TypeAlias = Integer[np.ndarray, "allele"]
"""One whole number per allele, such as that of its window."""

AlleleLogits: TypeAlias = Float[np.ndarray, "_ track _"]
"""What predictions are averaged on, for each window or allele: all of its numbers in a row."""

AlleleValues: TypeAlias = Float[np.ndarray, "_ track _"]
"""Predictions for each window or allele, in units of what was measured; NaN where there are none."""

PairRates: TypeAlias = Float[np.ndarray, "pair cell_type"]
"""What each pair of an activator site and a promoter adds to transcription, per cell type."""

StepSignal: TypeAlias = Float[np.ndarray, "track step"]
"""Expected signal of tracks in short steps along one stretch."""

BinnedBases: TypeAlias = Float32[np.ndarray, "bin base"]
"""Signal of every base of every bin of a stretch; NaN where nothing was measured."""

BinMask: TypeAlias = Bool[np.ndarray, "bin"]
"""One truth value per bin of a stretch."""

PartShares: TypeAlias = Float[np.ndarray, "part"]
"""Share of the whole of every part."""

BaseMask: TypeAlias = Bool[np.ndarray, "base"]
"""One truth value per base of a stretch."""

AllelePositions: TypeAlias = Float[np.ndarray, "variant track _"]
"""Predictions of one allele of several variants, one number per track and position; NaN where there is none."""

ScoresPerAllele: TypeAlias = Float[np.ndarray, "variant track"]
"""One score per variant and track; NaN where there is none."""

SampledPositions: TypeAlias = Integer[np.ndarray, "_"]
"""Places with counts along a sample of the genome, 0-based, rising; those of one call differ in number."""

SampledCounts: TypeAlias = Num[np.ndarray, "_"]
"""What was counted at each of these places, or in each bin of such a sample."""

StrandBins: TypeAlias = Num[np.ndarray, "strand bin"]
"""Counts in bins of such a sample, the strands apart."""

BlockDifferences: TypeAlias = Float[np.ndarray, "_ block"]
"""Sums over each block of the genome, one row per question, such as per lag."""
