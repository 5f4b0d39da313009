package norm

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// eachPath runs a test on every path of the kernels.
func eachPath(t *testing.T, f func(t *testing.T)) {
	before := kernel.Path()
	defer func() {
		if err := kernel.SelectPath(before); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range kernel.Paths() {
		if err := kernel.SelectPath(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}

// batch is a normalization of so many rows of maps, and all that it reads and writes.
type batch struct {
	Maps
	act                          kernel.Activation
	mean                         float64 // of x, whose deviation is 1
	x, dy, y, dx, dweight, dbias []float32
	weight, bias, rowWeights     []float32
	running                      Running
}

func (b *batch) normal(n int, name string) []float32 {
	s := make([]float32, n)
	rng.Normal(s, rng.Stream(4, name, uint64(b.Rows), uint64(b.Pixels), uint64(b.Channels)))
	return s
}

// prepare draws everything; the rows of weight 0 hold NaN.
func (b *batch) prepare(rowWeights []float32) {
	size, c := b.Rows*b.Pixels*b.Channels, b.Channels
	b.x, b.dy, b.weight, b.bias = b.normal(size, "x"), b.normal(size, "dy"), b.normal(c, "weight"), b.normal(c, "bias")
	b.y, b.dx, b.dweight, b.dbias, b.rowWeights = make([]float32, size), b.normal(size, "dx"), make([]float32, c), make([]float32, c), rowWeights
	for i := range b.x {
		b.x[i] += float32(b.mean)
		if !b.alive(i / (b.Pixels * c)) {
			b.x[i], b.dy[i] = float32(math.NaN()), float32(math.NaN())
		}
	}
	b.running = Running{Mean: make([]float32, c), Variance: b.normal(c, "variance"), Momentum: 0.1}
	for j, v := range b.running.Variance {
		b.running.Variance[j] = 1 + v*v
	}
}

func (b *batch) alive(row int) bool {
	return b.rowWeights == nil || b.rowWeights[row/(b.Rows/len(b.rowWeights))] != 0
}

// derivatives of the activations that are tested, of what they are applied to.
var derivatives = map[kernel.Activation][2]func(float64) float64{
	kernel.Linear: {func(x float64) float64 { return x }, func(float64) float64 { return 1 }},
	kernel.LeakyReLU: {func(x float64) float64 { return math.Max(x, 0.01*x) }, func(x float64) float64 {
		if x > 0 {
			return 1
		}
		return 0.01
	}},
	kernel.Tanh: {math.Tanh, func(x float64) float64 { return math.Pow(math.Cosh(x), -2) }},
	kernel.SiLU: {func(x float64) float64 { return x / (1 + math.Exp(-x)) }, func(x float64) float64 {
		s := 1 / (1 + math.Exp(-x))
		return s * (1 + x*(1-s))
	}},
}

// reference normalizes the elements of a set, of which each has its channel, in float64, and
// returns the parts in the gradients by weight and bias too. Where fixed is not nil it is mean
// and variance.
func (b *batch) reference(set []int, epsilon float64, fixed *[2]float64, check func(i int, y, dx float64)) (dweight, dbias []float64, mean, variance float64) {
	n := float64(len(set))
	for _, i := range set {
		mean += float64(b.x[i]) / n
	}
	for _, i := range set {
		variance += (float64(b.x[i]) - mean) * (float64(b.x[i]) - mean) / n
	}
	m, v := mean, variance
	if fixed != nil {
		m, v = fixed[0], fixed[1]
	}
	r, f := 1/math.Sqrt(v+epsilon), derivatives[b.act]
	dweight, dbias = make([]float64, b.Channels), make([]float64, b.Channels)
	parts := func(i int) (xhat, z, dz, w float64) {
		j := i % b.Channels
		w, xhat = float64(b.weight[j]), (float64(b.x[i])-m)*r
		z = w*xhat + float64(b.bias[j])
		return xhat, z, float64(b.dy[i]) * f[1](z), w
	}
	var sum, product float64
	for _, i := range set {
		xhat, _, dz, w := parts(i)
		dweight[i%b.Channels] += dz * xhat
		dbias[i%b.Channels] += dz
		if fixed == nil {
			sum, product = sum+w*dz/n, product+w*dz*xhat/n
		}
	}
	for _, i := range set {
		xhat, z, dz, w := parts(i)
		check(i, f[0](z), r*(w*dz-sum-xhat*product))
	}
	return dweight, dbias, mean, variance
}

func (b *batch) near(t *testing.T, what string, i int, got float32, want, tol float64) {
	if tol *= 1 + math.Abs(b.mean); !(math.Abs(float64(got)-want) <= tol*(1+math.Abs(want))) {
		t.Helper() // which looks up its caller: half of the time of these tests, if it were asked for each number
		t.Fatalf("%+v, mean %g, activation %d: %s %d is %g, want %g", b.Maps, b.mean, b.act, what, i, got, want)
	}
}

func weights(n int, zero ...int) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = 0.25
	}
	for _, i := range zero {
		w[i] = 0
	}
	return w
}

// batches are of all sorts: features, one pixel, pixels that fill no vector, several blocks
// and shares, a share for each of them, rows without weight at the end and between others.
func batches() (all []*batch) {
	add := func(rows, pixels, channels int, mean float64, act kernel.Activation, rowWeights []float32) {
		b := &batch{Maps: Maps{rows, pixels, channels}, act: act, mean: mean}
		b.prepare(rowWeights)
		all = append(all, b)
	}
	for channels := 1; channels <= 70; channels++ {
		add(6, 5, channels, 0, kernel.LeakyReLU, weights(3, 2))
	}
	add(7, 1, 20, 0, kernel.Tanh, nil)
	add(150, 1, 6, 0, kernel.SiLU, weights(75, 74))
	add(9, 1, 300, 3, kernel.Linear, weights(9))
	add(1, 49, 3, 0, kernel.SiLU, weights(1))
	add(5, 700, 33, 0, kernel.LeakyReLU, weights(5, 1, 2))
	add(8, 150, 64, 0, kernel.SiLU, weights(4, 0, 3))
	add(40, 4, 512, -1, kernel.LeakyReLU, weights(40, 39))
	add(3, 7000, 8, 0, kernel.Tanh, weights(3, 2))
	add(4, 500, 48, 300, kernel.Linear, weights(4))
	return all
}

func TestBatchAgainstFloat64(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, b := range batches() {
			for _, training := range []bool{true, false} {
				testBatch(t, b, training)
			}
		}
	})
}

