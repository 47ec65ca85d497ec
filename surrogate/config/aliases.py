"""What other packages and papers call our settings; a suggestion, never another way to give them."""

from __future__ import annotations

_SAMPLES = ("count.train", "trainer.samples")
_VALID, _TEST = ("count.valid",), ("count.test",)
_RATE = ("optimizer.lr", "lr")
_EPOCHS, _BATCH = ("trainer.epochs",), ("trainer.batch_size", "batch_size")
_WIDTH = ("model.hidden_channels", "model.branch_channels", "width")
_DEPTH = ("model.n_layers", "model.levels", "model.branch_layers")
_STEPS = ("trainer.epochs", "max_iterations", "steps")
_DEVICE = ("device", "trainer.device")
_NORMALISER = ("normaliser.inputs", "normaliser.outputs")
_SECONDS = ("trainer.max_seconds", "solver_seconds")

# The last word that was typed, in small letters -> settings that it may mean, the likeliest first.
ALIASES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("lr", "learning_rate", "learningrate", "lrate", "eta", "base_lr", "max_lr", "alpha_lr"), _RATE),
    **dict.fromkeys(("epochs", "epoch", "num_epochs", "n_epochs", "max_epochs", "nepochs"), _EPOCHS),
    **dict.fromkeys(("batch_size", "batch", "bs", "batchsize", "train_batch_size", "minibatch", "bsz"), _BATCH),
    **dict.fromkeys(
        ("iterations", "n_iter", "n_iters", "num_iterations", "max_iter", "max_iters", "maxiter", "max_steps"), _STEPS
    ),
    **dict.fromkeys(("n_modes", "modes", "num_modes", "fourier_modes", "modes1", "modes2", "mode"), ("model.n_modes",)),
    **dict.fromkeys(
        ("hidden_channels", "width", "hidden", "hidden_size", "hidden_dim", "channels", "n_channels", "embed_dim"),
        _WIDTH,
    ),
    **dict.fromkeys(("n_layers", "depth", "layers", "num_layers", "nlayers", "n_blocks", "num_blocks"), _DEPTH),
    **dict.fromkeys(("basis", "n_basis", "num_basis"), ("model.basis", "model.n_basis")),
    **dict.fromkeys(("samples", "n_samples", "num_samples", "nsamples"), (*_SAMPLES, "samples", "suite.samples")),
    **dict.fromkeys(("n_train", "ntrain", "num_train", "train_size", "train_samples", "train"), _SAMPLES),
    **dict.fromkeys(("n_valid", "n_val", "nval", "num_valid", "val_size", "valid", "val", "validation"), _VALID),
    **dict.fromkeys(("n_test", "ntest", "num_test", "test_size", "test_samples", "test"), _TEST),
    **dict.fromkeys(("resolution", "res", "n_grid", "grid_size", "points", "nx", "mesh", "size", "shape"), ("grid",)),
    **dict.fromkeys(("device", "gpu", "gpus", "cuda", "accelerator", "devices"), _DEVICE),
    **dict.fromkeys(("wd", "decay", "l2", "weightdecay", "regularization"), ("optimizer.weight_decay",)),
    **dict.fromkeys(("momentum", "beta1", "beta2", "beta"), ("optimizer.betas",)),
    **dict.fromkeys(
        ("clip", "max_norm", "clip_grad", "gradient_clip", "grad_norm", "gradient_clip_val", "clip_norm"),
        ("trainer.grad_clip",),
    ),
    **dict.fromkeys(("patience", "early_stopping", "earlystop"), ("trainer.early_stop",)),
    **dict.fromkeys(("amp", "dtype", "mixed_precision", "fp16", "bf16", "half"), ("trainer.precision",)),
    **dict.fromkeys(("scheduler", "lr_scheduler", "lr_schedule", "sched"), ("schedule",)),
    **dict.fromkeys(("step_size", "decay_every"), ("schedule.every",)),
    **dict.fromkeys(("warmup_steps", "warmup_epochs", "warm_up"), ("schedule.warmup",)),
    **dict.fromkeys(("optim", "opt", "optimiser"), ("optimizer",)),
    **dict.fromkeys(("criterion", "loss_fn", "objective", "training_loss", "loss_function"), ("loss",)),
    **dict.fromkeys(("arch", "architecture", "network", "net", "backbone", "model_name", "surrogate"), ("model",)),
    **dict.fromkeys(("dataset", "data_dir", "data_path", "datapath", "train_data", "folder", "data_set"), ("data",)),
    **dict.fromkeys(
        (
            "output",
            "output_dir",
            "out_dir",
            "outdir",
            "save_dir",
            "save",
            "save_path",
            "output_path",
            "dest",
            "destination",
            "log_dir",
            "workdir",
            "dir",
        ),
        ("out",),
    ),
    **dict.fromkeys(("random_seed", "rng", "manual_seed", "random_state"), ("seed",)),
    **dict.fromkeys(
        ("checkpoint", "ckpt", "weights", "run_dir", "model_path", "load", "load_from", "surrogate_path"), ("run",)
    ),
    **dict.fromkeys(("prediction", "preds", "pred", "answers"), ("predictions",)),
    **dict.fromkeys(("inputs", "x", "source", "file", "filename", "infile", "array"), ("input",)),
    **dict.fromkeys(("coordinates", "locations", "at", "places", "queries"), ("points",)),
    **dict.fromkeys(("normalization", "normalisation", "normalizer", "normalize", "norm", "scaling"), _NORMALISER),
    **dict.fromkeys(("nu", "reynolds", "re", "viscosity"), ("equation.viscosity", "equation.reynolds")),
    **dict.fromkeys(
        ("tolerance", "tol", "rtol", "atol", "eps", "accuracy"), ("tolerance", "equation.tolerance", "margin")
    ),
    **dict.fromkeys(("n_workers", "num_workers", "nproc", "n_jobs", "jobs", "processes", "threads"), ("workers",)),
    **dict.fromkeys(("augmentation", "augmentations", "data_augmentation", "augmented"), ("trainer.augment",)),
    **dict.fromkeys(("ema_decay", "average"), ("trainer.ema",)),
    **dict.fromkeys(("timeout", "max_time", "time_limit", "budget", "max_seconds"), _SECONDS),
    **dict.fromkeys(
        ("gradient_accumulation", "accumulate_grad_batches", "accum", "grad_accum", "gradient_accumulation_steps"),
        ("trainer.accumulate",),
    ),
    **dict.fromkeys(("gradient_checkpointing", "checkpointing", "activation_checkpointing"), ("trainer.recompute",)),
    **dict.fromkeys(("rollout", "rollout_steps", "n_rollout", "roll_out"), ("rollout", "steps")),
    **dict.fromkeys(("window", "history_length", "context", "n_history", "lookback"), ("time.history",)),
    **dict.fromkeys(("dynamic", "dynamic_axes", "dynamic_shapes", "any_grid"), ("dynamic_grid",)),
    **dict.fromkeys(("type", "fmt", "filetype", "backend", "target"), ("format",)),
    **dict.fromkeys(("splits", "subset", "fold", "partition", "fractions"), ("split",)),
    **dict.fromkeys(("physics_weight", "pde_weight", "residual_weight", "lambda", "pino"), ("physics.weight",)),
    **dict.fromkeys(("n_labels", "labelled"), ("physics.labels",)),
    **dict.fromkeys(("pde", "equation_name", "problem", "benchmark"), ("recipe",)),
    **dict.fromkeys(("precision", "float"), ("trainer.precision",)),
    **dict.fromkeys(("reference", "golden", "expected"), ("baseline",)),
    **dict.fromkeys(("threshold", "tolerated", "slack"), ("margin", "tolerance")),
    **dict.fromkeys(("precond", "pc"), ("preconditioner",)),
    **dict.fromkeys(("solver", "algorithm"), ("method",)),
    **dict.fromkeys(("ci", "alpha"), ("confidence", "suite.level")),
    **dict.fromkeys(("padding_fraction", "pad"), ("model.domain_padding", "model.padding")),
}
