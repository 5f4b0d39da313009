package cli

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/run"
)

// describe says what is about to be trained on what.
func describe(notes console.Notes, m *model.Model, data *dataset.Splits, dir *run.Dir) {
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
		architecture(m), console.Count(parameters, "parameter"), dir.Path(), console.Count(runtime.GOMAXPROCS(0), "thread"))
	for _, text := range data.Warnings {
		notes.Printf("warning: %s\n", worded(text))
	}
}

// architecture names a network as the literature does: 784-400-200-20.
func architecture(m *model.Model) string {
	c := m.Config()
	widths := slices.Concat([]int{m.Shape().Pixels()}, c.Hidden, []int{c.Latent})
	two := len(m.Levels()) > 1
	if two {
		widths = slices.Concat(widths, c.TopHidden, []int{c.TopLatent})
	}
	text := fmt.Sprintf("%s %s", c.Kind, strings.ReplaceAll(strings.Trim(fmt.Sprint(widths), "[]"), " ", "-"))
	if two {
		text += ", two stochastic layers"
	}
	if len(c.Hidden) > 0 {
		text += fmt.Sprintf(", %s", c.Activation)
	}
	if c.CodeActivation != config.Linear {
		text += fmt.Sprintf(", %s code", c.CodeActivation)
	}
	facts := m.Likelihood().Facts()
	if m.Variational() {
		text += ", " + facts.Description
	} else {
		text += ", " + facts.Reconstruction
	}
	if c.Conditional {
		text += fmt.Sprintf(", conditional on %d labels", len(c.Classes))
	}
	return text
}
