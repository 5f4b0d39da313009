package floors

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What one can read in a sitting: lines of a file, files of a package, and lines of a
// function, in the median and for nine of ten.
const (
	longestFile    = 300
	mostFiles      = 25
	medianFunction = 10
	tenthFunction  = 25
)

// TestSizes holds the code that is written by hand against these limits. Package cli has a
// file for each command, and as many as there are.
func TestSizes(t *testing.T) {
	var lengths []int
	files := map[string]int{}
	fset := token.NewFileSet()
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil || ast.IsGenerated(f) {
			return err
		}
		files[filepath.Dir(path)]++
		if n := fset.Position(f.End()).Line; n > longestFile {
			t.Errorf("%s has %d lines, more than %d", path, n, longestFile)
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				lengths = append(lengths, 1+fset.Position(fn.End()).Line-fset.Position(fn.Pos()).Line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, n := range files {
		if n > mostFiles && filepath.Base(dir) != "cli" {
			t.Errorf("%s has %d files, more than %d", dir, n, mostFiles)
		}
	}
	slices.Sort(lengths)
	median, tenth := lengths[len(lengths)/2], lengths[len(lengths)*9/10]
	t.Logf("%d functions: median %d lines, nine of ten up to %d, the longest %d", len(lengths), median, tenth, lengths[len(lengths)-1])
	if median > medianFunction || tenth > tenthFunction {
		t.Errorf("functions have %d lines in the median and %d at nine of ten, more than %d and %d", median, tenth, medianFunction, tenthFunction)
	}
}
