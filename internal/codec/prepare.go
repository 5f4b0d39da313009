package codec

import (
	"fmt"
	"runtime"

	"vae/internal/console"
	"vae/internal/infer"
	"vae/internal/memory"
	"vae/internal/model"
)

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
