package dataset

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vae/internal/config"
)

// sources are data sets that are decoded, of all depths.
func sources(t *testing.T) map[string]config.Data {
	t.Helper()
	all := map[string]config.Data{}
	folder := func(name string) string {
		cfg := loadFrom(t.TempDir())
		all[name] = cfg
		return cfg.Source
	}
	labels := folder("labels, grey and color")
	for i := range 30 {
		write(t, labels, fmt.Sprintf("%c/%02d.png", 'a'+i%3, i), grayFile(t, 6, 5, uint8(i)))
	}
	write(t, labels, "b/color.png", pngOf(t, solid(6, 5, color.NRGBA{200, 10, 30, 255})))
	parts := folder("parts")
	for i := range 20 {
		write(t, parts, fmt.Sprintf("%s/%02d.png", []string{"train", "train", "val", "test"}[i%4], i), grayFile(t, 6, 5, uint8(3*i)))
	}
	deep := folder("16 bits beside 8")
	for i := range 12 {
		img := image.NewGray16(image.Rect(0, 0, 6, 5))
		for j := range 30 {
			img.SetGray16(j%6, j/6, color.Gray16{uint16(i*1000 + j*777)})
		}
		write(t, deep, fmt.Sprintf("%02d.png", i), pngOf(t, img))
	}
	write(t, deep, "99.png", grayFile(t, 6, 5, 9))
	dim := folder("dim and stretched, with one that cannot be read")
	for i := range 12 {
		write(t, dim, fmt.Sprintf("%02d.png", i), pngOf(t, solid(6+i%2, 5, color.Gray{uint8(i)})))
	}
	write(t, dim, "bad.png", []byte("\x89PNG\r\n\x1a\nnothing"))
	cfg := all["dim and stretched, with one that cannot be read"]
	cfg.SkipBad, cfg.ImageSize = true, "6x5"
	all["dim and stretched, with one that cannot be read"] = cfg
	arrays := write(t, t.TempDir(), "a.npz", npzBytes(t, map[string][]byte{
		"x_train": npyBytes(t, "f4", []int{24, 2, 3}, slices.Repeat([]float64{0, 0.25, 1}, 48)), "y_train": npyBytes(t, "i8", []int{24}, slices.Repeat([]float64{10, 2, 3}, 8)),
		"x_test": npyBytes(t, "f4", []int{3, 2, 3}, slices.Repeat([]float64{0.5, 0.25}, 9)), "y_test": npyBytes(t, "i8", []int{3}, []float64{3, 10, 2}),
	}))
	all["arrays of real values"] = loadFrom(arrays)
	return all
}

// alikeSplits holds two data sets against each other.
func alikeSplits(t *testing.T, got, want *Splits) {
	t.Helper()
	kept := func(lines []string) []string {
		return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
			return strings.HasPrefix(line, "images kept in ") || strings.HasPrefix(line, "images read from ")
		})
	}
	if got.SHA256 != want.SHA256 || got.Name != want.Name || got.Inputs != want.Inputs || got.Own != want.Own || got.Dim != want.Dim {
		t.Errorf("got  %s %s %s %v %v\nwant %s %s %s %v %v", got.SHA256, got.Name, got.Inputs, got.Own, got.Dim, want.SHA256, want.Name, want.Inputs, want.Own, want.Dim)
	}
	if !slices.Equal(kept(got.Found), kept(want.Found)) || !slices.Equal(got.Warnings, want.Warnings) {
		t.Errorf("found %q, %q\nwant %q, %q", got.Found, got.Warnings, want.Found, want.Warnings)
	}
	for i, part := range []Split{got.Train, got.Validation, got.Test} {
		other := []Split{want.Train, want.Validation, want.Test}[i]
		a, b := part.Set, other.Set
		if a.Shape != b.Shape || a.Low != b.Low || a.High != b.High || !slices.Equal(a.Pixels, b.Pixels) || !slices.Equal(a.Deep, b.Deep) || !slices.Equal(a.Real, b.Real) {
			t.Errorf("part %d: other pixels, of %v from %g to %g, want %v from %g to %g", i, a.Shape, a.Low, a.High, b.Shape, b.Low, b.High)
		}
		if !slices.Equal(part.Index, other.Index) || !slices.Equal(a.Labels, b.Labels) || !slices.Equal(names(a), names(b)) || !slices.Equal(a.Classes, b.Classes) || a.Mean() != b.Mean() {
			t.Errorf("part %d: another order, labels, names, or mean", i)
		}
	}
}

