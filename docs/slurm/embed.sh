#!/bin/bash
# Encodes a config's clips, a shard a task, then joins the shards:
#
#   job=$(sbatch --parsable --array=1-16 docs/slurm/embed.sh CONFIG)
#   sbatch --dependency=afterok:$job --wrap "cld-train cache merge CACHE CACHE_WITHOUT_SUFFIX.shard-*-of-16.sqlite"
#
# A task that was stopped or killed goes on where it was when it is submitted again.
#SBATCH --job-name=embed --cpus-per-task=8 --mem=16G --time=4:00:00
set -euo pipefail
cld-train embed --config "$1" --threads "$SLURM_CPUS_PER_TASK" --quiet \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" "${@:2}"
