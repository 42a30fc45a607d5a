"""`borelli run --lifter`: choices that do not go together are refused before any work."""

import sys
from pathlib import Path

import pytest

from borelli.errors import BorelliError
from borelli.lifting.published.guess import open_network
from borelli.pipeline.config import RunConfig, check


def test_weights_and_network_come_together(tmp_path: Path) -> None:
    weights = tmp_path / "hsmr.ckpt"
    with pytest.raises(
        BorelliError, match=r"--lifter hsmr needs .*--checkpoint FILE, checkpoints/hsmr\.ckpt"
    ):
        check(RunConfig(lifter="hsmr"))
    with pytest.raises(BorelliError, match=r"hsmr\.ckpt does not exist"):
        check(RunConfig(lifter="hsmr", checkpoint=weights))
    weights.touch()
    check(RunConfig(lifter="hsmr", checkpoint=weights))
    check(RunConfig(lifter="none"))
    check(RunConfig(checkpoint=weights))
    with pytest.raises(BorelliError, match="--lifter none takes no --checkpoint"):
        check(RunConfig(lifter="none", checkpoint=weights))


def test_without_pytorch_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("borelli.lifting.published.")]:
        if name.rpartition(".")[2] in ("load", "body_networks", "vit", "cross_attention", "checkpoint"):
            monkeypatch.delitem(sys.modules, name)
    with pytest.raises(BorelliError, match=r"runs on PyTorch.*pip install 'borelli\[torch\]'"):
        open_network("hsmr", tmp_path / "x.ckpt")
