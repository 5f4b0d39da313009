package layer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

func TestWindows(t *testing.T) {
	same := Window{Kernel: 3, Stride: 2, Bottom: 1, Right: 1} // of Keras, for even sizes
	for _, c := range []struct {
		transposed bool
		in         config.Shape
		window     Window
		want       string // shape, or a part of the error
	}{
		{false, config.Shape{Width: 64, Height: 64, Channels: 3}, Window{Kernel: 4, Stride: 2, Top: 1, Bottom: 1, Left: 1, Right: 1}, "32x32x5"},
		{false, config.Shape{Width: 28, Height: 14, Channels: 3}, same, "14x7x5"},
		{false, config.Shape{Width: 5, Height: 3, Channels: 1}, Window{Kernel: 1, Stride: 1}, "5x3x5"},
		{false, config.Shape{Width: 4, Height: 4, Channels: 1}, Window{Kernel: 5, Stride: 1}, "the kernel is larger than the map"},
		{false, config.Shape{Width: 4, Height: 4, Channels: 1}, Window{Kernel: 2, Stride: 0}, "every size is from 1"},
		{false, config.Shape{Width: 4, Height: 4, Channels: 1}, Window{Kernel: 2, Stride: 1, Top: -1}, "padding"},
		{false, config.Shape{Width: 4, Height: 4, Channels: 1}, Window{Kernel: 2, Stride: 2, OutputRight: 1}, "the padding of an output is for transposed"},
		{false, config.Shape{Width: 1 << 16, Height: 1 << 16, Channels: 1}, Window{Kernel: 2, Stride: 1}, "more than"},

		{true, config.Shape{Width: 4, Height: 2, Channels: 3}, half, "7x3x5"},
		{true, config.Shape{Width: 4, Height: 2, Channels: 3}, double, "8x4x5"},
		{true, config.Shape{Width: 7, Height: 7, Channels: 64}, same, "14x14x5"},
		{true, config.Shape{Width: 1, Height: 1, Channels: 1}, Window{Kernel: 4, Stride: 1}, "4x4x5"},
		{true, config.Shape{Width: 2, Height: 2, Channels: 1}, Window{Kernel: 2, Stride: 4, OutputBottom: 3}, "6x9x5"},
		{true, config.Shape{Width: 1, Height: 1, Channels: 1}, Window{Kernel: 2, Stride: 1, Top: 1, Bottom: 1}, "its padding takes all of the map"},
		{true, config.Shape{Width: 4, Height: 4, Channels: 1}, Window{Kernel: 2, Stride: 2, OutputRight: 2}, "must be less than the stride"},
		{true, config.Shape{Width: 4, Height: 4, Channels: 1}, Window{Kernel: 2, Stride: 1, OutputRight: -1}, "must be less than the stride"},
		{true, config.Shape{Width: 4, Height: 4, Channels: 1}, Window{Kernel: 2, Stride: 0}, "every size is from 1"},
		{true, config.Shape{Width: 1 << 16, Height: 1 << 16, Channels: 1}, Window{Kernel: 2, Stride: 1}, "more than"},
	} {
		make := NewConv
		if c.transposed {
			make = NewConvTranspose
		}
		l, err := make("c", c.in, 5, c.window, Linear)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%+v: error %v, want one line with %q", c, err, c.want)
			}
		} else if got := l.Out().String(); got != c.want || l.In() != c.in {
			t.Errorf("%+v: from %v to %s", c, l.In(), got)
		}
	}
}

