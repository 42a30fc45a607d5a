"""Which keypoint set a source speaks: by name when given, else by its number of keypoints."""

from borelli.errors import BorelliError
from borelli.perception.keypoint_sets import KeypointSet, keypoint_set, keypoint_sets


def set_of(count: int, name: str = "") -> KeypointSet:
    """The keypoint set of a source with `count` keypoints; of several with that count, the first registered.

    Raises:
        BorelliError: unknown name, a name of another count, or a count that no set has.
    """
    sizes = {known: len(kind.keypoints) for known, kind in keypoint_sets().items()}
    listing = ", ".join(f"{known} ({size})" for known, size in sizes.items())
    if name:
        chosen = keypoint_set(name)
        if len(chosen.keypoints) != count:
            raise BorelliError(
                f"keypoint set {name} has {len(chosen.keypoints)} points, the data {count}; valid: {listing}"
            )
        return chosen
    fitting = [known for known, size in sizes.items() if size == count]
    if not fitting:
        raise BorelliError(f"no keypoint set has {count} points; valid: {listing}")
    return keypoint_set(fitting[0])
