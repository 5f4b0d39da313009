package graph

import (
	"cmp"
	"slices"

	"gorgonia.org/gorgonia"

	"vae/internal/op"
)

// buffered is an operation of ours, whose memory the machine places: its result's
// first.
type buffered interface{ Buffers() []*op.Buffer }

// overwriting is an operation that may write one of its buffers over what it reads from an
// input: nil where it has none.
type overwriting interface {
	Over() (b *op.Buffer, input int)
}

// span is the part of a run in which a buffer holds something: from step first to step
// last, both included.
type span struct {
	buffer      *op.Buffer
	behind      []*op.Buffer // written over it, in the same place
	first, last int
	at          int // its place in the common memory
}

// placeBuffers lays out the buffers of all operations in one piece of memory, such that
// two share a place only where the one is needed no more when the other is written.
// What is kept is needed to the end.
func (m *machine) placeBuffers(kept gorgonia.Nodes) {
	m.buffers, m.apart = m.spans(kept), 0
	for _, s := range m.buffers {
		m.apart += s.buffer.Len() * (1 + len(s.behind))
	}
	m.placed = place(m.buffers)
}

// takeMemory gives the buffers their places.
func (m *machine) takeMemory() {
	memory := make([]float32, m.placed)
	for _, s := range m.buffers {
		place := memory[s.at : s.at+s.buffer.Len() : s.at+s.buffer.Len()]
		for _, b := range append(s.behind, s.buffer) {
			b.Bind(place)
		}
	}
	m.buffers = nil
}

// beside is how many numbers lie beside the common memory: the values of stock operations,
// and buffers whose contents outlast a run.
func (m *machine) beside() (n int) {
	known := map[*op.Buffer]bool{}
	for _, s := range m.steps {
		o, ours := s.op.(buffered)
		if !ours {
			n += s.node.Shape().TotalSize()
			continue
		}
		for _, b := range o.Buffers() {
			if !b.Shared() && !known[b] {
				known[b] = true
				n += b.Len()
			}
		}
	}
	return n
}

// spans finds when each buffer is in use.
func (m *machine) spans(kept gorgonia.Nodes) []*span {
	var all []*span
	known := map[*op.Buffer]*span{}
	touch := func(b *op.Buffer, at int) {
		s := known[b]
		if s == nil && b.Shared() {
			s = &span{buffer: b, first: at}
			known[b], all = s, append(all, s)
		}
		if s != nil {
			s.last = max(s.last, at)
		}
	}
	for i, s := range m.steps {
		if o, ours := s.op.(buffered); ours {
			for _, b := range o.Buffers() {
				touch(b, i)
			}
		}
		for _, child := range childrenOf(s.node) {
			if b := m.result[child]; b != nil {
				touch(b, i)
			}
		}
	}
	for _, n := range kept {
		if b := m.result[n]; b != nil {
			touch(b, len(m.steps))
		}
	}
	return m.joined(all, known)
}

// joined makes one of two spans where an operation may write over what it reads, which nobody
// needs any more: in the nearest cache, and without a place of its own.
func (m *machine) joined(all []*span, known map[*op.Buffer]*span) []*span {
	for i, s := range m.steps {
		o, ok := s.op.(overwriting)
		if !ok {
			continue
		}
		b, input := o.Over()
		if b == nil {
			continue
		}
		from, to := known[m.result[childrenOf(s.node)[input]]], known[b]
		if from == nil || to == nil || from == to || from.last != i || to.first != i || from.buffer.Len() != b.Len() {
			continue
		}
		from.last, from.behind = to.last, append(append(from.behind, to.buffer), to.behind...)
		for _, b := range append(to.behind, to.buffer) {
			known[b] = from
		}
		all = slices.DeleteFunc(all, func(s *span) bool { return s == to })
	}
	return all
}

// line is how many numbers a line of the cache holds: each buffer begins a new one.
const line = 16

// place gives each span the lowest place that no other of its time has, the largest
// first, and returns the size of the whole.
func place(spans []*span) (size int) {
	order := slices.Clone(spans)
	slices.SortStableFunc(order, func(a, b *span) int { return cmp.Compare(b.buffer.Len(), a.buffer.Len()) })
	for i, s := range order {
		var beside []*span // of the same time, by place
		for _, other := range order[:i] {
			if other.first <= s.last && s.first <= other.last {
				beside = append(beside, other)
			}
		}
		slices.SortFunc(beside, func(a, b *span) int { return cmp.Compare(a.at, b.at) })
		for _, other := range beside {
			if s.at+s.buffer.Len() <= other.at {
				break
			}
			s.at = max(s.at, (other.at+other.buffer.Len()+line-1)/line*line)
		}
		size = max(size, s.at+s.buffer.Len())
	}
	return size
}
