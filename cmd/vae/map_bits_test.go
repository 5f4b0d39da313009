package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// TestMapsHaveTheSameBits: of each method, on each vector path and with 1, 2 and 7 threads.
func TestMapsHaveTheSameBits(t *testing.T) {
	const n = 200
	codes := filepath.Join(t.TempDir(), "codes.csv")
	must(t, os.WriteFile(codes, clusters(n), 0o666))
	paths := kernel.Paths()
	last := max(0, len(paths)-2) // portable comes after it and has bits of its own
	for _, method := range []string{"tsne", "umap", "pca", "lda"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			want := mapOn(t, codes, method, paths[0], 1)
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
