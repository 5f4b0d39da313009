package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// PrincipalAngles returns the angles in radians, rising, between the spaces that
// the rows of a [k][D] and b [m][D] span: min(k, m) angles from 0 to pi/2.
// Those above 45 degrees come from cosines and those below from sines, so that
// small ones are as accurate as large ones (Björck and Golub 1973, section 3).
// The length of rows does not matter. Errors: sizes that do not fit, numbers
// that are not finite, rows that depend linearly on each other.
func PrincipalAngles(a, b [][]float64) ([]float64, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(b) == 0 || len(a[0]) != len(b[0]) {
		return nil, errors.New("principal angles: two sets of rows with as many columns are needed")
	}
	qa, err := basis(a)
	if err != nil {
		return nil, err
	}
	qb, err := basis(b)
	if err != nil {
		return nil, err
	}
	var inner, outer mat.Dense
	inner.Mul(qa.T(), qb)
	outer.Mul(qa, &inner)
	outer.Sub(qb, &outer) // the part of b's space outside of a's
	cosines, okCosines := singularValues(&inner)
	sines, okSines := singularValues(&outer)
	if !okCosines || !okSines {
		return nil, errors.New("principal angles: singular values did not converge")
	}
	slices.Sort(sines)
	angles := make([]float64, len(b))
	for i := range angles {
		if sines[i] < math.Sqrt2/2 {
			angles[i] = math.Asin(sines[i])
		} else {
			angles[i] = math.Acos(min(cosines[i], 1))
		}
	}
	slices.Sort(angles) // in case the two disagree at 45 degrees
	return angles, nil
}

func singularValues(m *mat.Dense) ([]float64, bool) {
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDNone) {
		return nil, false
	}
	return svd.Values(nil), true
}

// basis is an orthonormal basis of the rows' span, its vectors as columns.
func basis(rows [][]float64) (*mat.Dense, error) {
	d := len(rows[0])
	if d < len(rows) {
		return nil, fmt.Errorf("principal angles: %d rows of %d columns depend on each other", len(rows), d)
	}
	unit := mat.NewDense(d, len(rows), nil)
	for i, row := range rows {
		if len(row) != d {
			return nil, fmt.Errorf("principal angles: row %d has %d columns, row 0 has %d", i, len(row), d)
		}
		largest := floats.Norm(row, math.Inf(1))
		if !(largest > 0) || math.IsInf(largest, 1) || floats.HasNaN(row) {
			return nil, fmt.Errorf("principal angles: row %d is zero or not finite", i)
		}
		for j, v := range row {
			unit.Set(j, i, v/largest)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(unit, mat.SVDThinU) {
		return nil, errors.New("principal angles: singular values did not converge")
	}
	if s := svd.Values(nil); !(s[len(s)-1] > float64(d)*0x1p-50*s[0]) {
		return nil, fmt.Errorf("principal angles: the %d rows depend linearly on each other", len(rows))
	}
	q := new(mat.Dense)
	svd.UTo(q)
	return q, nil
}
