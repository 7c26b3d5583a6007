"""Little files that unpack to much: read piece by piece, or refused, in a process that has little memory."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES = 512
MOST_SECONDS = 30
"""Of work for half a gigabyte that is passed over, such as comments; far less for what is refused."""
MAY_READ = {"table.provenance", "table.names", "reads.counts", "pairs.sizes"}
"""They look at the top of a file only, or count what they need not keep."""
PROGRAM = """
import resource, sys, time
from pathlib import Path
from cisgram.errors import InputError
from tests.fuzz.readers import READERS
from cisgram.io.fasta import read_fasta_pieces
from cisgram.io.tables import read_provenance
from cisgram.io.tables.tsv import read_column_names
from cisgram.io.vcf import annotate_vcf, read_vcf
from cisgram.io.reads import iterate_read_counts
from cisgram.io.pairs import read_pairs
readers = {
    "fasta.pieces": lambda path: sum(piece.codes.size for piece in read_fasta_pieces(path)),
    "pairs.sizes": lambda path: sum(len(chunk.pairs) for chunk in read_pairs(path, sizes={"I": 9})),
    "reads.counts": lambda path: list(iterate_read_counts(path, kind="five_prime", sizes={"I": 9})),
    "table.provenance": read_provenance,
    "table.names": read_column_names,
    "vcf": read_vcf,
    "vcf.annotated": lambda path: annotate_vcf(path, path.with_name("out.vcf.gz"), fields=[], values={}),
}
for name, reader in READERS.items():
    if reader.form == "text" and name not in ("mark_files",):
        readers[name] = reader.read
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + (ALLOWED << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for name, read in readers.items():
    if len(sys.argv) > 2 and name not in sys.argv[2:]:
        continue
    started = time.process_time()
    try:
        text = f"read {read(Path(sys.argv[1]))}"
    except InputError as error:
        text = f"refused {error}"
    except Exception as error:
        text = f"crashed {type(error).__name__} {str(error)[:200]}"
    print(name, f"{time.process_time() - started:.1f}", text.replace(chr(10), " "), flush=True)
"""


def bomb(path, piece, *, start=b"", n=MEGABYTES):
    """A gzip file of some hundred kilobytes for ``n`` megabytes."""
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(start)
        for _ in range(n):
            file.write(piece * ((1 << 20) // len(piece)))
    return path


def read_in_little_memory(path, *names, megabytes=256):
    """What every reader, or those of some names, said of a file, and its seconds of work."""
    program = PROGRAM.replace("ALLOWED", str(megabytes))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-c", program, str(path), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = (line.split(" ", 2) for line in done.stdout.splitlines())
    return {name: (float(seconds), said) for name, seconds, said in lines}


PIECES = {
    "zeros": b"\0",
    "letters": b"A",
    "line_ends": b"\n",
    "line_ends_of_windows": b"\r\n",
    "tabs": b"\t",
    "blanks": b" ",
    "commas": b",",
    "comments": b"#\n",
    "comments_of_vcf": b"##\n",
    "rows_of_one_letter": b"a\n",
    "rows": b"I\t5\t9\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("piece", list(PIECES))
def test_a_file_that_unpacks_to_much_is_refused_by_all_readers_of_text(tmp_path, piece):
    path = bomb(tmp_path / "a.gz", PIECES[piece])
    assert path.stat().st_size < 2 << 20
    found = read_in_little_memory(path)
    assert len(found) > 50
    wrong = {name: said for name, (_, said) in found.items() if not said.startswith("refused")}
    assert wrong.keys() <= MAY_READ
    assert not any(said.startswith("crashed") for said in wrong.values()), wrong
    assert all("a.gz" in said and len(said) < 3000 for name, (_, said) in found.items() if name not in wrong)
    assert {name: seconds for name, (seconds, _) in found.items() if seconds > MOST_SECONDS} == {}


@pytest.mark.slow
def test_a_genome_that_unpacks_to_much_is_read_in_pieces(tmp_path):
    found = read_in_little_memory(bomb(tmp_path / "a.fa.gz", b"A" * 64, start=b">I\n"), "fasta.pieces")
    assert found["fasta.pieces"][1] == f"read {MEGABYTES << 20}"
