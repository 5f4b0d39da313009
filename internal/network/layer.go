package network

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a layer does.
type Kind string

// The kinds of layers.
const (
	Conv          Kind = "conv"
	ConvTranspose Kind = "convt"
	GatedConv     Kind = "gated-conv"
	Dense         Kind = "dense"
	GatedDense    Kind = "gated-dense"
	Flatten       Kind = "flatten"
	Reshape       Kind = "reshape"
	BatchNorm     Kind = "batchnorm"
	GroupNorm     Kind = "groupnorm"
	AveragePool   Kind = "avgpool"
	Upsample      Kind = "upsample"
	Residual      Kind = "residual"
	Latents       Kind = "latents"    // a convolution each for mean and log-variance, which ends an encoder
	Activation    Kind = "activation" // written by its own name
)

// Out, as Layer.Units, is the number that the likelihood needs: of channels, or of a dense layer for the whole image.
const Out = -1

// Layer is one layer of a list as it is written.
type Layer struct {
	Kind     Kind
	Name     string // of an activation
	Units    int    // filters, units, groups, or the side of what is pooled; Out
	Window   Window // of a convolution
	Shape    Shape  // of reshape
	Body     List   // of residual
	Shortcut List   // of residual; nil for the input itself
}

// List is a network as it is written, repetitions one by one.
type List []Layer

// Has tells whether a layer of a kind is in the list, or within a layer of it.
func (l List) Has(kind Kind) bool {
	return slices.ContainsFunc(l, func(layer Layer) bool {
		return layer.Kind == kind || layer.Body.Has(kind) || layer.Shortcut.Has(kind)
	})
}

// Input is the form in which an encoder gets images, and the labels of a conditional model: each as a channel more, or
// behind the pixels where the first layer is a dense one, whatever activations are before it.
func (l List) Input(image Shape, classes int) Form {
	first := slices.IndexFunc(l, func(l Layer) bool { return l.Kind != Activation })
	if dense := first >= 0 && (l[first].Kind == Dense || l[first].Kind == GatedDense); dense && classes > 0 {
		return Flat(image.Pixels() + classes)
	}
	image.Channels += classes
	return Image(image)
}

// Codes is the form in which a decoder gets latents, and the labels of a conditional model: a map where the encoder ends in
// one of latents, each label as a channel more, else plain numbers.
func Codes(encoder []Step, latent, classes int) Form {
	if n := len(encoder); n > 0 && encoder[n-1].Layer.Kind == Latents {
		s := encoder[n-1].Out.Shape
		s.Channels += classes
		return Form{Shape: s}
	}
	return Flat(latent + classes)
}

// Window is the kernel of a convolution and how it moves over the map; of a transposed one it is that of the convolution
// whose gradient it computes.
type Window struct {
	Kernel, Stride            int
	Padding                   Padding
	OutputBottom, OutputRight int // added to the result of a transposed convolution
}

// Padding is zeros around the input.
type Padding struct {
	Same                     bool // as many as keep the size at stride 1, the odd one at the bottom and the right
	Top, Bottom, Left, Right int
}

// Equal padding on all sides.
func even(n int) Padding { return Padding{Top: n, Bottom: n, Left: n, Right: n} }

func (p Padding) String() string {
	switch {
	case p.Same:
		return "same"
	case p == even(p.Top):
		return strconv.Itoa(p.Top)
	}
	return fmt.Sprintf("%d-%d-%d-%d", p.Top, p.Bottom, p.Left, p.Right)
}

// String is the list as it is written, without spaces, and neighbors that are the same as N*LAYER.
func (l List) String() string {
	texts := make([]string, len(l))
	for i, layer := range l {
		texts[i] = layer.String()
	}
	var parts []string
	for i := 0; i < len(l); {
		text, n := texts[i], 1
		for i+n < len(l) && texts[i+n] == text {
			n++
		}
		i += n
		if n > 1 {
			text = strconv.Itoa(n) + "*" + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ",")
}

// String is the layer as it is written.
func (l Layer) String() string {
	switch l.Kind {
	case Activation:
		return l.Name
	case Conv, GatedConv, ConvTranspose:
		return strings.Join(append([]string{string(l.Kind), l.units()}, l.Window.parts()...), ":")
	case Latents:
		text := string(l.Kind) + ":" + l.units()
		if l.Window.Kernel != 1 {
			text += ":" + strconv.Itoa(l.Window.Kernel)
		}
		return text
	case Dense, GatedDense, GroupNorm, AveragePool, Upsample:
		return string(l.Kind) + ":" + l.units()
	case Reshape:
		return string(l.Kind) + ":" + l.Shape.String()
	case Residual:
		text := l.Body.String()
		if l.Shortcut != nil {
			text += "|" + l.Shortcut.String()
		}
		return string(l.Kind) + "[" + text + "]"
	default:
		return string(l.Kind)
	}
}

func (l Layer) units() string {
	if l.Units == Out {
		return "out"
	}
	return strconv.Itoa(l.Units)
}

// parts are kernel, stride, padding and output padding, without those at the end that are as they are unless given.
func (w Window) parts() []string {
	output := strconv.Itoa(w.OutputBottom)
	if w.OutputRight != w.OutputBottom {
		output = fmt.Sprintf("%d-%d", w.OutputBottom, w.OutputRight)
	}
	parts := []string{strconv.Itoa(w.Kernel), strconv.Itoa(w.Stride), w.Padding.String(), output}
	for i, usual := range []string{"0", "0", "1"} { // from the end
		if parts[3-i] != usual {
			return parts[:4-i]
		}
	}
	return parts[:1]
}

// size is "4x4".
func (w Window) size() string { return fmt.Sprintf("%dx%d", w.Kernel, w.Kernel) }
