import builtins
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from borelli.body.restricted_pickle import read_pickle_bytes
from borelli.errors import BorelliError

EYE = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_and_matrices_survive_every_protocol(protocol):
    content = {
        "array": EYE,
        "fortran": np.asfortranarray(EYE.astype(np.float32)),
        "big_endian": np.arange(3, dtype=">i4"),
        "empty": np.zeros((0, 3)),
        "texts": np.array(["ab", "c"]),
        "scalar": np.float64(3.0),
        "names": ["pelvis", "femur_r"],
        "version": "1.1.1",
    }
    found = read_pickle_bytes(pickle.dumps(content, protocol=protocol))
    assert found.keys() == content.keys()
    for name, value in content.items():
        assert np.array_equal(found[name], value), name
    assert found["fortran"].dtype == np.float32


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", [sparse.csc_matrix, sparse.csr_matrix, sparse.coo_matrix, sparse.coo_array])
def test_sparse_matrices_become_csr(kind, protocol):
    found = read_pickle_bytes(pickle.dumps({"m": kind(EYE)}, protocol=protocol))["m"]
    assert isinstance(found, sparse.csr_matrix)
    assert np.array_equal(found.toarray(), EYE)


def test_bytes_of_python_2_are_read_as_latin_1():
    # what Python 2 writes for {'a': numpy.array([1.0])}: the bytes of the number as a str
    raw = np.array([1.0]).tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        b"(I1\n(I1\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nU\x08" + raw + b"tb"
    )
    assert read_pickle_bytes(b"(S'a'\n" + array + b"d.")["a"].tolist() == [1.0]


def _chumpy(module: str, name: str, state: dict) -> bytes:
    """A pickle of an object of a class that is not installed."""
    parts = pickle.dumps(state, protocol=2)[2:-1]
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b")\x81" + parts + b"b."


def test_chumpy_objects_become_their_array():
    data = _chumpy("chumpy.ch", "Ch", {"x": EYE, "_dirty_vars": set(), "_cache": {"r": None}})
    assert np.array_equal(read_pickle_bytes(data), EYE)
    assert "chumpy" not in sys.modules


def test_a_chumpy_selection_becomes_the_chosen_entries():
    inner = _chumpy("chumpy.ch", "Ch", {"x": EYE})[2:-1]
    state = pickle.dumps({"idxs": np.array([5, 0]), "preferred_shape": (2, 1)}, protocol=2)[2:-1]
    data = b"\x80\x02cchumpy.reordering\nSelect\n)\x81" + state + b"X\x01\x00\x00\x00a" + inner + b"sb."
    assert read_pickle_bytes(data).tolist() == [[5.0], [0.0]]


class _Runs:
    def __init__(self, call, *arguments):
        self.parts = call, arguments

    def __reduce__(self):
        return self.parts


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"v_template": x}, lambda x: [EYE, {"a": (x,)}]])
def test_a_pickle_that_runs_a_program_is_refused_and_runs_nothing(tmp_path, protocol, wrap):
    mark = tmp_path / "mark"
    data = pickle.dumps(wrap(_Runs(os.mkdir, str(mark))), protocol=protocol)
    with pytest.raises(BorelliError, match=r"asks for (posix|nt)\.mkdir.*not run"):
        read_pickle_bytes(data)
    assert not mark.exists()


@pytest.mark.parametrize("call", [eval, getattr, print, __import__, np.load, np.fromfile, Path])
def test_names_outside_the_list_are_refused_by_name(call):
    name = getattr(call, "__name__", "")
    with pytest.raises(BorelliError, match=rf"asks for [\w.]*{name}"):
        read_pickle_bytes(pickle.dumps(_Runs(call, "x"), protocol=2))


def test_nothing_is_imported_to_refuse_a_name():
    assert "antigravity" not in sys.modules
    with pytest.raises(BorelliError, match=r"antigravity\.fly"):
        read_pickle_bytes(b"cantigravity\nfly\n(tR.")
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    "data",
    [
        # state for a function of the reader, which could otherwise be rewritten for the next file
        b"\x80\x02ccopyreg\n_reconstructor\nN}U\x04callNs\x86b.",
        # state for a class of the reader
        b"\x80\x02cchumpy.ch\nCh\n}U\x01xNsb.",
        # an instance of a class that is not one of the reader's
        b"\x80\x02ccopyreg\n_reconstructor\ncbuiltins\nset\ncbuiltins\nobject\nN\x87R.",
        # a type of array with Python objects inside its bytes
        b"\x80\x02cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x01OK\x00K\x01\x87RU\x01x\x86R.",
    ],
)
def test_tampering_with_the_vocabulary_is_damage(data):
    with pytest.raises(BorelliError, match="damaged"):
        read_pickle_bytes(data)
    assert read_pickle_bytes(pickle.dumps(EYE)).tolist() == EYE.tolist()


def test_indices_outside_a_matrix_are_damage():
    matrix = sparse.csc_matrix(EYE)
    matrix.indices[0] = 1000
    with pytest.raises(BorelliError, match="damaged"):
        read_pickle_bytes(pickle.dumps(matrix))


def test_objects_kept_elsewhere_are_refused():
    with pytest.raises(BorelliError, match="outside of itself"):
        read_pickle_bytes(b"Pname\n.")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(data):
    try:
        read_pickle_bytes(data)
    except BorelliError as error:
        assert "\n" not in str(error)


@given(st.data())
def test_a_cut_or_changed_file_is_read_or_refused(data):
    whole = pickle.dumps({"a": EYE, "m": sparse.csc_matrix(EYE)}, protocol=2)
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    before = set(vars(builtins))
    for content in (damaged, whole[:at]):
        try:
            read_pickle_bytes(content)
        except BorelliError as error:
            assert "damaged" in str(error) or "asks for" in str(error) or "outside" in str(error)
    assert set(vars(builtins)) == before
