#!/usr/bin/env bash
# Everything that needs a GPU, in one command and under 8 minutes: the GPU tests (bfloat16, compile, CUDA graphs), step
# times beside plain models, solver throughput, a slice of paper-scale MgNO training. Needs python3 with torch; what is
# missing beside it (hydra-core, omegaconf, antlr4-python3-runtime, pydantic, ...) is taken from wheels in $WHEELS.
# Figures go to benchmarks/results/DATE-gpu.json and, where $OUT names a folder, there too.
set -uo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH=$PWD PYTHONUNBUFFERED=1
if [ -d "${WHEELS:-}" ]; then
    site=$(mktemp -d)
    python3 -m pip install -q --no-index --no-deps --no-compile --upgrade --target "$site" "$WHEELS"/*.whl || exit 1
    export PYTHONPATH=$PYTHONPATH:$site
fi
status=0
timeout 140 python3 -m pytest -q -m gpu -p no:cacheprovider tests/models/test_gpu.py tests/training/test_train.py || status=1
timeout 325 python3 benchmarks/gpu.py "$@" || status=1
[ -d "${OUT:-}" ] && cp benchmarks/results/*-gpu.json "$OUT"/
exit $status
