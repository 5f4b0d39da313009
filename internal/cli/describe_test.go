package cli

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vae/configs"
	"vae/internal/config"
	"vae/internal/model"
)

var writeNetworks = flag.Bool("write-networks", false, "write the tables of docs/networks.md anew")

// The tables of docs/networks.md are those that the program prints, one for each preset of a
// list of layers.
func TestNetworksPageHasTheTables(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "networks.md")
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const first = "\n### "
	text, _, _ := strings.Cut(string(content), first)
	names, err := fs.Glob(configs.FS, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d presets, %v", len(names), err)
	}
	tables := 0
	for _, name := range names {
		if table := presetTable(t, strings.TrimSuffix(name, ".yaml")); table != "" {
			text += first + strings.TrimSuffix(name, ".yaml") + "\n\n" + table
			tables++
		}
	}
	if tables < 9 {
		t.Errorf("%d presets have lists of layers", tables)
	}
	if *writeNetworks {
		if err := os.WriteFile(page, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if text != string(content) {
		t.Error("docs/networks.md has other tables than the program prints: go test ./internal/cli -run TestNetworksPageHasTheTables -write-networks, and look at git diff")
	}
}

// presetTable is the table of a preset for the images that it is made for, of 28x28 unless it
// says another size, in color if they are a user's; "" without a list of layers.
func presetTable(t *testing.T, name string) string {
	t.Helper()
	c, err := config.LoadPreset(configs.FS, name, config.Default())
	if err != nil {
		t.Fatal(err)
	}
	if c.Model.Encoder == "" {
		return ""
	}
	shape := config.Shape{Width: 28, Height: 28, Channels: 1}
	if c.Data.ImageSize != "" {
		shape.Width, shape.Height, _ = config.ParseImageSize(c.Data.ImageSize)
	}
	if shape.Width == 64 {
		shape.Channels = 3
	}
	r, err := c.Resolve(config.DataFacts{Shape: shape, Train: 60_000, Levels: 256})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Plan(r.Model, shape)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := layerTable(&table, m); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(table.String()) {
		text.WriteString("    " + strings.TrimRight(line, " \n") + "\n")
	}
	return text.String()
}

func TestSummaryOfLists(t *testing.T) {
	for list, want := range map[string]string{
		"conv:32:4:2:1,relu,conv:64:4:2:1,relu,dense:16,relu":         "conv 32-64, dense 16, relu",
		"dense:5,tanh,dense:6,relu":                                   "dense 5-6",
		"2*residual[relu,conv:8:1],avgpool:2,residual[relu,conv:8:1]": "3 residual, relu",
		"gated-dense:300,gated-conv:4:5":                              "gated-dense 300, gated-conv 4",
		"dense:9,residual[relu|tanh],convt:out:3":                     "dense 9, 1 residual, convt out",
		"conv:8:3,relu,latents:4":                                     "conv 8, latents 4, relu",
		"50*[conv:1000:1,dense:1000]":                                 "100 layers",
	} {
		if got := summary(list); got != want {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}
