package network

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is a fault in the text of a list.
type Error struct {
	Item   int    // number of the item, those within brackets counted too, from 1
	Column int    // in characters, from 1
	Text   string // of the item, as far as it goes
	Reason string

	// Where a name is not one of a layer, what it is and what there is, for a suggestion.
	Unknown string
	Known   []string
}

// Error is one line: "item 3, at column 17 (conv:x:4): ...".
func (e *Error) Error() string {
	where := fmt.Sprintf("item %d, at column %d", e.Item, e.Column)
	if e.Text != "" {
		where += " (" + e.Text + ")"
	}
	return where + ": " + e.Reason
}

// kinds are the names of layers that are no activation, with those that have two.
var kinds = map[string]Kind{
	"conv": Conv, "convt": ConvTranspose, "gated-conv": GatedConv, "dense": Dense, "gated-dense": GatedDense, "flatten": Flatten, "reshape": Reshape,
	"batchnorm": BatchNorm, "bn": BatchNorm, "groupnorm": GroupNorm, "avgpool": AveragePool, "upsample": Upsample, "residual": Residual,
	"latents": Latents,
}

// Names lists the layers that are no activation.
func Names() []string {
	return []string{"conv", "convt", "dense", "batchnorm", "groupnorm", "avgpool", "upsample", "flatten", "reshape", "residual", "gated-conv", "gated-dense", "latents"}
}

// Parse reads a list, in which activations have these names. The error is an *Error.
func Parse(text string, activations []string) (List, error) {
	p := &parser{text: text, activations: activations}
	switch {
	case len(text) > MaxText:
		return nil, &Error{Item: 1, Column: 1, Reason: fmt.Sprintf("the list has %d bytes, more than %d", len(text), MaxText)}
	case !utf8.ValidString(text):
		return nil, &Error{Item: 1, Column: 1, Reason: "the list is not in UTF-8"}
	}
	list, err := p.list(0)
	if err == nil && p.at < len(text) {
		err = p.fault(p.at, "", fmt.Sprintf("%q opens nothing here: put a comma between layers", p.next()))
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// parser goes through a text once.
type parser struct {
	text        string
	at          int // the byte it is at
	item        int // items begun
	activations []string
}

// fault is an error of the last item that was begun, at a byte.
func (p *parser) fault(from int, text, reason string) *Error {
	return p.faultOf(p.item, from, text, reason)
}

// faultOf is one of an item that others may lie in, which begins at a byte.
func (p *parser) faultOf(item, from int, text, reason string) *Error {
	return &Error{Item: max(item, 1), Column: 1 + utf8.RuneCountInString(p.text[:from]), Text: cut(text), Reason: reason}
}

// cut shortens what is shown of an item.
func cut(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "..."
	}
	return text
}

// next is the sign that the parser is at, 0 at the end; spaces before it are passed over.
func (p *parser) next() byte {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// list reads items up to what closes the list.
func (p *parser) list(depth int) (List, *Error) {
	var all List
	for {
		some, err := p.repeated(depth)
		if err != nil {
			return nil, err
		}
		if all = append(all, some...); all.count() > MaxLayers {
			return nil, p.fault(p.at, "", fmt.Sprintf("the list has more than %d layers by here", MaxLayers))
		}
		if p.next() != ',' {
			return all, nil
		}
		p.at++
	}
}

// count is the number of layers, with those within others.
func (l List) count() int {
	n := len(l)
	for _, layer := range l {
		n += layer.Body.count() + layer.Shortcut.count()
	}
	return n
}

// repeated reads an item, N*ITEM or N*[LIST].
func (p *parser) repeated(depth int) (List, *Error) {
	p.item++
	p.next()
	item, from, times := p.item, p.at, 1
	word := p.word()
	if p.next() == '*' {
		n, ok := number(word, 1, MaxLayers)
		if !ok {
			return nil, p.fault(from, word, fmt.Sprintf("before * there must be how often, a number from 1 to %d", MaxLayers))
		}
		p.at++
		times = n
		p.next()
		from = p.at
		word = p.word()
	}
	some, err := p.one(from, word, depth)
	if err != nil {
		return nil, err
	}
	if some.count()*times > MaxLayers {
		return nil, p.faultOf(item, from, word, fmt.Sprintf("%d times makes more than %d layers", times, MaxLayers))
	}
	return slices.Repeat(some, times), nil
}

// one reads what a word begins: a layer, residual[...], or without a word [LIST].
func (p *parser) one(from int, word string, depth int) (List, *Error) {
	item := p.item
	if p.next() != '[' {
		layer, err := p.layer(from, word)
		return List{layer}, err
	}
	if depth == MaxDepth {
		return nil, p.faultOf(item, from, word, fmt.Sprintf("brackets lie within each other more than %d times", MaxDepth))
	}
	p.at++
	lists, err := p.bracketed(item, from, word, depth+1)
	switch {
	case err != nil:
		return nil, err
	case word == "" && len(lists) == 1:
		return lists[0], nil
	case word == "":
		return nil, p.faultOf(item, from, word, "a | is for residual[LAYERS|SHORTCUT]")
	case kinds[word] != Residual:
		return nil, p.faultOf(item, from, word, "only residual has layers of its own, in brackets")
	case len(lists) > 2:
		return nil, p.faultOf(item, from, word, "has more than one shortcut: it is residual[LAYERS] or residual[LAYERS|SHORTCUT]")
	}
	residual := Layer{Kind: Residual, Body: lists[0]}
	if len(lists) == 2 {
		residual.Shortcut = lists[1]
	}
	return List{residual}, nil
}

// bracketed reads lists with | between, up to the bracket that closes them.
func (p *parser) bracketed(item, from int, word string, depth int) ([]List, *Error) {
	var lists []List
	for {
		list, err := p.list(depth)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
		switch p.next() {
		case '|':
			p.at++
		case ']':
			p.at++
			return lists, nil
		default:
			return nil, p.faultOf(item, from, word, "its bracket [ is not closed by ]")
		}
	}
}

// word reads up to a space or a sign of the grammar.
func (p *parser) word() string {
	from := p.at
	if n := strings.IndexAny(p.text[from:], " \t\r\n,[]|*"); n >= 0 {
		p.at += n
	} else {
		p.at = len(p.text)
	}
	return p.text[from:p.at]
}

// number reads a whole number of digits alone.
func number(text string, least, most int) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), err == nil && int(n) >= least && int(n) <= most && (text == "0" || text[0] != '0')
}
