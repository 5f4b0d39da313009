package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/world"
)

// RateKL returns the scalar penalty of a sparse autoencoder (Ng 2011, CS294A
// lecture notes on sparse autoencoders): how far the mean activation of each unit
// of code [B,L], in (0,1), is from the wanted rate rho,
//
//	sum_j rho log(rho/rate_j) + (1-rho) log((1-rho)/(1-rate_j)),  rate_j = sum_i weight_i code_ij
//
// with the weights of the images [B], which are data. Rates closer to 0 or 1 than
// 1e-6 count as that, in the gradient too, which so leads back.
func RateKL(code, weight *gorgonia.Node, rho float64) (*gorgonia.Node, error) {
	const name = "rateKL"
	shape, err := shapeOf(name, code, 2)
	if err != nil {
		return nil, err
	}
	if !weight.Shape().Eq(tensor.Shape{shape[0]}) {
		return nil, fmt.Errorf("%s: code %v and weight %v do not fit", name, shape, weight.Shape())
	}
	sum, dcode := newScalar(), newBuffer(shape...)
	var s world.Slices
	return leavingBySlices(name, sum, []*Buffer{dcode, nil}, &s, func(in [][]float32) {
		code, weight := in[0], in[1]
		rate := s.Total(shape[1], func(rate []float64, slice int) {
			meanActivations(rate, part(code, slice, s.Count()), part(weight, slice, s.Count()))
		})
		sum.data[0] = float32(ratePenalty(rate, rho))
		for i := range code {
			dcode.data[i] = float32(float64(weight[i/len(rate)]) * rate[i%len(rate)])
		}
	}, code, weight)
}

// meanActivations adds those of each unit to rate [L].
func meanActivations(rate []float64, code, weight []float32) {
	for i, a := range code {
		if w := weight[i/len(rate)]; w != 0 {
			rate[i%len(rate)] += float64(w) * float64(a)
		}
	}
}

// ratePenalty returns the penalty of rates, and replaces each by the derivative by it.
func ratePenalty(rate []float64, rho float64) (sum float64) {
	const nearest = 1e-6
	for j, r := range rate {
		r = min(max(r, nearest), 1-nearest)
		sum += rho*math.Log(rho/r) + (1-rho)*math.Log((1-rho)/(1-r))
		rate[j] = (1-rho)/(1-r) - rho/r
	}
	return sum
}

// L1 returns the vector [B] of the sums of the absolute values of the rows of code
// [B,L]. The derivative at 0 is 0.
func L1(code *gorgonia.Node) (*gorgonia.Node, error) {
	shape, err := shapeOf("l1", code, 2)
	if err != nil {
		return nil, err
	}
	sum, dcode := newBuffer(shape[0]), newBuffer(shape...)
	return leaving("l1", sum, []*Buffer{dcode}, func(in [][]float32) {
		l := shape[1]
		for i := range sum.data {
			sum.data[i] = float32(absolute(dcode.data[i*l:][:l], in[0][i*l:][:l]))
		}
	}, code)
}

// absolute is the sum of |x|, and writes the derivatives.
func absolute(dx, x []float32) (sum float64) {
	for j, v := range x {
		sum += math.Abs(float64(v))
		dx[j] = 0
		if v != 0 {
			dx[j] = float32(math.Copysign(1, float64(v)))
		}
	}
	return sum
}
