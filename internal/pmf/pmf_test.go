package pmf

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vae/internal/exact"
)

// frequencies are what tests ask of all distributions.
type frequencies interface {
	Part(i int) (start, frequency uint32)
	At(u uint32) (i int, start, frequency uint32)
}

// holds tells what is wrong with a distribution of n symbols: parts that do not join, a symbol of nothing, a number that is not found.
func holds(f frequencies, n int, precision uint) error {
	var end uint64
	for i := range n {
		start, frequency := f.Part(i)
		if uint64(start) != end || frequency == 0 {
			return fmt.Errorf("symbol %d has %d from %d on, where the one before ends at %d", i, frequency, start, end)
		}
		end += uint64(frequency)
		for _, u := range []uint32{start, start + frequency/2, start + frequency - 1} {
			if at, s, q := f.At(u); at != i || s != start || q != frequency {
				return fmt.Errorf("%d is of symbol %d, %d from %d on, not of %d, %d from %d on", u, at, q, s, i, frequency, start)
			}
		}
	}
	if end != 1<<precision {
		return fmt.Errorf("all are %d of 2^%d", end, precision)
	}
	return nil
}

var odd = []float32{0, float32(math.Copysign(0, -1)), 1e-38, -1e-45, 1, -1, 7.99, 8, -8, 100, -1e6, math.MaxFloat32, -math.MaxFloat32, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}

func TestGridsAreDistributions(t *testing.T) {
	for shift := uint(LeastShift); shift <= MostShift; shift++ {
		g := Grid{shift}
		if err := holds(g.Standard(), g.Cells(), GridPrecision); err != nil {
			t.Fatal(err)
		}
		standard := g.Normal(0, 0)
		for i := range g.Cells() {
			a, b := standard.Part(i)
			if c, d := g.Standard().Part(i); a != c || b != d {
				t.Fatalf("cell %d of shift %d: %d, %d and in the table %d, %d", i, shift, a, b, c, d)
			}
		}
		if shift > 6 {
			continue
		}
		for _, mu := range append([]float32{0.3, -2.71, 5.5, 1. / 128}, odd...) {
			for _, logvar := range append([]float32{-30, -20, -9, -4, -2, 0.5, 3, 8, 20}, odd...) {
				n := g.Normal(mu, logvar)
				if err := holds(&n, g.Cells(), GridPrecision); err != nil {
					t.Fatalf("shift %d, mean %v, log-variance %v: %v", shift, mu, logvar, err)
				}
			}
		}
	}
}

func TestNormalsAreDistributions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Grid{rapid.UintRange(LeastShift, MostShift).Draw(t, "shift")}
		n := g.Normal(float32(rapid.Float64Range(-9, 9).Draw(t, "mu")), float32(rapid.Float64Range(-31, 21).Draw(t, "logvar")))
		if err := holds(&n, g.Cells(), GridPrecision); err != nil {
			t.Fatal(err)
		}
	})
}

// Every number of small totals is found.
func TestSmallTotals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, of := range []*Distribution{Normal(), Logistic()} {
		for range 300 {
			precision := 1 + r.UintN(12)
			n := 1 + r.IntN(1<<precision-1)
			p := NewRounded(of, (1.5*r.Float64()-0.25)*float64(n), math.Exp(10*r.NormFloat64()), n, precision)
			if err := holds(&p, n, precision); err != nil {
				t.Fatal(err)
			}
			for u := range uint32(1) << precision {
				if i, start, frequency := p.At(u); u < start || u >= start+frequency || i < 0 || i >= n {
					t.Fatalf("%d of 2^%d is in %d, from %d on %d", u, precision, i, start, frequency)
				}
			}
		}
	}
}

// Of means and scales that no model has.
func TestRoundedOfOddNumbers(t *testing.T) {
	for _, mean := range odd {
		for _, scale := range odd {
			p := NewRounded(Logistic(), float64(mean), float64(scale), 256, 24)
			if err := holds(&p, 256, 24); err != nil {
				t.Fatalf("mean %v, scale %v: %v", mean, scale, err)
			}
		}
	}
}

