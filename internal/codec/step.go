package codec

import (
	"context"
	"errors"

	"vae/internal/ans"
	"vae/internal/likelihood"
	"vae/internal/model"
	"vae/internal/pmf"
)

// chain codes images with a model on a stack, some at a time: bits-back coding (Townsend et al. 2019, arXiv 1901.04866), of
// several levels in the order of Bit-Swap (Kingma et al. 2019, arXiv 1905.06845, algorithm 1).
//
// With one level, z is popped as if it had been pushed under q(z|x), which draws it and gives back as many bits as it has
// under q; then x is pushed under p(x|z), and z under p(z). Who decodes does the same backwards. A step does this for several
// images side by side, for the networks are quick with many rows alone; they share the stack.
type chain struct {
	ctx context.Context // which ends coding between two steps
	*networks
	pixels pixelCoder
	mixer  *mixer // nil where the pixels are the likelihood's alone
	levels []level
	draws  draws
	spent  Spent
	first  int  // image of the step in its block
	broken bool // latents were decoded that nobody can have drawn
}

// Spent is what the images that were coded with a model took, in bits.
type Spent struct {
	Latents int64 // under the prior, less what they gave back
	Pixels  int64
	Order   int64 // below 0: what it gave back that the order was free
}

// level is one of latents.
type level struct {
	latents int
	grid    pmf.Grid
	idle    []bool    // latents that carry nothing are not coded, and are 0
	cells   []int     // [rows,L]
	z       []float32 // [rows,L], the middle of each cell
}

// errDry says that there are not enough bits on the stack to draw latents with.
var errDry = errors.New("the stack holds too little to draw from")

// reserve is what must be on the stack before a latent is drawn: with less the draw would be none.
const reserve = 2 * pmf.GridPrecision

func newChain(m *model.Model, c *Coding, levels int) (*chain, error) {
	rows := c.Rows
	n, err := newNetworks(m, levels, rows, rows*c.Samples)
	if err != nil {
		return nil, err
	}
	pixels, err := likelihood.NewCoder(m.Likelihood())
	if err != nil {
		return nil, err
	}
	out := &chain{ctx: context.Background(), networks: n, pixels: alone{pixels}}
	if c.Mix != nil {
		out.mixer = newMixer(shapeOf(m, levels), c.Mix)
		out.pixels = out.mixer
	}
	for i, l := range m.Levels() {
		out.levels = append(out.levels, level{
			latents: l.Latents, grid: pmf.Grid{Shift: uint(c.Shifts[i])},
			cells: make([]int, rows*c.Samples*l.Latents), z: make([]float32, rows*c.Samples*l.Latents),
		})
	}
	out.levels[len(out.levels)-1].idle = c.Idle
	out.draws = newDraws(out, c)
	return out, nil
}

func (c *chain) top() int { return len(c.levels) - 1 }

// push codes images, of which the first is image first of its block. errDry leaves the stack in any state.
func (c *chain) push(s *ans.Stack, images [][]uint16, classes []int, first int) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	c.first = first
	if c.draws.k > 1 {
		return c.pushBest(s, images, classes)
	}
	n := len(images)
	q, err := c.encode(images, classes)
	if err != nil {
		return err
	}
	if err := c.draw(s, 0, q, n); err != nil {
		return err
	}
	out, err := c.decode(c.levels[0].z[:n*c.levels[0].latents], classes)
	if err != nil {
		return err
	}
	c.pushPixels(s, out, images)
	for i := 1; i < len(c.levels); i++ {
		if q, err = c.encodeAbove(i, c.levels[i-1].z); err != nil {
			return err
		}
		if err := c.draw(s, i, q, n); err != nil {
			return err
		}
		p, err := c.decodeBelow(i-1, c.levels[i].z)
		if err != nil {
			return err
		}
		c.give(s, i-1, p, n)
	}
	c.give(s, c.top(), density{}, n)
	return nil
}

// draw pops the latents of a level under q, the last first.
func (c *chain) draw(s *ans.Stack, i int, q density, n int) error {
	before := s.Bits()
	l := &c.levels[i]
	if !l.each(n, true, func(at int) bool {
		if s.Bits() < reserve {
			return false
		}
		s.Flip(c.mask(i, at))
		l.pop(s, q, at)
		return true
	}) {
		return errDry
	}
	c.spent.Latents -= int64(before - s.Bits())
	return nil
}

