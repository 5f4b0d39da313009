package codec

import (
	"context"
	"fmt"
	"io"
	"slices"

	"vae/internal/memory"
	"vae/internal/model"
	"vae/internal/vaez"
)

// Options say how a set is compressed.
type Options struct {
	Model   *model.Model // nil for none: all is coded by context
	Sum     [modelBytes]byte
	Embed   []byte // the model file, to be put into the file; nil for not
	Samples int    // K, at least 1
	Block   int    // images of a block; 0 for as many as suit their size
	Fast    bool   // a block is not coded by context too, to see which is shorter
	Mix     Mix    // whether pixels are mixed
	Lossy   *Lossy // images are coded by the latents of the model; nil for without loss
}

// Mix says whether the pixels' probabilities are mixed of the model's and those of their context.
type Mix int

// Where they can be, they are mixed where that spares something, or always, or never.
const (
	MixIfShorter Mix = iota // unless it has to be fast
	MixAlways
	MixNever
)

// blockValues are about how many a block has unless it is said.
const blockValues = 1 << 22

// stepRows are the rows of a step, of images that are not too large for so many.
const stepRows = 64

// mostEmbedded is the longest model that a file can hold, with what else its coding says.
const mostEmbedded = vaez.MaxRecord - 1<<25

// Image is one of a set.
type Image struct {
	Values      []uint16 // [D], levels
	Name, Label string
	Class       int // of a conditional model
}

// Report is what a file has come to.
type Report struct {
	Parts  vaez.Parts
	Images int
	Plain  int         // images that are coded by context
	Start  int64       // bits of those in blocks that are coded with the model
	Spent              // by the images that are coded with the model
	Lost   *Distortion // nil of images that are coded without loss
}

// Writer compresses images as they come, blocks side by side. The bytes depend on the images and the options alone.
type Writer struct {
	ctx     context.Context
	options Options
	head    vaez.Head
	file    *vaez.Writer
	coding  *Coding
	block   int
	held    []Image
	free    chan *chain // with the model
	pending []chan coded
	ready   chan struct{} // closed when the first block has settled the coding; nil before there is one
	unready error         // why that cannot be
	report  Report
	lossy   *lossyWriter // of images that are coded by their latents
}

// coded is a block that is done.
type coded struct {
	vaez.Block
	values []byte
	start  int
	spent  Spent
	error  uint64 // squared, in levels, of images that are coded by their latents
	err    error
}

// NewWriter begins a file of images that the head describes. It must be closed, unless an error has ended it, such as that of a context
// that is done.
func NewWriter(ctx context.Context, w io.Writer, h vaez.Head, o Options) (*Writer, error) {
	if h.Values() > vaez.MaxPixels {
		return nil, fmt.Errorf("images of %dx%dx%d are larger than a file can have, which is %d values", h.Width, h.Height, h.Channels, vaez.MaxPixels)
	}
	if len(o.Embed) > mostEmbedded {
		return nil, fmt.Errorf("the model has %d bytes, more than a file can hold, which is %d: leave it out", len(o.Embed), mostEmbedded)
	}
	if o.Model != nil {
		if err := checkPath(); err != nil {
			return nil, err
		}
	}
	file, err := vaez.NewWriter(w, h)
	out := &Writer{ctx: ctx, options: o, head: h, file: file, block: o.Block}
	if out.block == 0 {
		out.block = min(max(1, blockValues/h.Values()), MostImages(h))
	}
	return out, err
}

// MostImages is how many a block can have.
func MostImages(h vaez.Head) int { return vaez.MostImages(h.Values()) }

// Add adds an image, whose values are kept, and may not be those of another.
func (w *Writer) Add(image Image) error {
	w.held = append(w.held, image)
	full := w.block
	if w.options.Block == 0 {
		full *= 2 // so that Close can halve what is left
	}
	if len(w.held) < full {
		return nil
	}
	return w.begin(w.block)
}

