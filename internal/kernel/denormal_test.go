package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// denormal is a number below the least float32 with all its bits.
const denormal = 1e-40

// Numbers that decay must end at zero on the vector paths, where each further
// step with them may cost a hundred times what it should.
func TestVectorPathsTakeDenormalsForZero(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		if Path() == "portable" {
			return // follows the language: no way to ask for it
		}
		p, g, first, second := []float32{1}, []float32{0}, []float32{denormal}, []float32{denormal}
		Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 9}.Update([]Parameter{{p, g, first, second, 0}})
		if first[0] != 0 || second[0] != 0 || p[0] != 1 {
			t.Errorf("moments %g and %g, parameter %g; want 0, 0 and 1", first[0], second[0], p[0])
		}
		checkDenormalStates(t)
		scaled := []float32{1}
		ScaleRows(scaled, []float32{1e-20}, []float32{1e-20}, 1, 1)
		c := make([]float32, 1)
		MatMulNN(c, []float32{denormal, 1}, []float32{1, denormal}, 1, 1, 2, false)
		if scaled[0] != 0 || c[0] != 0 {
			t.Errorf("product %g and matrix product %g, want 0", scaled[0], c[0])
		}
		// The caller's arithmetic is not touched.
		if half := float32(denormal) / float32(len(c)+1); half == 0 {
			t.Error("denormal numbers are gone outside of the kernels too")
		}
	})
}

// checkDenormalStates takes a step of every optimizer without a gradient.
func checkDenormalStates(t *testing.T) {
	for _, o := range optimizers {
		for _, decay := range []float64{0, 1e-30} { // the other kernel of Adam
			p := Parameter{[]float32{1, denormal}, []float32{0, denormal}, []float32{denormal, 0}, []float32{denormal, 0}, decay}
			o.update(9, 0, []Parameter{p})
			least := float32(0)
			if o.name == "adamax" {
				least = 0.1 // its epsilon is in it
			}
			if o.states > 0 && (p.First[0] > 1e-30 || p.First[1] != 0) || o.states > 1 && (p.Second[0] != least || p.Second[1] != least) {
				t.Errorf("%s, decay %g: states are %v and %v", o.name, decay, p.First, p.Second)
			}
			if p.Param[0] != 1 || p.Param[1] != 0 {
				t.Errorf("%s, decay %g: parameters are %v, want 1 and 0", o.name, decay, p.Param)
			}
		}
	}
}

// BenchmarkDenormals shows what numbers below 2^-126 cost: nothing, on the vector
// paths.
func BenchmarkDenormals(b *testing.B) {
	const m, n, k = 128, 400, 784
	for _, impl := range Paths() {
		for _, value := range []float32{1e-3, denormal} {
			b.Run(fmt.Sprintf("impl=%s/value=%g", impl, value), func(b *testing.B) {
				defer func(before string) { _ = SelectPath(before) }(Path())
				if err := SelectPath(impl); err != nil {
					b.Fatal(err)
				}
				x, w, y := slices.Repeat([]float32{value}, m*k), slices.Repeat([]float32{1}, n*k), make([]float32, m*n)
				state := Parameter{make([]float32, n*k), make([]float32, n*k), slices.Repeat([]float32{value}, n*k), slices.Repeat([]float32{value}, n*k), 0}
				adam := Adam{LearningRate: 1e-3, Beta1: 1, Beta2: 1 - 1e-12, Epsilon: 1e-8, Step: 1}
				for b.Loop() {
					MatMulNT(y, x, w, m, n, k, false)
					adam.Update([]Parameter{state})
				}
			})
		}
	}
}
