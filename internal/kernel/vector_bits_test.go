package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/rng"
)

// elementwiseResults runs every elementwise kernel on rows of n elements and
// returns all that they wrote, with the name of each.
func elementwiseResults(n int) map[string][]float32 {
	const rows = 5
	input := func(name string, scale float32) []float32 {
		x := make([]float32, rows*n)
		rng.Normal(x, rng.Stream(3, name, uint64(n)))
		for i := range x {
			x[i] *= scale
			switch i % 37 {
			case 5:
				x[i] = 0
			case 11:
				x[i] *= 30
			case 23:
				x[i] = float32(math.Copysign(0, -1))
			}
		}
		return x
	}
	fresh := func() []float32 { return make([]float32, rows*n) }
	all := map[string][]float32{}
	bias := input("bias", 1)[:n]
	for act := Linear; int(act) < len(functions); act++ {
		y, dz := input("y", 4), fresh()
		if act.OfInput() {
			applied := fresh()
			Activate(applied, y, act)
			all[fmt.Sprint("applied ", act)] = applied
		}
		BiasActivation(y, bias, rows, n, act)
		ActivationGradient(dz, input("dy", 1), y, rows, n, act)
		normalized := Normalized{DY: input("dy", 1), X: input("x", 3), Y: y, DZ: fresh(), Scale: input("scale", 1)[:n], Shift: bias, Act: act}
		made, sum, product, dx := fresh(), make([]float32, n), make([]float32, n), fresh()
		Normalize(made, normalized.X, normalized.Scale, normalized.Shift, rows, act)
		normalized.Sums(sum, product, bias, rows)
		normalized.InputGradient(dx, bias, normalized.Scale, rows)
		all[fmt.Sprint("normalized ", act)], all[fmt.Sprint("normalized gradient ", act)] = made, dx
		all[fmt.Sprint("normalized sum ", act)], all[fmt.Sprint("normalized product ", act)] = sum, product
		all[fmt.Sprint("activation ", act)], all[fmt.Sprint("gradient ", act)] = y, dz
	}
	nll, residual := make([]float32, rows), fresh()
	BernoulliNLL(nll, residual, input("logits", 6), input("x", 1), rows, n)
	all["bernoulli"], all["bernoulli residual"] = nll, residual
	nll, residual = make([]float32, rows), fresh()
	GaussianNLL(nll, residual, input("mean", 1), input("x", 1), rows, n, 0.3)
	all["gaussian"], all["gaussian residual"] = nll, residual
	kl, dmu, dlogvar := make([]float32, rows), fresh(), fresh()
	StandardNormalKL(kl, dmu, dlogvar, input("mu", 1), input("logvar", 2), rows, n)
	all["kl"], all["dmu"], all["dlogvar"] = kl, dmu, dlogvar
	scaled, sums, probability := fresh(), make([]float32, n), fresh()
	ScaleRows(scaled, input("a", 1), []float32{1, 0.5, -3, 0, 1e-30}, rows, n)
	SumRows(sums, input("b", 1), rows, n)
	Sigmoids(probability, input("c", 20))
	sum, square := make([]float32, n), make([]float32, n)
	Deviations(sum, square, input("d", 2), bias, rows)
	AddRows(sum, input("e", 1), rows)
	all["deviations"], all["squares"] = sum, square
	all["scale"], all["sum"], all["sigmoid"] = scaled, sums, probability
	levels := fresh()
	for i := range levels {
		levels[i] = float32(i%256) / 255
	}
	nll, residual = make([]float32, rows), fresh()
	dscale := make([]float32, rows)
	LogisticNLL(nll, residual, dscale, input("means", 1), []float32{-1.7}, levels, rows, n, 256)
	means := fresh()
	LogisticMean(means, residual, []float32{-1.7})
	all["means of logistics"] = means
	all["logistic"], all["logistic means"], all["logistic scales"] = nll, residual, dscale
	for _, d := range []Mixture{{3, 1, 256}, {2, 3, 65536}} {
		nll, out, derivative := make([]float32, rows), make([]float32, rows*n*d.Width()), make([]float32, rows*n*d.Width())
		rng.Normal(out, rng.Stream(4, "mixture", uint64(n)))
		x := make([]float32, rows*n*d.Channels)
		for i := range x {
			x[i] = float32(i%256) / 255
		}
		d.NLL(nll, derivative, out, x, rows, n*d.Channels)
		mean := make([]float32, len(x))
		d.Mean(mean, out)
		all[fmt.Sprint("mixture means ", d)] = mean
		all[fmt.Sprint("mixture ", d)], all[fmt.Sprint("mixture derivative ", d)] = nll, derivative
	}
	value, slope, trials := fresh(), fresh(), fresh()
	for i := range trials {
		trials[i] = float32(i % 256)
	}
	positive := input("positive", 3)
	for i, v := range positive {
		positive[i] = 1e-3 + v*v
	}
	if n > 0 {
		Rising(value, slope, positive, trials, 255)
	}
	all["rising"], all["rising slope"] = value, slope
	logits, derivative := make([]float32, 10*rows*n), make([]float32, 10*rows*n)
	rng.Normal(logits, rng.Stream(5, "logits", uint64(n)))
	nll = make([]float32, rows)
	CategoricalNLL(nll, derivative, logits, levels, rows, n, 10)
	all["categorical"], all["categorical derivative"] = nll, derivative
	for _, o := range optimizers {
		for _, clip := range []float64{0, 0.5} {
			p := []Parameter{{input("p", 1), nil, fresh(), fresh(), 0}, {input("q", 1), nil, fresh(), fresh(), 0.3}}
			for step := range 3 {
				p[0].Gradient, p[1].Gradient = input(fmt.Sprint("g", step), 1), input(fmt.Sprint("h", step), 1)
				o.update(step+1, clip, p)
			}
			for i := range p {
				name := fmt.Sprintf("%s clip %g parameter %d", o.name, clip, i)
				all[name], all[name+" first"], all[name+" second"] = p[i].Param, p[i].First, p[i].Second
			}
		}
	}
	mean := input("average", 1)
	Average{Decay: 0.9}.Update([]Parameter{{Param: mean, Gradient: input("followed", 1)}})
	all["average"] = mean
	return all
}

