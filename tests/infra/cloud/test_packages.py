"""Each function's package, run alone: a missing file or library is found here, not in production."""

from pathlib import Path

import pytest

from infra import parts, wiring
from infra.cloud import layers
from tests.infra.cloud import replay
from tests.infra.cloud.assembly import STAGE, Assembly
from tests.infra.cloud.ledger import Exchange
from tests.infra.cloud.life import first_runs


@pytest.fixture(scope="module")
def runs() -> dict[str, Exchange]:
    return first_runs()


@pytest.mark.parametrize("function", wiring.FUNCTIONS, ids=lambda function: function.name)
def test_a_function_answers_with_its_package_and_its_layers_alone(
    assembly: Assembly, runs: dict[str, Exchange], tmp_path: Path, function: parts.Function
) -> None:
    name = f"constancia-{STAGE}-{function.name.replace('_', '-')}"
    made = assembly.named("AWS::Lambda::Function", name)
    mounted = [layers.build(layer, replay.THIS_MACHINE) / "python" for layer in function.layers]
    paths = [assembly.asset(made), *mounted, replay.runtime_folder(tmp_path / "runtime")]
    run = runs[function.name]
    answer, libraries = replay.run_alone(run, paths)
    assert replay.steady(answer) == replay.steady(run.answer)
    if function.routes:
        assert answer["statusCode"] < 300
    assert libraries == (["fpdf", "constancia_pdf"] if "rendering" in function.layers else [])


def test_the_layers_of_the_cloud_are_those_that_run_here_but_for_their_machine_code(assembly: Assembly) -> None:
    deployed = [_sources(assembly.asset(made)) for made in assembly.all_of("AWS::Lambda::LayerVersion").values()]
    here = [_sources(layers.build(name, replay.THIS_MACHINE)) for name in wiring.LAYERS]
    assert len(deployed) == len(here)
    assert all(sources in deployed for sources in here)


def _sources(folder: Path) -> dict[str, bytes]:
    """The Python files of a layer."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.py")}


def test_bytecode_is_lambda_s_own_and_never_checked() -> None:
    """A flag of 1 in bytes 4 to 8 says: by hash, unchecked (PEP 552). Paths in it are those of Lambda."""
    if layers.interpreter() is None:
        pytest.skip(f"no Python {layers.PYTHON} here: the layers have no bytecode")
    for name in wiring.LAYERS:
        folder = layers.build(name) / "python"
        sources = {path.with_suffix("").name for path in folder.rglob("*.py")}
        compiled = list(folder.rglob("*.pyc"))
        assert len({path.name.split(".")[0] for path in compiled}) == len(sources)
        for path in compiled:
            content = path.read_bytes()
            assert path.name.endswith(".cpython-313.pyc")
            assert content[4:8] == b"\x01\x00\x00\x00"
            assert str(layers.ROOT).encode() not in content


@pytest.mark.parametrize("name", wiring.LAYERS)
def test_a_layer_keeps_to_its_weight(name: str) -> None:
    assert layers.zipped_size(layers.build(name)) <= layers.LAYERS[name].budget_mb * 1_000_000


def test_the_core_layer_runs_on_any_processor() -> None:
    assert list(layers.build("core").rglob("*.so")) == []


def test_a_layer_built_anew_is_the_same_to_the_last_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = layers.digest(layers.build("core"), whole=True)
    monkeypatch.setattr(layers, "BUILT", tmp_path)
    assert layers.digest(layers.build("core"), whole=True) == before
