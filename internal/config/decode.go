package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// problem is why a node is not the value of a setting: what it must be, and where, if not at the node, it is not.
type problem struct {
	reason string
	node   ast.Node
}

// decode sets the value in c from a node. Numbers are read from the scalar's own text, as the library follows neither
// version of YAML: it takes 017 for 15 and 1e-3 for text.
func (s Setting) decode(node ast.Node, c *Config) *problem {
	switch v := s.At(c).(type) {
	case *Keyword:
		return decodeText(node, (*string)(v))
	case *string:
		if s.Word != "" && isWord(node, s.Word) {
			*v = ""
			return nil
		}
		return decodeText(node, v)
	case *int:
		return decodeOrWord(node, v, "whole number", s, decodeInt)
	case *uint64:
		return decodeUint(node, v)
	case *float64:
		return decodeOrWord(node, v, "number", s, decodeFloat)
	case *bool:
		return decodeBool(node, v)
	case *[]int:
		return decodeInts(node, v)
	case *[]string:
		return decodeTexts(node, v)
	default:
		panic(fmt.Sprintf("config: %s is a %T, which cannot be read", s.Path, v))
	}
}

func decodeText(node ast.Node, at *string) *problem {
	text, ok := node.(*ast.StringNode)
	if !ok {
		return &problem{"must be text (in quotes, if it looks like something else)", node}
	}
	*at = text.Value
	return nil
}

func decodeInt(node ast.Node, at *int) *problem {
	n, err := ParseInt(plain(node))
	switch {
	case errors.Is(err, ErrNumber):
		return &problem{"must be a whole number", node}
	case err != nil:
		return &problem{"must be a whole number of reasonable size", node}
	}
	*at = n
	return nil
}

// decodeOrWord reads a number for which the words of a setting may stand: those of -1 and -2, which are not read otherwise.
func decodeOrWord[T int | float64](node ast.Node, at *T, what string, s Setting, decode func(ast.Node, *T) *problem) *problem {
	for i, word := range s.Words() {
		if isWord(node, word) {
			*at = T(-1 - i)
			return nil
		}
	}
	p, words := decode(node, at), strings.Join(s.Words(), " or ")
	switch {
	case words == "":
		return p
	case p != nil:
		return &problem{p.reason + " or " + words, p.node}
	case *at < 0 && float64(*at) >= -float64(len(s.Words())) && *at == T(int(*at)): // other numbers are left to Validate
		return &problem{"must be a " + what + ", not negative, or " + words, node}
	}
	return nil
}

func decodeUint(node ast.Node, at *uint64) *problem {
	n, err := ParseUint(plain(node))
	if err != nil {
		return &problem{"must be a whole number from 0 to 18446744073709551615", node}
	}
	*at = n
	return nil
}

func decodeFloat(node ast.Node, at *float64) *problem {
	x, err := ParseFloat(plain(node))
	switch {
	case errors.Is(err, ErrNumber):
		return &problem{"must be a number", node}
	case err != nil:
		return &problem{"must be a number of reasonable size", node}
	}
	*at = x
	return nil
}

func decodeBool(node ast.Node, at *bool) *problem {
	b, ok := node.(*ast.BoolNode)
	if !ok && (isWord(node, "true") || isWord(node, "false")) {
		return &problem{"must be true or false without quotes", node}
	}
	if !ok {
		return &problem{"must be true or false", node}
	}
	*at = b.Value
	return nil
}

// decodeTexts makes a new slice, as decodeInts does.
func decodeTexts(node ast.Node, at *[]string) *problem {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return &problem{`must be a list of texts, such as ["a", "b"]`, node}
	}
	values := make([]string, len(list.Values))
	for i, element := range list.Values {
		if text := withColon(element); text != "" {
			values[i] = text
		} else if decodeText(element, &values[i]) != nil {
			return &problem{`must be a list of texts, such as ["a", "b"]`, element}
		}
	}
	*at = values
	return nil
}

// withColon is the text "a:b" that the parser takes for a section in {list: [a:b]}, unlike anywhere else and unlike
// YAML 1.2, which asks for a space behind the colon of a section; else "".
func withColon(node ast.Node) string {
	section, ok := node.(*ast.MappingNode)
	if !ok || section.IsFlowStyle || len(section.Values) != 1 {
		return ""
	}
	key, value := plain(section.Values[0].Key), plain(section.Values[0].Value)
	line, column := position(section.Values[0].Key)
	valueLine, valueColumn := position(section.Values[0].Value)
	if key == "" || value == "" || valueLine != line || valueColumn != column+utf8.RuneCountInString(key)+1 {
		return ""
	}
	return key + ":" + value
}

// decodeInts makes a new slice, so that what the base holds is never written to.
func decodeInts(node ast.Node, at *[]int) *problem {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return &problem{"must be a list of whole numbers, such as [400, 200]", node}
	}
	values := make([]int, len(list.Values))
	for i, element := range list.Values {
		if decodeInt(element, &values[i]) != nil {
			return &problem{"must be a list of whole numbers, such as [400, 200]", element}
		}
	}
	*at = values
	return nil
}

// isWord tells whether a scalar is that text, with or without quotes.
func isWord(node ast.Node, word string) bool {
	text, ok := node.(*ast.StringNode)
	return ok && text.Value == word
}

// plain is the text of a scalar that stands there without quotes, else "".
func plain(node ast.Node) string {
	switch n := node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value
	case *ast.StringNode:
		if n.Token.Type == token.StringType {
			return n.Value
		}
	}
	return ""
}

// describe names a node in a message.
func describe(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return quote(n.Value)
	case *ast.NullNode, nil:
		return "empty"
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "a section of keys"
	case *ast.LiteralNode:
		return "a block of text"
	}
	if tk := node.GetToken(); tk != nil {
		return oneLine(cut(tk.Value, maxShown))
	}
	return "that"
}
