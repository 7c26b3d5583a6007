"""Valid text files, one for each format, small enough that every mistake in them can be seen."""

FASTA = ">I first contig\nACGTNacgtRY\nACGTTGCA\n>II\nTTGACCATAGAC\n>III 3\nNNNNACGT\n"
PLACES = ">I:5-13(-)\nACGTACGT\n>I:30-38\nTTGACCAT\n>II:2-10(+)\nGGGTACCA\n"
BED3 = "# peaks\nI\t10\t20\nI\t15\t30\nII\t0\t7\n"
BED6 = 'track name="x"\nI\t10\t20\ta\t5\t+\nI\t15\t30\tb\t.\t-\nII\t0\t7\tc\t0.5\t.\n'
NARROWPEAK = (
    "I\t100\t200\tp1\t900\t.\t12.5\t8.1\t6.0\t40\n"
    "I\t300\t420\tp2\t100\t.\t3\t-1\t-1\t-1\nII\t5\t90\t.\t0\t+\t1\t2\t3\t0\n"
)
BROADPEAK = "I\t100\t200\tp1\t900\t.\t12.5\t8.1\t6.0\nII\t5\t90\t.\t0\t+\t1\t2\t3\n"
SIZES = "I\t230218\nII\t813184\nIII\t316620\n"
GTF = """#!genome-build R64
I\tsgd\tgene\t335\t649\t.\t+\t.\tgene_id "YAL069W"; gene_name "A1"; gene_biotype "protein_coding";
I\tsgd\ttranscript\t335\t649\t.\t+\t.\tgene_id "YAL069W"; transcript_id "YAL069W_mRNA";
I\tsgd\tgene\t1807\t2169\t.\t-\t.\tgene_id "YAL068C"; gene_name "PAU8";
II\tsgd\tgene\t10\t20\t.\t-\t.\tgene_id "YBL001C";
"""
EXONS = """I\tx\texon\t335\t400\t.\t+\t.\tgene_id "A"; transcript_id "A.1";
I\tx\texon\t450\t649\t.\t+\t.\tgene_id "A"; transcript_id "A.1";
II\tx\texon\t10\t20\t.\t-\t.\tgene_id "B"; transcript_id "B.1";
"""
GFF3 = """##gff-version 3
I\tSGD\tgene\t335\t649\t.\t+\t.\tID=gene:YAL069W;Name=A%201
I\tSGD\tmRNA\t335\t649\t.\t+\t.\tID=transcript:1;Parent=gene:YAL069W
I\tSGD\tpseudogene\t1807\t2169\t.\t-\t.\tID=gene:YAL068C;gene=PAU8
##FASTA
>I
ACGT
"""
GENES_BED = "I\t334\t649\tYAL069W\t0\t+\nI\t1806\t2169\tYAL068C\t0\t-\nII\t9\t20\tYBL001C\t0\t-\n"
GENEPRED = """#bin\tname\tchrom\tstrand\ttxStart\ttxEnd\tcdsStart\tcdsEnd\texonCount\texonStarts\texonEnds
585\tYAL069W\tI\t+\t334\t649\t334\t649\t1\t334,\t649,
585\tYAL068C\tI\t-\t1806\t2169\t1806\t2169\t1\t1806,\t2169,
"""
REFFLAT = (
    "A1\tYAL069W\tI\t+\t334\t649\t334\t649\t1\t334,\t649,\n"
    "PAU8\tYAL068C\tI\t-\t1806\t2169\t1806\t2169\t1\t1806,\t2169,\n"
)
GENE_LIST = "# genes\nGAL1\nGAL10 some words\n'ARG5,6',\n"
BEDPE = "chr1\tx1\tx2\tchr2\ty1\ty2\tname\tscore\nI\t50\t60\tI\t0\t10\ta\t3\nI\t5\t9\tII\t7\t11\tb\t.\n"
BEDGRAPH = "track type=bedGraph\nI\t0\t5\t1.5\nI\t5\t9\t0\nI\t20\t30\t-2\nII\t3\t4\t1e3\n"
MEME = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.3 C 0.2 G 0.2 T 0.3