// What a cache gives, made now or before, is what decoding gives; in memory there is nothing of it.
func TestCacheGivesTheSame(t *testing.T) {
	for name, cfg := range sources(t) {
		t.Run(name, func(t *testing.T) {
			want := mustLoad(t, cfg, 1)
			cfg.Cache = filepath.Join(t.TempDir(), "new", "c.images")
			withMemory(t, 2000) // places and labels alone
			made := mustLoad(t, cfg, 1)
			alikeSplits(t, made, want)
			again := mustLoad(t, cfg, 1)
			alikeSplits(t, again, want)
			if n := again.Bytes(); n != 0 {
				t.Errorf("%d bytes in memory", n)
			}
			for text, s := range map[string]*Splits{"images kept in ": made, "images read from ": again} {
				if !slices.ContainsFunc(s.Found, func(line string) bool { return strings.HasPrefix(line, text+cfg.Cache+", ") }) {
					t.Errorf("found %q, not %q", s.Found, text)
				}
			}
			rows := []int{3, 0, 1}
			dst, other := make([]float32, 3*want.Train.Set.Shape.Pixels()), make([]float32, 3*want.Train.Set.Shape.Pixels())
			want.Train.Gather(other, rows)
			if set := again.Train.Set; set.large != (len(set.file.Body) > 2000) {
				t.Errorf("%d bytes: large %v", len(set.file.Body), set.large)
			}
			for range 2 { // then as if they were more than memory is for
				again.Train.Ahead(rows)
				again.Train.Gather(dst, rows)
				if !slices.Equal(dst, other) || !slices.Equal(again.Train.PixelMeans(), want.Train.PixelMeans()) {
					t.Error("other images in a batch, or other means")
				}
				clear(dst)
				again.Train.Set.large = true
			}
			if entries, err := os.ReadDir(filepath.Dir(cfg.Cache)); err != nil || len(entries) != 1 {
				t.Errorf("beside it: %v, %v", entries, err)
			}
		})
	}
}

// What does not fit into the memory says how it can be done.
func TestCacheIsAdvised(t *testing.T) {
	cfg := loadFrom(photographs(t, 12))
	withMemory(t, 800)
	_, err := Load(cfg, 1, 0)
	wantError(t, err, "than the 8e-07 GB of memory", "or keep them in a file, "+config.Mention("data.cache", "auto"))
	cfg.ImageSize = "100x100"
	_, err = Load(cfg, 1, 0)
	wantError(t, err, "12 images of 100x100x1 need", "lower "+config.Mention("data.image_size")+", or keep them in a file, "+config.Mention("data.cache", "auto"))
	cfg.Cache = t.TempDir()
	if s := mustLoad(t, cfg, 1); s.Train.Set.Len() != 12 || s.Bytes() != 0 {
		t.Errorf("%d images, %d bytes", s.Train.Set.Len(), s.Bytes())
	}
}

