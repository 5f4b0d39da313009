package cli

import (
	"fmt"
	"io"
	"math"

	"vae/internal/console"
	"vae/internal/render"
)

// write writes the map where it is wanted, and its figures as JSON.
func (w *mapping) write() error {
	var err error
	switch w.out.format {
	case "png", "svg":
		err = w.draw()
	case "csv":
		err = w.out.write(w.ctx, w.streams, w.table)
	case "npy":
		err = w.out.write(w.ctx, w.streams, w.array)
	case "json": // no map is wanted
	default:
		err = fmt.Errorf("map: unknown format %q", w.out.format)
	}
	if err != nil || !w.json {
		return err
	}
	return w.streams.WriteOut(func(out io.Writer) error {
		e := console.NewJSON(out)
		e.SetIndent("", "  ")
		return e.Encode(w.report())
	})
}

// parts are the rows of the map and what was put on it, with their places.
func (w *mapping) parts() []mapPart {
	parts := []mapPart{{rows: w.base, places: w.laid.Places}}
	if w.fresh != nil {
		parts = append(parts, mapPart{rows: w.fresh, places: w.fresh.places, placed: true})
	}
	return parts
}

type mapPart struct {
	rows   *mapRows
	places []float32 // [N, 2]
	placed bool
}

// table writes places and codes, so that the map can be read again.
func (w *mapping) table(out io.Writer) error {
	named, labelled := w.base.named || w.fresh.len() > 0 && w.fresh.named, w.base.labelled || w.fresh.len() > 0 && w.fresh.labelled
	var header []string
	if named {
		header = append(header, "name")
	}
	if labelled {
		header = append(header, "label")
	}
	header = append(header, acrossColumn, upColumn)
	if w.fresh != nil {
		header = append(header, placedColumn)
	}
	t := render.NewCSV(out, append(header, w.base.columns...))
	for _, p := range w.parts() {
		if err := w.tableOf(t, p, named, labelled); err != nil {
			return err
		}
	}
	return t.Flush()
}

// tableOf writes the rows of a part.
func (w *mapping) tableOf(t *render.CSV, p mapPart, named, labelled bool) error {
	l := p.rows.width()
	for i := range p.rows.len() {
		var cells []string
		if named {
			cells = append(cells, p.rows.names[i])
		}
		if labelled {
			cells = append(cells, p.rows.labels[i])
		}
		values := []float32{p.places[2*i], p.places[2*i+1]}
		if w.fresh != nil {
			values = append(values, map[bool]float32{true: 1}[p.placed])
		}
		if err := t.Row(w.out.cells(cells...), append(values, p.rows.values[i*l:(i+1)*l]...)); err != nil {
			return err
		}
	}
	return nil
}

// array writes the places [N, 2], those of what was put on the map last.
func (w *mapping) array(out io.Writer) error {
	a, err := render.NewNPY(out, w.base.len()+w.fresh.len(), 2)
	if err != nil {
		return err
	}
	for _, p := range w.parts() {
		for i := 0; i < len(p.places); i += 2 {
			if err := a.Write(p.places[i : i+2]); err != nil {
				return err
			}
		}
	}
	return a.Close()
}

// mapReport is the quality of a map as JSON. What cannot be measured is null.
type mapReport struct {
	Method          string    `json:"method"`
	Of              mapSource `json:"of"`
	Model           string    `json:"model,omitempty"`
	Images          int       `json:"images"`
	Placed          int       `json:"placed"`
	Values          int       `json:"values"` // of an image, L
	Seed            *uint64   `json:"seed,omitempty"`
	Perplexity      *float64  `json:"perplexity,omitempty"`
	Neighbors       *int      `json:"neighbors,omitempty"`
	MinDist         *float64  `json:"min_dist,omitempty"`
	K               int       `json:"k"`
	Recall          *float64  `json:"recall"`
	Trustworthiness *float64  `json:"trustworthiness"`
	Continuity      *float64  `json:"continuity"`
	LabelAccuracy   *float64  `json:"label_accuracy"`
	KL              *float64  `json:"kl"`
	Notes           []string  `json:"notes,omitempty"`
}

func (w *mapping) report() mapReport {
	r := mapReport{Method: string(w.method), Of: w.of, Images: w.base.len(), Placed: w.fresh.len(), Values: w.base.width(), KL: figure(w.laid.KL), Notes: w.laid.Notes}
	if w.model != nil {
		r.Model = console.ValidText(w.model.file)
	}
	if q := w.quality; q != nil {
		r.K, r.Recall, r.Trustworthiness = q.K, figure(q.Recall), figure(q.Trustworthiness)
		r.Continuity, r.LabelAccuracy = figure(q.Continuity), figure(q.Labels)
	}
	switch {
	case w.saved:
		r.Method = "saved"
	case w.method == mapTSNE:
		r.Seed, r.Perplexity = &w.seed, &w.perplexity
	case w.method == mapUMAP:
		r.Seed, r.Neighbors, r.MinDist = &w.seed, &w.neighbors, &w.minDist
	}
	return r
}

// figure is a number of JSON, null where it is none.
func figure(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}
