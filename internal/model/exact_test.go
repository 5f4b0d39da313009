package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/kernel"
)

// exactFigures are hashes of what encoders and decoders give on the path exact, of parameters and
// inputs that are made of whole numbers: they are the same on every machine, whatever it is.
const exactFigures = "testdata/exact.sha256"

var writeExact = flag.Bool("write-exact", false, "write "+exactFigures+" anew")

// exactCases are models with every sort of layer, and the networks of the presets.
func exactCases(t *testing.T) map[string]*Model {
	all := map[string]*Model{}
	add := func(name string, shape config.Shape, change func(c *config.Model)) {
		c := config.Default().Model
		change(&c)
		m, err := build(c, shape)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fillExactly(m)
		all[name] = m
	}
	for _, act := range config.Activations {
		add("dense "+string(act), config.Shape{Width: 7, Height: 5, Channels: 1}, func(c *config.Model) { c.Latent, c.Hidden, c.Activation = 3, []int{37, 19}, act })
	}
	add("default", config.Shape{Width: 28, Height: 28, Channels: 1}, func(*config.Model) {})
	add("two levels", square, func(c *config.Model) { c.Latent, c.Hidden, c.TopLatent, c.TopHidden = 5, []int{9}, 3, []int{8, 7} })
	add("folded", config.Shape{Width: 8, Height: 6, Channels: 3}, func(c *config.Model) { // batch normalization as a part of weights
		c.Latent, c.Encoder = 4, "conv:20:3:2:1,bn,relu,dense:70,bn,gelu,dense:33,bn"
		c.Decoder = "dense:24,bn,elu,reshape:4x3x2,convt:34:4:2:1,bn,silu,residual[groupnorm:17,silu,conv:34:3:1:1,bn],conv:out:3:1:1"
	})
	for name, l := range lists {
		add("list "+name, config.Shape{Width: 5, Height: 4, Channels: 3}, func(c *config.Model) {
			c.Latent, c.Hidden, c.Encoder, c.Decoder = 2, nil, l.encoder, l.decoder
			if l.change != nil {
				l.change(c)
			}
		})
	}
	for name, l := range wide {
		add("wide "+name, wideShape, func(c *config.Model) { c.Latent, c.Encoder, c.Decoder = 6, l[0], l[1] })
	}
	for _, n := range loadNetworks(t).Cases {
		if !strings.HasPrefix(n.Name, "preset") || !testing.Short() {
			add(n.Name, config.Shape{Width: n.Image[0], Height: n.Image[1], Channels: n.Image[2]}, func(c *config.Model) { *c = n.config() })
		}
	}
	return all
}

// wholes gives numbers from -1 to 1, whole ones over 2^23, which belong to a name.
func wholes(name string) func() float32 {
	h := fnv.New64a()
	h.Write([]byte(name))
	state := h.Sum64()
	return func() float32 {
		state = state*6364136223846793005 + 1442695040888963407
		return float32(int32(state>>40)-1<<23) / (1 << 23)
	}
}

// fillExactly gives all parameters values without a function of package math: about as large as
// in a trained model.
func fillExactly(m *Model) {
	for _, p := range slices.Concat(m.Params(), m.fixed) {
		next, scale := wholes(p.Name), float32(1)
		for n := len(p.Value) / p.Shape[0]; len(p.Shape) > 1 && n > 1; n /= 4 {
			scale /= 2
		}
		for i := range p.Value {
			switch v := next(); {
			case p.Variance:
				p.Value[i] = 1 + v/2
			case strings.HasSuffix(p.Name, ".weight") && len(p.Shape) == 1: // of a normalization
				p.Value[i] = 1 + v/4
			default:
				p.Value[i] = v * scale
			}
		}
	}
}

// forwardHash is the hash of what a model's graphs give.
func forwardHash(t *testing.T, m *Model, rows int) string {
	t.Helper()
	h := sha256.New()
	add := func(what string, x []float32) {
		for _, v := range x {
			if v != v || math.IsInf(float64(v), 0) {
				t.Errorf("%s has %v", what, v)
			}
		}
		if err := binary.Write(h, binary.LittleEndian, x); err != nil {
			t.Fatal(err)
		}
	}
	fillWith := func(x []float32, name string, offset, scale float32) {
		next := wholes(name)
		for i := range x {
			x[i] = offset + scale*next()
		}
	}
	e, d := encoder(t, m, rows), decoder(t, m, rows)
	fillWith(e.X, "pixels", 0.5, 0.5)
	fillWith(d.Z, "latents", 0, 2)
	fillLabels(e.Labels, len(m.Classes()), 1)
	fillLabels(d.Labels, len(m.Classes()), 1)
	mu, logvar, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	add("mu", mu)
	add("logvar", logvar)
	mean, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	add("output", d.Output())
	add("mean", mean)
	for level := range len(m.Levels()) - 1 {
		p, err := m.NewPriorDecoder(level, rows)
		if err != nil {
			t.Fatal(err)
		}
		fillWith(p.Above, "above", 0, 2)
		mu, logvar, err := p.Run()
		if err != nil {
			t.Fatal(err)
		}
		add("mu from above", mu)
		add("logvar from above", logvar)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// Encoders and decoders give the same bits on every machine: those in testdata, on exact anywhere
// and on the paths with assembly where there are any.
func TestExactForwardPasses(t *testing.T) {
	defer func(before string) { _ = kernel.SelectPath(before) }(kernel.Path())
	models, want := exactCases(t), readExact(t)
	paths := append([]string{"exact"}, slices.DeleteFunc(kernel.Paths(), func(p string) bool { return p == "portable" })...)
	for _, name := range slices.Sorted(maps.Keys(models)) {
		rows := 3
		if strings.HasPrefix(name, "preset") {
			rows = 1
		}
		for _, path := range paths {
			if err := kernel.SelectPath(path); err != nil {
				t.Fatal(err)
			}
			switch got := forwardHash(t, models[name], rows); {
			case *writeExact && path == "exact":
				want[name] = got
			case got != want[name]:
				t.Errorf("%s on %s: what the graphs give has the hash %s, want %s", name, path, got, want[name])
			}
		}
	}
	if len(models) != len(want) && !testing.Short() {
		t.Errorf("%d models and %d hashes in %s", len(models), len(want), exactFigures)
	}
	if *writeExact {
		var text bytes.Buffer
		for _, name := range slices.Sorted(maps.Keys(models)) {
			fmt.Fprintf(&text, "%s  %s\n", want[name], name)
		}
		if err := os.WriteFile(exactFigures, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readExact(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	if *writeExact {
		return all
	}
	src, err := os.ReadFile(exactFigures)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		hash, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("%s: no hash and name in %q", exactFigures, line)
		}
		all[name] = hash
	}
	return all
}
