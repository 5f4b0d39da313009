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
	codes := filepath.Join(t.TempDir(), "codes.csv")
	must(t, os.WriteFile(codes, clusters(400), 0o666))
	for _, method := range []string{"tsne", "umap", "pca", "lda"} {
		var want []byte
		for _, path := range kernel.Paths() {
			if path == "portable" && len(kernel.Paths()) > 1 {
				continue
			}
			for _, threads := range []int{1, 2, 7} {
				c := exec.Command("vae", "map", codes, "--method", method, "--format", "npy", "-q")
				c.Env = append(os.Environ(), kernel.PathVariable+"="+path, fmt.Sprint("GOMAXPROCS=", threads))
				got, err := c.Output()
				must(t, err)
				if want == nil {
					want = got
				}
				if len(got) != 128+8*400 || !bytes.Equal(got, want) {
					t.Errorf("%s on %s with %d threads has other bits", method, path, threads)
				}
			}
		}
	}
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
