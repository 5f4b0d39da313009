package dataset

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/folder"
)

// idxSlot is the place of a file in a data set of IDX files.
type idxSlot struct {
	part   folder.Part
	labels bool
}

var (
	trainImages = idxSlot{folder.Train, false}
	trainLabels = idxSlot{folder.Train, true}
	testImages  = idxSlot{folder.Test, false}
	testLabels  = idxSlot{folder.Test, true}
)

// idxName is what the name of an IDX file says: "emnist-letters-test-images-idx3-ubyte.gz" that it holds the test images
// of "emnist letters".
type idxName struct {
	name  string
	slot  idxSlot // of folder.Whole where the name says no part
	stem  string  // the words before and behind
	words string  // all words: those of two files that are one, zipped and not, are alike
}

// parseIDX reads a name; ok is false where it is not like that of an IDX file. A name without a word for images or labels must have
// idx3 or idx1 for them.
func parseIDX(name string) (n idxName, ok bool) {
	lower := strings.TrimSuffix(strings.ToLower(name), ".gz")
	words := strings.FieldsFunc(lower, func(r rune) bool { return strings.ContainsRune("-_. ", r) })
	n = idxName{name: name, words: strings.Join(words, " ")}
	var stem []string
	var idx, kind bool
	for _, word := range words {
		part := folder.PartOf(word)
		if word == "t10k" {
			part = folder.Test
		}
		switch {
		case part != folder.Whole && n.slot.part == folder.Whole:
			n.slot.part = part
		case slices.Contains([]string{"images", "image", "imgs", "img"}, word) && !kind:
			kind = true
		case slices.Contains([]string{"labels", "label"}, word) && !kind:
			kind, n.slot.labels = true, true
		case slices.Contains(idxWords, word):
			idx = true
		default:
			stem = append(stem, word)
		}
	}
	if !kind {
		n.slot.labels = slices.Contains(words, "idx1")
		kind = n.slot.labels || slices.Contains(words, "idx3")
	}
	n.stem = strings.Join(stem, " ")
	return n, idx && kind && slices.Contains(idxWords, words[len(words)-1])
}

// idxWords say that a file is an IDX file, and of what; one is the last word of its name.
var idxWords = []string{"idx", "idx1", "idx2", "idx3", "ubyte", "byte", "int"}

// belongs tells whether there are images of the same stem that the file goes with: of its part for labels, for training else.
func (n idxName) belongs(named []idxName) bool {
	with := trainImages
	if n.slot.labels {
		with = idxSlot{n.slot.part, false}
	}
	return slices.ContainsFunc(named, func(other idxName) bool { return other.slot == with && other.stem == n.stem })
}

// listIDX lists the IDX files in dir by their names, in order. Files that name no part are those of training where no others are.
func listIDX(dir string) (named []idxName) {
	training := false
	_ = folder.EachEntry(dir, func(d fs.DirEntry) bool { // who reads the folder next has the error
		if n, ok := parseIDX(d.Name()); ok && isThere(filepath.Join(dir, d.Name())) {
			named = append(named, n)
			training = training || n.slot == trainImages
		}
		return true
	})
	slices.SortFunc(named, func(a, b idxName) int { return strings.Compare(a.name, b.name) })
	for i := range named {
		if !training && named[i].slot.part == folder.Whole {
			named[i].slot.part = folder.Train
		}
	}
	return named
}

func isThere(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// labelFile is the path of the file of labels for a file of images in dir, "" when there is none.
func labelFile(dir, images string) string {
	of, ok := parseIDX(images)
	if !ok {
		return ""
	}
	for _, n := range listIDX(dir) {
		if n.slot.labels && n.stem == of.stem && (n.slot.part == of.slot.part || of.slot.part == folder.Whole && n.slot.part == folder.Train) {
			return filepath.Join(dir, n.name)
		}
	}
	return ""
}

// deepestIDX is how many folders deep IDX files are looked for, as torchvision keeps them: MNIST/raw.
const deepestIDX = 3

// idxBelow is the first folder below dir that holds IDX files; "" for none.
func idxBelow(dir string, depth int) (found string) {
	var folders []string
	err := folder.EachEntry(dir, func(d fs.DirEntry) bool {
		if d.IsDir() && !strings.HasPrefix(d.Name(), ".") && len(folders) < 100 {
			folders = append(folders, filepath.Join(dir, d.Name()))
		}
		return true
	})
	slices.Sort(folders)
	for _, below := range folders {
		if found != "" || err != nil || depth == 0 {
			break
		}
		if found = below; len(listIDX(below)) == 0 {
			found = idxBelow(below, depth-1)
		}
	}
	return found
}
