package ans

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// heads are those at the ends of what a head can be, with and without words below.
var heads = []uint64{0, 1, 2, 3, least - 1, least, least + 1, 1<<63 - 1, 1 << 63, math.MaxUint64 - 1, math.MaxUint64}

func stacks() (all []*Stack) {
	for _, head := range heads {
		all = append(all, &Stack{head: head})
		if head >= least {
			all = append(all, &Stack{head: head, tail: []uint32{0}}, &Stack{head: head, tail: []uint32{1, math.MaxUint32}})
		}
	}
	return all
}

func same(a, b *Stack) bool { return a.head == b.head && slices.Equal(a.tail, b.tail) }

// valid tells whether a stack is one that pushing can have made.
func (s *Stack) valid() bool { return s.head >= least || len(s.tail) == 0 }

// There and back, of every part of small totals, from heads at both ends and from others.
func TestPopInvertsPushOfSmallTotals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for precision := uint(0); precision <= 6; precision++ {
		total := uint32(1) << precision
		for start := range total {
			for frequency := uint32(1); start+frequency <= total; frequency++ {
				all := stacks()
				for range 20 {
					all = append(all, &Stack{head: least + r.Uint64N(math.MaxUint64-least), tail: []uint32{r.Uint32()}})
				}
				for _, s := range all {
					before := s.Clone()
					s.Push(start, frequency, precision)
					if at := s.Peek(precision); at < start || at >= start+frequency || !s.valid() {
						t.Fatalf("%+v: push of %d+%d of 2^%d gives %+v, where %d is seen", before, start, frequency, precision, s, at)
					}
					if s.Pop(start, frequency, precision); !same(s, before) {
						t.Fatalf("%+v: push and pop of %d+%d of 2^%d gives %+v", before, start, frequency, precision, s)
					}
				}
			}
		}
	}
}

// The other way round: what is popped from any stack comes back.
func TestPushInvertsPop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Stack{head: rapid.Uint64().Draw(t, "head"), tail: rapid.SliceOf(rapid.Uint32()).Draw(t, "tail")}
		if !s.valid() {
			s.head += least
		}
		precision := rapid.UintRange(0, MaxPrecision).Draw(t, "precision")
		before := s.Clone()
		at := uint64(s.Peek(precision))
		start := rapid.Uint64Range(0, at).Draw(t, "start")
		end := rapid.Uint64Range(at+1, 1<<precision).Draw(t, "end")
		if end-start > math.MaxUint32 {
			end--
		}
		if end <= at {
			start, end = start+1, end+1
		}
		s.Pop(uint32(start), uint32(end-start), precision)
		if !s.valid() {
			t.Fatalf("%+v becomes %+v", before, s)
		}
		if s.Push(uint32(start), uint32(end-start), precision); !same(s, before) {
			t.Fatalf("%+v becomes %+v", before, s)
		}
	})
}

type symbol struct {
	start, frequency uint32
	precision        uint
}

// Long sequences of mixed precisions take what information theory says, are written and read, and leave nothing.
func TestSequences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var s Stack
		var pushed []symbol
		var want float64
		for range rapid.IntRange(0, 500).Draw(t, "symbols") {
			p := r.UintN(MaxPrecision + 1)
			start := r.Uint64N(1 << p)
			frequency := 1 + r.Uint64N(min(1<<p-start, math.MaxUint32))
			sym := symbol{uint32(start), uint32(frequency), p}
			pushed = append(pushed, sym)
			want += float64(p) - math.Log2(float64(frequency))
			s.Push(sym.start, sym.frequency, sym.precision)
		}
		written := s.Append(nil)
		read, err := Parse(written)
		if err != nil || !same(read, &s) || !bytes.Equal(read.Append(nil), written) {
			t.Fatalf("%+v is read as %+v, %v", s, read, err)
		}
		if got := float64(8 * len(written)); got > want*1.001+0.03*float64(len(pushed))+MaxPrecision+8 {
			t.Errorf("%g bits of %d symbols in %d bytes", want, len(pushed), len(written))
		}
		for _, sym := range slices.Backward(pushed) {
			if at := read.Peek(sym.precision); at < sym.start || uint64(at) >= uint64(sym.start)+uint64(sym.frequency) {
				t.Fatalf("%d outside of %+v", at, sym)
			}
			read.Pop(sym.start, sym.frequency, sym.precision)
		}
		if !read.Empty() {
			t.Errorf("%+v is left", read)
		}
	})
}

// What is popped from random words is drawn from the distribution.
func TestPopDraws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := &Stack{head: math.MaxUint64 / 3}
	for range 1 << 12 {
		s.tail = append(s.tail, r.Uint32())
	}
	const n, one, precision = 1 << 15, 11000, 16
	var count int
	for range n {
		count += int(s.PopBit(one, precision))
	}
	p := one / 65536.
	if mean, deviation := float64(count)/n, math.Sqrt(p*(1-p)/n); math.Abs(mean-p) > 4*deviation {
		t.Errorf("%g of the bits are 1, where it is %g", mean, p)
	}
}

// Symbols that are popped between flips come back.
func TestFlip(t *testing.T) {
	for _, s := range stacks() {
		before := s.Clone()
		for _, mask := range []uint32{1, 0xffffff, 0x800000} {
			s.Flip(mask)
			start := s.Peek(24) &^ 0xff
			s.Pop(start, 256, 24)
			s.Push(start, 256, 24)
			s.Flip(mask)
			if !same(s, before) {
				t.Fatalf("%+v becomes %+v", before, s)
			}
		}
	}
}

func TestBits(t *testing.T) {
	var s Stack
	var want []uint32
	r := rand.New(rand.NewPCG(5, 6))
	ones := []uint32{1, 2, 700, 32768, 65534, 65535}
	for i := range 3000 {
		want = append(want, r.Uint32N(2))
		s.PushBit(want[i], ones[i%len(ones)], 16)
	}
	for i := len(want) - 1; i >= 0; i-- {
		if got := s.PopBit(ones[i%len(ones)], 16); got != want[i] {
			t.Fatalf("bit %d is %d, not %d", i, got, want[i])
		}
	}
	if !s.Empty() || s.Bits() != 0 {
		t.Errorf("%+v is left", s)
	}
}

func FuzzParse(f *testing.F) {
	for n := range 20 {
		f.Add(bytes.Repeat([]byte{1}, n))
	}
	f.Fuzz(func(t *testing.T, from []byte) {
		s, err := Parse(from)
		if err != nil {
			return
		}
		if !s.valid() || !bytes.Equal(s.Append(nil), from) {
			t.Errorf("%x is read as %+v", from, s)
		}
	})
}

func BenchmarkPushBit(b *testing.B) {
	var s Stack
	for i := range b.N {
		s.PushBit(uint32(i)>>5&1, uint32(i)&0xffff|1, 16)
	}
}

func BenchmarkPopBit(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	s := &Stack{head: math.MaxUint64, tail: make([]uint32, b.N+8)}
	for i := range s.tail {
		s.tail[i] = r.Uint32()
	}
	b.ResetTimer()
	for i := range b.N {
		s.PopBit(uint32(i)&0xffff|1, 16)
	}
}
