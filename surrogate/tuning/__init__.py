"""The search of settings: trainings as trials of a study, on Optuna."""