MOTIF MA0001.1 AGL3
letter-probability matrix: alength= 4 w= 3 nsites= 97 E= 0
0.1 0.2 0.3 0.4
0.97 0.01 0.01 0.01
0 0 1 0
URL http://x.y

MOTIF second
letter-probability matrix: alength= 4 w= 2
0.25 0.25 0.25 0.25
0.5 0.5 0 0
"""
JASPAR = """>MA0001.1 AGL3
A [ 0 3 79 40 ]
C [ 94 75 4 3 ]
G [ 1 0 3 4 ]
T [ 2 19 11 50 ]
>MA0002.1\tRUNX1
A [10 12 4]
C [2 2 7]
G [3 1 1]
T [11 11 14]
"""
TRANSFAC = """ID MA0001
NA AGL3
P0 A C G T
01 0 94 1 2 C
02 3 75 0 19 C
03 79 4 3 11 A
XX
//
ID second
P0 A C G T
01 1 2 3 4 N
//
"""
HOMER = ">ACG\tfirst\t6.5\n0.97\t0.01\t0.01\t0.01\n0.1\t0.7\t0.1\t0.1\n>TT\tsecond\t3\n0\t0\t0\t1\n0.1\t0.1\t0.1\t0.7\n"
PFM = "0 3 79 40\n94 75 4 3\n1 0 3 4\n2 19 11 50\n"
BACKGROUND = "# order 1\nA 0.3\nC 0.2\nG 0.2\nT 0.3\n" + "".join(f"{a}{b} 0.0625\n" for a in "ACGT" for b in "ACGT")
VCF = """##fileformat=VCFv4.2
##contig=<ID=I,length=230218>
##INFO=<ID=AF,Number=A,Type=Float,Description="x">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2
I\t100\trs1\tA\tG\t50\tPASS\tAF=0.1\tGT\t0/1\t1|1
I\t120\t.\tAC\tA,ACT\t.\t.\t.\tGT\t0\t1/2/0
II\t7\tdel\tT\t<DEL>\t.\t.\tSVTYPE=DEL\tGT:DP\t./.:3\t0|0:9
II\t9\t.\tC\t*,T\t.\tq10\t.\tDP\t3\t9
"""
VARIANT_TABLE = "chrom\tposition\tref\talt\trsid\nI\t1,000\tA\tG\trs1\nI\t120\tAC\tA\t\nII\t7\tT\tTTG\ta b\n"
PAIRS = """## pairs format v1.0
#shape: upper triangle
#chromsize: I 1000
#chromsize: II 500
#columns: readID chr1 pos1 chr2 pos2 strand1 strand2
r1\tI\t11\tI\t90\t+\t-
r2\tI\t1000\tII\t1\t-\t+
r3\t!\t0\tI\t5\t-\t+
r4\tIII\t5\tI\t5\t-\t+
"""
TABLE = """# seed: 1
# genome: abc
# types: {"code": "text"}
chrom\tstart\tname\tcode\tgc\tkept\tn
I\t5\tx\t007\t0.4\tTrue\t3
I\t9\t\t1\tnan\tFalse\t
II\t0\ty z\t\t-1e3\tTrue\t-4
"""
WINDOWS_TABLE = "chrom\tstart\tend\tkind\tsplit\tdropped\nI\t5\t25\tpeak\ttrain\t\nI\t30\t50\tpeak\ttest\t\n"
ANCHORS = "I\t100\t-\nI\t500\t+\nII\t0\t.\n"
ACTIVITY = "\tliver\tblood\nI:100-700(+)\t1\t0\nI:800-1400(-)\t0\t1\nII:0-600(+)\t1\t1\n"
SEQUENCE_CSV = 'name,sequence,expression,set\na,TTACCCGT,11.5,x\n"b ""1""",ACGNR,,y\nc,acgtt,-3e-2,x\n'
SEQUENCE_TSV = "TTACCC\t11.5\nACGT\t2\n"
LABELLED = "sequence,label\nTTACCC,1\nACGT,0\nGGN,1\n"
HITS_TABLE = "# seed: 1\nchrom\tstart\tend\tname\tscore\tstrand\nI\t3\t9\tm1\t6.5\t+\nI\t20\t26\tm2\t3\t-\n"
HITS_BED = "I\t3\t9\tm1\t6\t+\nI\t20\t26\tm2\t3\t-\n"
FINEMO = (
    "chr\tstart\tend\tstart_untrimmed\tend_untrimmed\tmotif_name\thit_coefficient\thit_coefficient_global\t"
    "hit_similarity\thit_correlation\thit_importance\thit_importance_sq\tstrand\tpeak_name\tpeak_id\n"
    "I\t5\t9\t3\t12\tpos_patterns.pattern_0\t0.5\t1.0\t0.5\t0.5\t2.0\t0.1\t-\tpeak_1\t3\n"
    "II\t50\t59\t50\t59\tneg_patterns.pattern_11\t0.1\t0.2\t0.9\t0.9\t-2.0\t0.1\t+\tpeak_2\t4\n"
)
BARCODE_GROUPS = "barcode\tgroup\nAAC-1\tNK\nAAG-1\tB\nAAT-1\tNK\n"
BARCODES = "barcode\nAAC-1\nAAG-1\n"
FRAGMENTS = "# id=x\nI\t2\t50\tAAC-1\t1\nI\t7\t90\tAAG-1\t3\nI\t7\t95\tAAC-1\t1\nII\t0\t30\tAAT-1\t2\n"
READS_BED = "I\t2\t50\tr1\t60\t+\nI\t7\t90\tr2\t60\t-\nII\t0\t30\tr3\t60\t-\n"
GKM = """svm_type c_svc
kernel_type gkm_esttrunc
L 11
k 7
d 3
nr_class 2
total_sv 2
rho 0.25
label 1 -1
nr_sv 1 1
SV
0.5 ACGTTGCATTGCA
-0.5 GGGTACCATNACC
"""
MARKS = "# cell\tmark\tfile\nK562\tH3K4me3\ta.bed\tinput.bed\nK562\tH3K27ac\tb.bed\t\n"
BINARISED = "K562\tI\nH3K4me3\tH3K27ac\tCTCF\n0\t1\t0\n1\t1\t2\n0\t0\t0\n1\t0\t0\n"
SEGMENTS = "I\t0\t400\tE1\nI\t400\t1000\tE3\nII\t0\t600\tE2\n"
DENSE = (
    'track name="K562_3" itemRgb="On"\nI\t0\t400\t1_Active\t0\t.\t0\t400\t255,0,0\n'
    "I\t400\t1000\t2\t0\t.\t400\t1000\t0,0,9\n"
)
STATES = """3\t2\tE\t-12.5\t7
probinit\t1\t0.5
probinit\t2\t0.5
probinit\t3\t0.0
""" + "".join(
    [f"transitionprobs\t{a}\t{b}\t{0.5 if a == b else 0.25}\n" for a in (1, 2, 3) for b in (1, 2, 3)]
    + [
        f"emissionprobs\t{s}\t{m}\t{n}\t{v}\t{0.25 + 0.5 * v}\n"
        for s in (1, 2, 3)
        for m, n in ((0, "A"), (1, "B"))
        for v in (0, 1)
    ]
)
EMISSIONS = "State (Emission order)\tH3K4me3\tH3K27ac\n1\t0.5\t0.25\n2_Active\t0.9\t0.01\n"
TRACK_TABLE = (
    "index\tidentifier\tfile\tclip\tsum_stat\tstrand_pair\tdescription\n"
    "0\tCNhs1+\ta.bw\t384\tsum\t1\tCAGE:liver\n1\tCNhs1-\tb.bw\t384\tsum\t0\tCAGE:liver\n2\tD\tc.bw\t32\tmean\t2\tDNASE:x\n"
)
