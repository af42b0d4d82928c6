#!/bin/bash
# One training whose rows the tasks share, in the build with MPI (make build-mpi); a task a machine:
#
#   sbatch --nodes=8 docs/slurm/train.sh --embeddings X.safetensors --validation V.safetensors --output runs/large \
#     --set cronos.checkpoint_every=2
#
# When it was ended, the same command goes on from the last checkpoint; --requeue does that by itself.
#SBATCH --job-name=train --ntasks-per-node=1 --cpus-per-task=32 --mem=0 --time=12:00:00 --requeue --open-mode=append
set -euo pipefail
mpirun --map-by "slot:PE=$SLURM_CPUS_PER_TASK" "${CLD_TRAIN:-.build-mpi/release/cld-train}" train "$@" \
  --threads "$SLURM_CPUS_PER_TASK"