// steepness is by how much rounding errors of what is normalized grow, and more of them in a
// gradient.
func steepness(variance float64) float64 { return 1 + 1/math.Sqrt(variance+1e-5) }

func testBatch(t *testing.T, b *batch, training bool) {
	t.Helper()
	n := &Batch{Maps: b.Maps, Act: b.act, Epsilon: 1e-5}
	kept := make([]float32, n.Kept())
	running := Running{slices.Clone(b.running.Mean), slices.Clone(b.running.Variance), b.running.Momentum}
	if training {
		n.Train(b.y, b.x, b.weight, b.bias, kept, b.rowWeights, running)
	} else {
		n.Evaluate(b.y, b.x, b.weight, b.bias, kept, running)
	}
	n.Gradients(b.dx, b.dweight, b.dbias, b.dy, b.x, b.y, kept, b.rowWeights, training)
	for j := range b.Channels {
		var set []int
		for p := range b.Rows * b.Pixels {
			if b.alive(p / b.Pixels) {
				set = append(set, p*b.Channels+j)
			} else if v := b.dx[p*b.Channels+j]; v != 0 {
				t.Fatalf("%+v: gradient %g of a row without weight", b.Maps, v)
			}
		}
		var fixed *[2]float64
		if !training {
			fixed = &[2]float64{float64(running.Mean[j]), float64(running.Variance[j])}
		}
		dweight, dbias, mean, variance := b.reference(set, 1e-5, fixed, func(int, float64, float64) {})
		steep := steepness(variance)
		if fixed != nil {
			steep = steepness(fixed[1])
		}
		b.reference(set, 1e-5, fixed, func(i int, y, dx float64) {
			b.near(t, "y", i, b.y[i], y, 2e-6*steep)
			b.near(t, "dx", i, b.dx[i], dx, 3e-6*steep*steep)
		})
		b.near(t, "dweight", j, b.dweight[j], dweight[j], 1e-5*steep)
		b.near(t, "dbias", j, b.dbias[j], dbias[j], 1e-5*steep)
		if count := float64(len(set)); training && count > 1 {
			b.near(t, "running mean", j, running.Mean[j], 0.1*mean, 1e-6)
			b.near(t, "running variance", j, running.Variance[j], 0.9*float64(b.running.Variance[j])+0.1*variance*count/(count-1), 1e-6)
		}
	}
}

