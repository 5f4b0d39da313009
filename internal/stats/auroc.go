package stats

import (
	"cmp"
	"math"
	"slices"
)

// AUROC is the area under the receiver operating characteristic: the probability that a score of
// the one kind, drawn at random, is above one of the other, equal ones counting half (Mann and
// Whitney 1947). It is NaN where there are none of a kind.
func AUROC(above, below []float64) float64 {
	type scored struct {
		value float64
		above bool
	}
	all := make([]scored, 0, len(above)+len(below))
	for _, v := range above {
		all = append(all, scored{v, true})
	}
	for _, v := range below {
		all = append(all, scored{v, false})
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.value, b.value) })
	var wins, smaller float64 // of those below, that have a smaller score
	for i := 0; i < len(all); {
		end, equal := i, 0.
		for ; end < len(all) && all[end].value == all[i].value; end++ {
			if !all[end].above {
				equal++
			}
		}
		wins += (float64(end-i) - equal) * (smaller + equal/2)
		smaller += equal
		i = end
	}
	if len(above) == 0 || len(below) == 0 {
		return math.NaN()
	}
	return wins / float64(len(above)) / float64(len(below))
}
