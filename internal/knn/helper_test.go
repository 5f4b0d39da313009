package knn

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"vae/internal/kernel"
	"vae/internal/rng"
)

func normals(seed uint64, n int) []float32 {
	x := make([]float32, n)
	rng.Normal(x, rng.Stream(seed, "test of knn"))
	return x
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

// eachPath runs a test on every path that the processor has.
func eachPath(t *testing.T, test func(t *testing.T)) {
	defer func(name string) { _ = kernel.SelectPath(name) }(kernel.Path())
	for _, name := range kernel.Paths() {
		t.Run(name, func(t *testing.T) {
			if err := kernel.SelectPath(name); err != nil {
				t.Fatal(err)
			}
			test(t)
		})
	}
}

// sameForAnyThreadCount fails where compute gives another result with one thread
// than with more.
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
