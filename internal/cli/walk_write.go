package cli

import (
	"io"

	"vae/internal/render"
	"vae/internal/walk"
)

// table writes the latents of the points as decode reads them, each under a name of its own.
func (w *walking) table(dst io.Writer, p walk.Path, names []string) error {
	header := []string{"name"}
	if w.class != nil {
		header = append(header, "label")
	}
	table := render.NewCSV(dst, append(header, latentColumns("z", p.Latent)...))
	for i, name := range names {
		cells := w.output.cells(name)
		if w.class != nil {
			cells = w.output.cells(name, w.model.Classes()[w.class[0]])
		}
		if err := table.Row(cells, p.At(i)); err != nil {
			return err
		}
	}
	return table.Flush()
}
