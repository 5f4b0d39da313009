package codec

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"vae/internal/ans"
	"vae/internal/exact"
	"vae/internal/model"
	"vae/internal/pmf"
)

// Coding is what blocks are coded with beside the model itself: what its record in a file says.
type Coding struct {
	Model   [modelBytes]byte // of the SHA-256 of the model file
	Print   uint32           // what coding comes to on this machine, see fingerprint
	Rows    int              // images of a step
	Samples int              // draws of an image
	Shifts  []int            // of the grid of each level
	Idle    []bool           // latents of the uppermost level that are not coded; nil for none
	Mix     []int            // weights of the mixer; nil for none
	File    []byte           // the model file; nil where it is not in the file
	grid    *lossyGrid       // of images that are coded by their latents, where beside it there is but Model, Print and File
}

// modelBytes is how much of the digest of a model file is kept.
const modelBytes = 16

// ModelSum is what of the digest of a model file is kept.
func ModelSum(file []byte) (sum [modelBytes]byte) {
	all := sha256.Sum256(file)
	copy(sum[:], all[:])
	return sum
}

// arithmetic is the version of what of this package, pmf and the kernels decides on bits.
const arithmetic = 1

// The limits of what a file may ask for.
const (
	maxRows = 256
	// MaxSamples is the most draws of an image.
	MaxSamples = 1 << 12
)

func (c *Coding) body() []byte {
	if c.Lossy() {
		return c.lossyBody()
	}
	b := append([]byte{arithmetic}, c.Model[:]...)
	b = binary.LittleEndian.AppendUint32(b, c.Print)
	b = binary.AppendUvarint(b, uint64(c.Rows))
	b = binary.AppendUvarint(b, uint64(c.Samples))
	b = append(b, byte(len(c.Shifts)))
	for _, shift := range c.Shifts {
		b = append(b, byte(shift))
	}
	b = binary.AppendUvarint(b, uint64(len(c.Idle)))
	mask := make([]byte, (len(c.Idle)+7)/8)
	for i, idle := range c.Idle {
		if idle {
			mask[i/8] |= 1 << (i % 8)
		}
	}
	b = append(b, mask...)
	b = binary.AppendUvarint(b, uint64(len(c.Mix)))
	for _, weight := range c.Mix {
		b = binary.AppendVarint(b, int64(weight))
	}
	return append(b, c.File...)
}

// size is about what the record of the coding takes, without the model.
func (c *Coding) size() int {
	without := *c
	without.File = nil
	return len(without.body()) + 8
}

var errCoding = errors.New("what it is coded with is damaged, or of a newer program")

// parseCoding reads a record; whether it fits a model is for check to tell.
func parseCoding(b []byte) (*Coding, error) {
	c := &Coding{}
	if len(b) > 0 && b[0] == lossyArithmetic {
		return parseLossy(b)
	}
	if len(b) > 0 && b[0] != arithmetic {
		return nil, fmt.Errorf("is coded by arithmetic of version %d, where this program has %d", b[0], arithmetic)
	}
	if len(b) < 1+modelBytes+4 {
		return nil, errCoding
	}
	copy(c.Model[:], b[1:])
	c.Print = binary.LittleEndian.Uint32(b[1+modelBytes:])
	b = b[1+modelBytes+4:]
	number := func(most uint64) int {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > most {
			b = nil
			return -1
		}
		b = b[n:]
		return int(v)
	}
	c.Rows, c.Samples = number(maxRows), number(MaxSamples)
	levels := number(math.MaxUint8)
	if levels < 1 || levels > len(b) {
		return nil, errCoding
	}
	for _, shift := range b[:levels] {
		c.Shifts = append(c.Shifts, int(shift))
	}
	b = b[levels:]
	idle := number(1 << 24)
	if idle < 0 || (idle+7)/8 > len(b) || c.Rows < 1 || c.Samples < 1 {
		return nil, errCoding
	}
	for i := range idle {
		c.Idle = append(c.Idle, b[i/8]>>(i%8)&1 == 1)
	}
	b = b[(idle+7)/8:]
	switch weights := number(uint64(weightCount)); weights {
	case 0:
	case weightCount:
		for range weights {
			weight, n := binary.Varint(b)
			if n <= 0 || weight != int64(int16(weight)) {
				return nil, errCoding
			}
			c.Mix, b = append(c.Mix, int(weight)), b[n:]
		}
	default:
		return nil, errCoding
	}
	if len(b) > 0 {
		c.File = b
	}
	return c, nil
}

