package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// RepeatRows returns [B*K,L] with every row of x [B,L] K times in succession: the
// parameters of q(z|x) for K samples an image. Its gradient is the sum over the
// copies.
func RepeatRows(x *gorgonia.Node, samples int) (*gorgonia.Node, error) {
	shape, err := shapeOf("repeatRows", x, 2)
	if err != nil {
		return nil, err
	}
	if samples < 1 {
		return nil, fmt.Errorf("repeatRows: %d samples of %v", samples, shape)
	}
	r := &repeatRows{newBase("repeatRows", 2, 2), shape[0], shape[1], samples, newBuffer(shape[0]*samples, shape[1])}
	return gorgonia.ApplyOp(r, x)
}

type repeatRows struct {
	base
	rows, latents, samples int
	y                      buffer
}

func (r *repeatRows) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return r.y.tensor.Shape().Clone(), nil
}

func (r *repeatRows) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := r.inputs(values)
	if err != nil {
		return nil, err
	}
	x, l, k := in[0], r.latents, r.samples
	kernel.Parallel(r.rows, func(i int) {
		for copies := i * k; copies < (i+1)*k; copies++ {
			copy(r.y.data[copies*l:][:l], x[i*l:])
		}
	})
	return r.y.tensor, nil
}

func (r *repeatRows) DiffWRT(int) []bool { return []bool{true} }

func (r *repeatRows) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back := &sumCopies{newBase("repeatRowsBackward", 2, 2), r, newBuffer(r.rows, r.latents)}
	dx, err := gorgonia.ApplyOp(back, grad)
	return gorgonia.Nodes{dx}, err
}

// sumCopies adds up each K rows in succession.
type sumCopies struct {
	base
	of *repeatRows
	dx buffer
}

func (s *sumCopies) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return s.dx.tensor.Shape().Clone(), nil
}

func (s *sumCopies) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := s.inputs(values)
	if err != nil {
		return nil, err
	}
	l, k := s.of.latents, s.of.samples
	for i := range s.of.rows {
		kernel.SumRows(s.dx.data[i*l:][:l], in[0][i*k*l:][:k*l], k, l)
	}
	return s.dx.tensor, nil
}

// LogPriorRatio returns the vector [B*K] of log p(z) - log q(z|x) in nats, for the
// standard normal prior and z = mu + exp(logvar/2) * noise, all [B*K,L]:
//
//	1/2 sum_j noise_j^2 + logvar_j - z_j^2
//
// since (z - mu) / sigma is the noise, whatever mu and sigma are. noise is data
// and has no gradient.
func LogPriorRatio(z, logvar, noise *gorgonia.Node) (*gorgonia.Node, error) {
	r, err := newLogPriorRatio(z, logvar, noise)
	if err != nil {
		return nil, err
	}
	return gorgonia.ApplyOp(r, z, logvar, noise)
}

func newLogPriorRatio(z, logvar, noise *gorgonia.Node) (*logPriorRatio, error) {
	shape, err := shapeOf("logPriorRatio", z, 2)
	if err != nil {
		return nil, err
	}
	if !shape.Eq(logvar.Shape()) || !shape.Eq(noise.Shape()) {
		return nil, fmt.Errorf("logPriorRatio: z %v, logvar %v and noise %v do not fit", shape, logvar.Shape(), noise.Shape())
	}
	r := &logPriorRatio{
		base: newBase("logPriorRatio", 2, 2, 2, 1), rows: shape[0], latents: shape[1],
		ratio: newBuffer(shape[0]), dz: newBuffer(shape...), dlogvar: newBuffer(shape...),
	}
	for i := range r.dlogvar.data {
		r.dlogvar.data[i] = 0.5
	}
	return r, nil
}

type logPriorRatio struct {
	base
	rows, latents      int
	pathOnly           bool // log q(z|x) has no gradient by its parameters
	ratio, dz, dlogvar buffer
}

func (r *logPriorRatio) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{r.rows}, nil
}

func (r *logPriorRatio) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := r.inputs(values)
	if err != nil {
		return nil, err
	}
	z, logvar, noise := in[0], in[1], in[2]
	const rowsPerPart = 64
	kernel.Parallel((r.rows+rowsPerPart-1)/rowsPerPart, func(part int) {
		for i := part * rowsPerPart; i < min((part+1)*rowsPerPart, r.rows); i++ {
			from, to := i*r.latents, (i+1)*r.latents
			r.ratio.data[i] = logPriorRatioRow(r.dz.data[from:to], z[from:to], logvar[from:to], noise[from:to])
			if r.pathOnly {
				addPath(r.dz.data[from:to], logvar[from:to], noise[from:to])
			}
		}
	})
	return r.ratio.tensor, nil
}

// logPriorRatioRow is one draw's ratio; it sets dz = -z, the derivative by z. That
// by logvar is 1/2 everywhere.
func logPriorRatioRow(dz, z, logvar, noise []float32) float32 {
	var sum float64
	for j, v := range z {
		sum += float64(noise[j]*noise[j] + logvar[j] - v*v)
		dz[j] = -v
	}
	return float32(0.5 * sum)
}

// addPath adds the derivative of -log q by z, with the parameters of q held fixed.
func addPath(dz, logvar, noise []float32) {
	for j, e := range noise {
		dz[j] += e * float32(math.Exp(-0.5*float64(logvar[j])))
	}
}

func (r *logPriorRatio) DiffWRT(int) []bool { return []bool{true, !r.pathOnly, false} }

func (r *logPriorRatio) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if r.pathOnly {
		grads, err := scaledBy(r.name, output, grad, r.dz)
		return append(grads, nil, nil), err
	}
	grads, err := scaledBy(r.name, output, grad, r.dz, r.dlogvar)
	return append(grads, nil), err
}

