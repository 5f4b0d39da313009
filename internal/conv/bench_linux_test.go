package conv

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vae/internal/kernel"
)

// net is the convolutions of an encoder and, transposed, those of a decoder.
type net struct {
	name     string
	batch    int
	enc, dec []Geometry
}

// nets are networks of papers and of other tools; a decoder's layers are the convolutions
// whose input gradients they are.
var nets = []net{
	{"burgess32", 64, []Geometry{square(32, 3, 32, 4, 2, 1), square(16, 32, 32, 4, 2, 1), square(8, 32, 32, 4, 2, 1)},
		[]Geometry{square(8, 32, 32, 4, 2, 1), square(16, 32, 32, 4, 2, 1), square(32, 3, 32, 4, 2, 1)}},
	{"burgess64", 64, []Geometry{square(64, 3, 32, 4, 2, 1), square(32, 32, 32, 4, 2, 1), square(16, 32, 32, 4, 2, 1), square(8, 32, 32, 4, 2, 1)},
		[]Geometry{square(8, 32, 32, 4, 2, 1), square(16, 32, 32, 4, 2, 1), square(32, 32, 32, 4, 2, 1), square(64, 3, 32, 4, 2, 1)}},
	{"dcgan28", 128, []Geometry{square(28, 1, 64, 4, 2, 1), square(14, 64, 128, 4, 2, 1)},
		[]Geometry{square(14, 64, 128, 4, 2, 1), square(28, 1, 64, 4, 2, 1)}},
	{"resnet32", 64, slices.Concat([]Geometry{square(32, 3, 64, 4, 2, 1), square(16, 64, 128, 4, 2, 1), square(8, 128, 128, 3, 1, 1)}, bottlenecks, bottlenecks),
		[]Geometry{square(16, 64, 128, 4, 2, 1), square(32, 3, 64, 4, 2, 1)}},
	{"vanilla64", 64, []Geometry{square(64, 3, 32, 3, 2, 1), square(32, 32, 64, 3, 2, 1), square(16, 64, 128, 3, 2, 1), square(8, 128, 256, 3, 2, 1), square(4, 256, 512, 3, 2, 1)},
		[]Geometry{square(4, 256, 512, 3, 2, 1), square(8, 128, 256, 3, 2, 1), square(16, 64, 128, 3, 2, 1), square(32, 32, 64, 3, 2, 1), square(64, 32, 32, 3, 2, 1), painter}},
	{"keras28", 128, []Geometry{same(28, 1, 32), same(14, 32, 64)}, []Geometry{same(14, 64, 64), same(28, 32, 64), square(28, 1, 32, 3, 1, 1)}},
}

// bottlenecks are two residual blocks' convolutions.
var bottlenecks = []Geometry{square(8, 128, 32, 3, 1, 1), square(8, 32, 128, 1, 1, 0), square(8, 128, 32, 3, 1, 1), square(8, 32, 128, 1, 1, 0)}

// painter is a last layer that is no transposed convolution: its forward pass is Forward.
var painter = square(64, 32, 3, 3, 1, 1)

// same is a 3x3 convolution with stride 2 that pads as Keras does.
func same(size, channels, filters int) Geometry {
	return Geometry{Height: size, Width: size, Channels: channels, Filters: filters, KernelHeight: 3, KernelWidth: 3, Stride: 2, Bottom: 1, Right: 1}
}

// layer is one of a net, with memory for its passes.
type layer struct {
	Geometry
	rows                       int
	transposed, first          bool // first: nobody wants the gradient of its input
	x, w, y                    []float32
	forward, backward, scratch []float32
	bias                       []float32
}

func newLayer(g Geometry, rows int, transposed, first bool) *layer {
	return &layer{g, rows, transposed, first, random(rows*g.in(), 1), random(g.Weights(), 2), random(rows*g.out(), 3),
		make([]float32, g.PackedForward()), make([]float32, g.PackedBackward()), make([]float32, g.WeightScratch(rows)), make([]float32, max(g.Filters, g.Channels))}
}

