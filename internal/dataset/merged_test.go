package dataset

import (
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

// Test images are trained on beside the others, those of a validation folder stay at the end,
// and the test is as it was.
func TestMergeTest(t *testing.T) {
	train, test := labelled(6), labelled(3)
	test.Pixels = slices.Clone(test.Pixels)
	for i := range test.Pixels {
		test.Pixels[i] += 50
	}
	train.Names = []string{"a", "b", "c", "d", "e", "f"}
	l := &loaded{train: train, test: test, validation: 2}
	before := l.digest()
	s, err := split(l, config.Data{Validation: config.Auto, MergeTest: true}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range s.Train.Index {
		names = append(names, s.Train.Set.Name(i))
	}
	if want := []string{"a", "b", "c", "d", "00000", "00001", "00002"}; !slices.Equal(names, want) || !slices.Equal(s.Validation.Index, []int{7, 8}) {
		t.Errorf("trained on %q, validation %v", names, s.Validation.Index)
	}
	for i := range test.Len() {
		if !slices.Equal(s.Train.Set.Image(4+i), test.Image(i)) || s.Train.Set.Labels[4+i] != test.Labels[i] {
			t.Errorf("test image %d is another among the training images", i)
		}
	}
	if s.Train.Set.Name(7) != "e" || s.Test.Set != test || s.Test.Len() != 3 || l.digest() != before {
		t.Errorf("validation image %s, %d test images", s.Train.Set.Name(7), s.Test.Len())
	}
}

// Where the data have no test images those that are drawn stay among the training images.
func TestMergeTestOfDrawnImages(t *testing.T) {
	s, err := split(&loaded{train: numbered(20)}, config.Data{MergeTest: true}, 1)
	if err != nil || s.Train.Len() != 20 || s.Test.Len() != 2 {
		t.Errorf("%d training images, %d test images, %v", s.Train.Len(), s.Test.Len(), err)
	}
	apart, err := split(&loaded{train: numbered(20)}, config.Data{}, 1)
	if err != nil || !slices.Equal(apart.Test.Index, s.Test.Index) {
		t.Errorf("the test is %v, without merging %v, %v", s.Test.Index, apart.Test.Index, err)
	}
}

func TestMergeTestNeedsImagesOfOneForm(t *testing.T) {
	other := numbered(2)
	other.Shape.Height, other.Shape.Width = 2, 1
	if _, err := split(&loaded{train: numbered(20), test: other}, config.Data{MergeTest: true}, 1); err == nil || !strings.Contains(err.Error(), "leave it out") {
		t.Errorf("%v", err)
	}
}

// That the test images are among the training images is said where they are, and not of other images that such a model is measured on.
func TestMergedIsSaid(t *testing.T) {
	cfg := loadFrom(photographs(t, 12))
	cfg.MergeTest = true
	s := mustLoad(t, cfg, 1)
	known, err := LoadKnown(cfg, 1, 0, s.SHA256)
	if err != nil || !slices.Contains(s.Warnings, mergedWarning) || !slices.Contains(known.Warnings, mergedWarning) {
		t.Errorf("merged: %q, %v", s.Warnings, err)
	}
	if other, err := LoadKnown(cfg, 1, 0, "other"); err != nil || slices.Contains(other.Warnings, mergedWarning) {
		t.Errorf("not merged: %q, %v", other.Warnings, err)
	}
}

// The copies are counted before they are made.
func TestMergeTestNeedsMemory(t *testing.T) {
	train, test := labelled(60), labelled(30)
	withMemory(t, 100*float64(train.Shape.Pixels()))
	_, err := split(&loaded{train: train, test: test}, config.Data{Validation: config.Auto, MergeTest: true}, 1)
	wantError(t, err, "the images of training and test are copied into one set: 90 images of", config.Mention("data.merge_test"))
}
