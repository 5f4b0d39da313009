package likelihood

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vae/internal/ans"
	"vae/internal/config"
	"vae/internal/exact"
	"vae/internal/kernel"
)

// coded are the likelihoods that have a coder: those that are known, and some of many levels. Parameters are those of all.
func coded(t testing.TB) map[string]Likelihood {
	t.Helper()
	found := map[string]Likelihood{}
	for name, k := range known {
		if name != "mse" {
			found[name] = made(t, name, k.config, max(k.channels, 1))
		}
	}
	for _, name := range []string{"logistic:2", "logistic:65536", "dmol:10:65536, color", "beta-binomial:2", "beta-binomial:65536", "categorical:2", "categorical:256", "dmol:10:256, color"} {
		channels := 1
		if strings.HasSuffix(name, "color") {
			channels = 3
		}
		found[name] = made(t, name, config.Model{}, channels)
	}
	return found
}

func made(t testing.TB, name string, c config.Model, channels int) Likelihood {
	t.Helper()
	form, _, _ := strings.Cut(name, ",")
	c.Likelihood = config.Likelihood(form)
	l, err := New(c, config.Shape{Width: 1, Height: 1, Channels: channels})
	if err != nil {
		t.Fatal(err)
	}
	parameters := l.Params()
	if keeper, ok := l.(Keeper); ok {
		parameters = append(parameters, keeper.Saved()...)
	}
	for _, p := range parameters {
		p.Allocate()
		for i := range p.Value {
			if p.Value[i] = -1.5; p.Name == "x_scale" {
				p.Value[i] = -0.03 - float32(i)/32
			}
		}
	}
	return l
}

func coderOf(t testing.TB, l Likelihood) Coder {
	t.Helper()
	c, err := NewCoder(l)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// levelsOf is how many a coder has.
func levelsOf(l Likelihood) int {
	switch l.(type) {
	case Bernoulli:
		return 2
	case *Gaussian:
		return gaussianLevels
	}
	return l.Facts().Levels
}

// sizes are the channels of an image of so many pixels and the numbers of its output.
func sizes(l Likelihood, pixels int) (values, outputs int) {
	channels := 1
	switch l := l.(type) {
	case *Logistic:
		channels = len(l.scale.Value)
	case Mixture:
		channels = l.Channels
	}
	shape := l.Outputs(config.Shape{Width: pixels, Height: 1, Channels: channels})
	return pixels * channels, shape.Width * shape.Height * shape.Channels
}

// outputOf is like that of a trained decoder, without a function of math.
func outputOf(l Likelihood, out []float32, r *rand.Rand) {
	for i := range out {
		out[i] = float32(4*r.Float32()) - 2
	}
	switch l := l.(type) {
	case Bernoulli:
		for i := range out {
			out[i] *= 4
		}
	case *Logistic, *Gaussian:
		for i := range out {
			out[i] = float32(r.Float32()*1.25) - 0.125
		}
	case BetaBinomial:
		for i := range out {
			out[i] *= 2
		}
	case Mixture:
		for i := range out {
			pixel := out[i/l.Width()*l.Width():]
			for c := range l.Channels {
				for m := range l.Components {
					if i%l.Width() == l.At(c, 1, m) {
						pixel[i%l.Width()] -= 3
					}
				}
			}
		}
	}
}

// oddNumbers are put among an output.
func oddNumbers(out []float32, r *rand.Rand) {
	all := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32, -math.MaxFloat32, 1e-45, 0, 1e9, -1e9}
	for range 1 + len(out)/2 {
		out[r.IntN(len(out))] = all[r.IntN(len(all))]
	}
}

// Levels come back, whatever the output is, and leave the stack as it was; they take what Cost says.
func TestPopInvertsPush(t *testing.T) {
	for name, l := range coded(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
				values, outputs := sizes(l, 1+r.IntN(2+4096/levelsOf(l))%12)
				c, err := NewCoder(l)
				if err != nil {
					t.Fatal(err)
				}
				out, levels, got := make([]float32, outputs), make([]uint16, values), make([]uint16, values)
				if outputOf(l, out, r); r.IntN(2) == 0 {
					oddNumbers(out, r)
				}
				for i := range levels {
					levels[i] = uint16(r.IntN(levelsOf(l)))
				}
				s := new(ans.Stack)
				for range 10 {
					s.Push(r.Uint32N(1<<16), 1, 16)
				}
				before, had := s.Append(nil), s.Bits()
				c.Push(s, out, levels)
				grown, cost := float64(s.Bits()-had), float64(c.Cost(out, levels))/exact.Unit
				if !(math.Abs(grown-cost) <= 2+0.05*float64(values)) {
					t.Fatalf("%v bits, where the cost is %v", grown, cost)
				}
				if c.Pop(s, out, got); fmt.Sprint(got) != fmt.Sprint(levels) || !bytes.Equal(s.Append(nil), before) {
					t.Fatalf("%v becomes %v", levels, got)
				}
			})
		})
	}
}

