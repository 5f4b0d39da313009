package kernel

import (
	"syscall"
	"testing"
	"unsafe"
)

// guardedPages returns n elements that end (or start) where memory that may not
// be touched starts (or ends), so that a single read outside of them faults.
func guardedPages(t *testing.T, n int, atEnd bool) []float32 {
	t.Helper()
	page := syscall.Getpagesize()
	size := (4*n + page - 1) / page * page
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
	return unsafe.Slice((*float32)(unsafe.Pointer(&inner[0])), n)
}

func TestMatMulStaysInsideItsOperands(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, s := range [][3]int{
			{1, 1, 1}, {3, 5, 7}, {13, 16, 8}, {14, 20, 20}, {7, 50, 13}, {20, 40, 130}, {2, 33, 4}, {29, 31, 33}, {6, 8, 4}, {5, 15, 3},
		} {
			m, n, k := s[0], s[1], s[2]
			for _, atEnd := range []bool{false, true} {
				a, b, c := guardedPages(t, m*k, atEnd), guardedPages(t, n*k, atEnd), guardedPages(t, m*n, atEnd)
				for i := range a {
					a[i] = float32(i % 7)
				}
				for i := range b {
					b[i] = float32(i % 5)
				}
				for _, form := range gemmForms {
					for _, accumulate := range []bool{false, true} {
						want := form.reference(c, a, b, m, n, k, accumulate)
						form.mul(c, a, b, m, n, k, accumulate)
						for i, v := range c {
							if float64(v) != want[i] {
								t.Fatalf("%s %v: element %d is %g, want %g", form.name, s, i, v, want[i])
							}
						}
					}
				}
			}
		}
	})
}
