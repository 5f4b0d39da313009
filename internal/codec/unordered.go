package codec

import (
	"slices"

	"vae/internal/ans"
	"vae/internal/causal"
	"vae/internal/vaez"
)

// A set whose order says nothing is coded in an order that says something else: which image comes next is popped from the stack, as if it
// had been pushed as one of those that are left (Severo et al. 2021, arXiv 2107.09202). That gives back log2 n! bits of n images. Who
// decodes keeps the images so far in order, and pushes the place of each among them.

// pile is images in the order of their values, and of their classes where these are alike. It is kept in parts, so that putting in and
// taking out moves few.
type pile struct {
	parts [][]member
	n     int
}

// member is an image, and its number where it came.
type member struct {
	values        []uint16
	class, number int
}

func (a member) compare(b member) int {
	if c := slices.Compare(a.values, b.values); c != 0 {
		return c
	}
	return a.class - b.class
}

// mostOfPart is how many a part has at most.
const mostOfPart = 512

// newPile is a pile of all these.
func newPile(all []member) *pile {
	slices.SortStableFunc(all, member.compare)
	p := &pile{n: len(all)}
	for part := range slices.Chunk(all, mostOfPart/2) {
		p.parts = append(p.parts, slices.Clone(part))
	}
	return p
}

// take removes the member at a place, and tells where those that are alike begin, and how many they are with it.
func (p *pile) take(at int) (m member, first, alike int) {
	part, i := 0, at
	for i >= len(p.parts[part]) {
		i -= len(p.parts[part])
		part++
	}
	m = p.parts[part][i]
	first, alike = p.place(m)
	p.parts[part] = slices.Delete(p.parts[part], i, i+1)
	p.n--
	return m, first, alike
}

// put adds a member, and tells the same as take that would remove it.
func (p *pile) put(m member) (first, alike int) {
	part := 0
	for part < len(p.parts)-1 && (len(p.parts[part]) == 0 || p.parts[part][len(p.parts[part])-1].compare(m) < 0) {
		part++
	}
	if len(p.parts) == 0 {
		p.parts = append(p.parts, nil)
	}
	i, _ := slices.BinarySearchFunc(p.parts[part], m, member.compare)
	p.parts[part] = slices.Insert(p.parts[part], i, m)
	p.n++
	if all := p.parts[part]; len(all) > mostOfPart {
		p.parts = slices.Insert(p.parts, part+1, slices.Clone(all[mostOfPart/2:]))
		p.parts[part] = all[:mostOfPart/2]
	}
	return p.place(m)
}

// place is where those begin that are like m, and how many they are.
func (p *pile) place(m member) (first, alike int) {
	for _, part := range p.parts {
		switch {
		case len(part) == 0:
			continue
		case part[len(part)-1].compare(m) < 0:
			first += len(part)
			continue
		case part[0].compare(m) > 0:
			return first, alike
		}
		i, _ := slices.BinarySearchFunc(part, m, member.compare)
		first += i
		for ; i < len(part) && part[i].compare(m) == 0; i++ {
			alike++
		}
		if i < len(part) {
			return first, alike
		}
	}
	return first, alike
}

// interval is which numbers places from first on have, so many of n.
func interval(first, many, n int) (start, frequency uint32) {
	from, to := uint64(first)<<ans.MaxPrecision/uint64(n), uint64(first+many)<<ans.MaxPrecision/uint64(n)
	return uint32(from), uint32(to - from)
}

// pick pops the next image of a pile.
func (p *pile) pick(s *ans.Stack) member {
	u := uint64(s.Peek(ans.MaxPrecision))
	n := p.n
	m, first, alike := p.take(int(((u+1)*uint64(n) - 1) >> ans.MaxPrecision))
	start, frequency := interval(first, alike, n)
	s.Pop(start, frequency, ans.MaxPrecision)
	return m
}

// giveBack pushes where an image lies in a pile that it is put into: pick backwards.
func (p *pile) giveBack(s *ans.Stack, m member) {
	first, alike := p.put(m)
	start, frequency := interval(first, alike, p.n)
	s.Push(start, frequency, ans.MaxPrecision)
}

// members are images of a block.
func (b images) members() (all []member) {
	for i, values := range b.values {
		m := member{values: values, number: i}
		if b.classes != nil {
			m.class = b.classes[i]
		}
		all = append(all, m)
	}
	return all
}

// encodeUnordered codes a block in an order that it tells: of each place the number of the image that comes there.
func (c *chain) encodeUnordered(shape causal.Shape, b images) (block vaez.Block, order []int, start int, err error) {
	n := len(b.values)
	for _, plain := range plainCounts {
		if plain >= n {
			break
		}
		var pushed ans.Stack
		choices, err := choicesOf(c.ctx, causal.New(shape, plain), shape, b.values[n-plain:])
		if err != nil {
			return block, nil, 0, err
		}
		choices.push(&pushed)
		for _, pace := range paces {
			s := pushed.Clone()
			c.spent = Spent{}
			if order, err = c.encodePicked(s, b, n-plain, steps(n, plain, pace, c.encoder.Rows())); err != errDry {
				for i := n - plain; i < n; i++ {
					order = append(order, i)
				}
				return vaez.Block{Images: n, Method: picked, Plain: plain, Pace: pace, Payload: s.Append(nil)}, order, pushed.Bits(), err
			}
		}
	}
	return block, nil, 0, errDry
}

// encodePicked codes the first n images, which are picked.
func (c *chain) encodePicked(s *ans.Stack, b images, n int, steps []int) (order []int, err error) {
	order = make([]int, n)
	left := newPile(images{b.values[:n], b.class(0, n)}.members())
	for _, m := range steps {
		step := images{values: make([][]uint16, m)}
		before := s.Bits()
		for j := m - 1; j >= 0; j-- {
			if s.Bits() < reserve+ans.MaxPrecision {
				return nil, errDry
			}
			picked := left.pick(s)
			order[n-m+j], step.values[j] = picked.number, picked.values
			if b.classes != nil {
				step.classes = append([]int{picked.class}, step.classes...)
			}
		}
		c.spent.Order -= int64(before - s.Bits())
		if err := c.push(s, step.values, step.classes, n-m); err != nil {
			return nil, err
		}
		n -= m
	}
	return order, nil
}

// decodePicked decodes images that encodePicked has coded, and behind them those that are coded by context.
func (c *chain) decodePicked(s *ans.Stack, shape causal.Shape, b images, steps []int) error {
	all, first := newPile(nil), 0
	for _, n := range slices.Backward(steps) {
		step := images{b.values[first : first+n], b.class(first, first+n)}
		if err := c.pop(s, step.values, step.classes, first); err != nil {
			return err
		}
		for _, m := range step.members() {
			all.giveBack(s, m)
		}
		first += n
	}
	m := causal.New(shape, len(b.values)-first)
	return each(c.ctx, b.values[first:], func(image []uint16) { m.Pop(s, image) })
}

// inOrder are images in another order, which tells of each place who comes there.
func inOrder(all []Image, order []int) []Image {
	out := make([]Image, len(all))
	for i, from := range order {
		out[i] = all[from]
	}
	return out
}