func TestGroupAgainstFloat64(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, b := range batches() {
			for groups := 1; groups <= b.Channels; groups++ {
				if b.Channels%groups == 0 && (groups < 5 || groups == b.Channels) {
					testGroup(t, b, groups)
				}
			}
		}
	})
}

func testGroup(t *testing.T, b *batch, groups int) {
	t.Helper()
	n := &Group{Maps: b.Maps, Groups: groups, Act: b.act, Epsilon: 1e-5}
	kept, size, dweight, dbias := make([]float32, n.Kept()), b.Channels/groups, make([]float64, b.Channels), make([]float64, b.Channels)
	steepest := 0.
	n.Forward(b.y, b.x, b.weight, b.bias, kept)
	n.Gradients(b.dx, b.dweight, b.dbias, b.dy, b.x, b.y, b.weight, b.bias, kept, b.rowWeights)
	for row := range b.Rows {
		for k := range groups {
			var set []int
			for p := range b.Pixels {
				for j := k * size; j < (k+1)*size; j++ {
					set = append(set, (row*b.Pixels+p)*b.Channels+j)
				}
			}
			if !b.alive(row) {
				for _, i := range set {
					if b.dx[i] != 0 {
						t.Fatalf("%+v: gradient %g of a row without weight", b.Maps, b.dx[i])
					}
				}
				continue
			}
			dw, db, _, variance := b.reference(set, 1e-5, nil, func(int, float64, float64) {})
			steep := steepness(variance)
			steepest = max(steepest, steep)
			b.reference(set, 1e-5, nil, func(i int, y, dx float64) {
				b.near(t, "y", i, b.y[i], y, 2e-6*steep)
				b.near(t, "dx", i, b.dx[i], dx, 3e-6*steep*steep)
			})
			for j, v := range dw {
				dweight[j], dbias[j] = dweight[j]+v, dbias[j]+db[j]
			}
		}
	}
	for j := range dweight {
		b.near(t, "dweight", j, b.dweight[j], dweight[j], 1e-5*steepest)
		b.near(t, "dbias", j, b.dbias[j], dbias[j], 1e-5*steepest)
	}
}

// FuzzShapes holds both normalizations against float64 on shapes, and weights of rows, of all
// sorts.
func FuzzShapes(f *testing.F) {
	f.Add(uint8(3), uint16(40), uint8(7), uint8(1), uint16(5))
	f.Add(uint8(2), uint16(1), uint8(200), uint8(3), uint16(1))
	acts := []kernel.Activation{kernel.Linear, kernel.Tanh, kernel.SiLU}
	f.Fuzz(func(t *testing.T, rows uint8, pixels uint16, channels, act uint8, alive uint16) {
		b := &batch{Maps: Maps{1 + int(rows%16), 1 + int(pixels%600), 1 + int(channels)}, act: acts[int(act)%len(acts)]}
		rowWeights := make([]float32, b.Rows)
		for i := range rowWeights {
			rowWeights[i] = float32(alive >> i & 1)
		}
		b.prepare(rowWeights)
		testBatch(t, b, true)
		testBatch(t, b, false)
		for groups := 1; groups <= b.Channels; groups++ {
			if b.Channels%groups == 0 {
				testGroup(t, b, groups)
			}
		}
	})
}

