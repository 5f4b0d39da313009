package dataset

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"vae/internal/config"
)

// shardOf is a tar of files in their order, name and content by turns.
func shardOf(t testing.TB, files ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		if err := member(w, string(files[i]), files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sample are the files of image i, of class i%12.
func sample(t testing.TB, i int) [][]byte {
	key := fmt.Sprintf("%03d", i)
	return [][]byte{[]byte(key + ".png"), grayFile(t, 6, 5, uint8(3*i)), []byte(key + ".cls"), fmt.Append(nil, i%12)}
}

// shardsOf are shards of n images, some in each, and the name of all.
func shardsOf(t testing.TB, n, some int) string {
	t.Helper()
	dir := t.TempDir()
	for s := range n / some {
		var files [][]byte
		for i := range some {
			files = append(files, sample(t, s*some+i)...)
		}
		write(t, dir, fmt.Sprintf("s-%d.tar", s), shardOf(t, files...))
	}
	return filepath.Join(dir, fmt.Sprintf("s-{0..%d}.tar", n/some-1))
}

// Shards give the bits of the same images in a file of arrays, with their classes in the order of numbers, in memory and from a cache.
func TestShardsAreTheSameImages(t *testing.T) {
	const n = 60
	shards := loadFrom(shardsOf(t, n, 20))
	var pixels, labels []float64
	for i := range n {
		for j := range 30 {
			pixels = append(pixels, float64(uint8(3*i+j)))
		}
		labels = append(labels, float64(i%12))
	}
	arrays := loadFrom(write(t, t.TempDir(), "a.npz", npzBytes(t, map[string][]byte{"x": npyBytes(t, "u1", []int{n, 5, 6}, pixels), "y": npyBytes(t, "i8", []int{n}, labels)})))
	want := mustLoad(t, arrays, 1)
	check := func(what string, got *Splits) {
		t.Helper()
		if got.SHA256 != want.SHA256 || !slices.Equal(got.Train.Index, want.Train.Index) || !slices.Equal(got.Validation.Index, want.Validation.Index) || !slices.Equal(got.Test.Index, want.Test.Index) {
			t.Errorf("%s: other images, or another split", what)
		}
		a, b := got.Train.Set, want.Train.Set
		if !slices.Equal(a.Pixels, b.Pixels) || !slices.Equal(a.Labels, b.Labels) || !slices.Equal(a.Classes, b.Classes) || a.Name(17) != "017" || got.Name != "s" {
			t.Errorf("%s: %v of %v, %q, %s", what, a.Labels, a.Classes, a.Name(17), got.Name)
		}
	}
	check("in memory", mustLoad(t, shards, 1))
	shards.Cache = filepath.Join(t.TempDir(), "c")
	defer func(n int) { manyNumbers = n }(manyNumbers)
	for _, manyNumbers = range []int{1 << 17, 1} {
		check("made, or from a cache", mustLoad(t, shards, 1))
	}
	some := mustLoad(t, shards, 1).Train
	if numbers := some.Numbers(); len(numbers) != some.Len() || slices.Max(numbers) != 0 {
		t.Errorf("%v", numbers)
	}
}

// Parts of a split that shards have are those of folders.
func TestShardsOfASplit(t *testing.T) {
	dir, folders := t.TempDir(), t.TempDir()
	for s, part := range []string{"test", "train", "val"} {
		var files [][]byte
		for i := range 6 {
			files = append(files, sample(t, 6*s+i)[:2]...)
			write(t, folders, fmt.Sprintf("%s/%03d.png", part, 6*s+i), grayFile(t, 6, 5, uint8(3*(6*s+i))))
		}
		write(t, dir, part+".tar", shardOf(t, files...))
	}
	want := mustLoad(t, loadFrom(folders), 1)
	cfg := loadFrom(filepath.Join(dir, "{test,train,val}.tar"))
	for _, cfg.Cache = range []string{"", filepath.Join(dir, "c"), filepath.Join(dir, "c")} {
		got := mustLoad(t, cfg, 1)
		if got.SHA256 != want.SHA256 || !got.Own || got.Validation.Len() != 6 || !slices.Contains(got.Found, "split: train 6, val 6, test 6") {
			t.Errorf("%d, %d, %d, %q", got.Train.Len(), got.Validation.Len(), got.Test.Len(), got.Found)
		}
	}
}

// As inputs shards give the images of the same files in a folder, with labels, and what is wrong with a sample beside the others.
func TestShardsAsInputs(t *testing.T) {
	name := shardsOf(t, 40, 10)
	items := readAll(t, small(6, 5, 1), name)
	for i, item := range items {
		if item.Name != fmt.Sprintf("%03d", i) || item.Label != fmt.Sprint(i%12) || item.Pixels.Bytes()[7] != uint8(3*i+7) {
			t.Fatalf("%d: %s %s %v", i, item.Name, item.Label, item.Err)
		}
	}
	if len(items) != 40 {
		t.Errorf("%d items", len(items))
	}
	bad := write(t, t.TempDir(), "b.tar", shardOf(t, slices.Concat(sample(t, 0), [][]byte{[]byte("1.png"), []byte("none"), []byte("1.cls"), []byte("3"), []byte("000.txt"), nil}, sample(t, 2))...))
	items = readAll(t, small(6, 5, 1), bad, name)
	if got := items[0].Name; got != filepath.ToSlash(bad)+"/000" || len(items) != 44 {
		t.Errorf("%s, %d items", got, len(items))
	}
	wantError(t, items[1].Err, bad+"/1.png: ")
	wantError(t, items[2].Err, bad+"/000.txt: has a key that stood before")
	none := write(t, t.TempDir(), "n.tar", shardOf(t, []byte("1.cls"), []byte("3")))
	items = readAll(t, small(6, 5, 1), none)
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	wantError(t, items[0].Err, none+": holds no image", "1 file left out: 1 of samples without an image")
}

// What is wrong with shards is said, or left out, as with a folder; a cache is made whole or not at all.
func TestBadShards(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i := range 20 {
		files = append(files, sample(t, i)...)
	}
	whole := shardOf(t, files...)
	cut := write(t, dir, "s-0.tar", whole[:len(whole)/2+700])
	write(t, dir, "s-1.tar", whole)
	cfg := loadFrom(filepath.Join(dir, "s-{0..1}.tar"))
	for _, cfg.Cache = range []string{"", filepath.Join(dir, "c")} {
		_, err := Load(cfg, 1, 0)
		wantError(t, err, cut+": ends too early, it is truncated; mend or remove it, or leave it out with "+config.Mention("data.skip_bad"))
		if exists(cfg.Cache) {
			t.Error("a cache was made")
		}
		cfg.SkipBad = true
		s := mustLoad(t, cfg, 1)
		if s.Train.Set.Len() != 30 || s.LeftOut != "unreadable images left out: 1 (s-0.tar)" {
			t.Errorf("%d images, %q", s.Train.Set.Len(), s.LeftOut)
		}
		cfg.SkipBad = false
	}
	write(t, dir, "s-0.tar", shardOf(t, append(sample(t, 0), []byte("x.png"), grayFile(t, 7, 5, 1))...))
	for _, cfg.Cache = range []string{"", filepath.Join(dir, "c")} {
		_, err := Load(cfg, 1, 0)
		wantError(t, err, "s-0.tar/x.png: is 7x5, but ", "s-0.tar/000.png is 6x5; give ")
	}
	for name, want := range map[string]string{"s-{0..3}.tar": "of its 4 shards 2 are not there: ", "s-{3..0}.tar": "counts down from 3 to 0"} {
		_, err := Load(loadFrom(filepath.Join(dir, name)), 1, 0)
		wantError(t, err, name, want)
	}
}

// withKept makes so many bytes many.
func withKept(t *testing.T, bytes float64) {
	before := keptFrom
	keptFrom = bytes
	t.Cleanup(func() { keptFrom = before })
}

// Many images are kept in a file by themselves, which is said before; few are not, nor where they are not to be.
func TestManyAreKept(t *testing.T) {
	folder := photographs(t, 30)
	for name, source := range map[string]string{"shards": shardsOf(t, 40, 10), "a folder": folder, "an archive": write(t, t.TempDir(), "a.zip", zipOf(t, pets(t, "")))} {
		t.Run(name, func(t *testing.T) {
			cfg := loadFrom(source)
			want := mustLoad(t, cfg, 1)
			beside := t.TempDir() + string(filepath.Separator)
			var said []string
			keeping := Keeping{Beside: beside, Say: func(text string) { said = append(said, text) }}
			load := func(kept bool, lines int) {
				t.Helper()
				said = nil
				s, err := Load(cfg, 1, 0, keeping)
				if err != nil {
					t.Fatal(err)
				}
				alikeSplits(t, s, want)
				if len(said) != lines || (s.Bytes() == 0) != kept {
					t.Errorf("said %q, %d bytes in memory", said, s.Bytes())
				}
			}
			load(false, 0)
			withKept(t, 1000)
			cfg.Cache = config.MemoryCache
			load(false, 0)
			cfg.Cache = config.NoCache
			load(true, 1)
			if len(said) > 0 && !strings.Contains(said[0], "decoded once, into "+beside) {
				t.Errorf("said %q", said)
			}
			load(true, 0)
			s, err := Reload(cfg, 1, 0, keeping)
			if err != nil {
				t.Fatal(err)
			}
			alikeSplits(t, s, want)
			if s.Bytes() != 0 {
				t.Error("what measures does not find it")
			}
		})
	}
}

// A cache that is not what was written is made again, and it is said what was there.
func TestCacheThatIsWrong(t *testing.T) {
	cfg := loadFrom(shardsOf(t, 40, 10))
	want := mustLoad(t, cfg, 1)
	cfg.Cache = filepath.Join(t.TempDir(), "c")
	mustLoad(t, cfg, 1)
	content, err := os.ReadFile(cfg.Cache)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int) []byte {
		other := bytes.Clone(content)
		other[at] ^= 16
		return other
	}
	for name, c := range map[string]struct {
		content []byte
		why     string
	}{
		"a pixel":            {changed(500), "is damaged"},
		"a name":             {changed(64 + 40*30 + 40*8*2 + 5), "is damaged"},
		"the header":         {changed(len(content) - 400), "is damaged"},
		"half":               {content[:len(content)/2], "is not whole"},
		"of another version": {append([]byte("vae mapped file 1\n"), content[18:]...), "is of another version of this program"},
	} {
		if err := os.Remove(cfg.Cache); err != nil { // for that is mapped
			t.Fatal(err)
		}
		write(t, filepath.Dir(cfg.Cache), "c", c.content)
		s := mustLoad(t, cfg, 1)
		alikeSplits(t, s, want)
		if !slices.ContainsFunc(s.Found, func(line string) bool { return strings.Contains(line, "anew: what was there "+c.why) }) {
			t.Errorf("%s: %q", name, s.Found)
		}
		if again, err := os.ReadFile(cfg.Cache); err != nil || !bytes.Equal(again, content) {
			t.Errorf("%s: other bytes, %v", name, err)
		}
	}
}

// Of those who need a cache at once one makes it, and the others wait and take it.
func TestCacheAtOnce(t *testing.T) {
	cfg := loadFrom(shardsOf(t, 40, 10))
	want := mustLoad(t, cfg, 1)
	cfg.Cache = filepath.Join(t.TempDir(), "c")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := Load(cfg, 1, 0)
			if err != nil {
				t.Error(err)
				return
			}
			if s.SHA256 != want.SHA256 || s.Bytes() != 0 {
				t.Error("other images")
			}
		})
	}
	wg.Wait()
	if entries, err := os.ReadDir(filepath.Dir(cfg.Cache)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// The end of the context ends the making of a cache, of which nothing is left.
func TestCacheThatIsStopped(t *testing.T) {
	cfg := loadFrom(shardsOf(t, 40, 10))
	cfg.Cache = filepath.Join(t.TempDir(), "c")
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Load(cfg, 1, 0, Keeping{Context: ctx}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(cfg.Cache)); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}