// A cache is made again when anything that it is made of is another, and only then.
func TestCacheIsStale(t *testing.T) {
	dir := photographs(t, 12)
	cfg := loadFrom(dir)
	cfg.ImageSize, cfg.Cache = "6x4", filepath.Join(t.TempDir(), "c")
	stamp := time.Now().Add(-time.Hour).Truncate(time.Second)
	file := filepath.Join(dir, "03.png")
	put := func(content []byte, at time.Time) {
		t.Helper()
		write(t, dir, "03.png", content)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	load := func() (digest string, made bool) {
		t.Helper()
		before, _ := os.Stat(cfg.Cache)
		s := mustLoad(t, cfg, 1)
		after, err := os.Stat(cfg.Cache)
		if err != nil {
			t.Fatal(err)
		}
		return s.SHA256, before == nil || !os.SameFile(before, after)
	}
	put(grayFile(t, 12, 8, 21), stamp)
	first, made := load()
	if !made {
		t.Fatal("not made")
	}
	same := func(what string, wantMade bool) {
		t.Helper()
		if digest, made := load(); made != wantMade || digest != first {
			t.Errorf("%s: made %v, want %v; the same images: %v", what, made, wantMade, digest == first)
		}
	}
	same("again", false)
	cfg.Channels = 1
	same("with what was found as settings", false)
	cfg.Channels = 0
	put(grayFile(t, 12, 8, 21), stamp.Add(time.Second))
	same("another time", true)
	cfg.SkipBad = true
	same("without images that could be left out", false)
	cfg.Resample = config.NearestPixel
	if _, made := load(); !made {
		t.Error("other settings: not made")
	}
	cfg.Resample = ""
	same("the settings before", true)
	cfg.Fit = config.Stretch
	same("the default by its name", false)
	put(grayFile(t, 12, 8, 22), stamp.Add(2*time.Second))
	if digest, made := load(); !made || digest == first {
		t.Error("another file: not made")
	}
	write(t, dir, "zz.png", grayFile(t, 12, 8, 99))
	if _, made := load(); !made {
		t.Error("one file more: not made")
	}
	cfg.ImageSize = ""
	if s := mustLoad(t, cfg, 1); s.Train.Set.Shape.Width != 12 {
		t.Errorf("their own size is %v", s.Train.Set.Shape)
	}
	cfg.ImageSize, cfg.Channels = "12x8", 1
	if _, made := load(); made {
		t.Error("their own size by its name: made again")
	}
	if err := os.Truncate(cfg.Cache, 300); err != nil {
		t.Fatal(err)
	}
	if _, made := load(); !made {
		t.Error("cut short: not made again")
	}
}

// A cache serves whoever would read the same images from their files, with other limits of what is read.
func TestCacheServesOtherLimits(t *testing.T) {
	dir := photographs(t, 12) // of 12x8
	cfg := loadFrom(dir)
	cfg.Cache = filepath.Join(t.TempDir(), "c")
	made := func(what string, maxPixels int, want bool) {
		t.Helper()
		before, _ := os.Stat(cfg.Cache)
		if _, err := Load(cfg, 1, maxPixels); err != nil {
			t.Fatal(err)
		}
		after, err := os.Stat(cfg.Cache)
		if err != nil {
			t.Fatal(err)
		}
		if made := before == nil || !os.SameFile(before, after); made != want {
			t.Errorf("%s: made %v, want %v", what, made, want)
		}
	}
	made("at first", 200, true)
	made("more pixels", 300, false)
	made("fewer pixels", 96, true)
	made("more again", 0, false)
	cfg.SkipBad = true
	made("with what there is none of", 200, false)
	write(t, dir, "bad.png", []byte("\x89PNG\r\n\x1a\nnothing"))
	made("one left out", 200, true)
	made("again", 200, false)
	made("one left out, which more pixels might let in", 300, true)
	cfg.SkipBad = false
	_, err := Load(cfg, 1, 300)
	wantError(t, err, "bad.png: ")
}

// Names are kept that are no UTF-8.
func TestCacheKeepsNames(t *testing.T) {
	dir := photographs(t, 12)
	name := "a\xff.png"
	if err := os.Rename(filepath.Join(dir, "03.png"), filepath.Join(dir, name)); err != nil {
		t.Skip(err) // such as macOS
	}
	cfg := loadFrom(dir)
	cfg.Cache = filepath.Join(t.TempDir(), "c")
	if s := mustLoad(t, cfg, 1); !slices.Contains(names(s.Train.Set), name) {
		t.Errorf("%q is not among %q", name, names(s.Train.Set))
	}
}

// In a folder a cache has a name of its own, which is found again when the shape is known.
func TestCacheInAFolder(t *testing.T) {
	cfg := loadFrom(photographs(t, 12))
	cfg.ImageSize, cfg.Cache = "6x4", t.TempDir()
	files := func() int {
		entries, err := os.ReadDir(cfg.Cache)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	mustLoad(t, cfg, 1)
	cfg.Channels = 1
	mustLoad(t, cfg, 1)
	if n := files(); n != 1 {
		t.Errorf("%d files", n)
	}
	cfg.ImageSize = "7x4"
	mustLoad(t, cfg, 1)
	cfg.ImageSize = "6x4"
	mustLoad(t, cfg, 1)
	if n := files(); n != 2 {
		t.Errorf("%d files for two sizes", n)
	}
	cfg.Cache += "/new/"
	mustLoad(t, cfg, 1)
	if n := files(); n != 1 {
		t.Errorf("%d files in a new folder", n)
	}
}

// An archive is told by itself.
func TestCacheOfAnArchive(t *testing.T) {
	dir := t.TempDir()
	zip := write(t, dir, "p.npz", npzBytes(t, map[string][]byte{"x": npyBytes(t, "u1", []int{12, 3, 3}, count(108))}))
	cfg := loadFrom(zip)
	cfg.Cache = filepath.Join(dir, "c")
	first := mustLoad(t, cfg, 1).SHA256
	write(t, dir, "p.npz", npzBytes(t, map[string][]byte{"x": npyBytes(t, "u1", []int{12, 3, 3}, count(200)[90:198])}))
	if err := os.Chtimes(zip, time.Now(), time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if again := mustLoad(t, cfg, 1).SHA256; again == first {
		t.Error("another archive has the same images")
	}
}

func TestCacheErrors(t *testing.T) {
	cfg := config.Data{Source: "mnist", Validation: 100, Cache: t.TempDir()}
	_, err := Load(cfg, 1, 0)
	wantError(t, err, "is for images that are decoded, and mnist is read as it is: leave it out")
	if _, err := LoadKnown(cfg, 1, 0, ""); err != nil {
		t.Error(err)
	}
	dir := photographs(t, 12)
	write(t, dir, "bad.png", []byte("\x89PNG\r\n\x1a\nnothing"))
	cfg = loadFrom(dir)
	cfg.Cache = filepath.Join(t.TempDir(), "c")
	_, err = Load(cfg, 1, 0)
	wantError(t, err, "bad.png: ", "mend or remove it, or leave it out with ")
	if strings.Contains(err.Error(), "cache") {
		t.Errorf("the cache is named: %v", err)
	}
	cfg.SkipBad = true
	cfg.Cache = filepath.Join(write(t, t.TempDir(), "file", nil), "c")
	_, err = Load(cfg, 1, 0)
	wantError(t, err, config.Mention("data.cache"), "not a directory")
}

// Windows of images that are in a cache alone.
func TestWindowsOfACache(t *testing.T) {
	cfg := loadFrom(photographs(t, 20))
	cfg.ImageSize, cfg.Crop, cfg.Validation = "5x4", config.OwnSize, 3
	want := mustLoad(t, cfg, 1)
	cfg.Cache = filepath.Join(t.TempDir(), "c")
	s := mustLoad(t, cfg, 1)
	alikeSplits(t, s, want)
	s.Train.Ahead([]int{0, 4})
	if got := changed(t, s.Train, "flip", []int{0, 4, 2}); !slices.Equal(got, changed(t, want.Train, "flip", []int{0, 4, 2})) {
		t.Error("other windows")
	}
	if want := 20 * 5 * 4; s.Bytes() != want {
		t.Errorf("%d bytes in memory, want those of the middles, %d", s.Bytes(), want)
	}
}

// A file that is cut short while it is in use ends in a panic, from which commands recover, not in a crash, however its pixels are read.
func TestCacheThatIsCutShort(t *testing.T) {
	const side, images = 64, 12
	array := func(dir, kind string) {
		write(t, dir, "a.npy", npyBytes(t, kind, []int{images, side, side}, make([]float64, images*side*side)))
	}
	for name, read := range map[string]func(s *Set){
		"floats":          func(s *Set) { s.Floats(make([]float32, side*side), s.Len()-1) },
		"same":            func(s *Set) { s.Same(s.Len()-2, s.Len()-1) },
		"hash":            func(s *Set) { s.writeTo(sha256.New()) },
		"span":            func(s *Set) { s.Span(s.Len() - 1) },
		"black and white": func(s *Set) { s.BlackAndWhite(s.Len() - 1) },
		"raster": func(s *Set) {
			r := s.raster(s.Len() - 1)
			for _, p := range r.pix {
				_ = sideEffect.Add(int64(p))
			}
			for _, p := range r.deep {
				_ = sideEffect.Add(int64(p))
			}
			for _, p := range r.real {
				_ = sideEffect.Add(int64(p))
			}
		},
	} {
		for kind, source := range map[string]func(dir string){
			"8 bits": func(dir string) {
				for i := range images {
					write(t, dir, fmt.Sprintf("%d.png", i), grayFile(t, side, side, uint8(i)))
				}
			},
			"16 bits": func(dir string) { array(dir, "u2") },
			"floats":  func(dir string) { array(dir, "f4") },
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				dir := t.TempDir()
				source(dir)
				cfg := loadFrom(dir)
				if array := filepath.Join(dir, "a.npy"); exists(array) {
					cfg = loadFrom(array)
				}
				cfg.Cache = filepath.Join(t.TempDir(), "c")
				s := mustLoad(t, cfg, 1)
				if err := os.Truncate(cfg.Cache, 4096); err != nil {
					t.Skip("what is in use cannot be cut here")
				}
				done := make(chan any)
				go func() { // which has no guard of an earlier read
					defer func() { done <- recover() }()
					read(s.Train.Set)
				}()
				if <-done == nil {
					t.Error("no panic")
				}
			})
		}
	}
}

// sideEffect keeps reads from being left out.
var sideEffect atomic.Int64

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// What measures reads a cache that is there, makes none, and decodes the same images where there is none, or one that cannot be read.
func TestMeasuringMakesNoCache(t *testing.T) {
	cfg := loadFrom(photographs(t, 12))
	want := mustLoad(t, cfg, 1)
	dir := t.TempDir()
	cfg.Cache = dir + string(filepath.Separator)
	measure := func() (kept bool) {
		t.Helper()
		for _, read := range []func() (*Splits, error){
			func() (*Splits, error) { return Reload(cfg, 1, 0) },
			func() (*Splits, error) { return LoadKnown(cfg, 1, 0, want.SHA256) },
		} {
			s, err := read()
			if err != nil {
				t.Fatal(err)
			}
			alikeSplits(t, s, want)
			kept = s.Bytes() == 0
		}
		return kept
	}
	if measure() {
		t.Error("read from a cache that nobody has made")
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("made %v", entries)
	}
	mustLoad(t, cfg, 1)
	if !measure() {
		t.Error("the cache of the training is not read")
	}
	named := cfg.Cache
	for _, other := range []string{filepath.Join(cfg.Source, "03.png", "c"), filepath.Join(dir, "none", "c")} {
		if cfg.Cache = other; measure() {
			t.Errorf("read from %s", other)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("beside it: %v", entries)
	}
	cfg.Cache = filepath.Join(dir, "none", "c")
	withMemory(t, 800)
	_, err := Reload(cfg, 1, 0)
	wantError(t, err, "than the 8e-07 GB of memory", "the file of a training with "+config.Mention("data.cache")+", which "+config.Mention("resume")+" makes again")
	if cfg.Cache = named; !measure() {
		t.Error("the cache of the training is not read where the memory is small")
	}
}
