package model

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// sample holds random vectors of one length, one a run.
type sample struct {
	rows [][]float64
}

func (s *sample) add(row []float64) { s.rows = append(s.rows, row) }

// means returns the mean of each element and its standard error.
func (s *sample) means() (means, errors []float64) {
	n := float64(len(s.rows))
	for j := range s.rows[0] {
		column := make([]float64, len(s.rows))
		for i, row := range s.rows {
			column[i] = row[j]
		}
		mean, deviation := stat.MeanStdDev(column, nil)
		means, errors = append(means, mean), append(errors, deviation/math.Sqrt(n))
	}
	return means, errors
}

// hold checks each mean against what is expected, within five standard errors and
// the rounding of float32 given, and returns how many standard errors from 0 the
// largest mean is, in its own: what the comparison can see.
func (s *sample) hold(t *testing.T, what string, want []float64, rounding float64) (signal float64) {
	t.Helper()
	means, errors := s.means()
	if len(means) != len(want) {
		t.Fatalf("%s: %d means, want %d", what, len(means), len(want))
	}
	for j, mean := range means {
		if !(math.Abs(mean-want[j]) <= 5*errors[j]+rounding) {
			t.Errorf("%s: the mean of element %d is %g, want %g; standard error %.2g", what, j, mean, want[j], errors[j])
		}
		if errors[j] > 0 {
			signal = max(signal, math.Abs(mean)/errors[j])
		}
	}
	return signal
}

// chiSquare holds the mean against zero in all directions together: Hotelling's T²
// in the subspace in which the vectors vary. It is about p(n-1)/(n-p-2) with a
// variance of about twice that.
func (s *sample) chiSquare(t *testing.T, what string) {
	t.Helper()
	n, length := len(s.rows), len(s.rows[0])
	data := mat.NewDense(n, length, nil)
	for i, row := range s.rows {
		data.SetRow(i, row)
	}
	var covariance mat.SymDense
	stat.CovarianceMatrix(&covariance, data, nil)
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		t.Fatalf("%s: no eigenvalues", what)
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil)
	means, _ := s.means()
	var squared, p float64
	for k, value := range values {
		if value < 1e-8*values[length-1] { // float32's own noise
			continue
		}
		along := mat.Dot(vectors.ColView(k), mat.NewVecDense(length, means))
		squared, p = squared+float64(n)*along*along/value, p+1
	}
	expected := p * float64(n-1) / (float64(n) - p - 2)
	if spread := 5 * math.Sqrt(2*expected); p < 2 || !(math.Abs(squared-expected) <= spread) {
		t.Errorf("%s: T² is %.1f in %g directions, expected %.1f ± %.1f", what, squared, p, expected, spread)
	}
}

// differences are the rows of two samples, one less the other.
func differences(a, b *sample) *sample {
	d := new(sample)
	for i, row := range a.rows {
		difference := make([]float64, len(row))
		for j, v := range row {
			difference[j] = v - b.rows[i][j]
		}
		d.add(difference)
	}
	return d
}
