package graph

import "gorgonia.org/tensor"

// Param is one named parameter. Weights are [out, in], as PyTorch's Linear has
// them. Graphs read Value in place: whoever writes to it changes the model.
type Param struct {
	Name  string
	Shape []int
	Value []float32 // nil before Allocate
	// Variance tells that its values are variances, of which none is below 0.
	Variance bool
}

// NewParam returns a parameter that has no memory yet, so that the size of a model can
// be judged before it is allocated.
func NewParam(name string, shape ...int) *Param { return &Param{Name: name, Shape: shape} }

// Size returns the number of its elements, as a float64 since the product of a shape may
// be beyond an int.
func (p *Param) Size() float64 {
	n := 1.
	for _, d := range p.Shape {
		n *= float64(d)
	}
	return n
}

// Allocate gives the parameter its memory, all zero.
func (p *Param) Allocate() { p.Value = make([]float32, tensor.Shape(p.Shape).TotalSize()) }
