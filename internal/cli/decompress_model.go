package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/model"
	"vae/internal/render"
	"vae/internal/run"
)

// findModel is the codec.Opener.
func (w *decompressing) findModel(c *codec.Coding) (*model.Model, error) {
	switch {
	case w.model != "":
		return w.named(c)
	case c.File != nil:
		return embedded(c.File)
	}
	for _, file := range run.Models(runsRoot) {
		if data, err := os.ReadFile(file); err == nil && codec.ModelSum(data) == c.Model {
			m, err := loadModel(file)
			if err != nil {
				return nil, err
			}
			w.notes.Printf("using %s\n", file)
			return m.Model, m.spares(&w.out)
		}
	}
	return nil, fmt.Errorf("it was compressed with a model whose SHA-256 begins with %x, which is none of those under %s: name it with --model", c.Model[:4], runsRoot)
}

// named is the model that --model names.
func (w *decompressing) named(c *codec.Coding) (*model.Model, error) {
	m, err := loadModel(w.model)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(m.file)
	if err != nil {
		return nil, console.PathError(err)
	}
	if sum := codec.ModelSum(data); sum != c.Model {
		return nil, fmt.Errorf("it was compressed with another model than %s: with one whose SHA-256 begins with %x, and not %x", m.file, c.Model[:4], sum[:4])
	}
	return m.Model, m.spares(&w.out)
}

// embedded is a model that came in the file.
func embedded(data []byte) (*model.Model, error) {
	folder, err := os.MkdirTemp("", "vae-model-")
	if err != nil {
		return nil, render.SpoolError("the model in it", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, run.ModelFile)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return nil, render.SpoolError("the model in it", err)
	}
	m, err := loadModel(file)
	if err != nil {
		return nil, fmt.Errorf("the model in it: %s", strings.ReplaceAll(err.Error(), file+": ", ""))
	}
	return m.Model, nil
}
