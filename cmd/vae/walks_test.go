package main

import (
	"bytes"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"vae/internal/kernel"
)

// walks are what traverse and manifold make of the runs of version 0.1, of each kind of model, and
// the hash of their images.
var walks = []struct {
	run, hash string
	args      []string
}{
	{"vae", "4b09aa60dbd58f49", []string{"traverse", "-n", "20", "--columns", "5"}},
	{"vae", "65e705084fa2fb63", []string{"traverse", "digits/t10k-images-idx3-ubyte/00003", "--axes", "pca", "--among", "digits/t10k-images-idx3-ubyte", "--quantile", "0.1"}},
	{"ae", "c6ed12ecd3df4b84", []string{"traverse", "--among", "digits/t10k-images-idx3-ubyte"}},
	{"pca", "1bf2e5af2bb9a2eb", []string{"traverse", "digits/t10k-images-idx3-ubyte/00003"}},
	{"layers", "53137d0c3c587e55", []string{"traverse", "--top"}},
	{"labels", "c94cfcdb62e315b5", []string{"traverse", "--label", "3"}},
	{"vae", "b64371d4678c7ef9", []string{"manifold", "-n", "5", "--latent", "0,2"}},
	{"ae", "1a82cedf1a72b0f4", []string{"manifold", "-n", "5", "--among", "digits/t10k-images-idx3-ubyte"}},
}

// TestWalks holds the images of walks, to the bit, against those of before, on each path of the
// kernels that has assembly; and their pictures against each other.
func TestWalks(t *testing.T) {
	if runtime.GOARCH != "amd64" || goamd64() > "v2" {
		t.Skip("the golden figures are those of amd64, where the compiler does not fuse products and sums")
	}
	dir := goldenDigits(t)
	for i, w := range walks {
		run, err := filepath.Abs(filepath.Join("testdata", "golden", "runs-0.1", w.run))
		must(t, err)
		var pictures [][]byte
		for _, path := range slices.DeleteFunc(kernel.Paths(), func(path string) bool { return path == "portable" }) {
			args := slices.Concat(w.args, []string{"--quiet", "--model", run})
			if got := hash(vaeOn(t, dir, path, append(args, "--format", "npy")...)); got != w.hash {
				t.Errorf("%d: %s: %s %q: hash %s, golden %s", i, path, w.run, w.args, got, w.hash)
			}
			pictures = append(pictures, vaeOn(t, dir, path, args...))
		}
		for _, other := range pictures {
			if !bytes.Equal(other, pictures[0]) || len(other) < 1000 {
				t.Errorf("%s %q: pictures of %d and %d bytes", w.run, w.args, len(pictures[0]), len(other))
			}
		}
	}
}
