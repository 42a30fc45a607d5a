"""Which bodies the joints of an OpenSim model connect, and their order from the ground outwards."""

import xml.etree.ElementTree as ET

import numpy as np

from borelli.errors import BorelliError
from borelli.formats.osim_joints import Joint, Placed, placement, read_joint

Connection = tuple[ET.Element, Joint]


def connections(model: ET.Element) -> list[Connection]:
    """Joints with their elements: of the JointSet, or one inside each body as before version 4."""
    frames = {str(frame.get("name")): frame for frame in model.iter("PhysicalOffsetFrame")}
    found = []
    for element in model.iterfind("./JointSet/objects/*"):
        own = frames | {str(frame.get("name")): frame for frame in element.iter("PhysicalOffsetFrame")}
        above, below = (_placed(_socket(element, end), own) for end in ("parent", "child"))
        found.append((element, read_joint(element, above, below)))
    for body in model.iterfind("./BodySet/objects/Body"):
        for element in body.iterfind("./Joint/*"):
            above = Placed(
                (element.findtext("parent_body") or "").strip(),
                placement(element, "location_in_parent", "orientation_in_parent"),
            )
            below = Placed(str(body.get("name")), placement(element, "location", "orientation"))
            found.append((element, read_joint(element, above, below)))
    return found


def _socket(element: ET.Element, end: str) -> str:
    """Name of the frame that a joint is connected to; the tag differs between releases of OpenSim 4."""
    found = [child for child in element if child.tag.startswith(f"socket_{end}_frame")]
    if not found:
        raise BorelliError(f"joint {element.get('name')} does not say what its {end} is; repair the model")
    return (found[0].text or "").strip()


def _placed(path: str, frames: dict[str, ET.Element]) -> Placed:
    """The body behind a frame, which may be fixed to another frame."""
    name = path.rsplit("/", 1)[-1]
    if name not in frames:
        return Placed(name, np.eye(4))
    element = frames[name]
    rest = {key: frame for key, frame in frames.items() if key != name}
    below = _placed((element.findtext("socket_parent") or "").strip(), rest)
    return Placed(below.body, below.T_body_frame @ placement(element, "translation", "orientation"))


def outwards(connected: list[Connection], bodies: list[str]) -> list[Connection]:
    """Connections from the ground outwards, in the file's order where that allows it.

    Raises BorelliError when they do not form a tree that holds all bodies.
    """
    joints = [joint for _, joint in connected]
    children = [joint.child.body for joint in joints]
    twice = {name for name in children if children.count(name) > 1}
    unknown = {n for joint in joints for n in (joint.parent.body, joint.child.body)} - {*bodies, "ground"}
    if twice or unknown:
        what = f"{sorted(twice)[0]} hangs on two joints" if twice else f"{sorted(unknown)[0]} is no body"
        raise BorelliError(f"{what}; the joints of the model have to form a tree")
    order, reached, waiting = [], {"ground"}, list(connected)
    while waiting:
        ready = next((pair for pair in waiting if pair[1].parent.body in reached), None)
        if ready is None:
            raise BorelliError("some joints of the model do not hang on the ground; repair the model")
        order.append(ready)
        waiting.remove(ready)
        reached.add(ready[1].child.body)
    loose = sorted({*bodies} - reached)
    if loose:
        raise BorelliError(f"body {loose[0]} has no joint; connect it to the model")
    return order
