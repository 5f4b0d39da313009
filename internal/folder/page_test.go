package folder

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inPagesOf has folders read in pages of n names.
func inPagesOf(t testing.TB, n int) {
	before := pageSize
	pageSize = n
	t.Cleanup(func() { pageSize = before })
}

// Whatever the size of a page, a walk visits the same paths, in the order of
// their bytes.
func TestWalkInPages(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range 40 {
		for _, name := range []string{"%d.png", "%d-a.png", "%d/x.png", "%d/x/y.png", "%d.png.d/z.png"} {
			name = fmt.Sprintf(name, i*7%40)
			write(t, dir, name, nil)
			want = append(want, name)
		}
		write(t, dir, fmt.Sprintf("%d.txt", i), nil)
		write(t, dir, fmt.Sprintf(".%d.png", i), nil)
	}
	slices.Sort(want)
	for _, n := range []int{1, 2, 3, 7, 64, 1000} {
		inPagesOf(t, n)
		first, err := lister{system{dir}}.list("", "")
		if err != nil || len(first.entries) > n || !first.folders {
			t.Fatalf("a page of %d holds %d, %v", n, len(first.entries), err)
		}
		if got := walked(t, newWalker(lister{system{dir}}, first)); !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %q", n, got)
		}
	}
}

func walked(t *testing.T, w *walker) (paths []string) {
	t.Helper()
	for {
		rel, err, ok := w.next()
		if !ok {
			return paths
		}
		if err != nil {
			t.Errorf("%s: %v", rel, err)
		}
		paths = append(paths, rel)
	}
}

// A selection is what sorting everything gives.
func TestSelection(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		size, after := 1+r.IntN(20), fmt.Sprint(r.IntN(100))
		s := selection{after: after, size: size}
		var all []string
		for _, i := range r.Perm(100) {
			name := fmt.Sprint(i)
			if s.wants(name) {
				s.add(entry{name: name})
			}
			if len(s.entries) > size+size/4+1 {
				t.Fatalf("%d entries are held for %d", len(s.entries), size)
			}
			if name > after {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		p := s.page()
		var got []string
		for _, e := range p.entries {
			got = append(got, e.name)
		}
		if !slices.Equal(got, all[:min(size, len(all))]) || p.more != (len(all) > size) {
			t.Fatalf("%d after %q: %q, more %t", size, after, got, p.more)
		}
	}
}

// What vanishes between two pages is left out; a folder that does is named once.
func TestFolderThatVanishesBetweenPages(t *testing.T) {
	inPagesOf(t, 2)
	dir := t.TempDir()
	for i := range 6 {
		write(t, dir, fmt.Sprintf("a/%d.png", i), nil)
	}
	write(t, dir, "b.png", nil)
	first, err := lister{system{dir}}.list("", "")
	if err != nil {
		t.Fatal(err)
	}
	w := newWalker(lister{system{dir}}, first)
	var visited []string
	for {
		rel, err, ok := w.next()
		if !ok {
			break
		}
		visited = append(visited, fmt.Sprint(rel, " ", err != nil))
		switch len(visited) {
		case 2:
			os.Remove(filepath.Join(dir, "a", "3.png"))
		case 4:
			os.RemoveAll(filepath.Join(dir, "a"))
		}
	}
	want := "a/0.png false,a/1.png false,a/2.png false,a/4.png false,a true,b.png false"
	if got := strings.Join(visited, ","); got != want {
		t.Errorf("visited %s, want %s", got, want)
	}
}