// give pushes the latents of a level under p, the last first.
func (c *chain) give(s *ans.Stack, i int, p density, n int) {
	before := s.Bits()
	l := &c.levels[i]
	l.each(n, true, func(at int) bool { l.push(s, p, at); return true })
	c.spent.Latents += int64(s.Bits() - before)
}

func (c *chain) pushPixels(s *ans.Stack, out []float32, images [][]uint16) {
	before := s.Bits()
	size := c.outputs()
	for j := len(images) - 1; j >= 0; j-- {
		c.pixels.push(s, out[j*size:][:size], images[j], j)
	}
	c.spent.Pixels += int64(s.Bits() - before)
}

// pop takes images from the stack: what push has done, backwards.
func (c *chain) pop(s *ans.Stack, images [][]uint16, classes []int, first int) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	c.first = first
	if c.draws.k > 1 {
		return c.popBest(s, images, classes)
	}
	n := len(images)
	c.take(s, c.top(), density{}, n)
	for i := c.top(); i > 0; i-- {
		p, err := c.decodeBelow(i-1, c.levels[i].z)
		if err != nil {
			return err
		}
		c.take(s, i-1, p, n)
		q, err := c.encodeAbove(i, c.levels[i-1].z)
		if err != nil {
			return err
		}
		c.giveBack(s, i, q, n)
	}
	out, err := c.decode(c.levels[0].z[:n*c.levels[0].latents], classes)
	if err != nil {
		return err
	}
	c.popPixels(s, out, images)
	q, err := c.encode(images, classes)
	if err != nil {
		return err
	}
	c.giveBack(s, 0, q, n)
	return nil
}

// take pops the latents of a level under p, the first first.
func (c *chain) take(s *ans.Stack, i int, p density, n int) {
	l := &c.levels[i]
	l.each(n, false, func(at int) bool { l.pop(s, p, at); return true })
}

// giveBack pushes the latents of a level under q: draw backwards.
func (c *chain) giveBack(s *ans.Stack, i int, q density, n int) {
	l := &c.levels[i]
	l.each(n, false, func(at int) bool {
		if _, frequency := l.part(q, at); frequency == 0 {
			c.broken = true
			return false
		}
		l.push(s, q, at)
		s.Flip(c.mask(i, at))
		return true
	})
}

// mask is which bits are flipped before a latent is drawn: the bits on the stack are those of images before, which are drawn from no
// model, and without it latents would be drawn from something near q.
func (c *chain) mask(i, at int) uint32 {
	return mixed(uint64(c.first+at/c.levels[i].latents)<<32|uint64(i)<<28|uint64(at%c.levels[i].latents)) & (gridTotal - 1)
}

func (c *chain) popPixels(s *ans.Stack, out []float32, images [][]uint16) {
	size := c.outputs()
	for j, image := range images {
		c.pixels.pop(s, out[j*size:][:size], image, j)
	}
}

// each goes through the latents of n rows that are coded, from the last on where backward.
func (l *level) each(n int, backward bool, do func(i int) bool) bool {
	all := n * l.latents
	for k := range all {
		i := k
		if backward {
			i = all - 1 - k
		}
		if l.idle != nil && l.idle[i%l.latents] {
			continue
		}
		if !do(i) {
			return false
		}
	}
	return true
}

// pop takes a latent from the stack.
func (l *level) pop(s *ans.Stack, d density, i int) {
	var cell int
	var start, frequency uint32
	if u := s.Peek(pmf.GridPrecision); d.mu == nil {
		cell, start, frequency = l.grid.Standard().At(u)
	} else {
		normal := l.normal(d, i)
		cell, start, frequency = normal.At(u)
	}
	s.Pop(start, frequency, pmf.GridPrecision)
	l.cells[i], l.z[i] = cell, l.grid.Value(cell)
}

// push puts a latent on the stack.
func (l *level) push(s *ans.Stack, d density, i int) {
	start, frequency := l.part(d, i)
	s.Push(start, frequency, pmf.GridPrecision)
}

// part is which numbers the cell of a latent has.
func (l *level) part(d density, i int) (start, frequency uint32) {
	if d.mu == nil {
		return l.grid.Standard().Part(l.cells[i])
	}
	normal := l.normal(d, i)
	return normal.Part(l.cells[i])
}

// normal is the distribution of a latent.
func (l *level) normal(d density, i int) pmf.Rounded {
	if d.drawn {
		return l.grid.Drawn(d.mu[i], d.logvar[i])
	}
	return l.grid.Normal(d.mu[i], d.logvar[i])
}
