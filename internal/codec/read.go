package codec

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"vae/internal/console"
	"vae/internal/memory"
	"vae/internal/model"
	"vae/internal/vaez"
)

// Opener finds the model that a file was compressed with, whose digest begins with c.Model or whose file is c.File.
type Opener func(c *Coding) (*model.Model, error)

// Reader opens the images of a file, blocks side by side, in their order.
type Reader struct {
	ctx     context.Context
	in      *vaez.Reader
	open    Opener
	coding  *Coding
	model   *model.Model
	free    chan *chain // with the model
	presses chan *press // of images that are coded by their latents
	pending []chan opened
	side    int // blocks that may be pending, by the last one
	ended   error
	all     hash.Hash // over all images; nil once some are missing
}

// Set is the images of a block.
type Set struct {
	Values  [][]uint16
	Listing vaez.Listing
}

type opened struct {
	Set
	values []byte
	err    error
}

// NewReader reads a file that is open. The model is asked for when a block needs it.
func NewReader(ctx context.Context, in *vaez.Reader, open Opener) *Reader {
	return &Reader{ctx: ctx, in: in, open: open, all: sha256.New()}
}

// Next is the images of the next block; io.EOF behind the last. A vaez.DamageError is one of that block alone; any other
// is the last.
func (r *Reader) Next() (Set, error) {
	for r.ended == nil && len(r.pending) < max(r.side, 1) {
		block, err := r.in.Next()
		if number, first := r.in.Place(); err == nil {
			err = r.begin(block, number, first)
		} else if damage := (*vaez.DamageError)(nil); errors.As(err, &damage) {
			r.pending = append(r.pending, failed(err))
			continue
		}
		r.ended = err
	}
	if len(r.pending) == 0 {
		return Set{}, r.end()
	}
	done, err := received(r.ctx, r.pending[0])
	if err != nil {
		return Set{}, err
	}
	r.pending = r.pending[1:]
	if done.err != nil {
		r.all = nil
	} else if r.all != nil {
		r.all.Write(done.values)
	}
	return done.Set, done.err
}

func failed(err error) chan opened {
	done := make(chan opened, 1)
	done <- opened{err: err}
	return done
}

// end is what is behind the last block.
func (r *Reader) end() error {
	end := r.in.End()
	if r.ended != io.EOF || r.all == nil || end == nil {
		return r.ended
	}
	if string(r.all.Sum(nil)[:len(end.Digest)]) != string(end.Digest[:]) {
		return errors.New("each block is whole, but the checksum over all images is wrong: blocks are missing, or are another file's")
	}
	return io.EOF
}

// Block is the images of one block, by the index.
func (r *Reader) Block(number int) (Set, error) {
	block, err := r.in.Block(number)
	if err != nil {
		return Set{}, err
	}
	if err := r.begin(block, number, r.in.First(number)); err != nil {
		return Set{}, err
	}
	last := len(r.pending) - 1
	done, err := received(r.ctx, r.pending[last])
	r.pending = r.pending[:last]
	if err == nil {
		err = done.err
	}
	return done.Set, err
}

// begin has a block decoded. The error is of the model.
func (r *Reader) begin(block vaez.Block, number, first int) error {
	if ByModel(block) && r.model == nil {
		m, err := r.find() // not aside: who opens a model may have something to take away behind it
		if err != nil {
			return err
		}
		if err := patient(r.ctx, func() error { return r.prepare(m) }); err != nil {
			return err
		}
	}
	damage := func(err error) error {
		return &vaez.DamageError{Block: number, First: first, Images: block.Images, Err: err}
	}
	side, err := side(memory.Available, r.in.Head, block.Images, false)
	if err == nil && ByModel(block) && r.coding.Lossy() != (block.Method == byLatents) {
		err = errCoding
	}
	if err != nil {
		r.pending = append(r.pending, failed(damage(err)))
		return nil
	}
	r.side = side
	r.pending = append(r.pending, aside(func() opened {
		out := r.decodeAny(block)
		if out.err != nil {
			out.err = damage(out.err)
		}
		return out
	}, func(err error) opened { return opened{err: err} }))
	return nil
}

