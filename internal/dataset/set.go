// Package dataset turns files into pixels: MNIST, folders of IDX files and
// folders of images for training; any mixture of them, one image at a time,
// for inference.
//
// Pixels stay in the depth of their files until a batch is gathered. Shapes in comments: N images,
// D pixels (width x height x channels, rows of interleaved channels), B rows
// of a batch.
package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/mapped"
)

// Set is a set of images of one shape, in memory.
type Set struct {
	Shape   config.Shape
	Pixels  []uint8  // [N, D], image after image, rows of interleaved channels; nil where Deep or Real holds them
	Labels  []int    // [N], indices into Classes, -1 for an image without one; nil when no image has a label
	Classes []string // names of the labels
	Names   []string // [N] slash paths; nil when an image has no name but its index

	Deep []uint16  // [N, D], of images with 16 bits
	Real []float32 // [N, D], 0 to 1, of images with other values

	Low, High float64      // the values that are black and white, of Pixels or Deep; both 0 for 0 and 255
	file      *mapped.File // that holds the pixels, from a byte of its body on; nil where they are in memory
	at        int
	large     bool       // of file, which is larger than memory is for
	kept      *keptNames // names in file, in the place of Names
	sum       uint64     // of all pixels, where file has bytes
	table     []float32  // what each value is as a pixel; nil for bytes over 255
}

// Len is N, the number of images.
func (s *Set) Len() int {
	if d := s.Shape.Pixels(); d > 0 {
		return (len(s.Pixels) + len(s.Deep) + len(s.Real)) / d
	}
	return 0
}

// Image is image i of Pixels, a view [D] that must not be written.
func (s *Set) Image(i int) []uint8 {
	s.guard()
	d := s.Shape.Pixels()
	return s.Pixels[i*d : (i+1)*d : (i+1)*d]
}

// Name is the name of image i: its path, or its index with at least five digits.
func (s *Set) Name(i int) string {
	switch {
	case s.kept != nil:
		return s.kept.at(i)
	case s.Names == nil:
		return indexName(i)
	}
	return s.Names[i]
}

// Named tells whether images have names, and not their indices alone.
func (s *Set) Named() bool { return s.Names != nil || s.kept != nil }

// Label is the name of image i's label, "" when it has none.
func (s *Set) Label(i int) string {
	if s.Labels == nil || s.Labels[i] < 0 {
		return ""
	}
	return s.Classes[s.Labels[i]]
}

// Mean is the mean pixel of all images, 0 to 1; 0 for an empty set.
func (s *Set) Mean() float64 {
	n := s.Len()
	switch {
	case n == 0:
		return 0
	case s.plain() && s.file != nil:
		return float64(s.sum) / 255 / float64(len(s.Pixels))
	case s.plain():
		return float64(sum(s.Pixels)) / 255 / float64(len(s.Pixels))
	}
	total := 0.
	for _, mean := range (Split{Set: s, Index: s.upTo(0, n)}).PixelMeans() {
		total += mean
	}
	return total / float64(s.Shape.Pixels())
}

func sum(pixels []uint8) uint64 {
	var total uint64
	for _, p := range pixels {
		total += uint64(p)
	}
	return total
}

// indexName is the name of an image that is known by its index.
func indexName(i int) string { return fmt.Sprintf("%05d", i) }

