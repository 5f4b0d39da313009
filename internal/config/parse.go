package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a configuration file may hold. The YAML parser recurses without a limit and takes memory and time
// with the square of the depth and of the number of keys, so that the limits are held on its tokens, before it runs;
// checkShape holds those of the lexer.
const (
	MaxFileSize = 1 << 20 // bytes
	maxTokens   = 1 << 15 // a sign and a word for each of MaxClasses names, and the rest
	maxKeys     = 1024    // documents counted with them
	maxNesting  = 8
)

// parse is the root of the one YAML document in src, or nil for none.
func parse(src []byte) (root ast.Node, err *PositionError) {
	if err := checkText(src); err != nil {
		return nil, err
	}
	if err := checkShape(src); err != nil {
		return nil, err
	}
	defer func() { // the parser's promise not to panic is not in its documentation
		if recover() != nil {
			root, err = nil, &PositionError{Err: errors.New("is not valid YAML")}
		}
	}()
	text := string(bytes.TrimPrefix(src, []byte("\ufeff")))
	tokens := lexer.Tokenize(text + "\n") // without it the lexer overlooks a tag at the end
	if err := checkTokens(tokens); err != nil {
		return nil, err
	}
	file, parseErr := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if parseErr != nil {
		return nil, syntaxFault(parseErr)
	}
	return onlyDocument(file)
}

// checkText refuses what is too long or not UTF-8.
func checkText(src []byte) *PositionError {
	if len(src) > MaxFileSize {
		return &PositionError{Err: fmt.Errorf("has more than the %d bytes of a configuration", MaxFileSize)}
	}
	if utf8.Valid(src) {
		return nil
	}
	good := bytes.ToValidUTF8(src, nil)
	n := 0
	for n < len(good) && good[n] == src[n] {
		n++
	}
	head := src[:n]
	line, column := 1+bytes.Count(head, []byte("\n")), 1+utf8.RuneCount(head[bytes.LastIndexByte(head, '\n')+1:])
	return &PositionError{Line: line, Column: column, Err: errors.New("is not UTF-8 text; save it as UTF-8")}
}

// refused names the parts of YAML that a configuration does without.
var refused = map[token.Type]string{
	token.AnchorType:     "anchors (&) are",
	token.AliasType:      "aliases (*) are",
	token.TagType:        "tags (!) are",
	token.MergeKeyType:   "merge keys (<<) are",
	token.MappingKeyType: "explicit keys (?) are",
	token.DirectiveType:  "directives (%) are",
}

// checkTokens holds the limits and refuses the parts of YAML that can blow a small file up.
func checkTokens(tokens token.Tokens) *PositionError {
	depth, entries, line, keys := 0, 0, 0, 0
	for i, tk := range tokens {
		at, column := tokenPosition(tk)
		if at != line {
			line, entries = at, 0
		}
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			entries++
		case token.MappingValueType, token.DocumentHeaderType, token.DocumentEndType:
			keys++
		}
		var err error
		switch what, found := refused[tk.Type]; {
		case found:
			err = fmt.Errorf("%s not allowed here; put text that starts so in quotes", what)
		case depth > maxNesting || entries > maxNesting:
			err = errors.New("lists and sections are nested too deeply")
		case keys > maxKeys:
			err = fmt.Errorf("has too many keys for a configuration (over %d)", maxKeys)
		case i >= maxTokens:
			err = fmt.Errorf("has too many values for a configuration (over %d words and signs)", maxTokens)
		}
		if err != nil {
			return &PositionError{Line: line, Column: column, Err: err}
		}
	}
	return nil
}

func syntaxFault(err error) *PositionError {
	var located interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &located) {
		return &PositionError{Err: errors.New("is not valid YAML")}
	}
	message := located.GetMessage()
	if strings.Contains(message, "'\t'") {
		message = "found a tab; indent with spaces"
	}
	line, column := tokenPosition(located.GetToken())
	return &PositionError{Line: line, Column: column, Err: errors.New("is not valid YAML: " + oneLine(cut(message, 2*maxShown)))}
}

func onlyDocument(file *ast.File) (ast.Node, *PositionError) {
	if len(file.Docs) > 1 {
		second := file.Docs[1]
		line, column := position(second.Body)
		if second.Start != nil {
			line, column = tokenPosition(second.Start)
		}
		return nil, &PositionError{Line: line, Column: column, Err: errors.New("holds a second document; a configuration is one")}
	}
	if len(file.Docs) == 0 {
		return nil, nil
	}
	return file.Docs[0].Body, nil
}