// Weights have PyTorch's shapes, and its initial weights: uniform up to one by the root of
// the fan-in, which of a transposed convolution is counted from the filters.
func TestInitialWeightsOfConvolutions(t *testing.T) {
	in := config.Shape{Width: 8, Height: 8, Channels: 20}
	for _, c := range []struct {
		layer               *Conv
		shape               []int
		kaiming, xavier, he float64
	}{
		{must(NewConv("a", in, 30, half, Linear)), []int{30, 20, 3, 3}, 1 / math.Sqrt(9*20), math.Sqrt(6. / (9 * 50)), math.Sqrt(6. / (9 * 20))},
		{must(NewConvTranspose("a", in, 30, half, Linear)), []int{20, 30, 3, 3}, 1 / math.Sqrt(9*30), math.Sqrt(6. / (9 * 50)), math.Sqrt(6. / (9 * 30))},
	} {
		for scheme, bound := range map[config.Init]float64{config.Kaiming: c.kaiming, config.Glorot: c.xavier, config.He: c.he} {
			for _, p := range c.layer.Params() {
				p.Allocate()
			}
			if err := c.layer.Init(scheme, 3); err != nil {
				t.Fatal(err)
			}
			largest := float64(max(slices.Max(c.layer.Weight.Value), -slices.Min(c.layer.Weight.Value)))
			if !slices.Equal(c.layer.Weight.Shape, c.shape) || !(largest <= bound*(1+1e-6)) || !(largest > 0.99*bound) {
				t.Errorf("%s %s: weights %v up to %g, want %v up to %g", c.layer.kind, scheme, c.layer.Weight.Shape, largest, c.shape, bound)
			}
			if b := slices.Max(c.layer.Bias.Value); (b > 0) != (scheme == config.Kaiming) || len(c.layer.Bias.Value) != 30 || !(float64(b) <= bound) {
				t.Errorf("%s %s: %d biases up to %g", c.layer.kind, scheme, len(c.layer.Bias.Value), b)
			}
		}
		if err := c.layer.Init("orthogonal", 1); err == nil {
			t.Error("unknown initial weights: no error")
		}
	}
}

func TestDescriptionsAndCosts(t *testing.T) {
	for name, want := range map[string]struct {
		text string
		macs float64
	}{
		"dense":   {"dense 2, linear", 6},
		"conv":    {"conv 3, 3x3/2, linear", 2 * 2 * 9 * 2 * 3},
		"convt":   {"convt 3, 3x3/2, linear", 4 * 3 * 9 * 2 * 3},
		"flatten": {"flatten", 0}, "reshape": {"reshape 4x3x2", 0}, "activate": {"sigmoid", 0},
		"gated dense":              {"gated dense 2, linear", 12},
		"residual":                 {"residual [sigmoid; conv 2, 3x3, linear]", 4 * 3 * 9 * 2 * 2},
		"residual with a shortcut": {"residual [conv 3, 3x3/2, sigmoid | conv 3, 3x3/2, linear]", 2 * 2 * 2 * 9 * 2 * 3},
		"network":                  {"conv 3, 3x3/2, sigmoid; flatten; dense 12, linear; reshape 2x2x3; convt 2, 3x3/2, linear", 216 + 144 + 216},
	} {
		if l := known[name](); l.Describe() != want.text || MACs(l) != want.macs {
			t.Errorf("%s: %q of %g multiplications, want %q of %g", name, l.Describe(), MACs(l), want.text, want.macs)
		}
	}
}

// The layers within others are found, in the order of their parameters.
func TestEach(t *testing.T) {
	block := known["residual with a shortcut"]()
	var names []string
	for l := range Each(Stack{NewDense("a", 3, 3, Linear), Stack{NewGatedDense("b", 3, 3, Linear)}, block}) {
		names = append(names, l.(Active).Units().Layer)
	}
	if want := []string{"a", "b.h", "b.g", "r.body.0", "r.shortcut.0"}; !slices.Equal(names, want) {
		t.Errorf("layers %v, want %v", names, want)
	}
	n := 0
	for range Each(block) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d layers after the first", n)
	}
	var params []string
	for _, p := range block.Params() {
		params = append(params, p.Name)
	}
	if want := []string{"r.body.0.weight", "r.body.0.bias", "r.shortcut.0.weight", "r.shortcut.0.bias"}; !slices.Equal(params, want) {
		t.Errorf("parameters %v, want %v", params, want)
	}
}

