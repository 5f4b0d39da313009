package main

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"vae/internal/kernel"
)

type product struct {
	form    string
	m, n, k int
}

// products are those of a training step of the default network.
var products = []product{
	{"NT", 128, 400, 784}, {"TN", 400, 784, 128},
	{"NT", 128, 200, 400}, {"TN", 200, 400, 128}, {"NN", 128, 400, 200},
	{"NT", 128, 784, 400}, {"TN", 784, 400, 128}, {"NN", 128, 400, 784},
}

// products compares matrix products: AVX-512 with OpenBLAS as it chooses for
// itself and with its SkylakeX kernel, AVX2 with its Haswell kernel; and gonum.
func (b *bench) products(python string) error {
	for _, c := range []struct{ path, core string }{{"avx512", ""}, {"avx512", "SkylakeX"}, {"avx2", "Haswell"}} {
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
	env := []string{fmt.Sprint("OPENBLAS_NUM_THREADS=", threads), fmt.Sprint("OMP_NUM_THREADS=", threads)}
	if core != "" {
		env = append(env, "OPENBLAS_CORETYPE="+core)
	}
	p, err := startPeer(python, b.folder+"/blas_peer.py", env...)
	if err != nil {
		return err
	}
	defer p.close()
	version, err := p.ask(map[string]any{"op": "version"})
	if err != nil {
		return err
	}
	peak := kernel.Peak() * float64(threads)
	fmt.Printf("### Products on %s, GFLOP/s on %s, beside %s\n\n", kernel.Path(), fmt.Sprintf("%d thread(s)", threads), version.Version)
	fmt.Printf("| product | here | share of peak | BLAS | ratio | gonum |\n|---|---|---|---|---|---|\n")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	for _, s := range products {
		if err := b.product(p, s, peak); err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

func (b *bench) product(p *peer, s product, peak float64) error {
	seconds := b.seconds / 10
	var here, there, other, ratio []float64
	for range b.rounds {
		settle()
		mine := rate(s, seconds, kernelProduct)
		settle()
		a, err := p.ask(map[string]any{"form": s.form, "m": s.m, "n": s.n, "k": s.k, "seconds": seconds})
		if err != nil {
			return err
		}
		here, there, ratio = append(here, mine), append(there, a.GFLOPS), append(ratio, mine/a.GFLOPS)
		other = append(other, rate(s, seconds/4, gonumProduct))
	}
	fmt.Printf("| %s m=%d n=%d k=%d | %.0f | %.0f %% | %.0f | %.2f | %.0f |\n", s.form, s.m, s.n, s.k,
		median(here), 100*median(here)*1e9/peak, median(there), median(ratio), median(other))
	return nil
}

// rate measures GFLOP/s: the median of runs of eight products.
func rate(s product, seconds float64, multiply func(s product, c, a, b []float32)) float64 {
	a, b, c := make([]float32, s.m*s.k), make([]float32, s.n*s.k), make([]float32, s.m*s.n)
	for i := range a {
		a[i] = float32(i%17) / 17
	}
	for i := range b {
		b[i] = float32(i%13) / 13
	}
	var times []float64
	for end := time.Now().Add(time.Duration(seconds * 1e9)); time.Now().Before(end) || len(times) < 5; {
		start := time.Now()
		for range 8 {
			multiply(s, c, a, b)
		}
		times = append(times, time.Since(start).Seconds()/8)
	}
	return 2 * float64(s.m) * float64(s.n) * float64(s.k) / median(times) / 1e9
}

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
