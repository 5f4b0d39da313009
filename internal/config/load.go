package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// PositionError is a fault in a configuration file. Its message is one line, "NAME:LINE:COLUMN: what".
type PositionError struct {
	Name         string // of the file, as given to Load
	Line, Column int    // both from 1; 0 if the fault has no place
	Err          error  // a *FieldError where a value is at fault
}

func (e *PositionError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", oneLine(e.Name), e.Err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", oneLine(e.Name), e.Line, e.Column, e.Err)
}

// Unwrap is the fault without its place.
func (e *PositionError) Unwrap() error { return e.Err }

// Load lays the settings of a YAML file, src, over base; what the file does not name keeps base's value.
// An unknown or repeated key, a value of the wrong type or out of range, and YAML beyond plain sections and
// values (anchors, aliases, tags, several documents) are errors, a *PositionError with the given name.
// On an error the result is the zero Config.
func Load(src []byte, name string, base Config) (Config, error) {
	l := loader{config: base, nodes: map[string]ast.Node{}}
	l.config.detach()
	if err := l.load(src); err != nil {
		err.Name = name
		return Config{}, err
	}
	return l.config, nil
}

// Given tells which settings a file that Load reads gives, by path.
func Given(src []byte) map[string]bool {
	l := loader{config: Default(), nodes: map[string]ast.Node{}}
	given := map[string]bool{}
	if l.load(src) == nil {
		for path := range l.nodes {
			given[path] = true
		}
	}
	return given
}

// detach gives the configuration lists of its own.
func (c *Config) detach() {
	for _, s := range table {
		switch list := s.At(c).(type) {
		case *[]int:
			*list = slices.Clone(*list)
		case *[]string:
			*list = slices.Clone(*list)
		}
	}
}

type loader struct {
	config Config
	nodes  map[string]ast.Node // the values that the file gives, by path
}

func (l *loader) load(src []byte) *PositionError {
	root, err := parse(src)
	if err != nil {
		return err
	}
	if err := l.root(root); err != nil {
		return err
	}
	return l.validate()
}

// root reads the whole file: a mapping of sections, or nothing.
func (l *loader) root(node ast.Node) *PositionError {
	return eachEntry(node, "the file", "", func(key string, at, value ast.Node) *PositionError {
		if !slices.Contains(sections, key) {
			return fault(at, unknownSection(key))
		}
		return l.section(key, value)
	})
}

func (l *loader) section(name string, node ast.Node) *PositionError {
	return eachEntry(node, name, " in "+name, func(key string, at, value ast.Node) *PositionError {
		s, ok := Find(name + "." + key)
		if !ok {
			return fault(at, unknownKey(name, key))
		}
		l.nodes[s.Path] = value
		if p := s.decode(value, &l.config); p != nil {
			shown := describe(p.node)
			return fault(p.node, &FieldError{Field: s.Path, Value: shown, Reason: p.reason, Suggestion: s.nothing(value), shown: shown})
		}
		return nil
	})
}

// nothing is the word that stands for no value of a setting, if the node is empty and there is one.
func (s Setting) nothing(node ast.Node) string {
	c := Default()
	word := s.encode(&c)
	if _, null := node.(*ast.NullNode); null && (word == "none" || word == "auto") {
		return word
	}
	return ""
}

// eachEntry calls visit for each key of a mapping and refuses a second one of the same name. No node, or a
// null, is an empty mapping.
func eachEntry(node ast.Node, what, where string, visit func(key string, at, value ast.Node) *PositionError) *PositionError {
	if _, null := node.(*ast.NullNode); null || node == nil {
		return nil
	}
	mapping, ok := node.(ast.MapNode)
	if !ok {
		return fault(node, fmt.Errorf("%s must hold keys and values, such as %s, not %s", what, example(what), describe(node)))
	}
	lines := map[string]int{}
	for it := mapping.MapRange(); it.Next(); {
		key, at := keyText(it.Key()), ast.Node(it.Key())
		if line, seen := lines[key]; seen {
			return fault(at, fmt.Errorf("duplicate key %s%s (first on line %d)", quote(key), where, line))
		}
		lines[key], _ = position(at)
		if err := visit(key, at, it.Value()); err != nil {
			return err
		}
	}
	return nil
}

func example(what string) string {
	if names := keys(what); len(names) > 0 {
		return names[0] + ": ..."
	}
	return sections[0] + ": ..."
}

func keyText(key ast.MapKeyNode) string {
	if text, ok := key.(*ast.StringNode); ok {
		return text.Value
	}
	if tk := key.GetToken(); tk != nil {
		return tk.Value
	}
	return ""
}

func unknownSection(key string) error {
	if section := sectionOf(key); section != "" {
		return fmt.Errorf("unknown key %s at the top (it belongs in section %q)", quote(key), section)
	}
	return unknown(key, "", sections)
}

func unknownKey(section, key string) error {
	if own := sectionOf(key); own != "" {
		return fmt.Errorf("unknown key %s in %s (it belongs in section %q)", quote(key), section, own)
	}
	return unknown(key, " in "+section, keys(section))
}

// sectionOf is the section that has a key, or "".
func sectionOf(key string) string {
	for _, s := range table {
		if s.key() == key {
			return s.section()
		}
	}
	return ""
}

// keys are the names of the settings in a section.
func keys(section string) []string {
	var names []string
	for _, s := range table {
		if s.section() == section {
			names = append(names, s.key())
		}
	}
	return names
}

func unknown(key, where string, known []string) error {
	return fmt.Errorf("unknown key %s%s%s", quote(key), where, hint(key, known))
}

// hint says which known key an unknown one may mean: the likely ones, else all if they are few.
func hint(key string, known []string) string {
	if near := Nearest(key, known); near != "" {
		return suggest(near)
	}
	if near := related(key, known); len(near) > 0 {
		return suggest(near...)
	}
	if len(known) <= 8 {
		return " (known: " + strings.Join(known, ", ") + ")"
	}
	return " (the config.yaml of any run holds all keys)"
}

// validate checks the result and finds the place in the file that a bad value came from.
func (l *loader) validate() *PositionError {
	var bad *FieldError
	if !errors.As(l.config.Validate(), &bad) {
		return nil
	}
	node := l.nodes[bad.Field]
	if list, ok := node.(*ast.SequenceNode); ok && bad.index > 0 {
		node = list.Values[bad.index-1]
	}
	return fault(node, bad)
}

// fault is an error at a node, which may be nil.
func fault(node ast.Node, err error) *PositionError {
	line, column := position(node)
	return &PositionError{Line: line, Column: column, Err: err}
}

func position(node ast.Node) (line, column int) {
	if node == nil {
		return 0, 0
	}
	switch n := node.(type) {
	case *ast.MappingNode: // its own token is the first colon
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return position(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return position(n.Key)
	}
	return tokenPosition(node.GetToken())
}

func tokenPosition(tk *token.Token) (line, column int) {
	if tk == nil || tk.Position == nil {
		return 0, 0
	}
	return max(tk.Position.Line, 1), max(tk.Position.Column, 1)
}
