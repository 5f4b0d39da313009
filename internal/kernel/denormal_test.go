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
		Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 9}.Update([]AdamState{{p, g, first, second}})
		if first[0] != 0 || second[0] != 0 || p[0] != 1 {
			t.Errorf("moments %g and %g, parameter %g; want 0, 0 and 1", first[0], second[0], p[0])
		}
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
				state := AdamState{make([]float32, n*k), make([]float32, n*k), slices.Repeat([]float32{value}, n*k), slices.Repeat([]float32{value}, n*k)}
				adam := Adam{LearningRate: 1e-3, Beta1: 1, Beta2: 1 - 1e-12, Epsilon: 1e-8, Step: 1}
				for b.Loop() {
					MatMulNT(y, x, w, m, n, k, false)
					adam.Update([]AdamState{state})
				}
			})
		}
	}
}
