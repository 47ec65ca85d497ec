"""What MLflow itself reads of a run; slow, as the package takes seconds to load and to make its tables."""

import warnings

import pytest

from surrogate.training.train import train

pytestmark = pytest.mark.slow


@pytest.fixture
def logged(steady, settings, tmp_path, monkeypatch):
    """A run of two epochs that was stopped after the first, and what its store holds."""
    pytest.importorskip("mlflow")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    config = settings(steady, tmp_path / "run", "trainer.epochs=2", "trainer.trackers=[mlflow]")
    for _ in train(config, lambda: False):
        break
    list(train(config, lambda: False))
    from mlflow.tracking import MlflowClient

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
        (experiment,) = (each for each in client.search_experiments() if each.name == "surrogate")
        yield client, client.search_runs([experiment.experiment_id])


def test_mlflow_has_one_run_with_its_settings_and_the_curve_of_all_epochs(logged):
    client, (run,) = logged
    assert run.info.run_name == "run"
    assert (run.data.params["model.hidden_channels"], run.data.params["trainer.epochs"]) == ("4", "2")
    assert [point.step for point in client.get_metric_history(run.info.run_id, "valid_h1_fd")] == [1, 2]
