package dataset

import (
	"bytes"
	"image/color"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestFolderLabelsNamesAndOrder(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"b/x.PNG", "a/deep/er/y.png", "a.png", "a/z.png", "b/noextension", "a b.png"} {
		write(t, dir, name, grayFile(t, 2, 2, uint8(10*i)))
	}
	for _, name := range []string{"b/notes.txt", ".DS_Store", "a/.hidden.png", ".git/c.png", "README", "c/list.csv"} {
		write(t, dir, name, []byte("no image"))
	}
	if err := os.Symlink(filepath.Join(dir, "b"), filepath.Join(dir, "loop.png")); err != nil {
		t.Logf("no symbolic links here: %v", err)
	}
	l, err := loadFolder(dir, reading{maxPixels: DefaultMaxPixels, seen: &seen{}})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a b.png", "a.png", "a/deep/er/y.png", "a/z.png", "b/noextension", "b/x.PNG"}
	if !slices.Equal(l.train.Names, names) || !slices.IsSorted(names) {
		t.Errorf("names %q, want %q", l.train.Names, names)
	}
	if !slices.Equal(l.train.Labels, []int{-1, -1, 0, 0, 1, 1}) || !slices.Equal(l.train.Classes, []string{"a", "b"}) {
		t.Errorf("labels %v of %v", l.train.Labels, l.train.Classes)
	}
	if l.train.Label(0) != "" || l.train.Label(5) != "b" || l.train.Name(2) != names[2] {
		t.Error("a label or a name is not that of its image")
	}
	for i, first := range []uint8{50, 20, 10, 30, 40, 0} {
		if got := l.train.Image(i); got[0] != first || got[3] != first+3 {
			t.Errorf("%s has the pixels %v", names[i], got)
		}
	}
}

func TestFolderOfParts(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		write(t, dir, "train/"+[]string{"cat", "dog"}[i%2]+"/"+indexName(i)+".png", grayFile(t, 2, 2, uint8(i)))
	}
	write(t, dir, "train/loose.png", grayFile(t, 2, 2, 100))
	write(t, dir, "val/dog/1.png", grayFile(t, 2, 2, 101))
	write(t, dir, "val/dog/2.png", grayFile(t, 2, 2, 102))
	write(t, dir, "test/ape/3.png", grayFile(t, 2, 2, 103))
	s := mustLoad(t, loadFrom(dir), 3)
	if s.Train.Len() != 21 || s.Validation.Len() != 2 || s.Test.Len() != 1 || s.Name != filepath.Base(dir) {
		t.Errorf("%s: %d, %d, %d images", s.Name, s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	if v := s.Validation; v.Set.Label(v.Index[0]) != "dog" || v.Set.Image(v.Index[1])[0] != 102 {
		t.Error("the validation images are not those of val/")
	}
	if s.Test.Set.Label(0) != "ape" || !slices.Equal(s.Train.Set.Classes, []string{"ape", "cat", "dog"}) {
		t.Errorf("classes %v", s.Train.Set.Classes)
	}
	cfg := loadFrom(dir)
	cfg.Validation = 3
	_, err := Load(cfg, 3, 0)
	wantError(t, err, "data.validation", "not 3", "validation folder of its own (2 images)")
	if err := os.RemoveAll(filepath.Join(dir, "test")); err != nil {
		t.Fatal(err)
	}
	s = mustLoad(t, loadFrom(dir), 3)
	if s.Train.Len() != 19 || s.Validation.Len() != 2 || s.Test.Len() != 2 {
		t.Errorf("without test/: %d, %d, %d images", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
}

func TestFolderSizesAndChannels(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		write(t, dir, indexName(i)+".png", grayFile(t, 4, 3, uint8(i)))
	}
	if s := mustLoad(t, loadFrom(dir), 1); s.Train.Set.Shape.String() != "4x3x1" || s.Train.Set.Labels != nil {
		t.Errorf("grey images make %s", s.Train.Set.Shape)
	}
	write(t, dir, "00001.png", pngOf(t, solid(4, 3, color.NRGBA{200, 100, 50, 255})))
	s := mustLoad(t, loadFrom(dir), 1)
	if set := s.Train.Set; set.Shape.String() != "4x3x3" || !bytes.Equal(set.Image(1)[:3], []byte{200, 100, 50}) || !bytes.Equal(set.Image(2)[3:6], []byte{3, 3, 3}) {
		t.Errorf("a coloured image among grey ones makes %s, %v", set.Shape, set.Pixels)
	}
	cfg := loadFrom(dir)
	cfg.Channels = 1
	if s := mustLoad(t, cfg, 1); s.Train.Set.Shape.String() != "4x3x1" || s.Train.Set.Image(1)[0] != color.GrayModel.Convert(color.NRGBA{200, 100, 50, 255}).(color.Gray).Y {
		t.Errorf("--channels 1 makes %s", s.Train.Set.Shape)
	}
	write(t, dir, "00002.png", grayFile(t, 5, 3, 0))
	_, err := Load(loadFrom(dir), 1, 0)
	wantError(t, err, "00002.png: is 5x3, but "+filepath.Join(dir, "00000.png")+" is 4x3", "\x00⟨data.image_size 4x3⟩\x00")
	cfg.ImageSize = "4x3"
	s = mustLoad(t, cfg, 1)
	if set := s.Train.Set; set.Shape.String() != "4x3x1" || !bytes.Equal(set.Image(0), ramp(12)) {
		t.Errorf("--image-size makes %s; an image of that size became %v", set.Shape, set.Image(0))
	}
	cfg.Channels = 3
	if s := mustLoad(t, cfg, 1); s.Train.Set.Shape.String() != "4x3x3" {
		t.Errorf("--channels 3 makes %s", s.Train.Set.Shape)
	}
}

func TestFolderIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		write(t, dir, indexName(i)+".png", grayFile(t, 6, 5, uint8(i)))
	}
	cfg := loadFrom(dir)
	cfg.ImageSize = "9x4"
	var digests []string
	for _, n := range []int{1, 2, 7} {
		before := runtime.GOMAXPROCS(n)
		s := mustLoad(t, cfg, 1)
		runtime.GOMAXPROCS(before)
		digests = append(digests, s.SHA256)
	}
	if digests[0] != digests[1] || digests[0] != digests[2] {
		t.Error(digests)
	}
}

