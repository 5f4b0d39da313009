package codec

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/infer"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/vaez"
)

// lossyKinds are models of all kinds that images are coded by the latents of.
var lossyKinds = map[string]kind{
	"bernoulli":     {config.Shape{Width: 6, Height: 5, Channels: 1}, 256, func(*config.Model) {}},
	"gaussian":      {config.Shape{Width: 4, Height: 3, Channels: 3}, 256, func(c *config.Model) { c.Likelihood = "gaussian" }},
	"conditional":   {config.Shape{Width: 6, Height: 5, Channels: 1}, 256, func(c *config.Model) { c.Conditional, c.Classes = true, []string{"a", "b", "c"} }},
	"two levels":    {config.Shape{Width: 6, Height: 5, Channels: 1}, 256, func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{6} }},
	"logistic":      {config.Shape{Width: 4, Height: 4, Channels: 3}, 1024, func(c *config.Model) { c.Likelihood = "logistic:1024" }},
	"dmol":          {config.Shape{Width: 4, Height: 4, Channels: 3}, 256, func(c *config.Model) { c.Likelihood = "dmol:3:256" }},
	"beta-binomial": {config.Shape{Width: 5, Height: 5, Channels: 1}, 256, func(c *config.Model) { c.Likelihood = "beta-binomial:256" }},
	"categorical":   {config.Shape{Width: 5, Height: 5, Channels: 1}, 16, func(c *config.Model) { c.Likelihood = "categorical:16" }},
	"autoencoder":   {config.Shape{Width: 6, Height: 5, Channels: 1}, 256, func(c *config.Model) { c.Kind, c.Likelihood = config.AE, "mse" }},
}

// lossyFiles are how the hashes of files begin that TestLossyFilesAreTheSameEverywhere has of each kind, on every machine.
// Names and labels in them are deflated, which another Go may do otherwise.
var lossyFiles = map[string]string{
	"autoencoder":   "07849e4897214329",
	"bernoulli":     "dde09608e5465f16",
	"beta-binomial": "8136ca4cbb1eb440",
	"categorical":   "e146178dc00e926a",
	"conditional":   "9cb69e0273eb1d43",
	"dmol":          "535d8460c205c41a",
	"gaussian":      "f3c19c5e41841154",
	"logistic":      "238dac61150a52f5",
	"two levels":    "dde09608e5465f16",
}

// lossyOptions are with a model whose latents move its images.
func lossyOptions(k kind, t testing.TB, l Lossy) Options {
	m := k.model(t)
	for _, p := range m.Params() {
		if !m.InEncoder(p) && strings.HasSuffix(p.Name, ".weight") {
			for i := range p.Value {
				p.Value[i] *= 3
			}
		}
	}
	return Options{Model: m, Samples: 1, Lossy: &l}
}

