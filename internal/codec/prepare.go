package codec

import (
	"errors"
	"fmt"
	"runtime"

	"vae/internal/console"
	"vae/internal/infer"
	"vae/internal/memory"
	"vae/internal/model"
)

// settled has the first block settle the coding of all, for which the others wait, each with what is foretold of its pixels where these may be mixed.
func (w *Writer) settled(batch []Image, first bool) (logits [][]int16, err error) {
	if first {
		w.unready = errors.New("the first block was not coded") // unless it comes to its end
		defer close(w.ready)
	}
	if w.mayMix() {
		logits, err = contextLogits(w.ctx, contextShape(w.head), w.images(batch).values)
	}
	switch {
	case err != nil:
	case first:
		err = w.prepare(batch, logits)
	default:
		<-w.ready
		return logits, w.unready
	}
	if first {
		w.unready = err
	}
	return logits, err
}

// prepare settles the coding by the first images, and by what is foretold of their pixels where these may be mixed, and makes room for
// the work.
func (w *Writer) prepare(batch []Image, logits [][]int16) error {
	if w.options.Lossy != nil {
		return w.prepareLossy(batch)
	}
	o := w.options
	w.coding = &Coding{Model: o.Sum, Rows: rowsFor(o.Model, o.Samples), Samples: o.Samples, File: o.Embed}
	if err := fitsMemory(o.Model, w.coding); err != nil {
		return err
	}
	if err := w.settle(batch, logits); err != nil {
		return err
	}
	w.free = make(chan *chain, runtime.GOMAXPROCS(0))
	for range cap(w.free) {
		c, err := newChain(o.Model, w.coding, w.head.Levels)
		if err != nil {
			return err
		}
		c.ctx = w.ctx
		w.free <- c
	}
	return nil
}

// rowsFor is how many images a step has.
func rowsFor(m *model.Model, samples int) int { return max(1, min(stepRows, infer.Rows(m)/samples)) }

// fitsMemory refuses networks of so many rows that there is not the memory for them.
func fitsMemory(m *model.Model, c *Coding) error {
	bytes, err := m.DecoderSize(c.Rows * c.Samples)
	if err != nil {
		return err
	}
	if need, l := float64(bytes)*float64(runtime.GOMAXPROCS(0)), memory.Available(); need > l.Bytes {
		return fmt.Errorf("%s of each image take about %s of memory, and there are %s: use fewer", console.Count(c.Samples, "draw"), memory.Text(need), l)
	}
	return nil
}

// settled is by how many images the grids are chosen.
const settled = 256

func (w *Writer) settle(batch []Image, logits [][]int16) error {
	b := w.images(batch[:min(settled, len(batch), infer.Rows(w.options.Model))])
	n, err := newNetworks(w.options.Model, w.head.Levels, len(b.values), len(b.values))
	if err != nil {
		return err
	}
	if err := w.coding.settle(n, b.values, b.classes); err != nil {
		return err
	}
	if logits != nil {
		if err := w.fitMix(batch, logits); err != nil {
			return err
		}
	}
	w.coding.Print, err = fingerprint(w.options.Model, w.coding, w.head.Levels)
	return err
}

// mayMix tells whether pixels are mixed where that spares something.
func (w *Writer) mayMix() bool {
	o := w.options
	return w.head.Levels == BlackAndWhite && !w.head.Unordered && o.Lossy == nil && (o.Mix == MixAlways || o.Mix == MixIfShorter && !o.Fast)
}

// fitMix settles the mixing of pixels.
func (w *Writer) fitMix(batch []Image, logits [][]int16) error {
	one := *w.coding
	one.Samples = 1
	c, err := newChain(w.options.Model, &one, w.head.Levels)
	if err != nil {
		return err
	}
	w.coding.Mix, err = c.fitMix(contextShape(w.head), w.images(batch), logits, w.options.Mix == MixAlways)
	return err
}

// find gets the model.
func (r *Reader) find() (*model.Model, error) {
	if r.in.Coding() == nil {
		return nil, errors.New("what its blocks are coded with is damaged, without which they cannot be read")
	}
	if err := checkPath(); err != nil {
		return nil, err
	}
	var err error
	if r.coding, err = parseCoding(r.in.Coding()); err != nil {
		return nil, err
	}
	return r.open(r.coding)
}

// prepare sees that the model is the one, and makes room for the work.
func (r *Reader) prepare(m *model.Model) error {
	if err := r.fits(m); err != nil {
		return err
	}
	if r.coding.Lossy() {
		r.model = m
		return r.prepareLossy(m)
	}
	r.free = make(chan *chain, runtime.GOMAXPROCS(0))
	for range cap(r.free) {
		c, err := newChain(m, r.coding, r.in.Head.Levels)
		if err != nil {
			return err
		}
		c.ctx = r.ctx
		r.free <- c
	}
	r.model = m
	return nil
}
