//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"vae/internal/dataset"
)

// mapThreads is how many threads each side has.
const mapThreads = 2

// mapBench compares maps of the same codes.
type mapBench struct {
	mapOptions
	process
	file   string // the codes
	x      []float32
	l      int
	labels []int
	peer   *peer
	rows   map[string]*mapRow // of the table, by method and program
	order  []string
}

// mapRow is a row of the table: the medians of its rounds, and how good the map is.
type mapRow struct {
	wall, cpu, neighbors []float64
	places               []float32
}

// maps compares vae map with openTSNE and umap-learn.
func (b *bench) maps(o mapOptions) error {
	folder, err := os.MkdirTemp("", "vae-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "vae")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/vae").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %v: %s", err, out)
	}
	m := &mapBench{mapOptions: o, process: process{program, folder}, file: filepath.Join(folder, "codes.npy"), rows: map[string]*mapRow{}}
	if err := m.prepare(); err != nil {
		return err
	}
	if m.peer, err = startPeer(o.python, b.folder+"/maps_peer.py", fmt.Sprint("THREADS=", mapThreads)); err != nil {
		return err
	}
	defer m.peer.close()
	version, err := m.peer.ask(map[string]any{"op": "version"})
	if err != nil {
		return err
	}
	fmt.Printf("### Maps of %d codes of %d latents, %d threads, beside %s\n\n", len(m.x)/m.l, m.l, mapThreads, version.Version)
	if err := m.compare(); err != nil {
		return err
	}
	if err := m.table(); err != nil {
		return err
	}
	if err := m.search(); err != nil {
		return err
	}
	return m.sameBytes()
}

// prepare leaves the codes in a file and in memory, and their labels.
func (m *mapBench) prepare() error {
	if err := m.readCodes(); err != nil {
		return err
	}
	if m.points > 0 {
		m.x = m.x[:min(len(m.x), m.points*m.l)]
	}
	if err := writeArray(m.file, m.x, m.l); err != nil {
		return err
	}
	set, err := dataset.MNIST("train")
	if err != nil {
		return err
	}
	n := len(m.x) / m.l
	if n > set.Len() {
		return fmt.Errorf("%d codes, and mnist:train has %d labels: give -points", n, set.Len())
	}
	m.labels = set.Labels[:n]
	return nil
}

// readCodes takes the codes that were given, or encodes mnist:train.
func (m *mapBench) readCodes() (err error) {
	file := m.codes
	if file == "" {
		model, err := filepath.Abs(m.model) // commands work in a folder of their own
		if err != nil {
			return err
		}
		file = filepath.Join(m.folder, "all.npy")
		encode := []string{"encode", "mnist:train", "-q", "-o", file}
		if m.model != "" {
			encode = append(encode, "--model", model)
		} else if _, _, err := m.run("train", "-q"); err != nil {
			return err
		}
		if _, _, err := m.run(encode...); err != nil {
			return err
		}
	}
	m.x, m.l, err = readArray(file)
	return err
}

// compare alternates the programs and the methods.
func (m *mapBench) compare() error {
	if _, err := m.peer.ask(map[string]any{"op": "load", "codes": m.file}); err != nil {
		return err
	}
	for range m.rounds {
		for _, method := range []string{"pca", "tsne", "umap"} {
			settle()
			if err := m.ours(method); err != nil {
				return err
			}
			if method == "pca" {
				continue
			}
			settle()
			if err := m.theirs(method); err != nil {
				return err
			}
		}
	}
	return nil
}

// row is that of a method and a program, a new one at its first call.
func (m *mapBench) row(name string) *mapRow {
	if m.rows[name] == nil {
		m.rows[name] = &mapRow{}
		m.order = append(m.order, name)
	}
	return m.rows[name]
}

// ours is the whole command, with reading, measuring and writing.
func (m *mapBench) ours(method string) error {
	out := filepath.Join(m.folder, method+".npy")
	took, state, err := m.command(method, out, mapThreads, "")
	if err != nil {
		return err
	}
	r := m.row("`vae map --method " + method + "`")
	r.wall = append(r.wall, took.Seconds())
	r.cpu = append(r.cpu, (state.UserTime() + state.SystemTime()).Seconds())
	r.places, _, err = readArray(out)
	return err
}

// command makes a map in a process of its own.
func (m *mapBench) command(method, out string, threads int, path string) (time.Duration, *os.ProcessState, error) {
	c := exec.Command(m.program, "map", m.file, "--method", method, "-q", "-o", out)
	c.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", threads))
	if path != "" {
		c.Env = append(c.Env, "VAE_KERNEL="+path)
	}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	start := time.Now()
	if err := c.Run(); err != nil {
		return 0, nil, fmt.Errorf("vae map --method %s: %v: %s", method, err, stderr.String())
	}
	return time.Since(start), c.ProcessState, nil
}

func (m *mapBench) theirs(method string) error {
	out := filepath.Join(m.folder, method+".peer.npy")
	a, err := m.peer.ask(map[string]any{"op": method, "places": out})
	if err != nil {
		return err
	}
	r := m.row(map[string]string{"tsne": "openTSNE", "umap": "umap-learn, seeded"}[method])
	r.wall, r.cpu, r.neighbors = append(r.wall, a.Seconds), append(r.cpu, a.CPU), append(r.neighbors, a.Neighbors)
	r.places, _, err = readArray(out)
	return err
}
