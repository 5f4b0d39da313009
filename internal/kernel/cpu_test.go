package kernel

import (
	"slices"
	"strings"
	"testing"
)

func TestPaths(t *testing.T) {
	paths := Paths()
	if len(paths) == 0 || paths[len(paths)-1] != "portable" {
		t.Fatalf("paths %v do not end in portable", paths)
	}
	if !slices.Contains(paths, Path()) {
		t.Errorf("path %q in use is none of %v", Path(), paths)
	}
	eachPath(t, func(t *testing.T) {
		if want := t.Name()[strings.LastIndex(t.Name(), "/")+1:]; Path() != want {
			t.Errorf("path %q in use after %q was selected", Path(), want)
		}
	})
}

// exact is there on every processor, for who asks for it.
func TestExactIsNoPathToChoose(t *testing.T) {
	defer func(p path) { current = p }(current)
	if slices.Contains(Paths(), "exact") || ForwardOnly() {
		t.Errorf("exact is among the paths %v, or in use", Paths())
	}
	for _, name := range append(Paths(), "exact") {
		want := name
		if name == "portable" {
			want = "exact"
		}
		if err := SelectPath(name); err != nil {
			t.Fatal(err)
		}
		if SelectReproducible(); Path() != want || Bits() != "vector" {
			t.Errorf("from path %s the reproducible one is %s, with bits %q", name, Path(), Bits())
		}
		if ForwardOnly() != (want == "exact") {
			t.Errorf("path %s: forward passes only is %v", want, ForwardOnly())
		}
	}
}

func TestSelectPathRejects(t *testing.T) {
	before := Path()
	for _, name := range []string{"", "AVX2", "sse", "avx512 "} {
		err := SelectPath(name)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "portable") {
			t.Errorf("SelectPath(%q) = %v, want one line that names the paths there are", name, err)
		}
		if Path() != before {
			t.Errorf("SelectPath(%q) changed the path to %q", name, Path())
		}
	}
}

func TestPathFromEnvironment(t *testing.T) {
	defer func(p path, err error) { current, pathError = p, err }(current, pathError)
	t.Setenv(PathVariable, "portable")
	pathFromEnvironment()
	if Path() != "portable" || PathError() != nil {
		t.Errorf("path %q, error %v, want portable", Path(), PathError())
	}
	t.Setenv(PathVariable, "fastest")
	pathFromEnvironment()
	if err := PathError(); err == nil || !strings.Contains(err.Error(), PathVariable) || !strings.Contains(err.Error(), "fastest") {
		t.Errorf("error %v, want one that names the variable and its value", err)
	}
	if Path() != Paths()[0] {
		t.Errorf("path %q after a wrong value, want %q", Path(), Paths()[0])
	}
	t.Setenv(PathVariable, "")
	pathFromEnvironment()
	if Path() != Paths()[0] || PathError() != nil {
		t.Errorf("path %q, error %v for an empty value, want the fastest path", Path(), PathError())
	}
}
