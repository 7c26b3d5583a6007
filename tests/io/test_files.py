"""Files that are not there, and results that appear complete or not at all."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cisgram.errors import FormatError, InputError, OutputError
from cisgram.io import files


def write_half_and_fail(path, error):
    with files.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_is_there_is_returned(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(">I\nA\n")
    assert files.require_file(str(path), "genome") == path


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x").write_text("x")
    assert files.require_file("~/x", "genome") == tmp_path / "x"


def test_a_missing_file_is_named_with_files_of_a_similar_name(tmp_path):
    (tmp_path / "genome.fa.gz").write_text("x")
    with pytest.raises(InputError, match=r"genome: there is no file .*genome\.fa \(but genome\.fa\.gz\)"):
        files.require_file(tmp_path / "genome.fa", "genome")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .* \(nor a folder .*nowhere\)"):
        files.require_file(tmp_path / "nowhere" / "genome.fa", "genome")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="is a folder; give the file itself"):
        files.require_file(tmp_path, "genome")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "x.bed").touch()
    with pytest.raises(FormatError, match=r"x\.bed: the file is empty \(0 bytes\); peaks expected"):
        files.require_file(tmp_path / "x.bed", "peaks")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is a pipe or a device; save it as a file"):
        files.require_file(tmp_path / "pipe", "peaks")


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    (tmp_path / "x").write_text("x")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may read everything
    with pytest.raises(InputError, match="may not be read"):
        files.require_file(tmp_path / "x", "peaks")


def test_sha256_is_that_of_the_standard(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert files.sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sha256_of_a_large_file_and_of_none(tmp_path):
    content = np.random.default_rng(1).bytes(3_000_000)
    (tmp_path / "x").write_bytes(content)
    assert files.sha256_of(tmp_path / "x") == hashlib.sha256(content).hexdigest()
    with pytest.raises(InputError, match=r"missing cannot be read for its hash: No such file"):
        files.sha256_of(tmp_path / "missing")


def test_a_written_file_appears_at_the_end_of_the_block(tmp_path):
    path = tmp_path / "deep" / "folder" / "x.npy"
    with files.atomic_path(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.suffix == ".npy"
        assert temporary.parent == path.parent
    assert path.read_text() == "new"
    assert names_in(path.parent) == ["x.npy"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_block_that_fails_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises((error, OutputError)):
        write_half_and_fail(path, error("failed"))
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["x.txt"]


def test_a_process_that_is_killed_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")
    program = (
        "import os, sys; from cisgram.io.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half'); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_a_full_disk_is_an_output_error_that_says_so(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OutputError, match=r"x\.txt cannot be written: No space left.*; free some space") as caught:
        write_half_and_fail(tmp_path / "x.txt", full)
    assert caught.value.errno == errno.ENOSPC
    assert names_in(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_device_that_is_full_while_writing_is_an_output_error(tmp_path):
    def write_to_a_full_device():
        with files.atomic_path(tmp_path / "x.txt") as temporary:
            temporary.symlink_to("/dev/full")
            temporary.write_text("x" * 100_000)

    with pytest.raises(OutputError, match="No space left"):
        write_to_a_full_device()
    assert names_in(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"file/x\.txt cannot be written: .*; a part of the path is a file"):
        files.write_text_atomic(tmp_path / "file" / "x.txt", "text")


def test_a_folder_of_that_name_is_an_output_error(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        files.write_text_atomic(tmp_path / "x", "text")


def test_a_block_that_writes_nothing_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="nothing was written"), files.atomic_path(tmp_path / "x"):
        pass


def test_errors_about_inputs_are_not_taken_for_errors_of_writing(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, files.atomic_path(tmp_path / "x"):
        (tmp_path / "input").read_text()
    assert not isinstance(caught.value, OutputError)


def test_text_is_written_as_it_is(tmp_path):
    files.write_text_atomic(tmp_path / "x", "ä\nb\n")
    assert (tmp_path / "x").read_bytes() == "ä\nb\n".encode()


def test_json_takes_numbers_of_numpy_and_paths(tmp_path):
    value = {"n": np.int64(3), "x": np.float32(0.5), "a": np.arange(2), "yes": np.True_, "path": Path("a/b"), "t": "ä"}
    files.write_json_atomic(tmp_path / "x.json", value)
    read = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert read == {"n": 3, "x": 0.5, "a": [0, 1], "yes": True, "path": "a/b", "t": "ä"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, np.array([np.nan])])
def test_json_refuses_what_it_has_no_place_for(tmp_path, value):
    with pytest.raises(InputError, match=r"x\.json: this cannot be written as JSON"):
        files.write_json_atomic(tmp_path / "x.json", {"value": value})
    assert names_in(tmp_path) == []
