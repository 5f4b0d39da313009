package folder

import (
	"context"
	"strings"
)

// Part is a part of a data set that is split.
type Part int

// The parts. Of a folder that is not split, every image is of Whole.
const (
	Whole Part = iota
	Train
	Validation
	Test
)

// meaning is what the folders of a folder of images mean.
type meaning struct {
	base   string            // slash path of the folder of which the folders have a meaning: "", or with a slash at its end
	inner  map[string]string // of the folders of a split in base, by name with a slash: where their labels begin within them, "" or with a slash; nil without a split
	alike  bool              // the names of the split's folders have other words, too, all the same: cifar10-train, cifar10-test
	nested bool              // not base but each label's folder in it is split
}

// split tells whether images are of parts.
func (m *meaning) split() bool { return m.inner != nil || m.nested }

// of says what an image at a slash path below the root is. ok is false for one that lies beside the folders of a split.
func (m *meaning) of(rel string) (part Part, label string, ok bool) {
	if !m.split() {
		return Whole, firstFolder(rel), true
	}
	rel, ok = strings.CutPrefix(rel, m.base)
	if !ok {
		return Whole, "", false
	}
	folder := firstFolder(rel) + "/"
	if m.nested {
		part := PartOf(firstFolder(strings.TrimPrefix(rel, folder)))
		return part, strings.TrimSuffix(folder, "/"), part != Whole
	}
	inner, ok := m.inner[folder]
	if !ok {
		return Whole, "", false
	}
	return m.part(folder), firstFolder(strings.TrimPrefix(rel[len(folder):], inner)), true
}

// part is the part that a folder of the split is called by.
func (m *meaning) part(name string) Part {
	if m.alike {
		return PartIn(name)
	}
	return PartOf(name)
}

// deepestSplit is how many folders may lie around the folders of a split.
const deepestSplit = 4

// understand finds the meaning of the folders: the first level that has folders of a split, which
// nothing but folders without images may stand around; else whether each label's folder has them.
func (l lister) understand(ctx context.Context) meaning {
	m := meaning{}
	for range deepestSplit {
		names := l.foldersWithImages(ctx, m.base)
		m.alike = !isSplit(names) && alike(names)
		if m.alike || isSplit(names) && !l.wraps(ctx, m.base, names) {
			m.inner = map[string]string{}
			for _, name := range names {
				if p := m.part(name); p != Whole {
					m.inner[name] = l.innerFolder(ctx, m.base+name, p)
				}
			}
			return m
		}
		if l.nested(ctx, m.base, names) {
			m.nested = true
			return m
		}
		if len(names) != 1 || l.holdsFile(ctx, m.base) {
			break
		}
		m.base += names[0]
	}
	return meaning{}
}

// mostBeside is how many folders with images are looked at in search of a split.
const mostBeside = 12

// foldersWithImages are the names of those folders in dir that hold images, each with a slash: the first ones, and one
// more than could be beside those of a split.
func (l lister) foldersWithImages(ctx context.Context, dir string) (names []string) {
	l.eachFolder(ctx, dir, func(e entry) bool {
		if l.holdsImage(ctx, dir+e.name, map[string]bool{}) {
			names = append(names, e.name)
		}
		return len(names) < mostBeside
	})
	return names
}

// isSplit tells whether folders are those of a split: all of parts, or of training images and of another part, beside no more
// folders than these that are called otherwise.
func isSplit(names []string) bool {
	var count [Test + 1]int
	for _, name := range names {
		count[PartOf(name)]++
	}
	parts := count[Train] + count[Validation] + count[Test]
	if count[Whole] == 0 { // Test 1, Test 2 and Test 3 are no split
		return parts == 1 || count[Train] > 0 || count[Validation] > 0 && count[Test] > 0
	}
	return count[Train] > 0 && parts > count[Train] && count[Whole] <= parts
}

// alike tells whether all folders are called alike but for the part, there being training images and others: DIV2K_train_HR, DIV2K_valid_HR.
func alike(names []string) bool {
	var count [Test + 1]int
	stems := map[string]bool{}
	for _, name := range names {
		count[PartIn(name)]++
		stems[stem(name)] = true
	}
	return count[Whole] == 0 && count[Train] > 0 && count[Validation]+count[Test] > 0 && len(stems) == 1
}

// wraps tells whether the only folder is called like a part and holds a split of several: train/train and train/test.
func (l lister) wraps(ctx context.Context, dir string, names []string) bool {
	if len(names) > 1 {
		return false
	}
	inner := l.foldersWithImages(ctx, dir+names[0])
	return len(inner) > 1 && isSplit(inner)
}

// nested tells whether each of several folders is split, with training images and others, and no image lies beside them.
func (l lister) nested(ctx context.Context, dir string, names []string) bool {
	for _, name := range names {
		at := dir + name
		inner := l.foldersWithImages(ctx, at)
		parts := map[Part]bool{}
		for _, name := range inner {
			parts[PartOf(name)] = true
		}
		if !isSplit(inner) || !parts[Train] || !parts[Validation] && !parts[Test] || l.holdsFile(ctx, at) {
			return false
		}
	}
	return len(names) > 1 && !l.holdsFile(ctx, dir)
}

// innerFolder is where the labels begin within a part's folder: in train/train/ where that is all there is.
func (l lister) innerFolder(ctx context.Context, dir string, p Part) string {
	inner := ""
	for range deepestSplit {
		names := l.foldersWithImages(ctx, dir+inner)
		if len(names) != 1 || PartOf(names[0]) != p || l.holdsFile(ctx, dir+inner) {
			break
		}
		inner += names[0]
	}
	return inner
}
