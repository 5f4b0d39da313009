package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"vae/internal/kernel"
)

type product struct {
	form    string
	m, n, k int
}

// products are those of a training step of the default network, and large ones, whose rows
// are 4 KiB apart.
var products = []product{
	{"NT", 128, 400, 784}, {"TN", 400, 784, 128},
	{"NT", 128, 200, 400}, {"TN", 200, 400, 128}, {"NN", 128, 400, 200},
	{"NT", 128, 784, 400}, {"TN", 784, 400, 128}, {"NN", 128, 400, 784},
	{"NT", 1024, 1024, 1024}, {"TN", 1024, 1024, 1024}, {"NN", 1024, 1024, 1024},
}

func (s product) operations() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// repeats is how many products are timed at once.
func (s product) repeats() int { return max(1, int(2e8/s.operations())) }

// products compares matrix products: AVX-512 with OpenBLAS as it chooses for
// itself and with its SkylakeX kernel, AVX2 with its Haswell kernel; and gonum. Without a
// Python it measures this program alone.
func (b *bench) products(python string) error {
	for _, c := range []struct{ path, core string }{{"avx512", ""}, {"avx512", "SkylakeX"}, {"avx2", "Haswell"}} {
		if python == "" && c.core == "SkylakeX" {
			continue
		}
		before := kernel.Path()
		if err := kernel.SelectPath(c.path); err != nil {
			fmt.Printf("left out: %v\n\n", err)
			continue
		}
		var err error
		for threads := 1; threads <= runtime.NumCPU() && err == nil; threads *= 2 {
			err = b.besideBLAS(python, c.core, threads)
		}
		if err := errors.Join(err, kernel.SelectPath(before)); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) besideBLAS(python, core string, threads int) error {
	p, version, err := startBLAS(python, b.folder, core, threads)
	if err != nil {
		return err
	}
	if p != nil {
		defer p.close()
	}
	peak := kernel.Peak() * float64(threads)
	of := map[bool]string{false: "time", true: "processor time"}[b.cpu]
	fmt.Printf("### Products on %s, GFLOP/s on %d thread(s) by %s, peak %.0f%s\n\n", kernel.Path(), threads, of, peak/1e9, version)
	fmt.Printf("| product | here | share of peak | at best | BLAS | ratio | gonum |\n|---|---|---|---|---|---|---|\n")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	for _, s := range products {
		if err := b.product(p, s, peak, threads); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// startBLAS starts NumPy, or nothing where no Python is given.
func startBLAS(python, folder, core string, threads int) (*peer, string, error) {
	if python == "" {
		return nil, "", nil
	}
	env := []string{fmt.Sprint("OPENBLAS_NUM_THREADS=", threads), fmt.Sprint("OMP_NUM_THREADS=", threads)}
	if core != "" {
		env = append(env, "OPENBLAS_CORETYPE="+core)
	}
	p, err := startPeer(python, folder+"/blas_peer.py", env...)
	if err != nil {
		return nil, "", err
	}
	version, err := p.ask(map[string]any{"op": "version"})
	return p, ", beside " + version.Version, err
}

func (b *bench) product(p *peer, s product, peak float64, threads int) error {
	seconds := b.seconds / 10
	var here, there, other, ratio []float64
	best := 0.
	for range b.rounds {
		settle()
		mine, most := b.rate(s, seconds, threads, kernelProduct)
		here, best = append(here, mine), max(best, most)
		if p == nil {
			continue
		}
		settle()
		a, err := p.ask(map[string]any{"form": s.form, "m": s.m, "n": s.n, "k": s.k, "repeats": s.repeats(), "seconds": seconds, "cpu": b.cpu})
		if err != nil {
			return err
		}
		if b.cpu {
			a.GFLOPS *= float64(threads)
		}
		there, ratio = append(there, a.GFLOPS), append(ratio, mine/a.GFLOPS)
		gonums, _ := b.rate(s, seconds/4, threads, gonumProduct)
		other = append(other, gonums)
	}
	atBest := fmt.Sprintf("%.0f %%", 100*best*1e9/peak)
	if b.cpu && threads > 1 { // a thread that had no processor looks fast
		atBest = ""
	}
	fmt.Printf("| %s m=%d n=%d k=%d | %.0f | %.0f %% | %s |", s.form, s.m, s.n, s.k, median(here), 100*median(here)*1e9/peak, atBest)
	if p == nil {
		fmt.Println(" | | |")
		return nil
	}
	fmt.Printf(" %.0f | %.2f | %.0f |\n", median(there), median(ratio), median(other))
	return nil
}

// rate measures GFLOP/s: the median of at least five runs, and the best of them, which says
// what there is where neighbors on the machine slow some. In processor time, waiting for the
// other threads counts as work.
func (b *bench) rate(s product, seconds float64, threads int, multiply func(s product, c, a, b []float32)) (middle, best float64) {
	x, y, c := make([]float32, s.m*s.k), make([]float32, s.n*s.k), make([]float32, s.m*s.n)
	for i := range x {
		x[i] = float32(i%17) / 17
	}
	for i := range y {
		y[i] = float32(i%13) / 13
	}
	var times []float64
	for end := time.Now().Add(time.Duration(seconds * 1e9)); time.Now().Before(end) || len(times) < 5; {
		start := b.clock()
		for range s.repeats() {
			multiply(s, c, x, y)
		}
		times = append(times, (b.clock()-start)/float64(s.repeats()))
	}
	unit := s.operations() / 1e9
	if b.cpu {
		unit *= float64(threads)
	}
	return unit / median(times), unit / slices.Min(times)
}

// clock is the time, or the processor time that this process has taken, in seconds.
func (b *bench) clock() float64 {
	if !b.cpu {
		return time.Since(began).Seconds()
	}
	t, err := processorTime()
	if err != nil {
		panic(err)
	}
	return t
}

var began = time.Now()

func kernelProduct(s product, c, a, b []float32) {
	switch s.form {
	case "NN":
		kernel.MatMulNN(c, a, b, s.m, s.n, s.k, false)
	case "NT":
		kernel.MatMulNT(c, a, b, s.m, s.n, s.k, false)
	case "TN":
		kernel.MatMulTN(c, a, b, s.m, s.n, s.k, false)
	}
}

func gonumProduct(s product, c, a, b []float32) {
	ta, lda, tb, ldb := blas.NoTrans, s.k, blas.NoTrans, s.n
	if s.form == "TN" {
		ta, lda = blas.Trans, s.m
	}
	if s.form == "NT" {
		tb, ldb = blas.Trans, s.k
	}
	gonum.Implementation{}.Sgemm(ta, tb, s.m, s.n, s.k, 1, a, lda, b, ldb, 0, c, s.n)
}
