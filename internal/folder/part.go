package folder

import (
	"slices"
	"strings"
	"unicode"
)

// partNames are what folders of the parts are called, in small letters.
var partNames = map[string]Part{
	"train": Train, "training": Train, "trn": Train, "trainval": Train,
	"val": Validation, "valid": Validation, "validation": Validation, "dev": Validation, "development": Validation,
	"test": Test, "testing": Test, "tst": Test,
}

// besidePart are words that stand behind or before the name of a part: train_images, test-set, seg_train, TestSet, traindata, trainA, "train - Copy".
var besidePart = []string{"set", "images", "imgs", "img", "image", "data", "dataset", "split", "seg", "folder", "dir", "copy", "a", "b", "x"}

// PartOf is the part that a folder is called by, whatever its case, and with numbers and dates: train2017, "test (1)", 01_train,
// Train-20230101T000000Z-001; Whole if it is called otherwise.
func PartOf(name string) Part {
	var found Part
	for _, word := range words(name) {
		switch p := partOfWord(word); {
		case p != Whole && found == Whole:
			found = p
		case p == Validation && found == Train: // train_val
		case !slices.Contains(besidePart, word):
			return Whole
		}
	}
	return found
}

// partOfWord is the part that a word in small letters stands for: train, trainset.
func partOfWord(word string) Part {
	if p, ok := partNames[word]; ok {
		return p
	}
	for name, p := range partNames {
		if rest, ok := strings.CutPrefix(word, name); ok && len(rest) > 1 && slices.Contains(besidePart, rest) {
			return p
		}
	}
	return Whole
}

// words are those of a name, in small letters, without numbers: what begins with a digit, and digits at the end.
func words(name string) (found []string) {
	begin := 0
	runes := []rune(name)
	end := func(to int) {
		if word := strings.TrimRight(string(runes[begin:to]), "0123456789"); word != "" && !unicode.IsDigit(runes[begin]) {
			found = append(found, strings.ToLower(word))
		}
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r):
			end(i)
			begin = i + 1
		case i > begin && unicode.IsUpper(r) && unicode.IsLower(runes[i-1]):
			end(i)
			begin = i
		}
	}
	end(len(runes))
	return found
}

// PartIn is the part that a word of a name stands for, whatever the others are: train_hq; Whole for none.
func PartIn(name string) Part {
	for _, word := range words(name) {
		if p := partOfWord(word); p != Whole {
			return p
		}
	}
	return Whole
}

// stem is a name without the words of parts, and those beside them.
func stem(name string) string {
	return strings.Join(slices.DeleteFunc(words(name), func(w string) bool { return partOfWord(w) != Whole || slices.Contains(besidePart, w) }), " ")
}

// ofImages and ofMasks are what folders are called of which one holds images, the other what is drawn on them.
var (
	ofImages = []string{"images", "imgs", "image", "img", "jpegimages", "original", "originals"}
	ofMasks  = []string{"masks", "mask", "labels", "label", "annotations", "segmentation", "segmentations", "segmentationclass", "gt", "groundtruth"}
)

// called tells whether a folder has one of the names.
func called(name string, names []string) bool {
	return slices.Contains(names, strings.Join(words(name), ""))
}