// The knots are those of the functions and rise, so that what lies between them does.
func TestDistributionsRise(t *testing.T) {
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	normal := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	for _, c := range []struct {
		d   *Distribution
		cdf func(float64) float64
	}{{Normal(), normal}, {Logistic(), logistic}} {
		for i := range c.d.knots[1:] {
			if c.d.knots[i] > c.d.knots[i+1] {
				t.Fatalf("knot %d falls", i)
			}
		}
		r := rand.New(rand.NewPCG(3, 4))
		for range 100000 {
			x := (2*r.Float64() - 1) * 6
			got, want := float64(c.d.Below(x*argumentOne))/certain, c.cdf(x)
			if !(math.Abs(got-want) <= 3.2e-5*(1+x*x)*want*(1-want)+1e-14) {
				t.Fatalf("below %v it is %v, not %v", x, got, want)
			}
		}
		if c.d.Below(math.NaN()) != 0 || c.d.Below(math.Inf(1)) != certain || c.d.Below(math.Inf(-1)) != 0 {
			t.Error("wrong at the ends")
		}
		for j := 1; j < 1<<quantileBits; j++ {
			p := float64(j) / (1 << quantileBits)
			if got := c.cdf(c.d.quantile(p)); !(math.Abs(got-p) <= 3e-5) {
				t.Fatalf("quantile %v is that of %v", p, got)
			}
		}
	}
}

// It is not by reasoning alone that a function rises: at every argument in the middle, and at those around every knot.
func TestDistributionsRiseBetweenKnots(t *testing.T) {
	for _, d := range []*Distribution{Normal(), Logistic()} {
		var before uint64
		for x := -d.limit - 2; x <= d.limit+2; x++ {
			below := d.Below(x)
			if below < before {
				t.Fatalf("at %v it falls from %d to %d", x/argumentOne, before, below)
			}
			before = below
			if rest := math.Mod(x, float64(uint(1)<<d.shift)); rest == 3 || rest == 3-float64(uint(1)<<d.shift) {
				if x < -argumentOne/16 || x > argumentOne/16 {
					x += float64(uint(1)<<d.shift) - 6 // further out, those around the knots
				}
			}
		}
	}
}

// What draws of one normal distribution take under another is their cross-entropy, less the logarithm of the cell's width: a variance
// that is taken for a standard deviation, or a cell beside the right one, would show.
func TestRateIsTheCrossEntropy(t *testing.T) {
	for _, shift := range []uint{4, 6, 8, 10} {
		g := Grid{shift}
		for _, c := range [][4]float32{{0, 0, 0, 0}, {1, -2, 0, 0}, {-0.7, 0.4, 0.2, 0.3}, {2.3, -1, 1.7, -0.5}, {0.1, -3, 0.11, -2.9}, {-1.2, 1, 1, 1.4}} {
			q, p := g.Normal(c[0], c[1]), g.Normal(c[2], c[3])
			var got, loss float64
			for i := range g.Cells() {
				_, drawn := q.Part(i)
				_, coded := p.Part(i)
				bits := float64(exact.Bits(coded, GridPrecision)) / exact.Unit
				got += float64(drawn) / (1 << GridPrecision) * bits
				loss += float64(drawn) / (1 << GridPrecision) * (bits - float64(exact.Bits(drawn, GridPrecision))/exact.Unit)
			}
			varQ, varP, apart := math.Exp(float64(c[1])), math.Exp(float64(c[3])), float64(c[0]-c[2])
			want := (0.5*math.Log(2*math.Pi*varP)+(varQ+apart*apart)/(2*varP))/math.Ln2 + float64(shift)
			width := 1 / float64(uint(1)<<shift)
			// Cells spread what lies in them, by a variance of width^2/12 on each side, and each has a number of its own.
			own := float64(g.Cells()) / (1 << GridPrecision)
			tolerance := 1e-3 + width*width/12*(1/varQ+1/varP) + 4*own
			divergence := want - (0.5*math.Log(2*math.Pi*math.E*varQ)/math.Ln2 + float64(shift))
			if !(math.Abs(loss-divergence) <= tolerance) {
				t.Errorf("shift %d, %v: a divergence of %v bits, not %v", shift, c, loss, divergence)
			}
			// A draw of what each cell has of its own takes all bits, and gives them back.
			if tolerance += own * GridPrecision; !(math.Abs(got-want) <= tolerance) {
				t.Errorf("shift %d, %v: %v bits, not %v", shift, c, got, want)
			}
		}
	}
}

