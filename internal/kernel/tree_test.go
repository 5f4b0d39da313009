package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The sum of several is the balanced tree, to the bit, whatever their length.
func TestAddTree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 4, 8, 16, 64, 128} {
		for _, length := range []int{0, 1, 15, 513, 16384, 17001} {
			x := make([][]float32, n)
			for i := range x {
				x[i] = make([]float32, length)
				for j := range x[i] {
					if x[i][j] = float32(r.NormFloat64()); j%3 == 2 {
						x[i][j] *= denormal
					}
				}
			}
			want := make([]float32, length)
			for j := range want {
				column := make([]float32, n)
				for i := range column {
					column[i] = x[i][j]
				}
				for ; len(column) > 1; column = column[:len(column)/2] {
					for i := range len(column) / 2 {
						column[i] = column[2*i] + column[2*i+1]
					}
				}
				want[j] = column[0]
			}
			if AddTree(x...); !slices.Equal(x[0], want) {
				t.Errorf("%d of %d numbers are another sum", n, length)
			}
		}
	}
}
