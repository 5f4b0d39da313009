package stats

import (
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"vae/internal/rng"
)

func stream(seed uint64) *rand.Rand { return rng.Stream(seed, "test of stats") }

func normals(seed uint64, n int) []float32 {
	x := make([]float32, n)
	rng.Normal(x, stream(seed))
	return x
}

// source reads rows of x.
func source(x []float32, d int) func(dst []float32, i int) {
	return func(dst []float32, i int) { copy(dst, x[i*d:(i+1)*d]) }
}

// near fails unless got is within tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.12g, want %.12g within %g", what, got, want, tolerance)
	}
}

// fails checks that err is one line that says what is expected of it.
func fails(t *testing.T, err error, text string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("no error, want %q", text)
	case !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n"):
		t.Errorf("error %q, want %q in one line", err, text)
	}
}

// sameForAnyThreadCount fails where compute gives another result with one thread
// than with four.
func sameForAnyThreadCount(t *testing.T, compute func() any) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	runtime.GOMAXPROCS(1)
	want := compute()
	for _, threads := range []int{2, 4, 7} {
		runtime.GOMAXPROCS(threads)
		if got := compute(); !reflect.DeepEqual(got, want) {
			t.Errorf("another result with %d threads", threads)
		}
	}
}

// must returns v where nothing went wrong.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
