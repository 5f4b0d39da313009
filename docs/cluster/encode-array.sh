#!/bin/bash
# Encodes images by the tasks of a Slurm array, each a part of them:
#
#   sbatch --array=0-99%20 encode-array.sh MODEL OUTPUT.parquet IMAGES...
#
# %20 lets at most 20 run at a time. To give it again with the same --array does what is missing, and nothing twice. To repeat some tasks
# alone, such as --array=7,13, say how many there are of all: SHARDS=100 sbatch --array=7,13 encode-array.sh ...
#SBATCH --job-name=vae-encode
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=08:00:00
#SBATCH --requeue
#SBATCH --output=vae-encode-%A-%a.log
set -eu

if [ $# -lt 3 ]; then
  echo "usage: sbatch --array=0-99 encode-array.sh MODEL OUTPUT IMAGES..." >&2
  exit 2
fi
model=$1 output=$2
shift 2

export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}"
shard=auto
if [ -n "${SHARDS:-}" ]; then
  shard=auto/$SHARDS
fi

status=0
vae encode --model "$model" --shard "$shard" --output "$output" "$@" || status=$?
case $status in
  3) echo "some images could not be read; they are named above, and the rest is done" >&2 ;;
  *) exit "$status" ;;
esac
