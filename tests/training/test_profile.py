from surrogate.training.profile import profile_steps
from surrogate.training.train import train


def test_a_profile_names_the_costliest_operations_and_begins_no_run(steady, settings, tmp_path):
    config = settings(steady, tmp_path / "run", "trainer.profile=true", "trainer.epochs=1")
    measured = profile_steps(config)
    shares = [float(row[2].removesuffix(" %")) for row in measured.rows]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 100.5
    assert {file.name for file in (tmp_path / "run").iterdir()} == {"profile.txt", "profile-trace.json", "outputs.json"}
    assert measured.rows[0][0] in (tmp_path / "run/profile.txt").read_text().splitlines()[2]
    assert len(list(train(config, lambda: False))) == 1
