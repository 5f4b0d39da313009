package cli

import (
	"slices"

	"vae/internal/console"
	"vae/internal/dataset"
)

// noteUnseen says how many images have labels that a conditional model cannot know.
func (m *loaded) noteUnseen(notes console.Notes, split dataset.Split) {
	n := 0
	for _, i := range split.Index {
		if slices.Contains(m.saved.Info.Unseen, split.Set.Label(i)) {
			n++
		}
	}
	if n > 0 {
		notes.Printf("note: %s of a class of which %s saw none in training (%s)\n", map[bool]string{true: "1 image is", false: console.Comma(n) + " images are"}[n == 1], m.file, console.Listed(m.saved.Info.Unseen))
	}
}

func labelsOf(split dataset.Split) string {
	if !split.Labeled() {
		return "images without one"
	}
	return console.Listed(split.Set.Classes)
}