// check sees that the coding fits a model.
func (c *Coding) check(m *model.Model, values int) error {
	levels := m.Levels()
	if c.Mix != nil && values != BlackAndWhite {
		return errCoding
	}
	if len(c.Shifts) != len(levels) || c.Idle != nil && len(c.Idle) != m.Top().Latents {
		return errCoding
	}
	for _, shift := range c.Shifts {
		if shift < pmf.LeastShift || shift > pmf.MostShift {
			return errCoding
		}
	}
	return nil
}

// usualShift is that of a grid whose cells are small enough for most models.
const usualShift = 6

// idleKL is below how many nats an image a latent carries nothing.
const idleKL = 1e-3

// settle chooses grids, and the latents that are left out, by some images.
func (c *Coding) settle(n *networks, images [][]uint16, classes []int) error {
	q, err := n.encode(images, classes)
	if err != nil {
		return err
	}
	for i, l := range n.model.Levels() {
		if i > 0 {
			if q, err = n.encodeAbove(i, q.mu); err != nil {
				return err
			}
		}
		mu, logvar := q.mu[:len(images)*l.Latents], q.logvar[:len(images)*l.Latents]
		c.Shifts = append(c.Shifts, shiftFor(logvar))
		if i == len(n.model.Levels())-1 {
			c.Idle = idle(mu, logvar, l.Latents)
		}
	}
	return nil
}

// shiftFor makes cells no larger than half a standard deviation, of 19 in 20 latents.
func shiftFor(logvar []float32) int {
	sorted := slices.Sorted(slices.Values(logvar))
	sigma := exact.Exp(float64(sorted[len(sorted)/20]) / 2)
	shift := usualShift
	for shift < pmf.MostShift && sigma*float64(int(1)<<shift) < 2 {
		shift++
	}
	return shift
}

// idle are the latents whose divergence from the prior is next to nothing in the mean; nil for none.
func idle(mu, logvar []float32, latents int) []bool {
	all, found := make([]bool, latents), false
	for l := range latents {
		var kl float64
		for i := l; i < len(mu); i += latents {
			m, v := float64(mu[i]), float64(logvar[i])
			kl += float64(float64(0.5*float64(float64(m*m)+exact.Exp(v)-1-v)) / float64(len(mu)/latents))
		}
		all[l] = kl < idleKL
		found = found || all[l]
	}
	if !found {
		return nil
	}
	return all
}

// fingerprint is what two images that nobody drew come to, with what is made of them on the way: two machines on which it is the same
// have the same networks, bit for bit, and what one has coded the other decodes.
func fingerprint(m *model.Model, c *Coding, levels int) (uint32, error) {
	small := *c
	small.Rows, small.Samples, small.Mix = 2, 1, nil
	chain, err := newChain(m, &small, levels)
	if err != nil {
		return 0, err
	}
	images, classes, number := make([][]uint16, 2), []int(nil), uint64(0)
	draw := func(n int) uint32 { number++; return mixed(number) % uint32(n) }
	for i := range images {
		images[i] = make([]uint16, m.Shape().Pixels())
		for j := range images[i] {
			images[i][j] = uint16(draw(levels))
		}
	}
	if n := len(m.Classes()); n > 0 {
		classes = []int{int(draw(n)), int(draw(n))}
	}
	var s ans.Stack
	latents := 0
	for _, l := range m.Levels() {
		latents += l.Latents
	}
	for range 2*2*latents + 16 { // a latent takes one of these numbers at the most
		s.Push(draw(1<<pmf.GridPrecision), 1, pmf.GridPrecision)
	}
	if err := chain.push(&s, images, classes, 0); err != nil {
		return 0, err
	}
	raw, err := chain.raw(images, classes)
	if err != nil {
		return 0, err
	}
	if !finite(raw) {
		return 0, errors.New("makes numbers of an image that are none: it is damaged, or its training has diverged")
	}
	h := sha256.New()
	for _, v := range raw {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
	h.Write(s.Append(nil))
	return binary.LittleEndian.Uint32(h.Sum(nil)), nil
}

func finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// raw are the numbers that the networks make of images, and of the latents that were drawn last.
func (c *chain) raw(images [][]uint16, classes []int) ([]float32, error) {
	q, err := c.encode(images, classes)
	if err != nil {
		return nil, err
	}
	all := append(slices.Clone(q.mu), q.logvar...)
	out, err := c.decode(c.levels[0].z, classes)
	if err != nil {
		return nil, err
	}
	all = append(all, out...)
	for i := 1; i < len(c.levels); i++ {
		if q, err = c.encodeAbove(i, c.levels[i-1].z); err != nil {
			return nil, err
		}
		p, err := c.decodeBelow(i-1, c.levels[i].z)
		if err != nil {
			return nil, err
		}
		all = slices.Concat(all, q.mu, q.logvar, p.mu, p.logvar)
	}
	return all, nil
}