// Draws have the mean and the variance that were asked for.
func TestDraws(t *testing.T) {
	g, r := Grid{6}, rand.New(rand.NewPCG(5, 6))
	n := g.Normal(1.25, -3)
	var sum, squares float64
	const draws = 100000
	for range draws {
		i, _, _ := n.At(r.Uint32N(1 << GridPrecision))
		z := float64(g.Value(i))
		sum, squares = sum+z, squares+z*z
	}
	mean := sum / draws
	if variance := squares/draws - mean*mean; !(math.Abs(mean-1.25) <= 0.003) || !(math.Abs(variance-math.Exp(-3)) <= 0.001) {
		t.Errorf("mean %v, variance %v", mean, variance)
	}
}

// These frequencies are a format: a file that was written with others cannot be read.
func TestFrequenciesStayAsTheyAre(t *testing.T) {
	h, r := fnv.New64a(), rand.New(rand.NewPCG(7, 8))
	hash := func(f frequencies, n int) {
		for range 50 {
			start, frequency := f.Part(r.IntN(n))
			fmt.Fprintln(h, start, frequency)
		}
	}
	for _, shift := range []uint{4, 6, 10} {
		g := Grid{shift}
		hash(g.Standard(), g.Cells())
		for range 200 {
			n := g.Normal(float32(8*r.Float32())-4, float32(20*r.Float32())-16)
			hash(&n, n.n)
		}
	}
	for range 200 {
		p := NewRounded(Logistic(), float64(300*r.Float64())-20, 30*r.Float64(), 256, 24)
		hash(&p, p.n)
	}
	for _, d := range []*Distribution{Normal(), Logistic()} {
		fmt.Fprintln(h, d.knots)
	}
	if got, want := fmt.Sprintf("%x", h.Sum64()), "6c40443fbcdfda28"; got != want {
		t.Errorf("the frequencies have the hash %s, not %s", got, want)
	}
}

func BenchmarkNormal(b *testing.B) {
	for i := range b.N {
		n := Grid{6}.Normal(float32(i&15)/8, -float32(i&7))
		_ = n
	}
}

func benchmarkPart(b *testing.B, f frequencies) {
	var sum uint32
	for i := range b.N {
		_, frequency := f.Part(512 + i&63)
		sum += frequency
	}
	_ = sum
}

func benchmarkAt(b *testing.B, f frequencies) {
	r := rand.New(rand.NewPCG(5, 6))
	us := make([]uint32, 4096)
	for i := range us {
		us[i] = r.Uint32N(1 << GridPrecision)
	}
	var sum int
	for i := range b.N {
		at, _, _ := f.At(us[i&4095])
		sum += at
	}
	_ = sum
}

func BenchmarkPart(b *testing.B) { n := Grid{6}.Normal(0.3, -3); benchmarkPart(b, &n) }
func BenchmarkAt(b *testing.B)   { n := Grid{6}.Normal(0.3, -3); benchmarkAt(b, &n) }
func BenchmarkAtFine(b *testing.B) {
	n := Grid{10}.Normal(0.3, -3)
	benchmarkAt(b, &n)
}
func BenchmarkStandardPart(b *testing.B) { benchmarkPart(b, Grid{6}.Standard()) }
func BenchmarkStandardAt(b *testing.B)   { benchmarkAt(b, Grid{6}.Standard()) }

