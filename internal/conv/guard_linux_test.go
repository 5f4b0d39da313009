package conv

import (
	"math"
	"syscall"
	"testing"
	"unsafe"

	"vae/internal/kernel"
)

// guarded returns n elements of random numbers that end (or start) where memory that may
// not be touched starts (or ends), so that a single read outside of them faults.
func guarded(t *testing.T, n int, atEnd bool, seed uint64) []float32 {
	t.Helper()
	page := syscall.Getpagesize()
	size := (4*max(n, 1) + page - 1) / page * page
	whole, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(whole); err != nil {
			t.Error(err)
		}
	})
	for _, guard := range [][]byte{whole[:page], whole[page+size:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	inner := whole[page : page+size]
	if atEnd {
		inner = inner[size-4*n:]
	}
	if n == 0 {
		return nil
	}
	s := unsafe.Slice((*float32)(unsafe.Pointer(&inner[0])), n)
	copy(s, random(n, seed))
	return s
}

func TestPassesStayInsideTheirOperands(t *testing.T) {
	const rows = 3
	eachPath(t, func(t *testing.T) {
		for _, g := range known {
			for _, atEnd := range []bool{false, true} {
				memory := func(n int, seed uint64) []float32 { return guarded(t, n, atEnd, seed) }
				x, w, dy := memory(rows*g.in(), 1), memory(g.Weights(), 2), memory(rows*g.out(), 3)
				forward, backward := memory(g.PackedForward(), 4), memory(g.PackedBackward(), 4)
				y, dx, dw := memory(rows*g.out(), 4), memory(rows*g.in(), 4), memory(g.Weights(), 4)
				g.PackForward(forward, w)
				g.Forward(y, x, forward, nil, rows, kernel.Linear)
				g.PackBackward(backward, w)
				g.InputGradient(dx, dy, backward, nil, rows, kernel.Linear)
				g.WeightGradient(dw, x, dy, memory(g.WeightScratch(rows), 7), rows)
				checkSamePasses(t, g.String(), passes{y, dx, dw}, g.passes(x, w, dy, rows))
			}
		}
	})
}

// Numbers below 2^-126 are taken for zero where assembly computes, as by products.
func TestDenormalsAreZero(t *testing.T) {
	const denormal = 1e-40
	fill := func(n int, v float32) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = v
		}
		return s
	}
	eachPath(t, func(t *testing.T) {
		if kernel.Path() == "portable" {
			return // follows the language: no way to ask for it
		}
		for _, g := range known {
			for what, p := range map[string]passes{
				"x and dy":          g.passes(fill(g.in(), denormal), fill(g.Weights(), 1e10), fill(g.out(), denormal), 1),
				"the products":      g.passes(fill(g.in(), 1e-20), fill(g.Weights(), 1e-20), fill(g.out(), 1e-20), 1),
				"w, and x times dy": g.passes(fill(g.in(), 1e-22), fill(g.Weights(), denormal), fill(g.out(), 1e-22), 1),
			} {
				for _, s := range [][]float32{p.y, p.dx, p.dw} {
					for i, v := range s {
						if math.Abs(float64(v)) > 0 {
							t.Fatalf("%s: element %d is %g with denormal %s", g, i, v, what)
						}
					}
				}
			}
		}
	})
}