// begin has a block of the first n images coded.
func (w *Writer) begin(n int) error {
	batch := w.held[:n:n]
	if err := w.listing(batch).Check(); err != nil {
		return err
	}
	w.held = slices.Clone(w.held[n:])
	first := w.ready == nil
	if first {
		w.ready = make(chan struct{})
	}
	side, err := side(memory.Available, w.head, n, true)
	if err != nil {
		return err
	}
	w.pending = append(w.pending, aside(func() coded { return w.work(batch, first) }, func(err error) coded { return coded{err: err} }))
	for len(w.pending) >= side {
		if err := w.finish(); err != nil {
			return err
		}
	}
	return nil
}

// work codes a block.
func (w *Writer) work(batch []Image, first bool) coded {
	if w.options.Model == nil {
		return w.code(nil, batch, nil)
	}
	logits, err := w.settled(batch, first)
	if err != nil {
		return coded{err: err}
	}
	if w.options.Lossy != nil {
		return w.codeLossy(batch)
	}
	c := <-w.free
	defer func() { w.free <- c }()
	return w.code(c, batch, logits)
}

func (w *Writer) images(batch []Image) (b images) {
	for _, image := range batch {
		b.values = append(b.values, image.Values)
		if w.options.Model != nil && len(w.options.Model.Classes()) > 0 {
			b.classes = append(b.classes, image.Class)
		}
	}
	return b
}

// code codes a block: with the model, by context, or both to take the shorter. logits are those of the context coder, if they are known:
// they are wherever pixels are mixed.
func (w *Writer) code(c *chain, batch []Image, logits [][]int16) (out coded) {
	b, shape := w.images(batch), contextShape(w.head)
	out.values = bytesOf(b.values, w.head.Levels)
	err := errDry
	switch {
	case c == nil:
	case w.head.Unordered:
		var order []int
		if out.Block, order, out.start, err = c.encodeUnordered(shape, b); err == nil {
			batch = inOrder(batch, order)
			b = w.images(batch)
			out.values = bytesOf(b.values, w.head.Levels)
		}
		out.spent = c.spent
	default:
		out.Block, out.start, err = c.encodeBlock(shape, b, logits)
		out.spent = c.spent
	}
	if err != nil && err != errDry {
		out.err = err
		return out
	}
	if err == errDry || !w.options.Fast {
		most := -1 // bytes
		if err == nil {
			most = len(out.Payload) + w.coding.size()
		}
		var plain []byte
		if plain, out.err = payloadByContext(w.ctx, shape, b.values, logits, most); plain != nil {
			out.Block, out.start, out.spent = vaez.Block{Images: len(b.values), Method: byContext, Payload: plain}, 0, Spent{}
		}
	}
	out.Listing = w.listing(batch).Append(nil)
	return out
}

func (w *Writer) listing(batch []Image) (l vaez.Listing) {
	for _, image := range batch {
		if w.head.Names {
			l.Names = append(l.Names, image.Name)
		}
		if w.head.Classes {
			l.Labels = append(l.Labels, image.Label)
		}
	}
	return l
}

// finish writes the block that was begun first.
func (w *Writer) finish() error {
	done, err := received(w.ctx, w.pending[0])
	if err == nil {
		err = done.err
	}
	if err != nil {
		return err
	}
	w.pending = w.pending[1:]
	if ByModel(done.Block) {
		if !w.file.Coded() {
			if err := w.file.Coding(w.coding.body()); err != nil {
				return err
			}
		}
		w.report.Plain += done.Plain
		w.report.Start += int64(done.start)
		w.report.Latents += done.spent.Latents
		w.report.Pixels += done.spent.Pixels
		w.report.Order += done.spent.Order
		if w.lossy != nil {
			w.lossy.error += done.error
		}
	} else {
		w.report.Plain += done.Images
	}
	return w.file.Block(done.Block, done.values)
}

// Close codes what is left, and ends the file.
func (w *Writer) Close() (Report, error) {
	if n := len(w.held); n > w.block { // two alike rather than a small one behind
		if err := w.begin((n + 1) / 2); err != nil {
			return w.report, err
		}
	}
	if n := len(w.held); n > 0 {
		if err := w.begin(n); err != nil {
			return w.report, err
		}
	}
	for len(w.pending) > 0 {
		if err := w.finish(); err != nil {
			return w.report, err
		}
	}
	var err error
	w.report.Images = w.file.Images()
	w.report.Lost = w.distortion()
	w.report.Parts, err = w.file.Close()
	return w.report, err
}