// The same seed must give the same model on any processor with AVX2: both vector
// paths do the same operations in the same order.
func TestElementwiseSameBitsOnVectorPaths(t *testing.T) {
	vector := slices.DeleteFunc(Paths(), func(p string) bool { return p == "portable" })
	if len(vector) < 2 {
		t.Skipf("this processor has only %v", Paths())
	}
	for _, n := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 70, 784, 1000} {
		var first map[string][]float32
		eachPath(t, func(t *testing.T) {
			if Path() == "portable" {
				return
			}
			got := elementwiseResults(n)
			if first == nil {
				first = got
			}
			for name, want := range first {
				for i := range want {
					if math.Float32bits(got[name][i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s, n=%d: element %d is %v on %s and %v on %s", name, n, i, got[name][i], Path(), want[i], vector[0])
					}
				}
			}
		})
	}
}

// Dense is the product and then BiasActivation, to the bit.
func TestDenseIsProductAndActivation(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {3, 5, 0}, {20, 40, 200}, {128, 200, 400}, {130, 33, 1500}, {1, 400, 784}} {
			m, n, k := s[0], s[1], s[2]
			x, w, bias := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2), randomSlice(t, n, 3)
			for act := Linear; act <= ELU; act++ {
				want, got := make([]float32, m*n), guarded(t, m*n)
				MatMulNT(want, x, w, m, n, k, false)
				BiasActivation(want, bias, m, n, act)
				Dense(got, x, w, bias, m, n, k, act)
				if !slices.Equal(got, want) {
					t.Fatalf("m=%d n=%d k=%d activation %d differs", m, n, k, act)
				}
			}
		}
	})
}

func BenchmarkElementwise(b *testing.B) {
	const rows, n = 128, 784
	x, y, z, w := make([]float32, rows*n), make([]float32, rows*n), make([]float32, rows*n), make([]float32, rows*n)
	rng.Normal(x, rng.Stream(1, "benchmark"))
	sums := make([]float32, rows)
	plain, decayed := []Parameter{{y, x, z, w, 0}}, []Parameter{{y, x, z, w, 1e-4}}
	adam := Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 7}
	clipped := adam
	clipped.Clip = 1
	kernels := []struct {
		name string
		run  func()
	}{
		{"bernoulli", func() { BernoulliNLL(sums, y, x, z, rows, n) }},
		{"tanh", func() { copy(y, x); BiasActivation(y, z[:n], rows, n, Tanh) }},
		{"relu", func() { BiasActivation(y, z[:n], rows, n, ReLU) }},
		{"sigmoid", func() { Sigmoids(y, x) }},
		{"adam", func() { adam.Update(plain) }},
		{"adam-decay", func() { adam.Update(decayed) }},
		{"adam-clip", func() { clipped.Update(plain) }},
		{"adamax", func() { Adamax{LearningRate: 2e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 7}.Update(plain) }},
		{"average", func() { Average{Decay: 0.999}.Update(plain) }},
		{"adagrad", func() { Adagrad{LearningRate: 1e-3, Epsilon: 1e-10}.Update(plain) }},
		{"momentum", func() { SGD{LearningRate: 1e-3, Momentum: 0.9}.Update(plain) }},
		{"sgd", func() { SGD{LearningRate: 1e-3}.Update(plain) }},
		{"sumrows", func() { SumRows(y[:n], x, rows, n) }},
		{"scale", func() { ScaleRows(y, x, sums, rows, n) }},
	}
	for _, impl := range Paths() {
		for _, k := range kernels {
			b.Run(fmt.Sprintf("impl=%s/kernel=%s", impl, k.name), func(b *testing.B) {
				defer SelectPath(Path())
				if err := SelectPath(impl); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					k.run()
				}
				b.ReportMetric(float64(rows*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
			})
		}
	}
}
