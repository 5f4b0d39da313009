package op

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// RepeatRows returns [B*K,L] with every row of x [B,L] K times in succession: the
// parameters of q(z|x) for K samples an image. Its gradient is the sum over the
// copies.
func RepeatRows(x *gorgonia.Node, samples int) (*gorgonia.Node, error) {
	const name = "repeatRows"
	shape, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	if samples < 1 {
		return nil, fmt.Errorf("%s: %d samples of %v", name, samples, shape)
	}
	rows, l, k := shape[0], shape[1], samples
	y, dx := newBuffer(rows*k, l), newBuffer(rows, l)
	return apply(&fused{
		name: name, result: y, wrt: []bool{true},
		run: inParts(rows, 1, func(i int, in [][]float32) {
			for copies := i * k; copies < (i+1)*k; copies++ {
				copy(y.data[copies*l:][:l], in[0][i*l:])
			}
		}),
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{name: name + "Backward", result: dx, run: func(in [][]float32) {
				for i := range rows {
					kernel.SumRows(dx.data[i*l:][:l], in[0][i*k*l:][:k*l], k, l)
				}
			}}, b.grad))
			return g
		},
	}, x)
}

// MeanOfSamples returns the vector [B] of the means of each K elements of x [B*K]
// in succession; for one sample it is x itself.
func MeanOfSamples(x *gorgonia.Node, samples int) (*gorgonia.Node, error) {
	const name = "meanOfSamples"
	if samples == 1 {
		return x, nil
	}
	shape, err := shapeOf(name, x, 1)
	if err != nil {
		return nil, err
	}
	if samples < 1 || shape[0]%samples != 0 {
		return nil, fmt.Errorf("%s: %d samples of %v", name, samples, shape)
	}
	y, dx := newBuffer(shape[0]/samples), newBuffer(shape[0])
	return apply(&fused{
		name: name, result: y, wrt: []bool{true},
		run: func(in [][]float32) {
			for i := range y.data {
				y.data[i] = float32(mean(in[0][i*samples:][:samples]))
			}
		},
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{name: name + "Backward", result: dx, run: func(in [][]float32) {
				for i := range dx.data {
					dx.data[i] = in[0][i/samples] / float32(samples)
				}
			}}, b.grad))
			return g
		},
	}, x)
}

func mean(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v)
	}
	return sum / float64(len(x))
}

const logMeanExpName = "logMeanExp"

// LogMeanExp returns the vector [B] of log(1/K sum_k exp(x_ik)) over each K
// elements of x [B*K] in succession, the K-sample bound of log weights (Burda et
// al. 2015, equation 8); see kernel.LogMeanExp.
func LogMeanExp(x *gorgonia.Node, samples int) (*gorgonia.Node, error) {
	shape, err := shapeOf(logMeanExpName, x, 1)
	if err != nil {
		return nil, err
	}
	if samples < 1 || shape[0]%samples != 0 {
		return nil, fmt.Errorf("%s: %d samples of %v", logMeanExpName, samples, shape)
	}
	rows := shape[0] / samples
	y, weights, dx := newBuffer(rows), newBuffer(shape[0]), newBuffer(shape[0])
	return apply(&fused{
		name: logMeanExpName, result: y, touched: []*Buffer{weights}, wrt: []bool{true},
		run: func(in [][]float32) {
			for i := range rows {
				y.data[i] = float32(kernel.LogMeanExp(in[0][i*samples:][:samples], weights.data[i*samples:][:samples]))
			}
		},
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{
				name: logMeanExpName + "Backward", result: dx, touched: []*Buffer{weights},
				run: func(in [][]float32) { kernel.ScaleRows(dx.data, weights.data, in[1], rows, samples) },
			}, b.output, b.grad))
			return g
		},
	}, x)
}