// parts are the frequencies of a coder's first value.
func parts(c Coder, out []float32) (f frequencies, precision uint) {
	switch c := c.(type) {
	case *independent:
		c.set(out, 0)
		return c.of, c.precision
	case *mixtureCoder:
		c.begin(out[:c.Width()])
		c.channel(out[:c.Width()], 0)
		return &c.of, c.precision
	}
	return nil, 0
}

// No level is without a frequency, all are 2^precision, and each number is of one level.
func TestEveryLevelHasAFrequency(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, l := range coded(t) {
		c, n := coderOf(t, l), levelsOf(l)
		for range 2 + 20000/n {
			_, outputs := sizes(l, 1)
			out := make([]float32, outputs)
			if outputOf(l, out, r); r.IntN(3) == 0 {
				oddNumbers(out, r)
			}
			f, precision := parts(c, out)
			if f == nil {
				break // Bernoulli has a table
			}
			var end uint64
			for i := range n {
				start, frequency := f.Part(i)
				at, s, q := f.At(start + r.Uint32N(max(frequency, 1)))
				if uint64(start) != end || frequency == 0 || at != i || s != start || q != frequency {
					t.Fatalf("%s: level %d, %d from %d on, is found as %d, %d from %d on; the one before ends at %d", name, i, frequency, start, at, q, s, end)
				}
				end += uint64(frequency)
			}
			if end != 1<<precision {
				t.Fatalf("%s: all are %d of 2^%d", name, end, precision)
			}
		}
	}
	for i, one := range ones() {
		if one == 0 || one >= 1<<onePrecision {
			t.Errorf("white has %d of 2^%d at %d", one, onePrecision, i)
		}
	}
}

// bitsOf are those of -log2 p of an image, by the likelihood or, of a density, by the mass between levels.
func bitsOf(l Likelihood, out, x []float32) (sum float64) {
	g, ok := l.(*Gaussian)
	if !ok {
		return l.PointNLL(out, x) / math.Ln2
	}
	below := func(k, mean float64) float64 { return 0.5 * math.Erfc(-(k/255-mean)/g.Sigma()/math.Sqrt2) }
	for i, v := range x {
		k, high, low := float64(kernel.Level(v, 256)), 1., 0.
		if k < 255 {
			high = below(k+0.5, float64(out[i]))
		}
		if k > 0 {
			low = below(k-0.5, float64(out[i]))
		}
		sum -= math.Log2(high - low)
	}
	return sum
}

// What draws from a likelihood cost is what it says that they are worth: a scale that is not the right one would show, and so would a distribution that
// leaves too much to the levels that have nothing.
func TestCostIsThatOfTheLikelihood(t *testing.T) {
	for name, l := range coded(t) {
		r := rand.New(rand.NewPCG(3, 4))
		c, top := coderOf(t, l), float32(levelsOf(l)-1)
		var got, want, all float64
		for range max(4, 1600/levelsOf(l)) {
			values, outputs := sizes(l, 100)
			out, x, levels := make([]float32, outputs), make([]float32, values), make([]uint16, values)
			outputOf(l, out, r)
			l.Draw(x, out, r)
			for i := range x {
				levels[i] = uint16(kernel.Level(x[i], int(top)+1))
				x[i] = float32(levels[i]) / top
			}
			got += float64(c.Cost(out, levels)) / exact.Unit
			want += bitsOf(l, out, x)
			all += float64(values)
		}
		if t.Logf("%s: %.6f bits a value, %+.6f of them lost, of %v", name, got/all, (got-want)/all, all); !(math.Abs(got-want) <= 0.001*want+0.0005*all) {
			t.Errorf("%s: %v bits, not %v", name, got, want)
		}
	}
}

