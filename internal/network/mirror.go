package network

import (
	"errors"
	"fmt"
	"slices"
)

// Mirror is the decoder that goes the way of an encoder back: from a dense layer of as many numbers as the encoder ends
// with, or a convolution where it ends in a map of latents, to a layer of Out. What follows a layer, activations and normalization, follows the layer that gives the same shape on
// the way back; nothing follows the last. Errors say what cannot be mirrored.
func Mirror(steps []Step) (List, error) {
	_, rest := segmented(steps)
	switch {
	case len(rest) == 0:
		return nil, errors.New("no layer has a shape of its own: the decoder must be given")
	case !rest[0].weighs():
		return nil, fmt.Errorf("layer %d (%s) is before the first with weights, which the decoder would end with: the decoder must be given",
			steps[0].Number, cut(steps[0].Text))
	}
	m := &mirror{}
	if last := rest[len(rest)-1]; last.step.Layer.Kind != Latents {
		m.head(last)
	}
	for i, s := range slices.Backward(rest) {
		if len(s.after) > 0 {
			m.follow(s.after)
		}
		if err := m.back(s, source(rest[:i])); err != nil {
			return nil, fmt.Errorf("layer %d (%s): %w: the decoder must be given", s.step.Number, cut(s.step.Text), err)
		}
	}
	if m.list.count() > MaxLayers { // one that no file could hold
		return nil, fmt.Errorf("its mirror has %d layers, more than %d: the decoder must be given", m.list.count(), MaxLayers)
	}
	return m.list, nil
}

// segment is a layer that changes shapes, and those behind it that change none.
type segment struct {
	step  Step
	after List
}

// segmented takes a list apart; first are the layers before any that changes shapes.
func segmented(steps []Step) (first List, all []segment) {
	for _, s := range steps {
		switch k := s.Layer.Kind; {
		case k != Activation && k != BatchNorm && k != GroupNorm:
			all = append(all, segment{step: s})
		case len(all) == 0:
			first = append(first, s.Layer)
		default:
			last := &all[len(all)-1]
			last.after = append(last.after, s.Layer)
		}
	}
	return first, all
}

func (s segment) weighs() bool {
	switch s.step.Layer.Kind {
	case Conv, GatedConv, ConvTranspose, Dense, GatedDense, Latents:
		return true
	}
	return false
}

func (s segment) gated() bool {
	return s.step.Layer.Kind == GatedDense || s.step.Layer.Kind == GatedConv
}

// source is the last layer that computes what the next one takes, whatever its shape is made on the way; nil for none.
func source(before []segment) *segment {
	for i := range slices.Backward(before) {
		if kind := before[i].step.Layer.Kind; kind != Flatten && kind != Reshape {
			return &before[i]
		}
	}
	if len(before) > 0 {
		return &before[0]
	}
	return nil
}

type mirror struct{ list List }

func (m *mirror) add(l Layer) { m.list = append(m.list, l) }

// head is the layer from the latents to what the encoder ends with.
func (m *mirror) head(last segment) {
	kind := Dense
	if last.gated() {
		kind = GatedDense
	}
	end := last.step.Out
	m.add(Layer{Kind: kind, Units: end.Pixels()})
	if !end.Flat {
		m.add(Layer{Kind: Reshape, Shape: end.Shape})
	}
}

// follow puts what follows a layer. Activations go before a reshape, to the layer that can compute them.
func (m *mirror) follow(after List) {
	last := len(m.list) - 1
	moves := m.list[last].Kind == Reshape && !slices.ContainsFunc(after, func(l Layer) bool { return l.Kind != Activation })
	if !moves {
		m.list = append(m.list, after...)
		return
	}
	m.list = slices.Insert(m.list, last, after...)
}

