// Package dataset turns files into pixels: MNIST, folders of IDX files and
// folders of images for training; any mixture of them, one image at a time,
// for inference.
//
// Pixels stay uint8 until a batch is gathered. Shapes in comments: N images,
// D pixels (width x height x channels, rows of interleaved channels), B rows
// of a batch.
package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"vae/internal/config"
)

// Set is a set of images of one shape, in memory.
type Set struct {
	Shape   config.Shape
	Pixels  []uint8  // [N, D], image after image, rows of interleaved channels
	Labels  []int    // [N], indices into Classes, -1 for an image without one; nil when no image has a label
	Classes []string // names of the labels
	Names   []string // [N] slash paths; nil when an image has no name but its index
}

// Len is N, the number of images.
func (s *Set) Len() int {
	if d := s.Shape.Pixels(); d > 0 {
		return len(s.Pixels) / d
	}
	return 0
}

// Image is image i, D pixels, a view that must not be written.
func (s *Set) Image(i int) []uint8 {
	d := s.Shape.Pixels()
	return s.Pixels[i*d : (i+1)*d : (i+1)*d]
}

// Name is the name of image i: its path, or its index with at least five digits.
func (s *Set) Name(i int) string {
	if s.Names == nil {
		return indexName(i)
	}
	return s.Names[i]
}

// Label is the name of image i's label, "" when it has none.
func (s *Set) Label(i int) string {
	if s.Labels == nil || s.Labels[i] < 0 {
		return ""
	}
	return s.Classes[s.Labels[i]]
}

// Mean is the mean pixel of all images, 0 to 1; 0 for an empty set.
func (s *Set) Mean() float64 {
	if len(s.Pixels) == 0 {
		return 0
	}
	return float64(sum(s.Pixels)) / 255 / float64(len(s.Pixels))
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
	var label [8]byte
	for _, s := range sets {
		fmt.Fprintf(h, "vae images %s %d labels %t\n", s.Shape, s.Len(), s.Labels != nil)
		h.Write(s.Pixels)
		for _, l := range s.Labels {
			binary.LittleEndian.PutUint64(label[:], uint64(int64(l)))
			h.Write(label[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Between lists the numbers from, from+1, ..., to-1 of images.
func Between(from, to int) []int {
	rows := make([]int, to-from)
	for i := range rows {
		rows[i] = from + i
	}
	return rows
}
