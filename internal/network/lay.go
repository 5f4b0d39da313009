package network

import (
	"errors"
	"fmt"
)

// lay finds what a layer makes of what is there, and its size.
func (p *planner) lay(s *Step) error {
	l, in := &s.Layer, s.In
	s.Out = Form{Shape: in.Shape, Flat: in.Flat}
	switch l.Kind {
	case Activation:
	case Conv, GatedConv:
		return p.conv(s)
	case ConvTranspose:
		return p.transposed(s)
	case Latents:
		return p.latents(s)
	case Dense, GatedDense:
		s.Out = Flat(l.Units)
		s.weigh(float64(in.Pixels()))
	case Flatten:
		if in.Flat {
			return fmt.Errorf("there is no map to flatten, but %d numbers", in.Width)
		}
		s.Out = Flat(in.Pixels())
	case Reshape:
		if l.Shape.Pixels() != in.Width {
			return fmt.Errorf("a map of %v has %d numbers, and %d are there%s", l.Shape, l.Shape.Pixels(), in.Width, p.before())
		}
		s.Out = Form{Shape: l.Shape}
	case BatchNorm:
		s.Parameters = 2 * float64(in.channels())
	case GroupNorm:
		if in.channels()%l.Units != 0 {
			return fmt.Errorf("%d channels are not %d groups of the same size", in.channels(), l.Units)
		}
		if in.Pixels() == l.Units {
			return errors.New("each group is one number, of which normalization leaves nothing: use fewer groups")
		}
		s.Parameters = 2 * float64(in.channels())
	case AveragePool:
		if min(in.Width, in.Height) < l.Units {
			return fmt.Errorf("a map of %s is smaller than the %dx%d that are averaged%s", in.size(), l.Units, l.Units, p.before())
		}
		s.Out.Shape = Shape{in.Width / l.Units, in.Height / l.Units, in.Channels}
	case Upsample:
		s.Out.Shape = Shape{in.Width * l.Units, in.Height * l.Units, in.Channels}
	case Residual:
		return p.residual(s)
	default:
		return fmt.Errorf("unknown kind of layer %q", l.Kind)
	}
	return nil
}

// weigh counts weights and biases of so many inputs of each of so many outputs.
func (s *Step) weigh(inputs float64) {
	s.Parameters = (inputs + 1) * float64(s.Layer.Units)
	if s.Layer.Kind == GatedConv || s.Layer.Kind == GatedDense {
		s.Parameters *= 2
	}
}

func (p *planner) conv(s *Step) error {
	w, in := &s.Layer.Window, s.In
	w.resolve(in.Shape)
	height, width := in.Height+w.Padding.Top+w.Padding.Bottom, in.Width+w.Padding.Left+w.Padding.Right
	if min(height, width) < w.Kernel {
		padded := ""
		if height != in.Height || width != in.Width {
			padded = fmt.Sprintf(", with its padding %dx%d,", width, height)
		}
		return fmt.Errorf("a map of %s%s is smaller than the kernel of %s%s", in.size(), padded, w.size(), p.before())
	}
	if err := padded(width, height, in.Channels); err != nil {
		return err
	}
	s.Out = Form{Shape: Shape{(width-w.Kernel)/w.Stride + 1, (height-w.Kernel)/w.Stride + 1, s.Layer.Units}}
	s.weigh(w.area() * float64(in.Channels))
	return nil
}

func (p *planner) transposed(s *Step) error {
	w, in := &s.Layer.Window, s.In
	w.resolveTransposed()
	if max(w.OutputBottom, w.OutputRight) >= w.Stride {
		return fmt.Errorf("an output padding of %d must be below the stride of %d", max(w.OutputBottom, w.OutputRight), w.Stride)
	}
	height := (in.Height-1)*w.Stride + w.Kernel - w.Padding.Top - w.Padding.Bottom + w.OutputBottom
	width := (in.Width-1)*w.Stride + w.Kernel - w.Padding.Left - w.Padding.Right + w.OutputRight
	if min(height, width) < 1 {
		return fmt.Errorf("a map of %s leaves nothing within the padding%s", in.size(), p.before())
	}
	if err := padded((in.Width-1)*w.Stride+w.Kernel, (in.Height-1)*w.Stride+w.Kernel, s.Layer.Units); err != nil {
		return err
	}
	s.Out = Form{Shape: Shape{width, height, s.Layer.Units}}
	s.weigh(w.area() * float64(in.Channels))
	return nil
}

// padded refuses a map whose zeros around it make it too large.
func padded(width, height, channels int) error {
	if float64(width)*float64(height)*float64(channels) > MaxMap {
		return fmt.Errorf("a map of %v, its padding included, is beyond the limit of %d million numbers", Shape{width, height, channels}, MaxMap/1_000_000)
	}
	return nil
}

// latents are maps of means and of log-variances; the parameters are those of one.
func (p *planner) latents(s *Step) error {
	switch {
	case p.out != nil || p.within:
		return errors.New("latents are what an encoder ends with, and are for its last layer")
	case p.number < len(p.list):
		return errors.New("latents are what an encoder ends with: put nothing behind them")
	}
	return p.conv(s)
}

// area is the number of pixels under the kernel.
func (w Window) area() float64 { return float64(w.Kernel) * float64(w.Kernel) }

// resolve makes numbers of the padding that keeps the size of a map, or its stride's part of it.
func (w *Window) resolve(in Shape) {
	if !w.Padding.Same {
		return
	}
	around := func(n int) (before, behind int) {
		all := max(0, (n-1)/w.Stride*w.Stride+w.Kernel-n)
		return all / 2, all - all/2
	}
	var p Padding
	p.Top, p.Bottom = around(in.Height)
	p.Left, p.Right = around(in.Width)
	w.Padding = p
}

// resolveTransposed makes numbers of the padding with which a map grows as the stride says.
func (w *Window) resolveTransposed() {
	if !w.Padding.Same {
		return
	}
	all := max(0, w.Kernel-w.Stride)
	w.Padding = Padding{Top: all / 2, Bottom: all - all/2, Left: all / 2, Right: all - all/2}
	if more := w.Stride - w.Kernel; more > 0 {
		w.OutputBottom, w.OutputRight = more, more
	}
}

// residual lays the layers of its own, whose result is added to what comes in, or to what the shortcut makes of that.
func (p *planner) residual(s *Step) (err error) {
	in := Form{Shape: s.In.Shape, Flat: s.In.Flat}
	if s.Body, err = within(s.Layer.Body, in); err != nil {
		return err
	}
	other := in
	if s.Layer.Shortcut != nil {
		if s.Shortcut, err = within(s.Layer.Shortcut, in); err != nil {
			return fmt.Errorf("its shortcut, %w", err)
		}
		other = s.Shortcut[len(s.Shortcut)-1].Out
	}
	s.Out = s.Body[len(s.Body)-1].Out
	if s.Out != other {
		return fmt.Errorf("its layers give %v, and what that is added to is %v: %s", s.Out, other, map[bool]string{
			true:  "change one of them",
			false: "add a shortcut that gives the same, residual[...|conv:FILTERS:1:STRIDE]",
		}[s.Layer.Shortcut != nil])
	}
	for _, step := range append(append([]Step{}, s.Body...), s.Shortcut...) {
		s.Parameters += step.Parameters
	}
	return nil
}
