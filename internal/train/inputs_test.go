package train

import (
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
)

// painted has as many training, validation and test images, of which pixel j of image i
// is what paint says.
func painted(train, validation, test int, paint func(part, i, j int) uint8) *dataset.Splits {
	s := &dataset.Splits{Name: "painted", SHA256: "0123"}
	for part, split := range []*dataset.Split{&s.Train, &s.Validation, &s.Test} {
		split.Set = &dataset.Set{Shape: shape}
		for i := range []int{train, validation, test}[part] {
			split.Index = append(split.Index, i)
			for j := range shape.Pixels() {
				split.Set.Pixels = append(split.Set.Pixels, paint(part, i, j))
			}
		}
	}
	return s
}

func warnings(s *dataset.Splits) []string {
	o := &silent{}
	warnOfImages(s, o)
	return o.warnings
}

func TestOddImagesAreReported(t *testing.T) {
	striped := func(_, i, j int) uint8 { return uint8((i + j) % 2) }
	for name, c := range map[string]struct {
		paint func(part, i, j int) uint8
		want  string // "" for nothing
	}{
		"ordinary":  {func(_, i, j int) uint8 { return uint8(10*i + j) }, ""},
		"two grays": {func(_, i, j int) uint8 { return 2 * striped(0, i, j) }, ""},
		"one among many is ordinary": {func(_, i, j int) uint8 {
			if i == 29 && j == 7 {
				return 2
			}
			return striped(0, i, j)
		}, ""},
		"masks":                 {striped, ""},
		"black":                 {func(_, _, _ int) uint8 { return 0 }, "all training images are black: there is nothing to learn; look at the files of \x00⟨data.source⟩\x00"},
		"white":                 {func(_, _, _ int) uint8 { return 255 }, "all training images are the same: there is nothing to learn; look at the files of \x00⟨data.source⟩\x00"},
		"alike":                 {func(_, _, j int) uint8 { return uint8(9 * j) }, "all training images are the same: there is nothing to learn; look at the files of \x00⟨data.source⟩\x00"},
		"the last as the first": {func(_, i, _ int) uint8 { return uint8(8 * (i % 29)) }, "every training image is of one gray all over: there is next to nothing to learn; look at the files of \x00⟨data.source⟩\x00"},
		"plain":                 {func(_, i, _ int) uint8 { return uint8(8 * i) }, "every training image is of one gray all over: there is next to nothing to learn; look at the files of \x00⟨data.source⟩\x00"},
	} {
		var want []string
		if c.want != "" {
			want = []string{c.want}
		}
		if got := warnings(painted(30, 0, 0, c.paint)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := warnings(painted(1, 0, 0, striped)); got != nil {
		t.Errorf("one image: %q", got)
	}
}

// Only the images of the split count, not others of the same set.
func TestOddImagesOfASplit(t *testing.T) {
	s := painted(40, 0, 0, func(_, i, j int) uint8 {
		if i%2 == 0 {
			return 200
		}
		return 0
	})
	s.Train.Index = []int{1, 3, 5, 7, 9}
	if got := warnings(s); len(got) != 1 || !strings.Contains(got[0], "all training images are black") {
		t.Errorf("%q", got)
	}
}

func TestPartsThatDifferInBrightness(t *testing.T) {
	shades := func(train, validation, test uint8) func(part, i, j int) uint8 {
		return func(part, i, j int) uint8 { return []uint8{train, validation, test}[part] + uint8((i+j)%2) }
	}
	for _, c := range []struct {
		paint                   func(part, i, j int) uint8
		train, validation, test int
		want                    []string
	}{
		{shades(50, 140, 20), 20, 20, 20, nil},
		{shades(50, 153, 40), 20, 20, 20, []string{"the mean pixel of the validation images is 0.602, that of the training images 0.198 (0 black, 1 white): they are of another kind, or one of the two is inverted"}},
		{shades(150, 140, 40), 20, 20, 20, []string{"the mean pixel of the test images is 0.159, that of the training images 0.59 (0 black, 1 white): they are of another kind, or one of the two is inverted"}},
		{shades(20, 250, 200), 30, 40, 50, []string{"the mean pixel of the validation images is 0.982", "the mean pixel of the test images is 0.786"}},
		{shades(20, 250, 200), 19, 40, 50, nil}, // too few to tell
		{shades(20, 250, 200), 30, 19, 0, nil},
	} {
		got := warnings(painted(c.train, c.validation, c.test, c.paint))
		if len(got) != len(c.want) {
			t.Errorf("%q, want %q", got, c.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("%q, want %q", got[i], c.want[i])
			}
		}
	}
}

// The images are looked at before the first step, for every kind of model.
func TestRunLooksAtTheImagesFirst(t *testing.T) {
	plain := func() *dataset.Splits {
		return painted(50, 0, 0, func(_, i, _ int) uint8 { return uint8(5 * i) })
	}
	task, seen := newTask(t, func(c *config.Config) { c.Train.Epochs = 1 }, plain())
	mustRun(t, task)
	if !strings.HasPrefix(seen.order, "wss") {
		t.Errorf("calls %s", seen.order)
	}
	task, seen = newTask(t, components(2), plain())
	mustRun(t, task)
	if seen.order != "we" {
		t.Errorf("calls %s", seen.order)
	}
}
