package embed

import (
	"context"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"vae/internal/rng"
)

// clusters are n rows of l columns in c clusters, and the cluster of each.
func clusters(seed uint64, n, l, c int) (x []float32, labels []int) {
	r := rng.Stream(seed, "test of embed")
	x, labels = make([]float32, n*l), make([]int, n)
	center := make([]float32, c*l)
	rng.Normal(center, r)
	rng.Normal(x, r)
	for i := range n {
		labels[i] = i % c
		for j := range l {
			x[i*l+j] = 0.3*x[i*l+j] + 2*center[labels[i]*l+j]
		}
	}
	return x, labels
}

// closeTo fails unless got is within tolerance of want.
func closeTo(t *testing.T, what string, got, want, tolerance float64) {
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

// sameForAnyThreadCount fails where compute gives another result with one thread than with
// others.
func sameForAnyThreadCount(t *testing.T, compute func() any) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	runtime.GOMAXPROCS(1)
	want := compute()
	for _, threads := range []int{2, 7} {
		runtime.GOMAXPROCS(threads)
		if got := compute(); !reflect.DeepEqual(got, want) {
			t.Errorf("another result with %d threads", threads)
		}
	}
}

// method is what all methods are.
type method interface {
	Map(ctx context.Context, x []float32, l int) (*Map, error)
}

// check fails where m is no map of n rows.
func checkMap(t *testing.T, m *Map, n int) {
	t.Helper()
	if len(m.Places) != 2*n {
		t.Fatalf("%d numbers of places for %d rows", len(m.Places), n)
	}
	for i, v := range m.Places {
		if v-v != 0 {
			t.Fatalf("place %d is %v", i/2, v)
		}
	}
}