// back goes from what a layer gives to what it takes, which the layer before gives, nil where that is the image.
func (m *mirror) back(s segment, before *segment) error {
	l, in := s.step.Layer, s.step.In
	gated := before != nil && before.gated()
	units := in.channels()
	if before == nil {
		units = Out
	}
	switch l.Kind {
	case Dense, GatedDense:
		back := Layer{Kind: Dense, Units: units}
		if before != nil && !in.Flat {
			back.Units = in.Pixels()
		}
		if gated {
			back.Kind = GatedDense
		}
		m.add(back)
	case Conv, GatedConv, Latents:
		return m.unconv(s.step, units, gated)
	case ConvTranspose:
		back := Layer{Kind: Conv, Units: units, Window: l.Window}
		back.Window.OutputBottom, back.Window.OutputRight = 0, 0
		if gated {
			back.Kind = GatedConv
		}
		m.add(back)
	default:
		return m.reshape(s.step)
	}
	return nil
}

// reshape goes back over a layer without filters of its own.
func (m *mirror) reshape(s Step) error {
	switch l := s.Layer; l.Kind {
	case Flatten:
		m.add(Layer{Kind: Reshape, Shape: s.In.Shape})
	case Reshape:
		m.add(Layer{Kind: Flatten})
	case AveragePool:
		if s.In.Width%l.Units != 0 || s.In.Height%l.Units != 0 {
			return fmt.Errorf("a map of %s is not so many times larger than what it gives", s.In.size())
		}
		m.add(Layer{Kind: Upsample, Units: l.Units})
	case Upsample:
		m.add(Layer{Kind: AveragePool, Units: l.Units})
	case Residual:
		return m.residual(s)
	default:
		return fmt.Errorf("%s cannot be mirrored", l.Kind)
	}
	return nil
}

// unconv goes back over a convolution: by a transposed one, or one that keeps the size of the map as it does itself.
func (m *mirror) unconv(s Step, units int, gated bool) error {
	w := s.Layer.Window
	back := Layer{Kind: ConvTranspose, Units: units, Window: w}
	if w.Stride == 1 && w.Padding == even(w.Kernel/2) && w.Kernel%2 == 1 {
		back.Kind = Conv
	} else {
		p := w.Padding
		back.Window.OutputBottom = (s.In.Height + p.Top + p.Bottom - w.Kernel) % w.Stride
		back.Window.OutputRight = (s.In.Width + p.Left + p.Right - w.Kernel) % w.Stride
		back.Window.simplify()
	}
	if gated {
		if back.Kind != Conv {
			return errors.New("there is no gated transposed convolution")
		}
		back.Kind = GatedConv
	}
	m.add(back)
	return nil
}

// simplify writes an uneven padding of a transposed convolution as same, if it is.
func (w *Window) simplify() {
	same := Window{Kernel: w.Kernel, Stride: w.Stride, Padding: Padding{Same: true}}
	resolved := same
	if resolved.resolveTransposed(); resolved == *w && w.Padding != even(w.Padding.Top) {
		*w = same
	}
}

// residual goes back over a residual: one of the input itself stays as it is, as it keeps the shape; of one with a shortcut
// both ways are mirrored.
func (m *mirror) residual(s Step) error {
	if s.Shortcut == nil {
		m.add(s.Layer)
		return nil
	}
	body, err := way(s.Body)
	if err != nil {
		return err
	}
	shortcut, err := way(s.Shortcut)
	if err != nil {
		return err
	}
	m.add(Layer{Kind: Residual, Body: body, Shortcut: shortcut})
	return nil
}

// way mirrors the layers within a residual. Where activations come before the layers with weights they do on the way back.
func way(steps []Step) (List, error) {
	first, all := segmented(steps)
	m := &mirror{}
	for i, s := range slices.Backward(all) {
		before := &segment{} // of as many channels as come in, and not gated
		after := first
		if i > 0 {
			before = &all[i-1]
			after = before.after
		}
		if len(first) > 0 {
			m.list = append(m.list, after...)
		}
		if err := m.back(s, before); err != nil {
			return nil, err
		}
		if len(first) == 0 && i > 0 {
			m.list = append(m.list, after...)
		}
	}
	if len(all) == 0 {
		return first, nil
	}
	return append(m.list, all[len(all)-1].after...), nil
}
