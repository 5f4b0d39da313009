package codec

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"vae/internal/model"
)

// lossyArithmetic is the version of what of blocks by latents decides on bits; it begins a record, and none of [arithmetic] is as high.
const lossyArithmetic = 0x81

// lossyBody is the record of a coding by latents.
func (c *Coding) lossyBody() []byte {
	b := append([]byte{lossyArithmetic}, c.Model[:]...)
	b = binary.LittleEndian.AppendUint32(b, c.Print)
	b = binary.AppendUvarint(b, uint64(len(c.grid.steps)))
	b = append(b, c.grid.steps...)
	for _, middle := range c.grid.middles {
		b = binary.AppendVarint(b, int64(middle))
	}
	return append(b, c.File...)
}

func parseLossy(b []byte) (*Coding, error) {
	c := &Coding{grid: &lossyGrid{}}
	if len(b) < 1+modelBytes+4 {
		return nil, errCoding
	}
	copy(c.Model[:], b[1:])
	c.Print = binary.LittleEndian.Uint32(b[1+modelBytes:])
	b = b[1+modelBytes+4:]
	latents, n := binary.Uvarint(b)
	if n <= 0 || latents > uint64(len(b)-n) {
		return nil, errCoding
	}
	b = b[n:]
	c.grid.steps, b = b[:latents:latents], b[latents:]
	for range latents {
		middle, n := binary.Varint(b)
		if n <= 0 || middle < -mostMiddle || middle > mostMiddle {
			return nil, errCoding
		}
		c.grid.middles, b = append(c.grid.middles, int(middle)), b[n:]
	}
	if len(b) > 0 {
		c.File = b
	}
	return c, nil
}

// Lossy tells whether images are coded by their latents.
func (c *Coding) Lossy() bool { return c.grid != nil }

// lossyPrint is what two images that nobody drew are decoded to, see fingerprint.
func lossyPrint(m *model.Model, g *lossyGrid, levels int) (uint32, error) {
	p, err := newPress(m, levels)
	if err != nil {
		return 0, err
	}
	p.grid = g
	var classes []int
	for i := range 2 * p.latents {
		p.z[i] = g.value(i%p.latents, int(mixed(uint64(i+1))%7)-3)
	}
	if n := len(m.Classes()); n > 0 {
		classes = []int{0, int(mixed(0) % uint32(n))}
	}
	if err := p.decodeMeans(2, classes); err != nil {
		return 0, err
	}
	h := sha256.New()
	for _, v := range p.mean[:2*p.values()] {
		if v-v != 0 {
			return 0, errors.New("makes numbers of latents that are none: it is damaged, or its training has diverged")
		}
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
	return binary.LittleEndian.Uint32(h.Sum(nil)), nil
}

// checkLossy sees that the coding fits a model.
func (c *Coding) checkLossy(m *model.Model, levels int) error {
	if len(c.grid.steps) != m.Levels()[0].Latents {
		return errCoding
	}
	print, err := lossyPrint(m, c.grid, levels)
	if err == nil && print != c.Print {
		err = errOtherBits
	}
	return err
}

var errOtherBits = errors.New("this machine computes other bits with the model than the one that compressed the images, and would open them wrongly")

// describeLossy is Describe of such a coding.
func (c *Coding) describeLossy() string {
	text := fmt.Sprintf("the latents of a model whose SHA-256 begins with %x", c.Model[:4])
	if c.File != nil {
		text += fmt.Sprintf(", which is in the file, %d bytes", len(c.File))
	}
	return text
}
