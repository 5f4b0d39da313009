#!/usr/bin/env bash
# Makes all that latent-spaces.md shows: trains its models in a folder, draws its
# pictures into img/lesson and those of "See" in README.md into img/see, and writes
# every figure that the page quotes, with its command, to img/lesson/figures.txt,
# against which a test holds the page. The same program makes the same bytes.
#
#     docs/lesson.sh FOLDER    models that lie in FOLDER are not trained again
#
# `vae` is the one of PATH; `make lesson` builds it first.
set -euo pipefail

img=$(cd "$(dirname "$0")" && pwd)/img
mkdir -p "${1:?usage: docs/lesson.sh FOLDER}" "$img/lesson" "$img/see"
cd "$1"
mkdir -p logs see
figures=logs/figures.txt
: >"$figures"

# quote LINES FILE COMMAND...: the command, and the lines of its output that a pattern matches.
quote() {
    { echo "\$ ${*:3}"; grep -E "$1" "$2" || true; echo; } | tee -a "$figures"
}

# train RUN FLAGS...: a model, unless it is there, and its figures on the test images.
train() {
    local log=logs/$1
    if ! grep -qs '^test:' "$log"; then
        vae train "${@:2}" --run "$1" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
    fi
    quote '^(test:|warning:)' "$log" vae train "${@:2}" --run "$1"
}

# show LINES COMMAND...: what a command prints, and its picture if its last word names one.
show() {
    local lines=$1 last=${*: -1}
    shift
    "$@" >logs/last 2>&1 || { cat logs/last >&2; return 1; }
    quote "$lines" logs/last "$@"
    case $last in
    see/*) cp "$last" "$img/see/" ;;
    *.png | *.svg) cp "$last" "$img/lesson/" ;;
    esac
}

measures='^(loss|mse|grey-BCE|active|KL|aggregate|angles|linear|5 n|continuity|completeness|coverage)[ ,]'

# 1. What is a code?
train vae20 --latent 20
show '' vae encode --model vae20 mnist:test/00000 --quiet
show '^mean' vae reconstruct --model vae20 mnist:test -n 16 --columns 16 --scale 2 -o pairs-vae20.png

# 2. and 3. Straight lines
train pca2 --preset pca --latent 2
train linear2 --preset linear-ae --latent 2
show '^$' vae encode --model pca2 mnist:test -n 2000 -o codes-pca2.svg
show "$measures" vae evaluate --model pca2
show "$measures" vae evaluate --model linear2

# 4. Bends
train ae2 --preset latent2d --epochs 20 --kind ae
show "$measures" vae evaluate --model ae2
show '^mean' vae reconstruct --model pca2 mnist:test -n 16 --columns 16 --scale 2 -o pairs-pca2.png
show '^mean' vae reconstruct --model ae2 mnist:test -n 16 --columns 16 --scale 2 -o pairs-ae2.png

# 5. Drawing
train ae20 --kind ae
show '^$' vae sample --model ae20 -n 32 --columns 16 --scale 2 --seed 1 -o samples-ae20.png
show '^$' vae sample --model vae20 -n 32 --columns 16 --scale 2 --seed 1 -o samples-vae20.png
show "$measures" vae evaluate --model ae20
show "$measures" vae evaluate --model vae20

# 6. The KL term
train vae2 --preset latent2d --epochs 20
train beta0 --preset latent2d --epochs 10 --beta 0
train beta10 --preset latent2d --epochs 10 --beta 10
for model in ae2 vae2 beta0 beta10; do
    show '^$' vae encode --model $model mnist:test -n 2000 -o codes-$model.svg
done
for model in vae2 beta0 beta10; do
    show "$measures" vae evaluate --model $model
    show '' vae encode --model $model mnist:test/00000 --logvar --quiet
done

# 8. Noise
show '^(objective|elbo|iwae)' vae evaluate --model vae20 --gradient-variance --quick --repeats 100

# 9. Collapse
train large --beta 20 --epochs 10
train warm --kl-warmup linear:10
for model in warm large; do
    show "$measures" vae evaluate --model $model --quick
done
show '^$' vae plot vae20 --y latents -o latents-vae20.svg
show '^$' vae plot warm --y latents -o latents-warm.svg
show '^$' vae sample --model large -n 32 --columns 16 --scale 2 --seed 1 -o samples-large.png

# 10. Maps
for method in pca tsne umap; do
    show ' of ' vae map --model vae20 mnist:test --method $method -n 2000 -o map-$method.svg
done

# 6. and 11. Walks
show '^$' vae manifold --model vae2 -n 15 -o manifold-vae2.png
show '^rows' vae traverse --model vae20 -n 6 -o traverse-vae20.png
show '^continuity' vae interpolate --model vae20 mnist:test/00000 mnist:test/00001 -o straight.png
show '^continuity' vae interpolate --model vae20 mnist:test/00000 mnist:test/00001 --path graph --among mnist:train -o graph.png
show '^[0-9]' vae attribute --model vae20 --with mnist:train@7 --without mnist:train@1 --apply mnist:test/00002 -o attribute.png

# "See" of README.md, where the commands take the newest run: here it is the first model.
[ -e runs/0001-vae-z20 ] || { mkdir -p runs && cp -r vae20 runs/0001-vae-z20; }
show '^$' vae traverse -n 5 -o see/traverse.png
show '^$' vae interpolate mnist:test/00000 mnist:test/00001 --path graph --among mnist:train -o see/path.png
show '^$' vae manifold --model vae2 -n 10 -o see/manifold.png
show '^$' vae attribute --with mnist:train@7 --without mnist:train@1 --apply mnist:test/00002 -o see/attribute.png
show '^$' vae map mnist:test --thumbnails -o see/map.png
show '^$' vae plot --y latents -o see/latents.svg
cp "$figures" "$img/lesson/"