// The loss of the table of logits, by all of them that matter.
func TestBernoulliLosesLittle(t *testing.T) {
	c, most := bernoulliCoder{ones()}, 0.
	for logit := -14.; logit < 14; logit += 0.0007 {
		p, q := 1/(1+math.Exp(-logit)), float64(c.one(float32(logit)))/65536
		most = max(most, p*math.Log2(p/q)+(1-p)*math.Log2((1-p)/(1-q)))
	}
	if t.Logf("%.3g bits a pixel at the most", most); !(most <= 3e-5) {
		t.Errorf("%v bits a pixel are lost", most)
	}
}

func TestNoCoderOfSquaredErrors(t *testing.T) {
	if _, err := NewCoder(SquaredError{}); err == nil {
		t.Error("no error")
	}
}

// These are a format: a file that was written with other frequencies cannot be read.
func TestCostsStayAsTheyAre(t *testing.T) {
	want := map[string]string{
		"bernoulli":            "170fb579d23b15f5",
		"beta-binomial:2":      "cd203a3e7b24bcc6",
		"beta-binomial:256":    "8c8912fc1d97a653",
		"beta-binomial:4":      "fc0364f446d2cba3",
		"beta-binomial:65536":  "215118f7038f2dc9",
		"categorical:2":        "8b95a76711d17e32",
		"categorical:256":      "b917decee8415ccb",
		"categorical:4":        "8d911d8151f486e9",
		"dmol:10:256, color":   "875178e76c1c1772",
		"dmol:10:65536, color": "22ddfb427a20a6ba",
		"dmol:1:16":            "d6a31c3ccd3af96f",
		"dmol:2:256":           "b4a519545bb52137",
		"dmol:3:256, color":    "e0d7f23407fab533",
		"gaussian":             "f785847030c81d78",
		"gaussian, learned":    "e69355881fb5b1b1",
		"gaussian, optimal":    "e69355881fb5b1b1",
		"logistic:2":           "3b2d76f347591a37",
		"logistic:256, color":  "24b021995323e26d",
		"logistic:4":           "7549ff7af9abbcd5",
		"logistic:65536":       "45fcfc701c99c7b",
	}
	all := coded(t)
	if len(all) != len(want) {
		t.Errorf("%d likelihoods, and %d hashes", len(all), len(want))
	}
	for name, l := range all {
		h, r := fnv.New64a(), rand.New(rand.NewPCG(5, 6))
		c := coderOf(t, l)
		for i := range max(2, 1000/levelsOf(l)) {
			values, outputs := sizes(l, 10)
			out, levels := make([]float32, outputs), make([]uint16, values)
			if outputOf(l, out, r); i%2 == 1 {
				oddNumbers(out, r)
			}
			for i := range levels {
				levels[i] = uint16(r.IntN(levelsOf(l)))
			}
			var s ans.Stack
			s.Push(1, 1, 28)
			s.Push(1, 1, 28)
			c.Push(&s, out, levels)
			h.Write(s.Append(nil))
		}
		if got := fmt.Sprintf("%x", h.Sum64()); got != want[name] {
			t.Errorf("%q: %q,", name, got)
		}
	}
}

// benchmarkCoder codes images of 784 values.
func benchmarkCoder(b *testing.B, name string, channels int, pop bool) {
	l := made(b, name, config.Model{Sigma: 0.1}, channels)
	c, r := coderOf(b, l), rand.New(rand.NewPCG(7, 8))
	values, outputs := sizes(l, 784/channels)
	out, x, levels := make([]float32, outputs), make([]float32, values), make([]uint16, values)
	outputOf(l, out, r)
	l.Draw(x, out, r)
	for i := range x {
		levels[i] = uint16(kernel.Level(x[i], levelsOf(l)))
	}
	s := new(ans.Stack)
	for range b.N {
		b.StopTimer()
		*s = ans.Stack{}
		if pop {
			c.Push(s, out, levels)
		}
		b.StartTimer()
		if pop {
			c.Pop(s, out, levels)
		} else {
			c.Push(s, out, levels)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(values), "ns/value")
}

func BenchmarkCoders(b *testing.B) {
	for _, name := range []string{"bernoulli", "gaussian", "logistic:256", "dmol:5:256", "dmol:10:256, color", "beta-binomial:256", "categorical:256"} {
		channels := 1
		if strings.HasSuffix(name, "color") {
			channels = 3
		}
		b.Run(name+"/push", func(b *testing.B) { benchmarkCoder(b, name, channels, false) })
		b.Run(name+"/pop", func(b *testing.B) { benchmarkCoder(b, name, channels, true) })
	}
}