// decoded are images that a model makes of latents, with some noise.
func decoded(k kind, t testing.TB, m *model.Model, n int) []Image {
	d, err := infer.NewDecoder(m)
	if err != nil {
		t.Fatal(err)
	}
	r, all := rand.New(rand.NewPCG(3, 3)), k.images(n, 1)
	for i := range all {
		z := make([]float32, m.Latent())
		for l := range z {
			z[l] = float32(r.NormFloat64())
		}
		means, err := d.Decode([][]float32{z}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range means[0] {
			noisy := float64(v) + 0.02*r.NormFloat64()
			all[i].Values[j] = uint16(min(max(noisy, 0), 1) * float64(k.levels-1))
		}
	}
	return all
}

// The decoder makes what the encoder has measured: by the index and as a stream, for any threads and path, of the same bytes.
func TestLossyFilesAreTheSameEverywhere(t *testing.T) {
	path := kernel.Path()
	defer func() { _ = kernel.SelectPath(path) }()
	for name, k := range lossyKinds {
		o, all := lossyOptions(k, t, Lossy{Quality: 60}), k.images(150, 5)
		h := k.head()
		h.Lossy, o.Block = true, 60
		var want []byte
		for _, path := range []string{"avx512", "avx2", "exact"} {
			if kernel.SelectPath(path) != nil {
				continue // a processor without it
			}
			for _, threads := range []int{1, 4} {
				before := runtime.GOMAXPROCS(threads)
				file, report := compress(t, h, o, all)
				if want == nil {
					want = file
					if sum := fmt.Sprintf("%x", sha256.Sum256(file))[:16]; sum != lossyFiles[name] {
						t.Errorf("%s: a file of hash %s, and those of every machine have %s", name, sum, lossyFiles[name])
					}
				}
				if !bytes.Equal(file, want) {
					t.Errorf("%s, %s, %d threads: other bytes", name, path, threads)
				}
				for _, indexed := range []bool{true, false} {
					r, err := open(want, indexed, always(o.Model))
					if err != nil {
						t.Fatal(err)
					}
					got, faults := decompress(r)
					if faults != nil || len(got) != len(all) {
						t.Fatalf("%s, %s: %d images, %v", name, path, len(got), faults)
					}
					if e := meanError(got, all, k.levels); !(math.Abs(e-report.Lost.SquaredError) <= 1e-12) {
						t.Errorf("%s: squared error %g, told as %g", name, e, report.Lost.SquaredError)
					}
				}
				runtime.GOMAXPROCS(before)
			}
		}
	}
}

// meanError is the mean squared error of a value of 0 to 1.
func meanError(got, want []Image, levels int) (sum float64) {
	n := 0
	for i, image := range want {
		for j, v := range image.Values {
			d := (float64(v) - float64(got[i].Values[j])) / float64(levels-1)
			sum += d * d
			n++
		}
	}
	return sum / float64(n)
}

// What a file decodes to is the model's mean image of the rounded code: without rounding to speak of and without a search, what infer makes.
func TestLossyImagesAreTheModelsReconstructions(t *testing.T) {
	kernel.SelectReproducible()
	k := lossyKinds["gaussian"]
	o, all := lossyOptions(k, t, Lossy{Quality: BestQuality + 40}), k.images(40, 9)
	o.Fast = true
	h := k.head()
	h.Lossy = true
	_, report := compress(t, h, o, all)
	encoder, err := o.Model.NewEncoder(len(all))
	if err != nil {
		t.Fatal(err)
	}
	for i, image := range all {
		for j, v := range image.Values {
			encoder.X[i*len(image.Values)+j] = float32(v) / float32(k.levels-1)
		}
	}
	mu, _, err := encoder.Run()
	if err != nil {
		t.Fatal(err)
	}
	decoder, err := infer.NewDecoder(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for i, image := range all {
		latents := o.Model.Latent()
		means, err := decoder.Decode([][]float32{mu[i*latents:][:latents]}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range image.Values {
			d := math.Min(math.Max(float64(means[0][j]), 0), 1) - float64(v)/float64(k.levels-1)
			sum += d * d / float64(len(all)*len(image.Values))
		}
	}
	if !(math.Abs(report.Lost.SquaredError/sum-1) < 1e-3) {
		t.Errorf("squared error %g, and without rounding %g", report.Lost.SquaredError, sum)
	}
}

// A higher quality takes more bytes and is nearer, and a search is no worse than none.
func TestQualityIsMonotone(t *testing.T) {
	k := lossyKinds["bernoulli"]
	all, h := decoded(k, t, lossyOptions(k, t, Lossy{}).Model, 300), k.head()
	h.Lossy = true
	var bytes, lost float64
	for i, quality := range []float64{20, 40, 60, 80} {
		_, report := compress(t, h, lossyOptions(k, t, Lossy{Quality: quality}), all)
		if i > 0 && !(float64(report.Parts.Images) > bytes && report.Lost.SquaredError < lost) {
			t.Errorf("quality %g: %d bytes, error %g, and before %g, %g", quality, report.Parts.Images, report.Lost.SquaredError, bytes, lost)
		}
		bytes, lost = float64(report.Parts.Images), report.Lost.SquaredError
		o := lossyOptions(k, t, Lossy{Quality: quality})
		o.Fast = true
		if _, fast := compress(t, h, o, all); !(fast.Lost.SquaredError >= lost) {
			t.Errorf("quality %g: error %g with a search, %g without", quality, lost, fast.Lost.SquaredError)
		}
	}
}

func TestARateIsMet(t *testing.T) {
	k := lossyKinds["bernoulli"]
	all, h := decoded(k, t, lossyOptions(k, t, Lossy{}).Model, 2000), k.head()
	h.Lossy = true
	for _, want := range []float64{2.5, 4} {
		_, report := compress(t, h, lossyOptions(k, t, Lossy{Bytes: want}), all)
		if got := float64(report.Parts.Images) / float64(len(all)); !(math.Abs(got/want-1) < 0.05) {
			t.Errorf("%g bytes an image, want %g", got, want)
		}
	}
}

// Whole numbers come back, of any spread, the coder learns what is no normal distribution, and no byte that is changed is a panic.
func TestNumbersComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, spread := range []float64{0, 0.1, 1, 30, 900} {
		const latents, images = 3, 500
		numbers := make([]int, latents*images)
		for i := range numbers {
			if i%latents > 0 {
				numbers[i] = min(max(int(math.Round(spread*r.NormFloat64())), -mostReach), mostReach)
			}
		}
		file := encodeNumbers(numbers, latents)
		got, err := decodeNumbers(file, images, latents)
		if err != nil || !slices.Equal(got, numbers) {
			t.Fatalf("spread %g: other numbers, %v", spread, err)
		}
		for at := range min(len(file), 200) {
			file[at] ^= 1 << r.IntN(8)
			_, _ = decodeNumbers(file, images, latents)
		}
	}
	if n, most := len(encodeNumbers(make([]int, 1000), 10)), 10; n != most {
		t.Errorf("zeros take %d bytes", n)
	}
}

// Each frequency is at least 1, and at finds what part has, for each spread.
func TestCountsAreADistribution(t *testing.T) {
	for code := byte(1); code <= mostSpread; code += 7 {
		c := newCounts(code)
		for range 1000 {
			c.learn(c.reach)
		}
		next := uint32(0)
		for n := -c.reach; n <= c.reach; n++ {
			start, frequency := c.part(n)
			if start != next || frequency < 1 || c.at(start) != n || c.at(start+frequency-1) != n {
				t.Fatalf("code %d: %d has %d from %d on", code, n, frequency, start)
			}
			next = start + frequency
		}
		if next != 1<<countPrecision {
			t.Errorf("code %d: all have %d", code, next)
		}
	}
}

func TestLossyDamageIsOfABlock(t *testing.T) {
	k := lossyKinds["conditional"]
	o, all, h := lossyOptions(k, t, Lossy{Quality: 50}), k.images(90, 5), k.head()
	h.Lossy, o.Block = true, 30
	file, _ := compress(t, h, o, all)
	at := bytes.LastIndex(file, []byte("E")) // in the index or after the blocks
	file[at/2] ^= 16
	r, err := open(file, true, always(o.Model))
	if err != nil {
		t.Fatal(err)
	}
	got, faults := decompress(r)
	if len(faults) != 1 || len(got) != 60 {
		t.Errorf("%d images, %v", len(got), faults)
	}
	other := k
	other.set = func(c *config.Model) { k.set(c); c.Latent = 6 }
	file[at/2] ^= 16
	if r, err = open(file, true, always(other.model(t))); err != nil {
		t.Fatal(err)
	}
	if got, faults = decompress(r); len(got) > 0 || len(faults) == 0 {
		t.Errorf("%d images by another model", len(got))
	}
}

// Of more latents than are looked at one by one.
func TestLossyOfManyLatents(t *testing.T) {
	k := lossyKinds["bernoulli"]
	k.set = func(c *config.Model) { c.Latent = MostSearched + 88 }
	o, all, h := lossyOptions(k, t, Lossy{Quality: 90}), k.images(20, 1), k.head()
	h.Lossy = true
	file, report := compress(t, h, o, all)
	r, err := open(file, true, always(o.Model))
	if err != nil {
		t.Fatal(err)
	}
	got, faults := decompress(r)
	if faults != nil || len(got) != 20 || !(math.Abs(meanError(got, all, k.levels)-report.Lost.SquaredError) < 1e-12) || report.Parts.Images < 1000 {
		t.Errorf("%d images, %v, %+v", len(got), faults, report)
	}
}

// A model that computes other bits, or none, is refused.
func TestLossyOtherBits(t *testing.T) {
	k := lossyKinds["bernoulli"]
	o, all, h := lossyOptions(k, t, Lossy{Quality: 50}), k.images(20, 1), k.head()
	h.Lossy = true
	file, _ := compress(t, h, o, all)
	params := o.Model.Params()
	bias := params[len(params)-1]
	before := bias.Value[0]
	bias.Value[0] += 1e-3
	r, err := open(file, true, always(o.Model))
	if err != nil {
		t.Fatal(err)
	}
	if got, faults := decompress(r); len(got) > 0 || len(faults) != 1 || !strings.Contains(faults[0].Error(), "other bits") {
		t.Errorf("%d images, %v", len(got), faults)
	}
	bias.Value[0] = before + float32(math.NaN())
	w, err := NewWriter(t.Context(), new(bytes.Buffer), h, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range all {
		if err := w.Add(image); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err == nil {
		t.Error("a model of NaN is taken")
	}
}

// A block by another method than the file is coded by is damage, and no endless wait.
func TestLossyBlockInALosslessFile(t *testing.T) {
	k := kinds["bernoulli"]
	var file bytes.Buffer
	out, err := vaez.NewWriter(&file, k.head())
	if err != nil {
		t.Fatal(err)
	}
	c, m := &Coding{Rows: 1, Samples: 1, Shifts: []int{6}}, k.model(t)
	if c.Print, err = fingerprint(m, c, k.levels); err != nil {
		t.Fatal(err)
	}
	if err := out.Coding(c.body()); err != nil {
		t.Fatal(err)
	}
	if err := out.Block(vaez.Block{Images: 1, Method: byLatents, Payload: []byte{0, 0, 0, 0, 0}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := open(file.Bytes(), true, always(m))
	if err != nil {
		t.Fatal(err)
	}
	if got, faults := decompress(r); len(got) > 0 || len(faults) == 0 {
		t.Errorf("%d images, %v", len(got), faults)
	}
}

// Numbers that are changed together leave an image no worse than before, by what the search itself measures.
func TestTogetherIsNoWorse(t *testing.T) {
	for _, name := range []string{"bernoulli", "conditional", "logistic"} {
		k := lossyKinds[name]
		o, all := lossyOptions(k, t, Lossy{Quality: 70}), k.images(40, 3)
		p, err := newPress(o.Model, k.levels)
		if err != nil {
			t.Fatal(err)
		}
		w := &Writer{head: k.head(), options: o}
		b := w.images(all)
		f, err := p.survey(b)
		if err != nil {
			t.Fatal(err)
		}
		f.at(70)
		numbers, err := p.numbers(b)
		if err != nil {
			t.Fatal(err)
		}
		s := searching{press: p, images: b, numbers: numbers}
		for l := range p.latents {
			of := column(numbers, l, p.latents)
			s.bits = append(s.bits, costs(of, spreadFor(of)))
		}
		total := func() (sum float64, least []float64) {
			s.least = nil
			if err := s.measureLeast(); err != nil {
				t.Fatal(err)
			}
			for i, n := range numbers {
				sum += s.weight * s.cost(i%p.latents, n)
			}
			for _, e := range s.least {
				sum += e
			}
			return sum, s.least
		}
		before, _ := total()
		if err := s.runTogether(); err != nil {
			t.Fatal(err)
		}
		told := slices.Clone(s.least)
		after, least := total()
		if !(after < before) || !slices.Equal(told, least) {
			t.Errorf("%s: %g, before %g", name, after, before)
		}
	}
}
