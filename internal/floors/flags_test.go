package floors

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vae/internal/config"
)

// flagLike is what a flag looks like in a text: "--lr", "-n", and "--" before a name to come. A minus within a word or
// before a number is none.
var flagLike = regexp.MustCompile(`(^|[^\w-])(--[a-z]|--$|-[a-z]\b)`)

// TestNoFlagsBelow: who reads a text of a lower floor may have typed no flag. It says config.Mention instead.
func TestNoFlagsBelow(t *testing.T) {
	files, mentions := 0, 0
	for folder, level := range floor {
		if level >= floor["internal/cli"] {
			continue
		}
		for _, file := range sources(t, filepath.Join("..", "..", filepath.FromSlash(folder))) {
			found, n := textFaults(t, file, nil)
			for _, fault := range found {
				t.Error(fault)
			}
			files, mentions = files+1, mentions+n
		}
	}
	if files < 100 || mentions < 50 {
		t.Errorf("%d files with %d mentions, so this test sees too little", files, mentions)
	}
}

func TestTextFaults(t *testing.T) {
	for text, want := range map[string]string{
		`"try a lower --lr"`:                               `x.go:2: "try a lower --lr" names a flag`,
		`"--latent " + config.Mention("model.latent")`:     `x.go:2: "--latent " names a flag`,
		"`(--sigma learned)`":                              `x.go:2: "(--sigma learned)" names a flag`,
		`"lower -n"`:                                       `x.go:2: "lower -n" names a flag`,
		`"-n %d: too few"`:                                 `x.go:2: "-n %d: too few" names a flag`,
		`"use --" + name`:                                  `x.go:2: "use --" names a flag`,
		`config.Mention("train.lr", "1")`:                  `x.go:2: config.Mention("train.lr"): there is no such setting or option`,
		`Mention("train.learning_rate")`:                   "",
		`"leave-one-out -- a dash - and -1, x--, k-means"`: "",
	} {
		faults, _ := textFaults(t, "x.go", "package x\nvar v = "+text+"\n")
		if got := strings.Join(faults, "\n"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// sources are the Go files of a folder that are no tests.
func sources(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
}

// textFaults are the texts of a file, or of src if it is not nil, that name a flag or mention what does not exist, and
// the number of its mentions.
func textFaults(t *testing.T, file string, src any) (faults []string, mentions int) {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	for node := range ast.Preorder(parsed) {
		fault := ""
		switch n := node.(type) {
		case *ast.BasicLit:
			if text := literal(n); flagLike.MatchString(text) {
				fault = fmt.Sprintf("%q names a flag", text)
			}
		case *ast.CallExpr:
			if !isMention(n.Fun) {
				continue
			}
			mentions++
			if name := literal(n.Args[0]); name != "" && !config.Mentionable(name) {
				fault = fmt.Sprintf("config.Mention(%q): there is no such setting or option", name)
			}
		}
		if fault != "" {
			faults = append(faults, fmt.Sprintf("%s:%d: %s", file, set.Position(node.Pos()).Line, fault))
		}
	}
	return faults, mentions
}

// literal is the text of a string in the source, or "".
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return lit.Value
	}
	return text
}

func isMention(function ast.Expr) bool {
	if selector, ok := function.(*ast.SelectorExpr); ok {
		function = selector.Sel
	}
	name, ok := function.(*ast.Ident)
	return ok && name.Name == "Mention"
}
