package network

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Step is a layer of a list where it is known what it gets.
type Step struct {
	Layer  Layer  // Out and padding in numbers
	Text   string // as it is written; of what is put between layers that of the layer behind it
	Number int    // in the list, from 1; of what is put between layers that of the layer behind it
	Index  int    // in PyTorch's Sequential: what is put between layers, to flatten or to reshape, has an index too

	In, Out        Form
	Body, Shortcut []Step // of residual

	Parameters float64 // trained
}

// Form is the shape of what a layer takes or gives: a map, or plain numbers.
type Form struct {
	Shape
	Flat bool // plain numbers, Features
	Raw  bool // the image itself, whose pixels a dense layer takes as they lie
}

// Image is the form of images.
func Image(s Shape) Form { return Form{Shape: s, Raw: true} }

// Flat is the form of n plain numbers.
func Flat(n int) Form { return Form{Shape: Features(n), Flat: true} }

// String is "512" of plain numbers, "4x4x32" of a map.
func (f Form) String() string {
	if f.Flat {
		return strconv.Itoa(f.Width)
	}
	return f.Shape.String()
}

// channels of a map, or plain numbers as channels of a map of one pixel.
func (f Form) channels() int {
	if f.Flat {
		return f.Width
	}
	return f.Channels
}

// Plan goes through a list with the form of what comes in: the layers with what each gets and gives, and with what is put
// between them: flatten before a dense layer on a map, reshape before a layer that takes a map where numbers come. Where
// out is given it is the shape that the list must end with, and Out stands for its channels. Errors name the layer.
func Plan(list List, in Form, out *Shape) ([]Step, error) {
	p := &planner{list: list, out: out, at: in}
	if err := p.all(); err != nil {
		return nil, err
	}
	if out != nil {
		if err := p.ends(); err != nil {
			return nil, fmt.Errorf("layer %d (%s): %w", len(list), cut(list[len(list)-1].String()), err)
		}
	}
	return p.steps, nil
}

// within goes through a list of a residual.
func within(list List, in Form) ([]Step, error) {
	p := &planner{list: list, within: true, at: in}
	err := p.all()
	return p.steps, err
}

type planner struct {
	list   List
	within bool // a residual
	number int  // of the layer that is laid
	out    *Shape
	at     Form
	steps  []Step
}

// all lays the list.
func (p *planner) all() error {
	for i, l := range p.list {
		if err := p.add(i, l); err != nil {
			return fmt.Errorf("layer %d (%s): %w", i+1, cut(l.String()), err)
		}
	}
	return nil
}

// add lays layer i behind the others.
func (p *planner) add(i int, l Layer) error {
	p.number = i + 1
	step := Step{Text: l.String()}
	if err := p.settle(i, &l); err != nil {
		return err
	}
	p.prepare(l)
	step.Layer, step.In = l, p.at
	if err := p.lay(&step); err != nil {
		return err
	}
	if l.Kind == Dense && p.list[i].Units == Out {
		step.Out = Form{Shape: *p.out} // pixels as they lie
	}
	return p.append(step)
}

// settle gives Out its number.
func (p *planner) settle(i int, l *Layer) error {
	if l.Units != Out {
		return nil
	}
	behind := slices.ContainsFunc(p.list[i+1:], func(l Layer) bool { return l.Kind != Activation })
	switch {
	case p.out == nil:
		return errors.New("out stands for what the likelihood needs, in the last layer of a decoder")
	case behind:
		return errors.New("out stands for what the likelihood needs, and is for the last layer")
	case l.Kind == Dense:
		l.Units = p.out.Pixels()
	default:
		l.Units = p.out.Channels
	}
	return nil
}

// prepare puts flatten or reshape before a layer that cannot take what is there.
func (p *planner) prepare(l Layer) {
	switch kind := l.Kind; kind {
	case Dense, GatedDense, Reshape:
		if !p.at.Flat && (!p.at.Raw || kind == Reshape) {
			p.put(Step{Layer: Layer{Kind: Flatten}, Text: l.String(), In: p.at, Out: Flat(p.at.Pixels())})
		}
	case Conv, ConvTranspose, GatedConv, AveragePool, Upsample, Latents:
		if p.at.Flat {
			s := Shape{Width: 1, Height: 1, Channels: p.at.Width}
			p.put(Step{Layer: Layer{Kind: Reshape, Shape: s}, Text: l.String(), In: p.at, Out: Form{Shape: s}})
		}
	}
}

func (p *planner) put(s Step) {
	s.Index, s.Number = len(p.steps), p.number
	p.steps = append(p.steps, s)
	p.at = s.Out
}

// append puts a step whose size is within the limits.
func (p *planner) append(s Step) error {
	o := s.Out
	numbers := float64(o.Width) * float64(o.Height) * float64(o.Channels)
	switch {
	case !o.Flat && max(o.Width, o.Height) > MaxSide:
		return fmt.Errorf("a map of %v is beyond the limit of %d pixels on a side%s", o.Shape, MaxSide, p.before())
	case numbers > MaxMap:
		return fmt.Errorf("a map of %v is beyond the limit of %d million numbers%s", o.Shape, MaxMap/1_000_000, p.before())
	case s.Parameters > MaxParameters:
		return fmt.Errorf("has %.0f million parameters, beyond the limit of %d million%s", s.Parameters/1e6, MaxParameters/1_000_000, p.before())
	}
	p.put(s)
	return nil
}

// before says what the layers before give.
func (p *planner) before() string {
	if len(p.steps) == 0 {
		return fmt.Sprintf("; what comes in is %v", p.at)
	}
	const most = 5
	var shapes []string
	for _, s := range p.steps {
		if s.Layer.Kind != Activation {
			shapes = append(shapes, s.Out.String())
		}
	}
	if len(shapes) == 0 {
		shapes = []string{p.at.String()}
	}
	return "; the layers before give " + strings.Join(shapes[max(0, len(shapes)-most):], ", ")
}

// ends sees to the end of a decoder.
func (p *planner) ends() error {
	want, at := *p.out, p.at
	switch {
	case at.Flat && at.Width == want.Pixels() && p.scrambles():
		return errors.New("flatten puts the numbers of one channel behind those of another, and the image has the channels of each pixel side by side: leave it out")
	case at.Flat && at.Width == want.Pixels() || !at.Flat && at.Shape == want:
		return nil
	case at.Flat:
		return fmt.Errorf("the list ends with %d numbers, and the image needs %v, %d numbers: end it with dense:out", at.Width, want, want.Pixels())
	case at.size() == want.size():
		return fmt.Errorf("the list ends with %v, and the image needs %v: write out for the channels of the last layer with weights, such as convt:out:4:2:1", at.Shape, want)
	}
	return fmt.Errorf("the list ends with %v, and the image needs %v: change strides, paddings or the first map%s", at.Shape, want, p.before())
}

// scrambles tells whether the plain numbers that the list ends with come from a map of several channels, one after the other.
func (p *planner) scrambles() bool {
	for _, s := range slices.Backward(p.steps) {
		if s.Layer.Kind == Flatten {
			return s.In.Channels > 1 && s.In.Width*s.In.Height > 1
		}
		if s.Layer.Kind != Activation && s.Layer.Kind != BatchNorm && s.Layer.Kind != GroupNorm {
			return false
		}
	}
	return false
}
