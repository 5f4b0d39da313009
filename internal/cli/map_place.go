package cli

import (
	"fmt"
	"slices"
	"strings"

	"vae/internal/console"
	"vae/internal/embed"
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
	if added.places, err = embed.Place(w.base.values, w.base.width(), w.laid.Places, added.values); err != nil {
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
		return rows, w.pixels.apply(rows)
	case strings.HasPrefix(w.base.columns[0], pixelComponent):
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