// passes are those of a training step, packing included.
func (l *layer) passes() map[string]func() {
	forward := func(act kernel.Activation, bias []float32) {
		l.PackForward(l.forward, l.w)
		l.Forward(l.y, l.x, l.forward, bias, l.rows, act)
	}
	input := func(act kernel.Activation, bias []float32) {
		l.PackBackward(l.backward, l.w)
		l.InputGradient(l.x, l.y, l.backward, bias, l.rows, act)
	}
	p := map[string]func(){
		"forward": func() { forward(kernel.ReLU, l.bias[:l.Filters]) },
		"input":   func() { input(kernel.Linear, nil) },
		"weights": func() { l.WeightGradient(l.w, l.x, l.y, l.scratch, l.rows) },
	}
	if l.transposed {
		p["forward"], p["input"] = func() { input(kernel.ReLU, l.bias[:l.Channels]) }, func() { forward(kernel.Linear, nil) }
	}
	if l.first {
		delete(p, "input")
	}
	return p
}

func (l *layer) flops() float64 {
	return 2 * float64(l.rows*l.OutHeight()*l.OutWidth()*l.Weights())
}

func (n net) layers() []*layer {
	var all []*layer
	for i, g := range n.enc {
		all = append(all, newLayer(g, n.batch, false, i == 0))
	}
	for _, g := range n.dec {
		all = append(all, newLayer(g, n.batch, g != painter, false))
	}
	return all
}

// clock is the processor time of this thread, or where several work the wall's.
func clock() time.Duration {
	if runtime.GOMAXPROCS(0) > 1 {
		return time.Duration(time.Now().UnixNano())
	}
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

// measure reports the median time of f, its rate and share of the peak of as many threads
// as there are.
func measure(b *testing.B, flops float64, f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	peak := kernel.Peak() * float64(runtime.GOMAXPROCS(0))
	f()
	var times []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := clock()
		f()
		times = append(times, clock()-start)
	}
	slices.Sort(times)
	rate := flops / times[len(times)/2].Seconds()
	b.ReportMetric(times[len(times)/2].Seconds()*1e3, "ms/median")
	b.ReportMetric(rate/1e9, "GFLOP/s")
	if peak > 0 {
		b.ReportMetric(100*rate/peak, "%peak")
	}
}

// eachThreads runs a benchmark on one thread, by its processor time, and on all.
func eachThreads(b *testing.B, name string, f func(b *testing.B)) {
	all := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(all)
	for threads := 1; threads <= all; threads *= 2 {
		b.Run(fmt.Sprintf("%s/threads=%d", name, threads), func(b *testing.B) {
			runtime.GOMAXPROCS(threads)
			f(b)
		})
	}
}

// BenchmarkStep is all products of the convolutions in a training step of a net.
func BenchmarkStep(b *testing.B) {
	for _, n := range nets {
		eachThreads(b, "net="+n.name, func(b *testing.B) {
			var passes []func()
			var flops float64
			for _, l := range n.layers() {
				for _, name := range []string{"forward", "weights", "input"} {
					if pass, ok := l.passes()[name]; ok {
						passes = append(passes, pass)
						flops += l.flops()
					}
				}
			}
			measure(b, flops, func() {
				for _, pass := range passes {
					pass()
				}
			})
		})
	}
}

// BenchmarkPasses is each pass of each kind of layer alone.
func BenchmarkPasses(b *testing.B) {
	for _, n := range nets {
		seen := map[Geometry]bool{}
		for _, l := range n.layers() {
			if seen[l.Geometry] && !l.transposed {
				continue
			}
			seen[l.Geometry] = true
			for _, name := range []string{"forward", "input", "weights"} {
				if pass, ok := l.passes()[name]; ok {
					eachThreads(b, fmt.Sprintf("net=%s/%s/pass=%s", n.name, shape(l), name), func(b *testing.B) { measure(b, l.flops(), pass) })
				}
			}
		}
	}
}

// shape names a layer as benchmarks are named.
func shape(l *layer) string {
	kind := "conv"
	if l.transposed {
		kind = "convt"
	}
	return fmt.Sprintf("%s=%dx%dx%d/filters=%d/kernel=%d/stride=%d", kind, l.Width, l.Height, l.Channels, l.Filters, l.KernelWidth, l.Stride)
}
