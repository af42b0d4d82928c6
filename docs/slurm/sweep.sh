#!/bin/bash
# A sweep that several tasks share: all use the store in the sweep's folder, and take whatever trial is free.
#
#   sbatch --array=1-8 docs/slurm/sweep.sh SWEEP_CONFIG
#
# The folder's file system needs working locks. A task that ends leaves its trial to the others.
#SBATCH --job-name=sweep --cpus-per-task=8 --mem=32G --time=4:00:00
set -euo pipefail
cld-train sweep --config "$1" --threads "$SLURM_CPUS_PER_TASK" --quiet "${@:2}"
