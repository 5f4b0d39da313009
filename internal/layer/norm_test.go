package layer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/rng"
)

// What is saved beside the parameters is found within blocks, and has PyTorch's names.
func TestSavedIsInTheOrderOfLayers(t *testing.T) {
	block := must(NewResidual("r.3", Stack{NewBatchNorm("r.3.body.0", testMap, sigmoid)}, nil))
	features := Stack{NewFlatten(testMap), NewBatchNorm("r.5", onePixel(testMap.Pixels()), Linear)}
	var names []string
	for _, p := range append(Stack{NewBatchNorm("r.1", testMap, Linear), block}, features...).Saved() {
		names = append(names, p.Name)
		if channels := []int{testMap.Channels, testMap.Pixels()}[strings.Count(p.Name, "5")]; !slices.Equal(p.Shape, []int{channels}) {
			t.Errorf("%s has the shape %v, want %d", p.Name, p.Shape, channels)
		}
	}
	want := []string{"r.1.running_mean", "r.1.running_var", "r.3.body.0.running_mean", "r.3.body.0.running_var", "r.5.running_mean", "r.5.running_var"}
	if !slices.Equal(names, want) {
		t.Errorf("saved are %v, want %v", names, want)
	}
}

func TestNormalizationsBeginAsPyTorchs(t *testing.T) {
	n := NewBatchNorm("n", testMap, Linear)
	all := append(n.Params(), n.Saved()...)
	for _, p := range all {
		p.Allocate()
		fill(p.Value, 7)
	}
	if err := n.Init(config.Kaiming, 1); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{1, 0, 0, 1} {
		if !slices.Equal(all[i].Value, []float32{want, want}) {
			t.Errorf("%s is %v, want %g", all[i].Name, all[i].Value, want)
		}
	}
}

func TestLayersThatDoNotFitAreErrors(t *testing.T) {
	of := func(l Layer, err error) error { return err }
	for want, err := range map[string]error{
		"3 groups of the channels of a map of 4x3x2: their number must divide that of the channels": second(NewGroupNorm("n", testMap, 3, Linear)),
		"0 groups of the channels of a map of 1x1x5":                                                second(NewGroupNorm("n", onePixel(5), 0, Linear)),
		"the mean over 4x4 pixels of a map of 4x3x2: it has fewer":                                  of(NewAveragePool(testMap, 4)),
		"the mean over 0x0 pixels":                                                                  of(NewAveragePool(testMap, 0)),
		"0x0 pixels for one of a map of 4x3x2: at least 1 is needed":                                of(NewUpsample(testMap, 0)),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Where no gradients are taken batch normalization becomes a part of the weights before it, with
// the same results and its name for what they are; elsewhere nothing is folded.
func TestFoldingChangesNothing(t *testing.T) {
	relu := Activation{config.ReLU, kernel.ReLU}
	conv, up, dense := must(NewConv("a", testMap, 3, half, Linear)), must(NewConvTranspose("a", testMap, 3, double, Linear)), NewDense("a", 5, 4, Linear)
	for name, stack := range map[string]Stack{
		"conv":  {conv, NewBatchNorm("n", conv.Out(), relu)},
		"convt": {up, NewBatchNorm("n", up.Out(), relu)},
		"dense": {dense, NewBatchNorm("n", onePixel(4), relu)},
	} {
		joined := join(join(nil, stack[0]), stack[1])
		if _, ok := joined[0].(folding); !ok || len(joined) != 1 {
			t.Fatalf("%s: %v is not folded", name, joined)
		}
		for i, p := range append(joined.Params(), joined.Saved()...) {
			p.Allocate()
			rng.Uniform(p.Value, 1, rng.Stream(3, name, uint64(i)))
			if strings.HasSuffix(p.Name, "var") {
				for j, v := range p.Value {
					p.Value[j] = 1 + v/2
				}
			}
		}
		plain, folded := measured(t, stack, false), measured(t, joined, true)
		if len(folded.Traced()) != 1 || folded.Traced()[0].Name != "n" {
			t.Errorf("%s: traced %v", name, folded.Traced())
		}
		want := plain.Read(plain.Traced()[1].Node)
		for i, v := range folded.Read(folded.Traced()[0].Node) {
			if !(math.Abs(float64(v-want[i])) <= 1e-5) {
				t.Errorf("%s: output %d is %g, apart %g", name, i, v, want[i])
			}
		}
		if n := len(measured(t, joined, false).Traced()); n != 2 {
			t.Errorf("%s: with gradients %d layers, want 2", name, n)
		}
	}
	for _, l := range []Layer{NewDense("a", 5, 4, relu), NewFlatten(testMap)} {
		if s := join(join(nil, l), NewBatchNorm("n", onePixel(4), relu)); len(s) != 2 {
			t.Errorf("%v is folded", s)
		}
	}
}

// In training the mean is taken out of what a convolution gives, and its bias is not moved by
// rounding errors; elsewhere it has a gradient.
func TestBiasBeforeBatchNorm(t *testing.T) {
	same := Window{Kernel: 3, Stride: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}
	for _, training := range []bool{true, false} {
		l := join(Stack{must(NewConv("a", testMap, 2, same, Linear))}, NewBatchNorm("n", testMap, sigmoid))
		x := graph.NewParam("x", 3, testMap.Pixels())
		params := append([]*graph.Param{x}, l.Params()...)
		for i, p := range append(params, l.Saved()...) {
			p.Allocate()
			rng.Uniform(p.Value, 0.5, rng.Stream(6, p.Name, uint64(i)))
		}
		fill(l.Saved()[1].Value, 1)
		g, _, gradients := differentiated(t, l, x, params, training)
		if bias := g.Read(gradients[2]); (bias[0] == 0 && bias[1] == 0) != training {
			t.Errorf("training %v: gradient of the bias %v", training, bias)
		}
	}
}

// measured runs layers on a batch, with all that they trace.
func measured(t *testing.T, s Stack, fold bool) *graph.Graph {
	t.Helper()
	g, err := graph.Build(func(b *graph.Builder) {
		if fold {
			b.Measure()
		}
		x, data := b.Input("x", 3, s.In().Pixels())
		rng.Uniform(data, 1, rng.Stream(4, "x"))
		s.Apply(b, x, false)
		b.KeepTraced()
	})
	if err == nil {
		err = g.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func second(_ *GroupNorm, err error) error { return err }

// In a graph of training a batch is normalized by itself, and a row of weight 0 has no say.
func TestBatchNormOfATrainingGraph(t *testing.T) {
	n := NewBatchNorm("n", onePixel(1), Linear)
	for _, p := range append(n.Params(), n.Saved()...) {
		p.Allocate()
	}
	if err := n.Init(config.Glorot, 1); err != nil {
		t.Fatal(err)
	}
	var y *graph.Node
	g, err := graph.Build(func(b *graph.Builder) {
		x, data := b.Input("x", 3, 1)
		copy(data, []float32{1, 3, 50})
		w, weights := b.Input("weights", 3)
		copy(weights, []float32{0.5, 0.5, 0})
		b.Train(w)
		y = n.Apply(b, x, false)
		b.Keep(y)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	if got := g.Read(y); !(got[0] < -0.9999 && got[0] > -1 && got[1] == -got[0]) {
		t.Errorf("1 and 3 are normalized to %v", got)
	}
	if n.mean.Value[0] != 0.2 || n.variance.Value[0] != 0.9+0.2 {
		t.Errorf("running moments %v and %v, want a tenth of 2, and 0.9 with a tenth of 2", n.mean.Value, n.variance.Value)
	}
}
