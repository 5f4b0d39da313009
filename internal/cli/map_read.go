package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/npy"
)

// read reads what the map is made of, or the map.
func (w *mapping) read(args []string) (err error) {
	if w.inputs.counted() && w.inputs.limit < 1 {
		return usagef("-n %d: must be at least 1", w.inputs.limit)
	}
	if slices.ContainsFunc(args, isCodes) {
		w.base, err = w.readTable(args)
		return err
	}
	if w.of == mapPixels {
		w.pixels = &pixelBasis{}
		if w.pixels.shape, err = pixelShape(w.ctx, args, w.inputs.maxPixels, w.notes); err != nil {
			return err
		}
	}
	if w.base, err = w.readImages(args, w.inputs.limit); err != nil {
		return err
	}
	if w.pixels != nil {
		return w.pixels.fit(w.ctx, w.base, w.method)
	}
	return nil
}

// isCodes tells whether an argument is a table of codes, not images: stdin, a table by its
// ending, or an array of fewer dimensions than images have.
func isCodes(arg string) bool {
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".csv", ".tsv", ".txt":
		return true
	case ".npy":
		if info, err := os.Stat(arg); err != nil || !info.Mode().IsRegular() {
			return false
		}
		f, err := os.Open(arg)
		if err != nil {
			return false
		}
		defer f.Close()
		h, err := npy.ReadHeader(f)
		return err == nil && len(h.Shape) < 3
	}
	return arg == "-"
}

// loadOnce loads the model at the first call.
func (w *mapping) loadOnce() error {
	if w.model != nil {
		return nil
	}
	m, err := loadModel(w.inputs.model)
	if err != nil {
		return err
	}
	if err := m.spares(&w.out); err != nil {
		return err
	}
	w.model = m
	m.announce(w.notes)
	return nil
}

// openImages starts reading images.
func (w *mapping) openImages(args []string, limit int) (r *reader, err error) {
	r = &reader{options: &w.inputs, output: &w.out, limit: limit, notes: w.notes}
	if w.pixels != nil {
		r.rows = infer.BatchRows
		r.stream, err = dataset.Open(w.ctx, args, dataset.StreamOptions{Shape: w.pixels.shape, Invert: w.inputs.invert, Stdin: w.streams.In,
			MaxPixels: w.inputs.maxPixels, Output: w.streams.OutFile, AllPages: w.inputs.pages == config.AllPages})
		return r, err
	}
	if err := w.loadOnce(); err != nil {
		return nil, err
	}
	r.model = w.model
	if r.labels, err = newLabels(w.model, &w.inputs.label, true); err != nil {
		return nil, err
	}
	return r, r.start(w.ctx, args, w.streams)
}

// readImages reads images and encodes them; limit 0 is all.
func (w *mapping) readImages(args []string, limit int) (*mapRows, error) {
	r, err := w.openImages(args, limit)
	if err != nil {
		return nil, err
	}
	defer r.stream.Close()
	rows := &mapRows{named: true, labelled: r.stream.Labelled()}
	values, err := w.coordinates(r, rows)
	if err != nil {
		return nil, err
	}
	for {
		batch := r.batch()
		if len(batch) == 0 {
			break
		}
		if err := w.addBatch(rows, batch, values); err != nil {
			return nil, err
		}
	}
	w.bad += r.bad
	return rows, r.finish(w.ctx)
}

func (w *mapping) addBatch(rows *mapRows, batch []dataset.Item, values func([]dataset.Item) ([][]float32, error)) error {
	found, err := values(batch)
	if err != nil {
		return err
	}
	for i, item := range batch {
		if err := rows.add(item.Name, item.Label, found[i]); err != nil {
			return err
		}
		if rows.images == nil {
			continue
		}
		if err := rows.images.add(item.Pixels); err != nil {
			return err
		}
	}
	return nil
}

// coordinates says what becomes of the images of a batch: their codes, or their pixels.
func (w *mapping) coordinates(r *reader, rows *mapRows) (func([]dataset.Item) ([][]float32, error), error) {
	if w.pixels != nil {
		rows.images = w.newThumbnails(w.pixels.shape)
		rows.columns = pixelColumns(w.pixels.shape)
		return func(batch []dataset.Item) ([][]float32, error) {
			values := make([][]float32, len(batch))
			for i, item := range batch {
				values[i] = make([]float32, item.Pixels.Len())
				item.Pixels.Floats(values[i])
			}
			return values, nil
		}, nil
	}
	encoder, err := infer.NewEncoder(w.model.Model)
	if err != nil {
		return nil, err
	}
	rows.images = w.newThumbnails(w.model.Shape())
	rows.columns = latentColumns("mu", w.model.Latent())
	return func(batch []dataset.Item) ([][]float32, error) {
		codes, err := encoder.Encode(pixelsOf(batch), r.labels.ofAll(batch))
		if err != nil {
			return nil, err
		}
		values := make([][]float32, len(codes))
		for i, code := range codes {
			if err := w.model.finite(batch[i].Name, code.Mu); err != nil {
				return nil, err
			}
			values[i] = code.Mu
		}
		return values, nil
	}, nil
}

// readTable reads the one table of args.
func (w *mapping) readTable(args []string) (*mapRows, error) {
	path := args[0]
	switch {
	case len(args) > 1:
		return nil, usagef("%d inputs given, one of them a table of codes: a map is of images, or of one table", len(args))
	case w.given("of"):
		return nil, usagef("--of is about images, and %s is a table of codes: leave it out", path)
	case w.thumbnails:
		return nil, usagef("--thumbnails: %s holds codes and no images: map the images themselves, or leave it out", path)
	case w.given("model") && len(w.place) == 0:
		return nil, usagef("--model has no effect: %s holds codes already; leave it out", path)
	}
	return w.readCodes(path, w.inputs.limit)
}

// readCodes reads a table of codes, or of a map; limit 0 is all rows.
func (w *mapping) readCodes(path string, limit int) (*mapRows, error) {
	t, err := openMapTable(w.ctx, path, w.streams.In)
	if err != nil {
		return nil, err
	}
	defer t.input.Close()
	rows := t.rows()
	for limit == 0 || rows.len() < limit {
		if err := w.ctx.Err(); err != nil {
			return nil, err
		}
		err := t.table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := t.read(rows); err != nil {
			return nil, err
		}
	}
	if rows.len() == 0 {
		return nil, errors.New(t.table.Name() + ": holds no row of codes")
	}
	if t.note != "" {
		w.notes.Printf("note: %s\n", t.note)
	}
	return rows, nil
}
