#!/bin/sh
# Trains on more images than memory is for: makes shards of IMAGES digits (10,000,000) in FOLDER, and trains on them for one epoch, twice: the first run
# decodes them into a cache beside the run, the second finds it there. What the program takes of memory is written to FOLDER/*.rss, a row a second,
# and the largest is printed. 2.6 KB of disk an image for the shards, 0.8 for the cache.
#
#     docs/large.sh FOLDER [IMAGES]
set -eu
folder=${1:?names no folder} images=${2:-10000000}
mkdir -p "$folder"
CGO_ENABLED=0 go build -o "$folder/vae" ./cmd/vae
if [ ! -e "$folder/digits-000099.tar" ]; then
	VAE_LARGE=$folder VAE_LARGE_IMAGES=$images go test ./internal/dataset -run TestWriteLarge -count=1 -timeout 0
fi
cd "$folder"
for run in first second; do
	rm -rf "$run"
	./vae train --data 'digits-{000000..000099}.tar' --hidden 32 --latent 4 --batch 1000 --epochs 1 --run "$run" 2>"$run.log" &
	pid=$! began=$(date +%s)
	: >"$run.rss"
	while [ -e "/proc/$pid/status" ] && ! grep -q '^State:.*Z' "/proc/$pid/status"; do
		awk -v t=$(($(date +%s) - began)) '/^(VmRSS|RssAnon|RssFile|RssShmem)/ { row = row " " $1 " " $2 } END { if (row) print t row }' "/proc/$pid/status" >>"$run.rss" || break
		sleep 1
	done
	wait "$pid"
	cat "$run.log"
	awk '{ for (i = 2; i < NF; i += 2) if ($(i + 1) > most[$i]) most[$i] = $(i + 1); s = $1 }
		END { printf "%d s; at most, in MB: all %.0f, of its own %.0f, pages of files %.0f\n", s, most["VmRSS:"] / 1e3, most["RssAnon:"] / 1e3, most["RssFile:"] / 1e3 }' "$run.rss"
done
cmp first/model.safetensors second/model.safetensors && echo "the models are the same"