func TestResidualBlocksThatDoNotFitAreErrors(t *testing.T) {
	wide := NewDense("w", 3, 4, Linear)
	for _, c := range []struct {
		body, shortcut Stack
		want           string
	}{
		{nil, nil, "no layers"},
		{Stack{wide}, nil, "give 4x1x1, to be added to 3x1x1"},
		{Stack{wide}, Stack{NewDense("s", 3, 5, Linear)}, "give 4x1x1, to be added to 5x1x1"},
		{Stack{wide}, Stack{NewDense("s", 2, 4, Linear)}, "whose shortcut takes 2x1x1"},
	} {
		if _, err := NewResidual("r", c.body, c.shortcut); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	norm := NewBatchNorm("n", onePixel(4), Linear) // sees plain numbers as channels
	if _, err := NewResidual("r", Stack{norm, NewDense("w", 4, 4, Linear)}, nil); err != nil {
		t.Error(err)
	}
	if _, err := NewResidual("r", Stack{NewDense("w", 4, 4, Linear)}, Stack{norm}); err != nil {
		t.Error(err)
	}
	if _, err := NewGatedConv("g", testMap, 2, Window{Kernel: 9, Stride: 1}, Linear); err == nil {
		t.Error("a gated convolution beyond its map: no error")
	}
}

// A map is flattened channel by channel, as PyTorch has it, and made of that again.
func TestFlattenIsChannelByChannel(t *testing.T) {
	in := config.Shape{Width: 2, Height: 2, Channels: 3}
	var x, flat []float32
	for p := range 4 {
		for c := range 3 {
			x = append(x, float32(10*c+p))
		}
	}
	for c := range 3 {
		for p := range 4 {
			flat = append(flat, float32(10*c+p))
		}
	}
	if got := apply(t, NewFlatten(in), x); !slices.Equal(got, flat) {
		t.Errorf("flattened to %v, want %v", got, flat)
	}
	if got := apply(t, NewReshape(in), flat); !slices.Equal(got, x) {
		t.Errorf("reshaped to %v, want %v", got, x)
	}
	for _, s := range []config.Shape{{Width: 2, Height: 3, Channels: 1}, Features(1), {Width: 1, Height: 1, Channels: 4}} {
		x := x[:s.Pixels()]
		if got := apply(t, Stack{NewFlatten(s), NewReshape(s)}, x); !slices.Equal(got, x) {
			t.Errorf("%v: %v", s, got)
		}
	}
}

// FuzzConvolutionShapes: whatever the sizes, a layer is an error of one line or what its
// shape says, and a transposed one takes what the plain one gives.
func FuzzConvolutionShapes(f *testing.F) {
	f.Add(8, 7, 2, 3, 3, 2, 1, 0, 1, 1, 0)
	f.Add(1, 1, 1, 1, 4, 1, 0, 0, 0, 0, 0)
	f.Add(5, 5, 1, 2, 2, 3, 0, 0, 0, 0, 2)
	f.Add(1<<40, 3, 1<<40, 2, -1, 0, -5, 9, 0, 0, 1)
	f.Fuzz(func(t *testing.T, width, height, channels, filters, kernel, stride, top, bottom, left, right, output int) {
		in := config.Shape{Width: width, Height: height, Channels: channels}
		w := Window{kernel, stride, top, bottom, left, right, output, output}
		for kind, make := range map[string]func(string, config.Shape, int, Window, Activation) (*Conv, error){"conv": NewConv, "convt": NewConvTranspose} {
			l, err := make("c", in, filters, w, Linear)
			if err != nil {
				if strings.Contains(err.Error(), "\n") || l != nil {
					t.Errorf("%s: %v and %v", kind, l, err)
				}
				continue
			}
			out := l.Out()
			if out.Width < 1 || out.Height < 1 || out.Channels != filters || !(MACs(l) >= 1) {
				t.Fatalf("%s of %v, %+v: %v, %g", kind, in, w, out, MACs(l))
			}
			if in.Pixels() <= 300 && out.Pixels() <= 300 && MACs(l) <= 1e5 {
				for _, p := range l.Params() {
					p.Allocate()
				}
				if got := len(apply(t, l, makeRow(in.Pixels()))); got != out.Pixels() {
					t.Fatalf("%s: %d numbers of %v", kind, got, out)
				}
			}
		}
	})
}

func makeRow(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i % 7)
	}
	return x
}
