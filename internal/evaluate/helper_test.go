package evaluate

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/rng"
)

var line = config.Shape{Width: 6, Height: 1, Channels: 1}

// greySet is a set of n random images, with labels 0 and 1 in turn.
func greySet(s config.Shape, n int, seed uint64) *dataset.Set {
	r := rng.Stream(seed, "test images")
	set := &dataset.Set{Shape: s, Pixels: make([]uint8, n*s.Pixels()), Classes: []string{"zero", "one"}}
	for i := range set.Pixels {
		set.Pixels[i] = uint8(r.UintN(256))
	}
	for i := range n {
		set.Labels = append(set.Labels, i%2)
	}
	return set
}

func whole(set *dataset.Set) dataset.Split {
	return dataset.Split{Set: set, Index: dataset.Between(0, set.Len())}
}

func first(s dataset.Split, n int) dataset.Split {
	s.Index = s.Index[:n]
	return s
}

func build(t testing.TB, s config.Shape, change func(c *config.Model)) *model.Model {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Hidden = 2, []int{}
	change(&c)
	m, err := model.New(c, s, 4)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func set(t testing.TB, m *model.Model, name string, values ...float64) {
	t.Helper()
	for _, p := range m.Params() {
		if p.Name != name {
			continue
		}
		if len(p.Value) != len(values) {
			t.Fatalf("%s has %d values, given %d", name, len(p.Value), len(values))
		}
		for i, v := range values {
			p.Value[i] = float32(v)
		}
		return
	}
	t.Fatalf("no parameter %s", name)
}

func widened(x []float32) []float64 {
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}

// image is row i of a split as the model sees it, with the purpose's draws.
func image(s dataset.Split, i int, seed uint64, purpose string) []float64 {
	x := make([]float32, s.Set.Shape.Pixels())
	s.Fill(x, []int{i}, infer.Binarization([]int{i}, seed, purpose))
	return widened(x)
}

// eachThreads runs a test with different numbers of threads.
func eachThreads(t *testing.T, test func(threads int)) {
	t.Helper()
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, threads := range []int{1, 3} {
		runtime.GOMAXPROCS(threads)
		test(threads)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", parts)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %.9g, want %.9g ± %.2g", what, got, want, tol)
	}
}

// mean of values and its standard error.
func mean(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	n := float64(len(values))
	return mean, math.Sqrt(deviation / (n - 1) / n)
}

func name(format string, args ...any) string { return fmt.Sprintf(format, args...) }