// decodeAny decodes a block with what its method needs.
func (r *Reader) decodeAny(block vaez.Block) opened {
	if !ByModel(block) || block.Method == byLatents {
		return r.decode(nil, block)
	}
	c := <-r.free
	defer func() { r.free <- c }()
	return r.decode(c, block)
}

// fits sees that the images are the model's, and the model computes what it did for who encoded.
func (r *Reader) fits(m *model.Model) error {
	h, shape := r.in.Head, m.Shape()
	levels, err := Levels(m)
	if r.coding.Lossy() {
		levels, err = LossyLevels(m)
	}
	if err != nil {
		return err
	}
	if shape.Width != h.Width || shape.Height != h.Height || shape.Channels != h.Channels || levels != h.Levels {
		return fmt.Errorf("the images have %dx%dx%d and %d levels, and those of the model %v and %d", h.Width, h.Height, h.Channels, h.Levels, shape, levels)
	}
	if r.coding.Lossy() {
		return r.coding.checkLossy(m, h.Levels)
	}
	if err := r.coding.check(m, h.Levels); err != nil {
		return err
	}
	if r.coding.Rows > rowsFor(m, r.coding.Samples) {
		return errCoding
	}
	if err := fitsMemory(m, r.coding); err != nil {
		return err
	}
	print, err := fingerprint(m, r.coding, h.Levels)
	if err == nil && print != r.coding.Print {
		err = errOtherBits
	}
	return err
}

// decode decodes a block.
func (r *Reader) decode(c *chain, block vaez.Block) (out opened) {
	h := r.in.Head
	if out.Listing, out.err = vaez.ParseListing(block.Listing, block.Images); out.err != nil {
		return out
	}
	b := images{values: emptyImages(block.Images, h)}
	if ByModel(block) {
		if b.classes, out.err = classesOf(r.model, out.Listing, block.Images); out.err != nil {
			return out
		}
	}
	if block.Method == byLatents {
		out.err = r.decodeLossy(block, b)
	} else {
		out.err = decodeBlock(r.ctx, c, contextShape(h), block, b)
	}
	if out.err != nil {
		return out
	}
	out.values = bytesOf(b.values, h.Levels)
	if vaez.Checksum(0, out.values) != block.Sum {
		out.err = errors.New("is decoded to other images than it was made of")
	}
	out.Values = b.values
	return out
}

// classesOf are the classes of the images of a block, of a conditional model by its names for them.
func classesOf(m *model.Model, l vaez.Listing, n int) ([]int, error) {
	known := m.Classes()
	if len(known) == 0 {
		return nil, nil
	}
	if len(l.Labels) != n {
		return nil, errors.New("has no labels, without which a conditional model cannot decode it")
	}
	numbers := map[string]int{}
	for i, class := range known {
		numbers[class] = i
	}
	var classes []int
	for _, label := range l.Labels {
		class, ok := numbers[label]
		if !ok {
			return nil, fmt.Errorf("has the label %q, which the model does not know", console.Brief(label))
		}
		classes = append(classes, class)
	}
	return classes, nil
}

// ByModel tells whether a block is coded with the model.
func ByModel(b vaez.Block) bool {
	return b.Method == byModel || b.Method == picked || b.Method == byLatents
}

// Describe says what blocks are coded with, by the record of it; "" where there is none, or none that can be read.
func Describe(coding []byte) string {
	c, err := parseCoding(coding)
	if err != nil {
		return ""
	}
	if c.Lossy() {
		return c.describeLossy()
	}
	text := fmt.Sprintf("a model whose SHA-256 begins with %x", c.Model[:4])
	if c.Samples > 1 {
		text += fmt.Sprintf(", %d draws an image", c.Samples)
	}
	if c.File != nil {
		text += fmt.Sprintf(", which is in the file, %d bytes", len(c.File))
	}
	return text
}
