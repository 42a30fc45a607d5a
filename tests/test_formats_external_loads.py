"""Measured forces: columns, bodies, and the centre of pressure that is not defined without a force."""

from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.formats.external_loads import read_loads
from borelli.formats.storage import Storage, write_storage

NAMES = (
    *(f"ground_force_r_{kind}{axis}" for kind in "vp" for axis in "xyz"),
    *(f"ground_torque_r_{axis}" for axis in "xyz"),
)
XML = """<OpenSimDocument Version="30000"><ExternalLoads name="x"><objects>
  <ExternalForce name="r"><isDisabled>false</isDisabled><applied_to_body> foot </applied_to_body>
    <force_expressed_in_body> ground </force_expressed_in_body>
    <force_identifier>ground_force_r_v</force_identifier><point_identifier>ground_force_r_p</point_identifier>
    <torque_identifier>ground_torque_r_</torque_identifier></ExternalForce>
  <ExternalForce name="off"><isDisabled>true</isDisabled><applied_to_body>hand</applied_to_body>
    <force_identifier>absent</force_identifier></ExternalForce>
</objects><datafile> forces.mot </datafile></ExternalLoads></OpenSimDocument>"""


def table(folder: Path, rows: list[list[float]], names=NAMES) -> Path:
    times = np.arange(len(rows)) * 0.1
    write_storage(folder / "forces.mot", Storage("forces", times, names, np.array(rows)))
    return folder / "forces.mot"


PUSH = [10.0, 700, 0, 0.5, 0, 0.2, 0, 3, 0]
NONSENSE = [0.0, 0, 0, 400, 0, -900, 0, 0, 0]


def test_a_wrench_about_the_origin_of_the_ground(tmp_path: Path) -> None:
    loads = read_loads(table(tmp_path, [PUSH, PUSH]))
    assert loads.bodies == ("calcn_r",)
    expected = [0 * 0 - 0.2 * 700, 0.2 * 10 - 0.5 * 0 + 3, 0.5 * 700 - 0 * 10, 10, 700, 0]
    np.testing.assert_allclose(loads.wrenches[0, 0], expected)


def test_a_meaningless_centre_of_pressure_never_reaches_a_moment(tmp_path: Path) -> None:
    loads = read_loads(table(tmp_path, [NONSENSE, PUSH, NONSENSE]))
    between = loads.at(np.linspace(0, 0.2, 21))
    assert np.abs(between[..., :3]).max() <= 350.001
    np.testing.assert_allclose(between[5, 0], loads.wrenches[1, 0] / 2, atol=1e-9)


def test_the_xml_says_which_body_and_columns(tmp_path: Path) -> None:
    table(tmp_path, [PUSH, PUSH])
    (tmp_path / "loads.xml").write_text(XML)
    assert read_loads(tmp_path / "loads.xml").bodies == ("foot",)


@pytest.mark.parametrize(("left", "torque"), [("1_ground_", "1_ground_"), ("l_ground_", "l_ground_")])
def test_tables_alone_are_understood_by_the_usual_names(tmp_path: Path, left: str, torque: str) -> None:
    names = [name.replace("_r_", "_") for name in NAMES]
    both = (*names, *(name.replace("ground_", left, 1) for name in names))
    loads = read_loads(table(tmp_path, [PUSH + NONSENSE] * 2, both))
    assert loads.bodies == ("calcn_r", "calcn_l") and torque == left
    assert loads.wrenches[0, 0, 4] == 700 and not loads.wrenches[:, 1].any()


def test_what_cannot_be_used_says_why(tmp_path: Path) -> None:
    def error(xml: str, rows=(PUSH, PUSH), names=NAMES) -> str:
        table(tmp_path, list(rows), names)
        (tmp_path / "loads.xml").write_text(xml)
        with pytest.raises(BorelliError) as caught:
            read_loads(tmp_path / "loads.xml")
        return str(caught.value)

    assert "no column ground_force_r_vx" in error(XML, names=tuple(f"a{i}" for i in range(9)))
    assert "only loads expressed in ground" in error(XML.replace("> ground <", "> tibia_r <"))
    assert "other.mot" in error(XML.replace("forces.mot", "other.mot"))
    assert "no ExternalForce in use" in error(XML.replace(">false<", ">true<"))
    assert "not readable XML" in error(XML[:-5])
    assert "two or more rows" in error(XML, rows=[PUSH])
    with pytest.raises(BorelliError, match=r"usual name.*ground_force_r_vx"):
        read_loads(table(tmp_path, [PUSH, PUSH], tuple(f"a{i}" for i in range(9))))
    with pytest.raises(BorelliError, match="cannot be read"):
        read_loads(tmp_path / "none.xml")
