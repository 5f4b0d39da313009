package stats

import (
	"math"
	"slices"
	"sort"
)

// Quantiles tell where a value stands among others: of each percent, 0 to 100 and rising, the
// value that so many percent of them do not exceed.
type Quantiles struct{ Percent, Value []float64 }

// QuantilesAt are those of values, at least one and all finite, at the percents: linear between
// neighbors in order, as numpy.percentile has them.
func QuantilesAt(percent, values []float64) Quantiles {
	sorted := slices.Sorted(slices.Values(values))
	q := Quantiles{Percent: percent, Value: make([]float64, len(percent))}
	for i, p := range percent {
		place := p / 100 * float64(len(sorted)-1)
		below := int(math.Floor(place))
		above := min(below+1, len(sorted)-1)
		q.Value[i] = sorted[below] + (place-float64(below))*(sorted[above]-sorted[below])
	}
	return q
}

// QuantilesOf are those of values, at least one and all finite, at each of them.
func QuantilesOf(values []float64) Quantiles {
	q := Quantiles{Value: slices.Sorted(slices.Values(values))}
	for i := range q.Value {
		q.Percent = append(q.Percent, 100*float64(i)/float64(max(1, len(values)-1)))
	}
	return q
}

// Of returns which percent of the values are below v: 0 where none is, 100 where all are.
func (q Quantiles) Of(v float64) float64 {
	i := sort.SearchFloat64s(q.Value, v)
	switch i {
	case 0:
		return 0
	case len(q.Value):
		return 100
	}
	part := (v - q.Value[i-1]) / (q.Value[i] - q.Value[i-1])
	return q.Percent[i-1] + part*(q.Percent[i]-q.Percent[i-1])
}

// At is the value at a percent, 0 to 100.
func (q Quantiles) At(percent float64) float64 {
	i := sort.SearchFloat64s(q.Percent, percent)
	switch i {
	case 0:
		return q.Value[0]
	case len(q.Percent):
		return q.Value[i-1]
	}
	part := (percent - q.Percent[i-1]) / (q.Percent[i] - q.Percent[i-1])
	return q.Value[i-1] + part*(q.Value[i]-q.Value[i-1])
}
