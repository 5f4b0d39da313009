package dataset

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/folder"
)

func TestParseIDX(t *testing.T) {
	for name, want := range map[string]struct {
		part   folder.Part
		labels bool
		stem   string
	}{
		"train-images-idx3-ubyte":                  {folder.Train, false, ""},
		"t10k-labels.idx1-ubyte.gz":                {folder.Test, true, ""},
		"test-images-idx3-ubyte":                   {folder.Test, false, ""},
		"emnist-letters-test-images-idx3-ubyte.gz": {folder.Test, false, "emnist letters"},
		"Training_Images.IDX3":                     {folder.Train, false, ""},
		"validation-labels-idx1-ubyte":             {folder.Validation, true, ""},
		"train.idx3-ubyte":                         {folder.Train, false, ""},
		"train.idx1-ubyte":                         {folder.Train, true, ""},
		"images.idx":                               {folder.Whole, false, ""},
		"qmnist-test-labels-idx2-int":              {folder.Test, true, "qmnist"},
	} {
		n, ok := parseIDX(name)
		if !ok || n.slot != (idxSlot{want.part, want.labels}) || n.stem != want.stem {
			t.Errorf("%s: %+v, %t", name, n, ok)
		}
	}
	for _, name := range []string{"", ".gz", "train-images.png", "labels_idx.json", "train.csv", "idx", "ubyte", "index-images.html", "train-images-idx3-ubyte.zip"} {
		if n, ok := parseIDX(name); ok {
			t.Errorf("%q is %+v", name, n)
		}
	}
}

// Each list of names with training images of 30, others of 5, and labels to each.
func TestIDXNames(t *testing.T) {
	for name, c := range map[string]struct {
		files                   []string
		train, validation, test int // with validation drawn where it is not in files
		labelled                bool
		left, fault             string
	}{
		"usual":                {files: []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}, train: 28, validation: 2, test: 5, labelled: true},
		"test for t10k":        {files: []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "test-images-idx3-ubyte", "test-labels-idx1-ubyte"}, train: 28, validation: 2, test: 5, labelled: true},
		"EMNIST":               {files: []string{"emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte.gz", "emnist-letters-test-images-idx3-ubyte.gz", "emnist-letters-test-labels-idx1-ubyte.gz"}, train: 28, validation: 2, test: 5, labelled: true},
		"one name off":         {files: []string{"emnist-train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}, train: 28, validation: 2, test: 5, labelled: true},
		"validation":           {files: []string{"train.idx3-ubyte", "valid.idx3-ubyte", "test.idx3-ubyte"}, train: 30, validation: 5, test: 5},
		"plain and zipped":     {files: []string{"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"}, train: 28, validation: 2, test: 5},
		"no part":              {files: []string{"images-idx3-ubyte", "labels-idx1-ubyte"}, train: 25, validation: 2, test: 3, labelled: true, left: "split: none in the names; 3 test images drawn from all"},
		"another set beside":   {files: []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "emnist-train-images-idx3-ubyte"}, train: 28, validation: 2, test: 5, labelled: true, left: "1 file left out: 1 of another data set (emnist-train-images-idx3-ubyte)"},
		"labels of another":    {files: []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "x-test-images-idx3-ubyte", "x-test-labels-idx1-ubyte"}, fault: "it is not clear which of its IDX files are which: t10k-images-idx3-ubyte, train-images-idx3-ubyte"},
		"two sets":             {files: []string{"a-train-images-idx3-ubyte", "b-train-images-idx3-ubyte"}, fault: "not clear which of its IDX files are which: a-train-images-idx3-ubyte, b-train-images-idx3-ubyte"},
		"test and t10k":        {files: []string{"train-images-idx3-ubyte", "t10k-images-idx3-ubyte", "test-images-idx3-ubyte"}, fault: "not clear which"},
		"labels without them":  {files: []string{"train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}, fault: "not clear which"},
		"test images alone":    {files: []string{"test-images-idx3-ubyte"}, fault: "no train-images-idx3-ubyte (or .gz) among them: test-images-idx3-ubyte"},
		"a name without sense": {files: []string{"train-images-idx3-ubyte", "more-images-idx3-ubyte"}, fault: "not clear which"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range c.files {
				n := int32(5)
				if strings.Contains(file, "train") || strings.HasPrefix(file, "images") || strings.HasPrefix(file, "labels") {
					n = 30
				}
				content := idxBytes(idxImages, []int32{n, 2, 3}, ramp(int(6*n)))
				if strings.Contains(file, "idx1") {
					content = idxBytes(idxLabels, []int32{n}, slices.Repeat([]byte{0, 1, 2, 0, 1}, int(n/5)))
				}
				if filepath.Ext(file) == ".gz" {
					content = zipped(t, content)
				}
				write(t, dir, file, content)
			}
			s, err := Load(loadFrom(dir), 1, 0)
			if c.fault != "" {
				wantError(t, err, dir, c.fault)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.Train.Len() != c.train || s.Validation.Len() != c.validation || s.Test.Len() != c.test || s.Test.Labeled() != c.labelled || s.Train.Labeled() != c.labelled {
				t.Errorf("%d, %d, %d images, labelled %t", s.Train.Len(), s.Validation.Len(), s.Test.Len(), s.Test.Labeled())
			}
			if left := strings.Join(s.Found, "; "); left != c.left {
				t.Errorf("found %q", left)
			}
		})
	}
}

// Images without labels and images with some make one set.
func TestAppendSets(t *testing.T) {
	shape := config.Shape{Width: 1, Height: 1, Channels: 1}
	plain, labelled := &Set{Shape: shape, Pixels: []uint8{1, 2}}, &Set{Shape: shape, Pixels: []uint8{3}, Labels: []int{4}}
	plain.append(labelled)
	if !slices.Equal(plain.Pixels, []uint8{1, 2, 3}) || !slices.Equal(plain.Labels, []int{-1, -1, 4}) {
		t.Errorf("%v %v", plain.Pixels, plain.Labels)
	}
}

func FuzzParseIDX(f *testing.F) {
	for _, name := range []string{"train-images-idx3-ubyte", "", "-", "emnist.train labels_idx1.ubyte.gz"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		n, ok := parseIDX(name)
		again, okAgain := parseIDX(strings.ToUpper(strings.ToLower(name)))
		if lower := strings.ToLower(name); strings.ToLower(strings.ToUpper(lower)) == lower && (ok != okAgain || ok && n.slot != again.slot) {
			t.Errorf("%q: %+v %t, in capitals %+v %t", name, n, ok, again, okAgain)
		}
	})
}

// Folders around IDX files, as torchvision makes them, say where these lie; and where none of the names is of test images, that is said.
func TestIDXBelow(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "FashionMNIST/raw/train-images-idx3-ubyte", idxBytes(idxImages, []int32{20, 2, 2}, ramp(80)))
	_, err := Load(loadFrom(dir), 1, 0)
	raw := filepath.Join(dir, "FashionMNIST", "raw")
	wantError(t, err, dir+": holds no image (", "IDX files lie in "+raw+": name that folder")
	s := mustLoad(t, loadFrom(raw), 1)
	if want := []string{"split: none in the names; 2 test images drawn from all"}; !slices.Equal(s.Found, want) {
		t.Errorf("%q", s.Found)
	}
	write(t, raw, "t10k-images-idx3-ubyte", idxBytes(idxImages, []int32{3, 2, 2}, ramp(12)))
	if s := mustLoad(t, loadFrom(raw), 1); len(s.Found) != 0 {
		t.Errorf("%q", s.Found)
	}
}
