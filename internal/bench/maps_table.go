//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"vae/internal/embed"
	"vae/internal/kernel"
	"vae/internal/knn"
	"vae/internal/npy"
)

// table prints all maps, measured by the same code.
func (m *mapBench) table() error {
	fmt.Printf("| map | wall s | CPU s | recall@15 | trustworthiness | continuity | labels | KL at perplexity 30 |\n|---|---|---|---|---|---|---|---|\n")
	ctx := context.Background()
	for _, name := range m.order {
		r := m.rows[name]
		q, err := embed.Measure(ctx, m.x, m.l, &embed.Map{Places: r.places, KL: math.NaN()}, m.labels, nil)
		if err != nil {
			return err
		}
		kl, err := embed.TSNE{Perplexity: embed.DefaultPerplexity}.KL(ctx, m.x, m.l, r.places)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.1f | %.1f | %.3f | %.3f | %.3f | %.3f | %.3f |\n", name, median(r.wall), median(r.cpu), q.Recall, q.Trustworthiness, q.Continuity, q.Labels, kl)
	}
	fmt.Println()
	return nil
}

// search compares the search for neighbors alone.
func (m *mapBench) search() error {
	fmt.Printf("| nearest neighbors | s |\n|---|---|\n")
	for _, k := range []int{90, 14} {
		start := time.Now()
		if _, err := knn.Self(context.Background(), m.x, m.l, k, nil); err != nil {
			return err
		}
		fmt.Printf("| exact, k = %d, here | %.2f |\n", k, time.Since(start).Seconds())
	}
	for _, name := range []string{"openTSNE", "umap-learn, seeded"} {
		fmt.Printf("| %s, as it does for a map | %.2f |\n", name, median(m.rows[name].neighbors))
	}
	fmt.Println()
	return nil
}

// sameBytes makes each map again with other threads and on other paths.
func (m *mapBench) sameBytes() error {
	var differs error
	for _, method := range []string{"pca", "tsne", "umap"} {
		want, err := os.ReadFile(filepath.Join(m.folder, method+".npy"))
		if err != nil {
			return err
		}
		for _, c := range []struct {
			threads int
			path    string
		}{{1, ""}, {7, ""}, {mapThreads, "avx2"}, {mapThreads, "avx512"}} {
			if c.path != "" && !hasPath(c.path) {
				continue
			}
			out := filepath.Join(m.folder, "again.npy")
			if _, _, err := m.command(method, out, c.threads, c.path); err != nil {
				return err
			}
			got, err := os.ReadFile(out)
			if err != nil {
				return err
			}
			if !bytes.Equal(got, want) {
				differs = errors.Join(differs, fmt.Errorf("vae map --method %s: other bytes with %d threads %s", method, c.threads, c.path))
			}
		}
	}
	if differs == nil {
		fmt.Printf("The maps of vae have the same bytes with 1, %d and 7 threads, and on every path of this processor.\n\n", mapThreads)
	}
	return differs
}

func hasPath(path string) bool {
	before := kernel.Path()
	err := kernel.SelectPath(path)
	return errors.Join(err, kernel.SelectPath(before)) == nil
}

// readArray reads an array [N, L] of float32.
func readArray(file string) (x []float32, l int, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	r := bytes.NewReader(data)
	h, err := npy.ReadHeader(r)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	if len(h.Shape) != 2 || h.Kind != npy.Float || h.Width != 4 || h.Fortran {
		return nil, 0, fmt.Errorf("%s: must be an array [N, L] of float32, and is %s", file, h.ShapeText())
	}
	x = make([]float32, h.Elements())
	return x, h.Shape[1], binary.Read(r, binary.LittleEndian, x)
}

func writeArray(file string, x []float32, l int) error {
	header, _, err := npy.Float32Header(len(x)/l, l)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.Write(header)
	if err := binary.Write(&b, binary.LittleEndian, x); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o666)
}