// digest is the SHA-256 over shape, pixels and labels of the sets in order.
// Names and places do not enter.
func digest(sets ...*Set) string {
	h := sha256.New()
	for _, s := range sets {
		s.digestHead(h, s.Len())
		s.writeTo(h)
		s.digestLabels(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digestHead is what a digest has before the pixels of n images.
func (s *Set) digestHead(h hash.Hash, n int) {
	fmt.Fprintf(h, "vae images %s %d labels %t\n", s.Shape, n, s.Labels != nil)
	if !s.plain() {
		fmt.Fprintf(h, "range %g %g\n", s.Low, s.High)
	}
}

// digestLabels is what it has behind them.
func (s *Set) digestLabels(h hash.Hash) {
	var label [8]byte
	for _, l := range s.Labels {
		binary.LittleEndian.PutUint64(label[:], uint64(int64(l)))
		h.Write(label[:])
	}
}

// InversionCheck tells whether inputs look like the negative of the training
// images, dark on light instead of light on dark. The zero value is ready.
type InversionCheck struct {
	total  float64 // of all pixels, each 0 to 1
	pixels float64 // their number
}

// inversionMargin is how much closer to the training mean the inverted mean
// must be, as a share of the whole range of a pixel.
const inversionMargin = 0.2

// Add takes the pixels of one input into account.
func (c *InversionCheck) Add(p Pixels) {
	c.total += p.sum()
	c.pixels += float64(p.Len())
}

// Inverted tells whether the mean pixel of the inputs, inverted, is clearly
// closer to trainMean (0 to 1) than as it is.
func (c *InversionCheck) Inverted(trainMean float64) bool {
	if c.pixels == 0 {
		return false
	}
	mean := c.total / c.pixels
	return math.Abs(mean-trainMean)-math.Abs(1-mean-trainMean) > inversionMargin
}

// PixelMeans returns the mean [D] of each pixel over the split, 0 to 1.
func (s Split) PixelMeans() []float64 {
	d := s.Set.Shape.Pixels()
	if !s.Set.plain() {
		return s.realMeans(d)
	}
	sums := make([]uint64, d)
	for _, i := range s.Index {
		for j, p := range s.Set.Image(i) {
			sums[j] += uint64(p)
		}
	}
	means := make([]float64, d)
	for j, sum := range sums {
		means[j] = float64(sum) / 255 / float64(max(len(s.Index), 1))
	}
	return means
}

// Labeled reports whether every image of the split has a label.
func (s Split) Labeled() bool {
	if s.Set.Labels == nil {
		return false
	}
	for _, i := range s.Index {
		if s.Set.Labels[i] < 0 {
			return false
		}
	}
	return true
}

// Labels returns the labels [N] of the split's images, indices into the set's
// Classes; the set must have labels.
func (s Split) Labels() []int {
	labels := make([]int, len(s.Index))
	for i, index := range s.Index {
		labels[i] = s.Set.Labels[index]
	}
	return labels
}

// Unseen are the labels of the set that no image of the split has: those of other splits
// alone, for all are found together.
func (s Split) Unseen() (labels []string) {
	seen := make([]bool, len(s.Set.Classes))
	for _, i := range s.Index {
		if s.Set.Labels != nil && s.Set.Labels[i] >= 0 {
			seen[s.Set.Labels[i]] = true
		}
	}
	for class, name := range s.Set.Classes {
		if !seen[class] {
			labels = append(labels, name)
		}
	}
	return labels
}

// unlabeled is the name of an image of the split that has no label, "" where there is
// none, or where images have no names.
func (s Split) unlabeled() string {
	for _, i := range s.Index {
		if s.Set.Named() && s.Set.Label(i) == "" {
			return s.Set.Name(i)
		}
	}
	return ""
}

// Relabelled is the split with its labels as indices into classes; ok is false where an image has another label, or none.
func (s Split) Relabelled(classes []string) (relabelled Split, ok bool) {
	if slices.Equal(s.Set.Classes, classes) {
		return s, true
	}
	if s.Set.Labels == nil {
		return s, s.Len() == 0
	}
	index := make(map[string]int, len(classes))
	for i, class := range classes {
		index[class] = i
	}
	set := *s.Set
	set.Classes, set.Labels = classes, slices.Clone(set.Labels)
	for _, i := range s.Index {
		at, known := index[s.Set.Label(i)]
		if !known {
			return s, false
		}
		set.Labels[i] = at
	}
	return Split{Set: &set, Index: s.Index, Dynamic: s.Dynamic}, true
}

// unlearned warns of classes that test images have and training images, with those for validation, have not.
func (l *loaded) unlearned() []string {
	if l.test == nil || l.test.Labels == nil || l.train.Labels == nil {
		return nil
	}
	learned := l.train.labelled()
	if !slices.Contains(learned, true) {
		return nil
	}
	var missing []string
	for i, there := range l.test.labelled() {
		if there && !learned[i] {
			missing = append(missing, fmt.Sprintf("%q", l.test.Classes[i]))
		}
	}
	const most = 5
	switch n := len(missing); {
	case n == 0:
		return nil
	case n > most:
		missing = append(missing[:most], fmt.Sprintf("and %d more", n-most))
	}
	return []string{"no training image has a label that test images have: " + strings.Join(missing, ", ")}
}

// labelled tells of each class whether an image has it.
func (s *Set) labelled() []bool {
	there := make([]bool, len(s.Classes))
	for _, l := range s.Labels {
		if l >= 0 {
			there[l] = true
		}
	}
	return there
}
