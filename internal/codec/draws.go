package codec

import (
	"vae/internal/ans"
	"vae/internal/exact"
	"vae/internal/pmf"
)

// draws codes each image with one of K draws of its latents, of which a better one is the likelier: coupled bits-back
// importance sampling (Ruan et al. 2021, arXiv 2102.11086, section 3.3), which takes the bound of K draws in the mean.
//
// All K come of one number u for each latent, which is popped as it is: draw k has the cell of u plus the k-th shift, round the
// end, under q. Which is used is popped by their weights w = p(x,z)/q(z|x), and pushed as one of K that are alike. u is told by the
// draw that was used and the place of u in its cell, which is pushed as one of as many as the cell has numbers.
type draws struct {
	k      int
	shifts [][]uint32 // of each level [K,L]
	u      [][]uint32 // of each level [rows,L]
	costs  []int64    // of each draw [rows,K], -log2 w
	chosen []int      // draw of each row
}

const gridTotal = 1 << pmf.GridPrecision

func newDraws(c *chain, o *Coding) draws {
	d := draws{k: o.Samples}
	if d.k == 1 {
		return d
	}
	d.costs, d.chosen = make([]int64, o.Rows*d.k), make([]int, o.Rows)
	number := uint64(0)
	for _, l := range c.levels {
		shifts := make([]uint32, d.k*l.latents)
		for i := l.latents; i < len(shifts); i++ { // the first draw has u itself
			number++
			shifts[i] = mixed(number) >> (32 - pmf.GridPrecision)
		}
		d.shifts = append(d.shifts, shifts)
		d.u = append(d.u, make([]uint32, o.Rows*l.latents))
	}
	return d
}

// mixed is a number whose bits look drawn (Steele et al. 2014, SplitMix64).
func mixed(i uint64) uint32 {
	z := i * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return uint32((z ^ z>>31) >> 32)
}

// pushBest is push of the best of K draws.
func (c *chain) pushBest(s *ans.Stack, images [][]uint16, classes []int) error {
	n, before := len(images), s.Bits()
	for i := range c.levels {
		if !c.levels[i].each(n, true, func(at int) bool {
			if s.Bits() < reserve {
				return false
			}
			s.Flip(c.mask(i, at))
			u := s.Peek(pmf.GridPrecision)
			s.Pop(u, 1, pmf.GridPrecision)
			c.draws.u[i][at] = u
			return true
		}) {
			return errDry
		}
	}
	q, err := c.encode(images, classes)
	if err != nil {
		return err
	}
	d, err := c.spread(q, images, classes)
	if err != nil {
		return err
	}
	for j := n - 1; j >= 0; j-- {
		if s.Bits() < reserve {
			return errDry
		}
		c.draws.chosen[j] = c.popChoice(s, j)
	}
	for i := c.top(); i >= 0; i-- {
		c.pushPlaces(s, i, d.q[i], n)
	}
	middle := s.Bits()
	size := c.outputs()
	for j := n - 1; j >= 0; j-- {
		c.pixels.push(s, d.out[c.row(j)*size:][:size], images[j], j)
	}
	pixels := s.Bits() - middle
	for i := range c.levels {
		c.pushChosen(s, i, d.p[i], n)
	}
	for j := n - 1; j >= 0; j-- {
		pushOneOf(s, uint32(c.draws.chosen[j]), uint32(c.draws.k))
	}
	c.spent.Pixels += int64(pixels)
	c.spent.Latents += int64(s.Bits() - before - pixels)
	return nil
}

// row is that of the draw which an image uses.
func (c *chain) row(j int) int { return j*c.draws.k + c.draws.chosen[j] }

// all are the distributions of all draws of all images.
type all struct {
	q, p []density // of each level; q of the lowest has a row an image, the others one a draw
	out  []float32 // of the decoder
}

// spread works out all draws of images by u: cells, and the cost of each.
func (c *chain) spread(q density, images [][]uint16, classes []int) (d all, err error) {
	n, k := len(images), c.draws.k
	clear(c.draws.costs)
	var many []int
	for _, class := range classes {
		for range k {
			many = append(many, class)
		}
	}
	for i := range c.levels {
		if i > 0 {
			if q, err = c.encodeAbove(i, c.levels[i-1].z); err != nil {
				return d, err
			}
		}
		c.place(i, q, n)
		d.q = append(d.q, q)
		if i == 0 {
			if d.out, err = c.decode(c.levels[0].z[:n*k*c.levels[0].latents], many); err != nil {
				return d, err
			}
			size := c.outputs()
			for row := range n * k {
				c.draws.costs[row] += c.pixels.cost(d.out[row*size:][:size], images[row/k], row/k)
			}
			continue
		}
		p, err := c.decodeBelow(i-1, c.levels[i].z)
		if err != nil {
			return d, err
		}
		c.charge(i-1, p, n)
		d.p = append(d.p, p)
	}
	c.charge(c.top(), density{}, n)
	d.p = append(d.p, density{})
	return d, nil
}

