package codec

import (
	"vae/internal/model"
	"vae/internal/vaez"
)

// prepareLossy makes room for blocks by latents.
func (r *Reader) prepareLossy(m *model.Model) (err error) {
	if err := pressFits(m); err != nil {
		return err
	}
	r.presses, err = presses(m, r.in.Head.Levels, &press{grid: r.coding.grid})
	return err
}

// decodeLossy decodes a block into images that have their size.
func (r *Reader) decodeLossy(block vaez.Block, b images) error {
	p := <-r.presses
	defer func() { r.presses <- p }()
	numbers, err := decodeNumbers(block.Payload, len(b.values), p.latents)
	if err != nil {
		return err
	}
	return p.images(numbers, b)
}

// ByLatents tells whether a block is the latents of its images alone.
func ByLatents(b vaez.Block) bool { return b.Method == byLatents }
