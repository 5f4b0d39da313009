package codec

import (
	"runtime"

	"vae/internal/model"
	"vae/internal/vaez"
)

// lossyWriter codes blocks by latents.
type lossyWriter struct {
	free    chan *press
	coding  *Coding
	quality float64
	beyond  int    // see Distortion
	error   uint64 // squared, in levels, of all that is written
}

// prepareLossy chooses the grid by the first block, and makes room for the work.
func (w *Writer) prepareLossy(batch []Image) error {
	o := w.options
	if err := pressFits(o.Model); err != nil {
		return err
	}
	p, err := newPress(o.Model, w.head.Levels)
	if err != nil {
		return err
	}
	p.search = !o.Fast && p.latents <= MostSearched
	f, err := p.survey(w.images(batch))
	if err != nil {
		return err
	}
	quality, beyond := o.Lossy.Quality, 0
	if o.Lossy.Bytes > 0 {
		if quality, err = f.seek(o.Lossy.Bytes); err != nil {
			return err
		}
		beyond = beyondReach(quality)
	}
	f.at(quality)
	print, err := lossyPrint(o.Model, p.grid, w.head.Levels)
	if err != nil {
		return err
	}
	w.lossy = &lossyWriter{quality: quality, beyond: beyond, coding: &Coding{Model: o.Sum, Print: print, grid: p.grid, File: o.Embed}}
	w.lossy.free, err = presses(o.Model, w.head.Levels, p)
	w.coding = w.lossy.coding
	return err
}

// pressFits refuses networks that there is not the memory for.
func pressFits(m *model.Model) error {
	return fitsMemory(m, &Coding{Rows: 2 * pressRows(m), Samples: 1})
}

// presses are one for each thread, as an example is.
func presses(m *model.Model, levels int, as *press) (chan *press, error) {
	all := make(chan *press, runtime.GOMAXPROCS(0))
	for range cap(all) {
		p, err := newPress(m, levels)
		if err != nil {
			return nil, err
		}
		p.grid, p.weight, p.search, p.stride = as.grid, as.weight, as.search, as.stride
		all <- p
	}
	return all, nil
}

// codeLossy codes a block.
func (w *Writer) codeLossy(batch []Image) (out coded) {
	p := <-w.lossy.free
	defer func() { w.lossy.free <- p }()
	b := w.images(batch)
	numbers, err := p.numbers(b)
	if err != nil {
		return coded{err: err}
	}
	decoded := images{emptyImages(len(batch), w.head), b.classes}
	if err := p.images(numbers, decoded); err != nil {
		return coded{err: err}
	}
	out.Block = vaez.Block{Images: len(batch), Method: byLatents, Payload: encodeNumbers(numbers, p.latents), Listing: w.listing(batch).Append(nil)}
	out.values = bytesOf(decoded.values, w.head.Levels)
	for i, image := range decoded.values {
		out.error += squared(image, b.values[i])
	}
	return out
}

// emptyImages are for so many to be decoded to.
func emptyImages(n int, h vaez.Head) [][]uint16 {
	all := make([][]uint16, n)
	for i := range all {
		all[i] = make([]uint16, h.Values())
	}
	return all
}

// squared is the squared error of an image, in levels.
func squared(a, b []uint16) (sum uint64) {
	for i, v := range a {
		d := int64(v) - int64(b[i])
		sum += uint64(d * d)
	}
	return sum
}

// distortion is that of the images that were written; nil where none is lost.
func (w *Writer) distortion() *Distortion {
	if w.lossy == nil || w.report.Images == 0 {
		return nil
	}
	top := float64(w.head.Levels - 1)
	return &Distortion{Quality: w.lossy.quality, Beyond: w.lossy.beyond, SquaredError: float64(w.lossy.error) / (top * top) / float64(w.report.Images) / float64(w.head.Values())}
}
