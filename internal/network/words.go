package network

import (
	"fmt"
	"slices"
	"strings"
)

// argument is a part of a layer behind its name.
type argument struct {
	name string // as it stands in a message
	must bool
	read func(l *Layer, text string) bool
	what string // what it must be
}

var (
	units   = argument{"UNITS", true, readUnits, fmt.Sprintf("a number from 1 to %d, or out in the last layer of a decoder", MaxUnits)}
	filters = argument{"FILTERS", true, readUnits, units.what}
	gated   = argument{"FILTERS", true, readCount, fmt.Sprintf("a number from 1 to %d", MaxUnits)}
	groups  = argument{"GROUPS", true, readCount, gated.what}
	side    = argument{"N", true, func(l *Layer, text string) (ok bool) { l.Units, ok = number(text, 1, MaxSide); return }, ofSide(1)}
	kernel  = argument{"KERNEL", true, func(l *Layer, text string) (ok bool) { l.Window.Kernel, ok = number(text, 1, MaxSide); return }, ofSide(1)}
	stride  = argument{"STRIDE", false, func(l *Layer, text string) (ok bool) { l.Window.Stride, ok = number(text, 1, MaxSide); return }, ofSide(1)}
	padding = argument{"PADDING", false, readPadding, ofSide(0) + ", same, or four numbers TOP-BOTTOM-LEFT-RIGHT"}
	output  = argument{"OUTPUT-PADDING", false, readOutput, ofSide(0) + ", or two numbers BOTTOM-RIGHT"}
	odd     = argument{"KERNEL", false, readOdd, "an odd " + ofSide(1)[2:]}
	sizes   = argument{"WIDTHxHEIGHTxCHANNELS", true, readShape, "three numbers, such as 4x4x32"}
)

func ofSide(least int) string { return fmt.Sprintf("a number from %d to %d", least, MaxSide) }

// arguments are those of each kind of layer, in their order.
var arguments = map[Kind][]argument{
	Conv:          {filters, kernel, stride, padding},
	ConvTranspose: {filters, kernel, stride, padding, output},
	GatedConv:     {gated, kernel, stride, padding},
	Dense:         {units},
	GatedDense:    {{"UNITS", true, readCount, gated.what}},
	GroupNorm:     {groups},
	AveragePool:   {side},
	Upsample:      {side},
	Reshape:       {sizes},
	Latents:       {{"CHANNELS", true, readCount, gated.what}, odd},
}

// form is how a layer is written: "conv:FILTERS:KERNEL[:STRIDE[:PADDING]]".
func form(kind Kind) string {
	text, open := string(kind), 0
	for _, a := range arguments[kind] {
		if !a.must {
			text += "["
			open++
		}
		text += ":" + a.name
	}
	if kind == Residual {
		text += "[LAYERS]"
	}
	return text + strings.Repeat("]", open)
}

// layer reads a word that is a layer by itself.
func (p *parser) layer(from int, word string) (Layer, *Error) {
	name, rest, more := strings.Cut(word, ":")
	kind, known := kinds[name]
	switch {
	case word == "":
		return Layer{}, p.fault(from, "", "a layer is missing")
	case slices.Contains(p.activations, name) && !more:
		return Layer{Kind: Activation, Name: name}, nil
	case slices.Contains(p.activations, name):
		return Layer{}, p.fault(from, word, "an activation is its name alone, "+name)
	case !known:
		return Layer{}, p.unknown(from, word, name)
	case kind == Residual:
		return Layer{}, p.fault(from, word, "is written "+form(kind))
	}
	var texts []string
	if more {
		texts = strings.Split(rest, ":")
	}
	return p.arguments(from, word, kind, texts)
}

func (p *parser) unknown(from int, word, name string) *Error {
	e := p.fault(from, word, fmt.Sprintf("there is no layer %q", cut(name)))
	e.Unknown, e.Known = name, slices.Concat(Names(), p.activations)
	return e
}

// arguments reads what stands behind the name of a layer.
func (p *parser) arguments(from int, word string, kind Kind, texts []string) (Layer, *Error) {
	l := Layer{Kind: kind}
	if kind == Conv || kind == ConvTranspose || kind == GatedConv {
		l.Window.Stride = 1
	}
	if kind == Latents {
		l.Window = Window{Kernel: 1, Stride: 1}
	}
	all := arguments[kind]
	if len(texts) > len(all) || len(texts) < len(all) && all[len(texts)].must {
		return Layer{}, p.fault(from, word, "is written "+form(kind))
	}
	for i, text := range texts {
		if !all[i].read(&l, text) {
			return Layer{}, p.fault(from, word, fmt.Sprintf("%s must be %s, not %q; it is written %s", all[i].name, all[i].what, cut(text), form(kind)))
		}
	}
	return l, nil
}

func readUnits(l *Layer, text string) bool {
	if text == "out" {
		l.Units = Out
		return true
	}
	return readCount(l, text)
}

func readCount(l *Layer, text string) (ok bool) {
	l.Units, ok = number(text, 1, MaxUnits)
	return ok
}

// readOdd reads the side of a kernel that keeps the size of a map.
func readOdd(l *Layer, text string) bool {
	n, ok := number(text, 1, MaxSide)
	l.Window.Kernel, l.Window.Padding = n, even(n/2)
	return ok && n%2 == 1
}

func readPadding(l *Layer, text string) bool {
	if text == "same" {
		l.Window.Padding = Padding{Same: true}
		return true
	}
	n, ok := numbers(text, "-", 0, MaxSide)
	switch {
	case ok && len(n) == 1:
		l.Window.Padding = even(n[0])
	case ok && len(n) == 4:
		l.Window.Padding = Padding{Top: n[0], Bottom: n[1], Left: n[2], Right: n[3]}
	default:
		return false
	}
	return true
}

func readOutput(l *Layer, text string) bool {
	n, ok := numbers(text, "-", 0, MaxSide)
	if !ok || len(n) > 2 {
		return false
	}
	l.Window.OutputBottom, l.Window.OutputRight = n[0], n[len(n)-1]
	return true
}

func readShape(l *Layer, text string) bool {
	n, ok := numbers(text, "x", 1, MaxUnits)
	if !ok || len(n) != 3 || max(n[0], n[1]) > MaxSide {
		return false
	}
	l.Shape = Shape{Width: n[0], Height: n[1], Channels: n[2]}
	return true
}

// numbers reads whole numbers with a sign between.
func numbers(text, between string, least, most int) (all []int, ok bool) {
	for part := range strings.SplitSeq(text, between) {
		n, ok := number(part, least, most)
		if !ok {
			return nil, false
		}
		all = append(all, n)
	}
	return all, true
}
