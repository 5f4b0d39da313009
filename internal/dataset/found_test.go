package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

// measured reads a folder as one that no model was trained on.
func measured(t *testing.T, dir string) *Splits {
	t.Helper()
	s, err := LoadKnown(loadFrom(dir), 3, 0, "another digest")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoadKnown(t *testing.T) {
	dir := t.TempDir()
	for i := range 15 {
		write(t, dir, indexName(i)+".png", grayFile(t, 2, 2, uint8(40*i)))
	}
	trained := mustLoad(t, loadFrom(dir), 3)
	known, err := LoadKnown(loadFrom(dir), 3, 0, trained.SHA256)
	if err != nil || !slices.Equal(known.Test.Index, trained.Test.Index) || known.Train.Len() != trained.Train.Len() || trained.Test.Len() != 1 {
		t.Errorf("the same data are split otherwise: %v, %v", known, err)
	}
	if s := measured(t, dir); s.Test.Len() != 15 || s.Train.Len() != 0 || s.Validation.Len() != 0 || s.Own {
		t.Errorf("of others %d, %d, %d images", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	parted := t.TempDir()
	for i, name := range []string{"train/a/1.png", "train/b/2.png", "valid/a/3.png", "test/b/4.png", "test/c/5.png"} {
		write(t, parted, name, grayFile(t, 2, 2, uint8(40*i)))
	}
	s := measured(t, parted)
	if s.Train.Len() != 2 || s.Validation.Len() != 1 || s.Test.Len() != 2 || !s.Own {
		t.Errorf("of a split %d, %d, %d images", s.Train.Len(), s.Validation.Len(), s.Test.Len())
	}
	if got := strings.Join(s.Found, "; "); got != "split: train/ 2, valid/ 1, test/ 2" {
		t.Error(got)
	}
	if want := []string{`no training image has a label that test images have: "c"`}; !slices.Equal(s.Warnings, want) {
		t.Errorf("warnings %q", s.Warnings)
	}
	test := t.TempDir()
	write(t, test, "test/b/4.png", grayFile(t, 2, 2, 1))
	if s := measured(t, test); s.Test.Len() != 1 || s.Train.Len() != 0 || s.Test.Set.Label(0) != "b" {
		t.Errorf("of test/ alone %d, %d", s.Train.Len(), s.Test.Len())
	}
	lone := t.TempDir()
	write(t, lone, "4.png", grayFile(t, 2, 2, 1))
	if s := measured(t, lone); s.Test.Len() != 1 {
		t.Errorf("of one image %d", s.Test.Len())
	}
}

func TestFoundLines(t *testing.T) {
	dir := t.TempDir()
	for i := range 12 {
		write(t, dir, fmt.Sprintf("%d.png", i), grayFile(t, 2, 2, uint8(40*i)))
	}
	write(t, dir, "a.avif", nil)
	write(t, dir, "train/b.png", grayFile(t, 2, 2, 0))
	write(t, dir, "other/c.png", grayFile(t, 2, 2, 0))
	s := mustLoad(t, loadFrom(dir), 1)
	if want := []string{"split: none in the folders; 1 test image drawn from all", "1 file left out: 1 .avif (not supported)"}; !slices.Equal(s.Found, want) {
		t.Errorf("%q", s.Found)
	}
	if len(s.Warnings) != 1 || !strings.HasPrefix(s.Warnings[0], "train: called like a part of a split") {
		t.Errorf("%q", s.Warnings)
	}
	half := t.TempDir()
	for i := range 12 {
		write(t, half, fmt.Sprintf("train/%d.png", i), grayFile(t, 2, 2, uint8(40*i)))
	}
	if s := mustLoad(t, loadFrom(half), 1); s.Found[0] != "split: train/ 12; 1 test image drawn from those of training" {
		t.Errorf("%q", s.Found)
	}
}

func TestRelabelled(t *testing.T) {
	set := &Set{Shape: config.Shape{Width: 1, Height: 1, Channels: 1}, Pixels: []uint8{1, 2, 3}, Labels: []int{0, 1, -1}, Classes: []string{"a", "b"}}
	all := Split{Set: set, Index: []int{0, 1, 2}}
	if _, ok := all.Relabelled([]string{"b", "a"}); ok {
		t.Error("an image without a label got one")
	}
	two := Split{Set: set, Index: []int{1, 0}, Dynamic: true}
	got, ok := two.Relabelled([]string{"b", "c", "a"})
	if !ok || !slices.Equal(got.Labels(), []int{0, 2}) || !got.Dynamic || set.Labels[0] != 0 {
		t.Errorf("%v, %t", got.Labels(), ok)
	}
	if _, ok := two.Relabelled([]string{"b", "c"}); ok {
		t.Error("a class was lost")
	}
}

func TestFoundCountsInThousands(t *testing.T) {
	s := &Splits{Test: Split{Index: make([]int, 2000)}}
	if got := (found{folder: true}).lines(s); !slices.Equal(got, []string{"split: none in the folders; 2,000 test images drawn from all"}) {
		t.Errorf("%q", got)
	}
}
