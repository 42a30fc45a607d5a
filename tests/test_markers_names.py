import csv
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.markers.map_file import read_marker_map
from borelli.markers.names import Site, marker_sets, match, site_points


def body_points(names, given_sites=None):
    found = match(names, given_sites)
    return {name: site.body_point for name, site in zip(found.names, found.sites, strict=True)}


def test_every_site_of_the_table_is_on_the_body_and_near_it():
    for rows in marker_sets().values():
        sites = [site for _, site in rows.values() if site is not None]
        points = site_points(body_model(), sites)
        assert np.abs(points.offsets).max() < 0.5
        assert all(0 <= site.placement_sd < 0.1 and 0.003 < site.skin_sd < 0.05 for site in sites)


def test_left_sites_mirror_right_ones():
    rows = marker_sets()["plug_in_gait"]
    right, left = rows["rthi"][1], rows["lthi"][1]
    assert right.body_point == "joint:femur_r" and left.body_point == "joint:femur_l"
    assert left.offset == (right.offset[0], right.offset[1], -right.offset[2])
    points = site_points(body_model(), [rows["rasi"][1], rows["lasi"][1]])
    np.testing.assert_allclose(points.offsets[0] * [1, 1, -1], points.offsets[1], atol=1e-9)


def test_every_naming_has_a_source():
    text = files("borelli.markers").joinpath("sets.csv").read_text("utf-8")
    sources = {row["set"]: row["source"] for row in csv.DictReader(text.splitlines())}
    assert set(sources) == set(marker_sets()) - {"borelli"}
    assert all(len(source) > 10 for source in sources.values())


@given(
    case=st.sampled_from([str.upper, str.lower]),
    prefix=st.sampled_from(["", "Anna:", "a:b:", "mixamorig:"]),
    separator=st.sampled_from(["", ".", "_", " "]),
)
def test_case_punctuation_and_prefixes_do_not_matter(case, prefix, separator):
    spelled = [prefix + case(name).replace(".", separator) for name in ("R.ASIS", "L.ASIS", "V.Sacral")]
    found = match(spelled)
    assert found.set_name == "gait2354" and found.unknown == ()
    assert [site.body_point for site in found.sites] == ["asis_r", "asis_l", "joint:pelvis"]


def test_the_naming_that_knows_most_names_decides_what_an_elbow_is():
    lab = ["R.Shoulder", "R.Elbow", "R.Wrist", "R.ASIS", "R.PSIS", "S2"]
    assert body_points(lab)["R.Elbow"] == "epicondyle_lateral_r"
    network = ["RShoulder", "RElbow", "RWrist", "RHip", "MidHip", "RBigToe"]
    assert body_points(network)["RElbow"] == "joint:ulna_r"


def test_names_of_joints_do_not_fall_back_on_skin_markers():
    found = match(["Hips", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftShoulder", "LeftArm", "RTHI"])
    assert found.set_name == "bvh"
    assert "LeftShoulder" not in found.names, "the clavicle, which has no point of its own"
    assert found.unknown == ("RTHI",)


def test_own_sites_come_first_and_may_leave_markers_out():
    names = ["RASI", "LASI", "RKNE", "BOX"]
    points = body_points(names, {"BOX": "heel_r", "RKNE": None, "RASI": Site("psis_r")})
    assert points == {"RASI": "psis_r", "LASI": "asis_l", "BOX": "heel_r"}
    with pytest.raises(BorelliError, match="names Box2, which the recording lacks"):
        match(names, {"Box2": "heel_r"})
    with pytest.raises(BorelliError, match=r"'left heel' is unknown; valid: .*heel_r.*joint:tibia_l"):
        site_points(body_model(), [Site("left heel")])


def test_a_name_that_occurs_twice_counts_once():
    found = match(["RKNE", "RANK", "RKNE", "RFOO", "RFOO"])
    assert found.index == (0, 1) and found.unknown == ("RFOO",)


def test_marker_maps_are_read_from_tables(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("marker,body_point,up_m,skin_sd_m\nBOX,heel_r,0.02,\nRFOO,,,\n")
    assert read_marker_map(path) == {"BOX": Site("heel_r", (0.0, 0.02, 0.0)), "RFOO": None}
    for text, words in [
        ("name,place\nA,b\n", "needs a header line"),
        ("marker,body_point,colour\nA,heel_r,red\n", "column 'colour' is unknown"),
        ("marker,body_point,up_m\nA,heel_r,high\n", "up_m of A is 'high', not a number"),
    ]:
        path.write_text(text)
        with pytest.raises(BorelliError, match=words):
            read_marker_map(path)
    with pytest.raises(BorelliError, match="cannot be read"):
        read_marker_map(tmp_path / "none.csv")
