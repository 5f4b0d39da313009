package layer

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/network"
)

// FromList makes the layers of a list, numbered as in a Sequential of PyTorch: NAME.0, NAME.1,
// ... . Activations have a number of their own, though the layer before computes them where
// it can. Errors name the layer.
func FromList(name string, steps []network.Step) (Stack, error) {
	var all Stack
	for i := 0; i < len(steps); i++ {
		s, act := steps[i], Linear
		if i+1 < len(steps) && computes(s.Layer.Kind) && steps[i+1].Layer.Kind == network.Activation {
			i++
			var err error
			if act, err = NewActivation(config.Activation(steps[i].Layer.Name)); err != nil {
				return nil, err
			}
		}
		l, err := fromStep(fmt.Sprintf("%s.%d", name, s.Index), s, act)
		if err == nil && (l.In().Pixels() != s.In.Pixels() || l.Out().Pixels() != s.Out.Pixels()) {
			err = fmt.Errorf("takes %v and gives %v, and should %v and %v", l.In(), l.Out(), s.In.Shape, s.Out.Shape)
		}
		if err != nil {
			return nil, fmt.Errorf("layer %d (%s): %w", s.Number, s.Text, err)
		}
		all = join(all, l)
	}
	return all, nil
}

// NewHead makes the convolution of a map of latents, which a list ends with, under a name of
// its own. Errors name the layer.
func NewHead(name string, s network.Step, act Activation) (Layer, error) {
	l, err := fromStep(name, s, act)
	if err != nil {
		return nil, fmt.Errorf("layer %d (%s): %w", s.Number, s.Text, err)
	}
	return l, nil
}

// computes reports whether layers of a kind have an activation of their own.
func computes(kind network.Kind) bool {
	switch kind {
	case network.Conv, network.ConvTranspose, network.Dense, network.BatchNorm, network.GroupNorm:
		return true
	}
	return false
}

func fromStep(name string, s network.Step, act Activation) (Layer, error) {
	in, l := s.In.Shape, s.Layer
	switch l.Kind {
	case network.Conv, network.Latents:
		return NewConv(name, in, l.Units, windowOf(l.Window), act)
	case network.ConvTranspose:
		return NewConvTranspose(name, in, l.Units, windowOf(l.Window), act)
	case network.GatedConv:
		return NewGatedConv(name, in, l.Units, windowOf(l.Window), act)
	case network.Dense:
		return NewDense(name, in.Pixels(), l.Units, act), nil
	case network.GatedDense:
		return NewGatedDense(name, in.Pixels(), l.Units, act), nil
	case network.Flatten:
		return NewFlatten(in), nil
	case network.Reshape:
		return NewReshape(l.Shape), nil
	case network.BatchNorm:
		return NewBatchNorm(name, channelsOf(s.In), act), nil
	case network.GroupNorm:
		return NewGroupNorm(name, channelsOf(s.In), l.Units, act)
	case network.AveragePool:
		return NewAveragePool(in, l.Units)
	case network.Upsample:
		return NewUpsample(in, l.Units)
	case network.Residual:
		return residualOf(name, s)
	case network.Activation:
		own, err := NewActivation(config.Activation(l.Name))
		return NewActivate(in, own), err
	}
	return nil, fmt.Errorf("there is no layer %q", l.Kind)
}

// onePixel is the map of so many features.
func onePixel(features int) config.Shape {
	return config.Shape{Width: 1, Height: 1, Channels: features}
}

// channelsOf is the map whose channels are normalized: plain features are one each.
func channelsOf(f network.Form) config.Shape {
	if f.Flat {
		return onePixel(f.Width)
	}
	return f.Shape
}

func windowOf(w network.Window) Window {
	p := w.Padding
	return Window{
		Kernel: w.Kernel, Stride: w.Stride, Top: p.Top, Bottom: p.Bottom, Left: p.Left, Right: p.Right,
		OutputBottom: w.OutputBottom, OutputRight: w.OutputRight,
	}
}

func residualOf(name string, s network.Step) (Layer, error) {
	body, err := FromList(name+".body", s.Body)
	if err != nil {
		return nil, err
	}
	shortcut, err := FromList(name+".shortcut", s.Shortcut)
	if err != nil {
		return nil, err
	}
	return NewResidual(name, body, shortcut)
}
