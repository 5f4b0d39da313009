package kernel

import (
	"runtime"
	"testing"
)

// The paths with assembly have the same bits, which TestElementwiseSameBitsOnVectorPaths
// and its like hold; portable Go has its own.
func TestBits(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		want := "vector"
		if Path() == "portable" {
			want = "portable " + runtime.GOARCH
		}
		if got := Bits(); got != want {
			t.Errorf("the bits are %q, want %q", got, want)
		}
	})
}
