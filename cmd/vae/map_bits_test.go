package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// goldenMaps are the hashes of maps as NPY, of the codes of clusters, on the paths with assembly.
var goldenMaps = map[string]string{
	"tsne": "93e5e75d3200899e",
	"umap": "be8804613af9616f",
	"pca":  "13e38f3719533356",
	"lda":  "e7c1a17bb65ea3cb",
}

// TestMapsHaveTheSameBits: of each method, on each vector path and with 1, 2 and 7 threads; and
// the same as before.
func TestMapsHaveTheSameBits(t *testing.T) {
	const n = 200
	codes := filepath.Join(t.TempDir(), "codes.csv")
	must(t, os.WriteFile(codes, clusters(n), 0o666))
	paths := kernel.Paths()
	last := max(0, len(paths)-2) // portable comes after it and has bits of its own
	assembly := runtime.GOARCH == "amd64" && goamd64() <= "v2" && paths[0] != "portable"
	for method, golden := range goldenMaps {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			want := mapOn(t, codes, method, paths[0], 1)
			if got := hash(want); assembly && got != golden {
				t.Errorf("hash %s, golden %s", got, golden)
			}
			for threads, path := range map[int]string{7: paths[0], 2: paths[last]} {
				if got := mapOn(t, codes, method, path, threads); len(got) != 128+8*n || !bytes.Equal(got, want) {
					t.Errorf("other bits on %s with %d threads", path, threads)
				}
			}
		})
	}
}

// mapOn is the NPY of a map.
func mapOn(t *testing.T, codes, method, path string, threads int) []byte {
	c := exec.Command("vae", "map", codes, "--method", method, "--format", "npy", "-q")
	c.Env = append(os.Environ(), kernel.PathVariable+"="+path, fmt.Sprint("GOMAXPROCS=", threads))
	out, err := c.Output()
	must(t, err)
	return out
}

// clusters is a table of n codes in four clusters with labels; every thirteenth row is that
// before it.
func clusters(n int) []byte {
	var b bytes.Buffer
	b.WriteString("label,mu_0,mu_1,mu_2,mu_3,mu_4\n")
	noise := make([]float32, 5*n)
	rng.Normal(noise, rng.Stream(12, "codes of a small map"))
	row := ""
	for i := range n {
		if i%13 != 12 {
			cells := []string{fmt.Sprint(i % 4)}
			for j, v := range noise[5*i : 5*i+5] {
				cells = append(cells, fmt.Sprintf("%.3f", v+float32(3*(i%4&(j+1)))))
			}
			row = strings.Join(cells, ",")
		}
		fmt.Fprintln(&b, row)
	}
	return b.Bytes()
}
