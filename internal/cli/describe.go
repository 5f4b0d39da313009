package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/layer"
	"vae/internal/model"
	"vae/internal/run"
)

// describe says what is about to be trained on what.
func describe(notes console.Notes, m *model.Model, data *dataset.Splits, dir *run.Dir, processes int) {
	var parameters int
	for _, p := range m.Params() {
		parameters += len(p.Value)
	}
	notes.Printf("%s: %s of %v, %s for validation, %s for test\n",
		data.Name, console.Count(data.Train.Len(), "training image"), m.Shape(), console.Comma(data.Validation.Len()), console.Comma(data.Test.Len()))
	for _, line := range data.Found {
		notes.Printf("%s\n", line)
	}
	notes.Printf("model: %s, %s\nrun: %s, %s\n",
		architecture(m, cmp.Or(m.Likelihood().Facts().Begun, m.Likelihood().Facts().Description)), console.Count(parameters, "parameter"), dir.Path(), workers(processes))
	for _, text := range data.Warnings {
		notes.Printf("warning: %s\n", worded(text))
	}
}

// architecture names a network as the literature does: 784-400-200-20, or
// 28x28x1, conv 32-64, dense 16, relu, z 2; likelihood is that of a variational one.
func architecture(m *model.Model, likelihood string) string {
	c := m.Config()
	text := fmt.Sprintf("%s %s", c.Kind, layersOf(m))
	if len(m.Levels()) > 1 {
		text += ", two stochastic layers"
	}
	switch {
	case c.Encoder == "" && len(c.Hidden) > 0:
		text += fmt.Sprintf(", %s", c.Activation)
	case len(c.TopHidden) > 0:
		text += fmt.Sprintf(", %s between them", c.Activation)
	}
	if c.Encoder == "" && c.Decoder != "" {
		text += ", a decoder of " + summary(c.Decoder)
	}
	if c.CodeActivation != config.Linear {
		text += fmt.Sprintf(", %s code", c.CodeActivation)
	}
	if m.Variational() {
		text += ", " + likelihood
	} else {
		text += ", " + m.Likelihood().Facts().Reconstruction
	}
	if c.Conditional {
		text += ", conditional on " + console.Count(len(c.Classes), "label")
	}
	return text
}

// layersOf names the layers of an encoder.
func layersOf(m *model.Model) string {
	c := m.Config()
	above := []int{c.Latent}
	if len(m.Levels()) > 1 {
		above = slices.Concat(above, c.TopHidden, []int{c.TopLatent})
	}
	if c.Encoder != "" {
		return fmt.Sprintf("%v, %s, z %s", m.Shape(), summary(c.Encoder), hyphenated(above))
	}
	return hyphenated(slices.Concat([]int{m.Shape().Pixels()}, c.Hidden, above))
}

func hyphenated(widths []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(widths), "[]"), " ", "-")
}

// summary says in a few words what a list of layers is, which a model has and so can be read.
func summary(list string) string {
	const most = 100 // characters
	layers, _ := config.ParseNetwork(list)
	if text := layers.Summary(); len(text) <= most {
		return text
	}
	return console.Count(len(layers), "layer")
}

// layerTable lists the layers of a model: what each is, gives and costs.
func layerTable(w io.Writer, m *model.Model) error {
	t := console.NewTable(w)
	t.Row("parameters of", "layer", "gives", "parameters", "MFLOP an image")
	var parameters int
	var macs float64
	for _, l := range m.Table() {
		t.Row(l.Name, l.Layer, shapeText(l.Out), orDash(console.Comma(l.Parameters), l.Parameters > 0), orDash(megaflop(l.MACs), l.MACs > 0))
		parameters += l.Parameters
		macs += l.MACs
	}
	t.Row("all", "", "", console.Comma(parameters), megaflop(macs))
	return t.Flush()
}

// shapeText is "4x4x32" of a map and "512" of plain numbers.
func shapeText(s config.Shape) string {
	switch s {
	case config.Shape{}:
		return "-"
	case layer.Features(s.Width):
		return fmt.Sprint(s.Width)
	}
	return s.String()
}

func orDash(text string, is bool) string {
	if is {
		return text
	}
	return "-"
}

// megaflop is so many multiplications and additions each, in millions of both together.
func megaflop(macs float64) string { return fmt.Sprintf("%.3g", 2*macs/1e6) }

// workers are the threads that work on a training.
func workers(processes int) string {
	threads := console.Count(runtime.GOMAXPROCS(0), "thread")
	if processes == 1 {
		return threads
	}
	return fmt.Sprintf("%d processes of %s", processes, threads)
}
