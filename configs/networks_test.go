package configs

import (
	"encoding/json"
	"os"
	"testing"

	"vae/internal/config"
)

// network is what a case of internal/model/testdata/networks.json tells of a network.
type network struct {
	Name    string `json:"name"`
	Image   [3]int `json:"image"`
	Latent  int    `json:"latent"`
	Encoder string `json:"encoder"`
	Decoder string `json:"decoder"`
}

// Every preset of layer lists is among the networks whose gradients PyTorch has computed.
func TestPresetsAreHeldAgainstPyTorch(t *testing.T) {
	src, err := os.ReadFile("../internal/model/testdata/networks.json")
	if err != nil {
		t.Fatal(err)
	}
	var held struct {
		Cases []network `json:"cases"`
	}
	if err := json.Unmarshal(src, &held); err != nil {
		t.Fatal(err)
	}
	byName := map[string]network{}
	for _, c := range held.Cases {
		byName[c.Name] = c
	}
	presets, err := config.Presets(FS)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, p := range presets {
		c, err := config.LoadPreset(FS, p.Name, config.Default())
		if err != nil {
			t.Fatal(err)
		}
		if c.Model.Encoder == "" {
			continue
		}
		found++
		want := networkOf(t, "preset "+p.Name, c)
		if got := byName[want.Name]; got != want {
			t.Errorf("networks.json has %+v, want a case of export_networks.py that is %q: (%v, %d, %q, %q)", got, want.Name, want.Image, want.Latent, want.Encoder, want.Decoder)
		}
	}
	if found == 0 {
		t.Error("no preset has an encoder")
	}
}

// networkOf is the network of a preset on images of its size, or MNIST's, and in color from 64x64 on.
func networkOf(t *testing.T, name string, c config.Config) network {
	t.Helper()
	shape, err := c.Data.Shape()
	if err != nil {
		t.Fatal(err)
	}
	if shape.Width == 0 {
		shape.Width, shape.Height = 28, 28
	}
	if shape.Channels == 0 {
		shape.Channels = 1
		if shape.Width >= 64 {
			shape.Channels = 3
		}
	}
	r, err := c.Resolve(config.DataFacts{Name: "images", Shape: shape, Train: config.MaxBatch, Levels: 256})
	if err != nil {
		t.Fatal(err)
	}
	return network{name, [3]int{shape.Width, shape.Height, shape.Channels}, r.Model.Latent, r.Model.Encoder, r.Model.Decoder}
}