// place finds the cells of all draws of a level, and takes what they give back off the costs.
func (c *chain) place(i int, q density, n int) {
	l, k := &c.levels[i], c.draws.k
	l.each(n*k, false, func(at int) bool {
		row, latent := at/l.latents, at%l.latents
		from := at
		if i == 0 {
			from = row/k*l.latents + latent
		}
		u := (c.draws.u[i][row/k*l.latents+latent] + c.draws.shifts[i][row%k*l.latents+latent]) & (gridTotal - 1)
		normal := l.normal(q, from)
		cell, _, frequency := normal.At(u)
		l.cells[at], l.z[at] = cell, l.grid.Value(cell)
		c.draws.costs[row] -= exact.Bits(frequency, pmf.GridPrecision)
		return true
	})
}

// charge adds what the draws of a level cost under p.
func (c *chain) charge(i int, p density, n int) {
	l := &c.levels[i]
	l.each(n*c.draws.k, false, func(at int) bool {
		_, frequency := l.part(p, at)
		c.draws.costs[at/l.latents] += exact.Bits(frequency, pmf.GridPrecision)
		return true
	})
}

// pushPlaces pushes where in the cells of the draws in use u lies, the last first. q is as in all.
func (c *chain) pushPlaces(s *ans.Stack, i int, q density, n int) {
	l, k := &c.levels[i], c.draws.k
	l.each(n, true, func(at int) bool {
		j, latent := at/l.latents, at%l.latents
		row := c.row(j)*l.latents + latent
		from := row
		if i == 0 {
			from = at
		}
		normal := l.normal(q, from)
		start, frequency := normal.Part(l.cells[row])
		u := (c.draws.u[i][at] + c.draws.shifts[i][row/l.latents%k*l.latents+latent]) & (gridTotal - 1)
		pushOneOf(s, u-start, frequency)
		return true
	})
}

// pushChosen pushes the latents of the draws in use under p, the last first.
func (c *chain) pushChosen(s *ans.Stack, i int, p density, n int) {
	l := &c.levels[i]
	l.each(n, true, func(at int) bool {
		start, frequency := l.part(p, c.row(at/l.latents)*l.latents+at%l.latents)
		s.Push(start, frequency, pmf.GridPrecision)
		return true
	})
}

// popBest is pop of images that pushBest has pushed.
func (c *chain) popBest(s *ans.Stack, images [][]uint16, classes []int) error {
	n := len(images)
	for j := range n {
		c.draws.chosen[j] = int(popOneOf(s, uint32(c.draws.k)))
	}
	lowest, err := c.popOne(s, images, classes, n)
	if err != nil {
		return err
	}
	for i := range c.levels {
		q := lowest
		if i > 0 {
			if q, err = c.encodeAbove(i, c.levels[i-1].z); err != nil {
				return err
			}
		}
		c.popPlaces(s, i, q, n)
	}
	if _, err := c.spread(lowest, images, classes); err != nil {
		return err
	}
	for j := range n {
		starts, k := c.choices(j), c.draws.chosen[j]
		s.Push(starts[k], starts[k+1]-starts[k], choicePrecision)
	}
	for i := c.top(); i >= 0; i-- {
		c.levels[i].each(n, false, func(at int) bool {
			s.Push(c.draws.u[i][at], 1, pmf.GridPrecision)
			s.Flip(c.mask(i, at))
			return true
		})
	}
	return nil
}

// popOne pops the latents in use from the top down, a row an image, and the images.
func (c *chain) popOne(s *ans.Stack, images [][]uint16, classes []int, n int) (q density, err error) {
	var p density
	for i := c.top(); i >= 0; i-- {
		c.take(s, i, p, n)
		if i > 0 {
			if p, err = c.decodeBelow(i-1, c.levels[i].z); err != nil {
				return q, err
			}
		}
	}
	out, err := c.decode(c.levels[0].z[:n*c.levels[0].latents], classes)
	if err != nil {
		return q, err
	}
	c.popPixels(s, out, images)
	return c.encode(images, classes)
}

// popPlaces pops where in their cells u lies, and works u out.
func (c *chain) popPlaces(s *ans.Stack, i int, q density, n int) {
	l := &c.levels[i]
	l.each(n, false, func(at int) bool {
		j, latent := at/l.latents, at%l.latents
		start, frequency := l.part(q, at)
		if frequency == 0 {
			c.broken, frequency = true, 1
		}
		u := start + popOneOf(s, frequency)
		c.draws.u[i][at] = (u - c.draws.shifts[i][c.draws.chosen[j]*l.latents+latent]) & (gridTotal - 1)
		return true
	})
}