// scaledBy returns, for each derivative that the forward pass has left, the node
// of its rows times the gradient that arrives.
func scaledBy(name string, output, grad *gorgonia.Node, derivatives ...buffer) (gorgonia.Nodes, error) {
	var grads gorgonia.Nodes
	for _, from := range derivatives {
		back := &scaleRows{newBase(name+"Backward", 1, 1, 2), from, newBuffer(from.tensor.Shape().Clone()...)}
		d, err := gorgonia.ApplyOp(back, output, grad)
		if err != nil {
			return nil, err
		}
		grads = append(grads, d)
	}
	return grads, nil
}

// MeanOfSamples returns the vector [B] of the means of each K elements of x [B*K]
// in succession; for one sample it is x itself.
func MeanOfSamples(x *gorgonia.Node, samples int) (*gorgonia.Node, error) {
	if samples == 1 {
		return x, nil
	}
	shape, err := shapeOf("meanOfSamples", x, 1)
	if err != nil {
		return nil, err
	}
	if samples < 1 || shape[0]%samples != 0 {
		return nil, fmt.Errorf("meanOfSamples: %d samples of %v", samples, shape)
	}
	return gorgonia.ApplyOp(&meanOfSamples{newBase("meanOfSamples", 1, 1), samples, newBuffer(shape[0] / samples)}, x)
}

type meanOfSamples struct {
	base
	samples int
	y       buffer
}

func (m *meanOfSamples) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return m.y.tensor.Shape().Clone(), nil
}

func (m *meanOfSamples) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := m.inputs(values)
	if err != nil {
		return nil, err
	}
	for i := range m.y.data {
		var sum float64
		for _, v := range in[0][i*m.samples:][:m.samples] {
			sum += float64(v)
		}
		m.y.data[i] = float32(sum / float64(m.samples))
	}
	return m.y.tensor, nil
}

func (m *meanOfSamples) DiffWRT(int) []bool { return []bool{true} }

func (m *meanOfSamples) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	rows := len(m.y.data)
	back := &shareOut{newBase("meanOfSamplesBackward", 1, 1), m.samples, newBuffer(rows * m.samples)}
	dx, err := gorgonia.ApplyOp(back, grad)
	return gorgonia.Nodes{dx}, err
}

// shareOut gives each of K samples its part of the gradient of their mean.
type shareOut struct {
	base
	samples int
	dx      buffer
}

func (s *shareOut) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return s.dx.tensor.Shape().Clone(), nil
}

func (s *shareOut) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := s.inputs(values)
	if err != nil {
		return nil, err
	}
	for i := range s.dx.data {
		s.dx.data[i] = in[0][i/s.samples] / float32(s.samples)
	}
	return s.dx.tensor, nil
}

// LogMeanExp returns the vector [B] of log(1/K sum_k exp(x_ik)) over each K
// elements of x [B*K] in succession, the K-sample bound of log weights (Burda et
// al. 2015, equation 8). The greatest weight is taken out first, so nothing
// overflows, and the sum is in float64.
func LogMeanExp(x *gorgonia.Node, samples int) (*gorgonia.Node, error) {
	shape, err := shapeOf("logMeanExp", x, 1)
	if err != nil {
		return nil, err
	}
	if samples < 1 || shape[0]%samples != 0 {
		return nil, fmt.Errorf("logMeanExp: %d samples of %v", samples, shape)
	}
	l := &logMeanExp{newBase("logMeanExp", 1, 1), shape[0] / samples, samples, newBuffer(shape[0] / samples), newBuffer(shape[0])}
	return gorgonia.ApplyOp(l, x)
}

type logMeanExp struct {
	base
	rows, samples int
	y             buffer
	weights       buffer // [B*K] normalized weights: the derivative
}

func (l *logMeanExp) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{l.rows}, nil
}

func (l *logMeanExp) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := l.inputs(values)
	if err != nil {
		return nil, err
	}
	for i := range l.rows {
		x, weights := in[0][i*l.samples:][:l.samples], l.weights.data[i*l.samples:][:l.samples]
		l.y.data[i] = float32(LogMeanExpOf(x, weights))
	}
	return l.y.tensor, nil
}

// LogMeanExpOf returns log(1/K sum exp(x_k)) and writes the normalized weights
// exp(x_k) / sum exp(x), of the same length.
func LogMeanExpOf(x, weights []float32) float64 {
	most := math.Inf(-1)
	for _, v := range x {
		most = max(most, float64(v)) // NaN stays NaN
	}
	var sum float64
	for _, v := range x {
		sum += math.Exp(float64(v) - most)
	}
	for k, v := range x {
		weights[k] = float32(math.Exp(float64(v)-most) / sum)
	}
	return most + math.Log(sum/float64(len(x)))
}

func (l *logMeanExp) DiffWRT(int) []bool { return []bool{true} }

func (l *logMeanExp) SymDiff(_ gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back := &logMeanExpBackward{newBase("logMeanExpBackward", 1, 1, 1), l, newBuffer(l.rows * l.samples)}
	dx, err := gorgonia.ApplyOp(back, output, grad)
	return gorgonia.Nodes{dx}, err
}

// logMeanExpBackward multiplies the weights of each image by its gradient [B], its
// second child.
type logMeanExpBackward struct {
	base
	of *logMeanExp
	dx buffer
}

func (l *logMeanExpBackward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return l.dx.tensor.Shape().Clone(), nil
}

func (l *logMeanExpBackward) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := l.inputs(values)
	if err != nil {
		return nil, err
	}
	kernel.ScaleRows(l.dx.data, l.of.weights.data, in[1], l.of.rows, l.of.samples)
	return l.dx.tensor, nil
}