// Masses of any size, none at all and infinite ones among them.
func TestWeighedAreDistributions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		precision := 1 + r.UintN(16)
		n := 1 + r.IntN(min(1<<precision-1, 300))
		w, masses := NewWeighed(n, precision), make([]float64, n)
		spread := []float64{0, 1, 30, 600}[r.IntN(4)]
		for range 2 { // the second time over what the first has left
			for i := range masses {
				if masses[i] = math.Exp(spread * (2*r.Float64() - 1)); r.IntN(4) == 0 {
					masses[i] = 0
				}
			}
			if r.IntN(20) == 0 {
				masses[0] = math.NaN()
			}
			w.Set(masses)
			if err := holds(w, n, precision); err != nil {
				t.Fatalf("%v: %v", masses, err)
			}
		}
	})
}

func TestMixedAreDistributions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		precision := 1 + r.UintN(16)
		n := 1 + r.IntN(min(1<<precision-1, 300))
		m, weights := Mixed{Parts: make([]Rounded, 1+r.IntN(10))}, []float64{}
		for i := range m.Parts {
			m.Parts[i] = NewRounded(Logistic(), (1.5*r.Float64()-0.25)*float64(n), math.Exp(3*r.NormFloat64()), n, precision)
			weights = append(weights, []float64{0, 1e-300, r.Float64(), 5, math.NaN()}[r.IntN(24)%5])
		}
		for range 3 {
			m.SetWeights(weights)
			if err := holds(&m, n, precision); err != nil {
				t.Fatalf("%v of %v: %v", weights, m.Parts, err)
			}
			m.Posterior(weights, r.IntN(n))
		}
	})
}

// The mixture of one is the one.
func TestMixedOfOne(t *testing.T) {
	r := NewRounded(Logistic(), 100, 9, 256, 24)
	m := Mixed{Parts: []Rounded{r}}
	m.SetWeights([]float64{0.3})
	for i := range 256 {
		_, a := r.Part(i)
		if _, b := m.Part(i); a > b+1 || b > a+1 {
			t.Errorf("symbol %d has %d alone and %d", i, a, b)
		}
	}
}

func TestSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	logits, masses := make([]float32, 20), make([]float64, 20)
	for range 1000 {
		for i := range logits {
			logits[i] = 60*r.Float32() - 30
		}
		Softmax(masses, logits)
		for i := range logits {
			most := slices.Max(logits)
			want := math.Exp(float64(logits[i] - most))
			if got := masses[i] / slices.Max(masses); !(math.Abs(got-want) <= 0.003*want+1e-17) {
				t.Fatalf("%v beside %v: %v, not %v", logits[i], most, got, want)
			}
		}
	}
}

// Drawn has the same sum, and every number lies in a cell that has some.
func TestDrawnAreDistributions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Grid{rapid.UintRange(LeastShift, MostShift).Draw(t, "shift")}
		n := g.Drawn(float32(rapid.Float64Range(-9, 9).Draw(t, "mu")), float32(rapid.Float64Range(-31, 21).Draw(t, "logvar")))
		var end uint64
		for i := range g.Cells() {
			start, frequency := n.Part(i)
			if uint64(start) != end {
				t.Fatalf("cell %d begins at %d, where %d have ended", i, start, end)
			}
			end += uint64(frequency)
			if frequency == 0 {
				continue
			}
			for _, u := range []uint32{start, start + frequency/2, start + frequency - 1} {
				if got, s, f := n.At(u); got != i || s != start || f != frequency {
					t.Fatalf("%d lies in cell %d, %d+%d, and not in %d, %d+%d", u, got, s, f, i, start, frequency)
				}
			}
		}
		if end != 1<<GridPrecision {
			t.Fatalf("%d numbers", end)
		}
	})
}

// A latent from far away is next to never drawn.
func TestDrawnHasNoOutliers(t *testing.T) {
	g := Grid{9}
	n, m := g.Drawn(0.5, -4), g.Normal(0.5, -4)
	far := func(part func(int) (uint32, uint32)) (sum uint64) {
		for i := range g.Cells() {
			if v := g.Value(i); v < 0.5-1.2 || v > 0.5+1.2 { // nine standard deviations
				_, frequency := part(i)
				sum += uint64(frequency)
			}
		}
		return sum
	}
	if out, all := far(n.Part), far(m.Part); out > 0 || all < 5000 {
		t.Errorf("%d of the numbers are of cells far away, and %d where each has one", out, all)
	}
}