// The gradient may be written over the one that comes in.
func TestGradientsInPlace(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, b := range batches() {
			want := b.results()
			dy := b.dy
			for i := range 2 {
				b.dy = slices.Clone(dy)
				b.dx = b.dy
				if got := b.resultsOf(i); !slices.EqualFunc(got, want[7*i:7*i+7], same) {
					t.Fatalf("%+v, activation %d: other bits in place", b.Maps, b.act)
				}
			}
		}
	})
}

// results are all bits that both normalizations write.
func (b *batch) results() [][]float32 { return append(b.resultsOf(0), b.resultsOf(1)...) }

// resultsOf are those of batch normalization, 0, or of that of groups, 1.
func (b *batch) resultsOf(which int) (all [][]float32) {
	n, kept := &Batch{Maps: b.Maps, Act: b.act, Epsilon: 1e-5}, make([]float32, 4*b.Channels)
	running := Running{slices.Clone(b.running.Mean), slices.Clone(b.running.Variance), 0.1}
	if which == 0 {
		n.Train(b.y, b.x, b.weight, b.bias, kept, b.rowWeights, running)
		n.Gradients(b.dx, b.dweight, b.dbias, b.dy, b.x, b.y, kept, b.rowWeights, true)
	} else {
		g := &Group{Maps: b.Maps, Groups: 1, Act: b.act, Epsilon: 1e-5}
		kept = make([]float32, g.Kept())
		g.Forward(b.y, b.x, b.weight, b.bias, kept)
		g.Gradients(b.dx, b.dweight, b.dbias, b.dy, b.x, b.y, b.weight, b.bias, kept, b.rowWeights)
	}
	for _, s := range [][]float32{b.y, b.dx, b.dweight, b.dbias, kept, running.Mean, running.Variance} {
		all = append(all, slices.Clone(s))
	}
	return all
}

func same(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y })
}

func TestSameBitsForAnyThreadCountAndOnVectorPaths(t *testing.T) {
	first := map[string][][]float32{}
	eachPath(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		for k, b := range batches() {
			for _, threads := range []int{1, 3} {
				runtime.GOMAXPROCS(threads)
				name := fmt.Sprint(k, kernel.Path() == "portable")
				got := b.results()
				if first[name] == nil {
					first[name] = got
				}
				for i, want := range first[name] {
					if !same(got[i], want) {
						t.Fatalf("%+v with %d threads on %s: result %d has other bits", b.Maps, threads, kernel.Path(), i)
					}
				}
			}
		}
	})
}

// A batch of one pixel has no variance, and moves no moments; one of no row moves none either.
func TestTooFewPixelsMoveNoMoments(t *testing.T) {
	for _, rowWeights := range [][]float32{weights(2, 0), weights(2, 0, 1)} {
		b := &batch{Maps: Maps{2, 1, 3}, act: kernel.Linear}
		b.prepare(rowWeights)
		n, kept := &Batch{Maps: b.Maps, Epsilon: 1e-5}, make([]float32, 12)
		running := Running{slices.Clone(b.running.Mean), slices.Clone(b.running.Variance), 0.1}
		n.Train(b.y, b.x, b.weight, b.bias, kept, rowWeights, running)
		n.Gradients(b.dx, b.dweight, b.dbias, b.dy, b.x, b.y, kept, rowWeights, true)
		if !slices.Equal(running.Mean, b.running.Mean) || !slices.Equal(running.Variance, b.running.Variance) || !slices.Equal(b.dweight, make([]float32, 3)) {
			t.Errorf("weights %v: running %v, gradient of weights %v", rowWeights, running, b.dweight)
		}
		for j := 0; j < 3 && rowWeights[1] != 0; j++ { // the bias; scale is up to 300 times the weight
			b.near(t, "y of a single pixel", j, b.y[3+j], float64(b.bias[j]), 1e-4)
		}
	}
}