func TestFolderFaults(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(loadFrom(dir), 1, 0)
	wantError(t, err, dir, "holds no image")
	_, err = Load(loadFrom(filepath.Join(dir, "missing")), 1, 0)
	wantError(t, err, "missing: no such folder or file", "mnist", "zip, tar, NPY, NPZ")
	file := write(t, dir, "file.png", grayFile(t, 2, 2, 0))
	_, err = Load(loadFrom(file), 1, 0)
	wantError(t, err, "file.png: is a file")
	_, err = Load(loadFrom(dir), 1, 0)
	wantError(t, err, dir, "1 training image", "at least 2")
	write(t, dir, "g.png", grayFile(t, 2, 2, 0))
	write(t, dir, "h.png", []byte("text"))
	_, err = Load(loadFrom(dir), 1, 0)
	wantError(t, err, filepath.Join(dir, "h.png")+": is not an image")
	write(t, dir, "b.png", nil)
	_, err = Load(loadFrom(dir), 1, 0)
	wantError(t, err, "2 of its 4 images cannot be read: "+filepath.Join(dir, "b.png")+": is empty; "+filepath.Join(dir, "h.png")+": is not an image", "\x00⟨data.skip_bad⟩\x00")
	empty := t.TempDir()
	write(t, empty, "train/.keep", nil)
	write(t, empty, "test/1.png", grayFile(t, 2, 2, 0))
	_, err = Load(loadFrom(empty), 1, 0)
	wantError(t, err, empty+": is split into test/ 1, without training images", "\x00⟨data.source "+filepath.Join(empty, "test")+"⟩\x00")
	cfg := loadFrom("mnist")
	cfg.ImageSize = "28"
	if _, err = Load(cfg, 1, 0); err == nil {
		t.Error("an image size of one number was taken")
	}
}
