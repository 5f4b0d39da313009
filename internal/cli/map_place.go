package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vae/internal/console"
	"vae/internal/knn"
)

// placeNew puts what --place names on the map.
func (w *mapping) placeNew() error {
	if len(w.place) == 0 {
		return nil
	}
	if w.base.width() == 0 {
		return fmt.Errorf("%s: holds the places of a map and no codes, by which new images find theirs: make the map again with -o FILE.csv", w.base.source)
	}
	added, err := w.readPlaced()
	if err != nil {
		return err
	}
	x, l := w.mapped(w.base)
	query, _ := w.mapped(added)
	if added.places, err = w.laid.Place(w.ctx, x, l, query); err != nil {
		return err
	}
	if err := w.tellFar(added); err != nil {
		return err
	}
	if w.fresh != nil { // of the saved map
		w.fresh.concat(added)
		return nil
	}
	w.fresh = added
	return nil
}

// readPlaced reads what --place names, as rows like those of the map.
func (w *mapping) readPlaced() (*mapRows, error) {
	if i := slices.IndexFunc(w.place, isCodes); i >= 0 {
		return w.readPlacedCodes(w.place[i])
	}
	switch {
	case w.of == mapPixels:
		rows, err := w.readImages(w.place, 0)
		if err != nil {
			return nil, err
		}
		w.pixels.keep(rows, w.method)
		return rows, w.pixels.apply(rows)
	case strings.HasPrefix(w.base.columns[0], pixelComponent), strings.HasPrefix(w.base.columns[0], pixelColumn):
		return nil, usagef("--place: %s is a map of pixels, which takes new images only when it is made: give both in one call, with --of pixels", w.base.source)
	}
	if err := w.loadOnce(); err != nil {
		return nil, err
	}
	if latents := w.model.Latent(); latents != w.base.width() {
		return nil, usagef("--place: %s has %s, and the codes of %s have %d: name the model that made them with --model", w.model.file, console.Count(latents, "latent"), w.base.source, w.base.width())
	}
	return w.readImages(w.place, 0)
}

// readPlacedCodes reads new codes from a table.
func (w *mapping) readPlacedCodes(path string) (*mapRows, error) {
	switch {
	case len(w.place) > 1:
		return nil, usagef("--place is given %d times, one of them for a table of codes: put one table on the map, or images", len(w.place))
	case w.of == mapPixels:
		return nil, usagef("--place %s is a table of codes, and the map is of pixels: name images", path)
	}
	rows, err := w.readCodes(path, 0)
	if err != nil {
		return nil, err
	}
	if rows.width() != w.base.width() {
		return nil, usagef("--place %s has %d codes a row, and the map has %d: they must come from one model", path, rows.width(), w.base.width())
	}
	rows.places = nil
	return rows, nil
}

// Rows whose nearest row is farther than that of this part of the map's own rows, of which so
// many are looked at, lie where the map knows nothing.
const (
	mapUsual  = 0.99
	mapLooked = 1000
)

// tellFar says how many new rows are far from all of the map.
func (w *mapping) tellFar(added *mapRows) error {
	if w.base.len() < 2 {
		return nil
	}
	usual, err := usualDistance(w.ctx, w.base.values, w.base.width())
	if err != nil {
		return err
	}
	_, nearest, err := knn.Nearest(w.ctx, added.values, w.base.values, w.base.width(), 1)
	if err != nil {
		return err
	}
	far := 0
	for _, d := range nearest {
		if d > usual {
			far++
		}
	}
	words := "are farther from all of the map than 99 of 100 of these are from their nearest: their places say"
	if far == 1 {
		words = "is farther from all of the map than 99 of 100 of these are from their nearest: its place says"
	}
	if far > 0 {
		w.notes.Printf("note: %s of %s %s little\n", console.Comma(far), console.Count(added.len(), "new image"), words)
	}
	return nil
}

// usualDistance is how far the nearest row is of nearly all rows of x [N, l].
func usualDistance(ctx context.Context, x []float32, l int) (float64, error) {
	n := len(x) / l
	looked := min(n, mapLooked)
	var some []float32
	for i := range looked {
		row := i * n / looked
		some = append(some, x[row*l:(row+1)*l]...)
	}
	_, distances, err := knn.Nearest(ctx, some, x, l, 2) // the first is the row itself
	if err != nil {
		return 0, err
	}
	nearest := make([]float64, looked)
	for i := range nearest {
		nearest[i] = distances[2*i+1]
	}
	slices.Sort(nearest)
	return nearest[int(mapUsual*float64(looked-1))], nil
}
