package dataset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strconv"
	"unsafe"

	"vae/internal/config"
	"vae/internal/kernel"
)

// plain tells whether pixels are bytes over 255, as those of most images are.
func (s *Set) plain() bool { return s.Deep == nil && s.Real == nil && s.table == nil }

// setRange makes low and high the values that are black and white, of Pixels or of Deep.
func (s *Set) setRange(low, high float64) {
	s.Low, s.High, s.table = low, high, nil
	if s.Real != nil || s.Deep == nil && low == 0 && high == math.MaxUint8 {
		return
	}
	n := math.MaxUint8 + 1
	if s.Deep != nil {
		n = math.MaxUint16 + 1
	}
	s.table = make([]float32, n)
	for v := range s.table {
		s.table[v] = float32(min(max((float64(v)-low)/(high-low), 0), 1))
	}
}

// ends are the values that are black and white, of Pixels or Deep.
func (s *Set) ends() (low, high float64) {
	if s.High == s.Low && s.Real == nil {
		return 0, math.MaxUint8
	}
	return s.Low, s.High
}

// Levels is how many values a pixel may have, evenly from black to white: 256 of bytes, also where they were resized, for they are
// rounded to bytes again; 0 of floating-point values, which may be any.
func (s *Set) Levels() int {
	low, high := s.ends()
	if n := high - low + 1; s.Real == nil && n <= config.MaxLevels {
		return int(n)
	}
	return 0
}

// noLevels says of images without levels what they are; "" of others.
func (s *Set) noLevels() string {
	switch {
	case s.Levels() > 0:
		return ""
	case s.Real == nil:
		return fmt.Sprintf("of more than %s values from black to white, the most levels that there may be", thousands(config.MaxLevels))
	case s.Low == s.High:
		return "of different depths or ranges, which have no levels in common"
	}
	return "of floating-point values, or of a range whose ends they cannot have, which have no levels"
}

// raster is image i, a view.
func (s *Set) raster(i int) raster {
	s.guard()
	d := s.Shape.Pixels()
	view := raster{w: s.Shape.Width, h: s.Shape.Height, c: s.Shape.Channels}
	switch {
	case s.Real != nil:
		view.real, view.high = s.Real[i*d:(i+1)*d], 1
		return view
	case s.Deep != nil:
		view.deep = s.Deep[i*d : (i+1)*d]
	default:
		view.pix = s.Image(i)
	}
	view.low, view.high = s.ends()
	return view
}

// Floats writes image i to dst [D], 0 black to 1 white.
func (s *Set) Floats(dst []float32, i int) {
	d := s.Shape.Pixels()
	s.floats(dst[:d], i*d)
}

// floats writes the values from one of all images on, 0 black to 1 white.
func (s *Set) floats(dst []float32, from int) {
	s.guard()
	to := from + len(dst)
	switch {
	case s.Real != nil:
		copy(dst, s.Real[from:to])
	case s.Deep != nil:
		for j, v := range s.Deep[from:to] {
			dst[j] = s.table[v]
		}
	case s.table != nil:
		for j, v := range s.Pixels[from:to] {
			dst[j] = s.table[v]
		}
	default:
		kernel.BytesToFloats(dst, s.Pixels[from:to])
	}
}

// guard makes a panic, from which somebody recovers, of the fault that reading a file brings which has been cut short or cannot be read.
func (s *Set) guard() {
	if s.file != nil {
		debug.SetPanicOnFault(true)
	}
}

// bits are those of a value.
func (s *Set) bits() int {
	switch {
	case s.Real != nil:
		return 32
	case s.Deep != nil:
		return 16
	}
	return 8
}

// levels is 1 less than how many values a pixel may have; 0 for any.
func (s *Set) levels() float64 {
	if s.Real != nil {
		return 0
	}
	low, high := s.ends()
	return high - low
}

// prefetch has image i brought near, if it is one of bytes.
func (s *Set) prefetch(i int) {
	if s.Pixels != nil {
		kernel.Prefetch(s.Image(i))
	}
}

// realMeans is [Split.PixelMeans] of images that are not plain.
func (s Split) realMeans(d int) []float64 {
	means, image := make([]float64, d), make([]float32, d)
	for _, i := range s.Index {
		s.Set.Floats(image, i)
		for j, v := range image {
			means[j] += float64(v)
		}
	}
	for j := range means {
		means[j] /= float64(max(len(s.Index), 1))
	}
	return means
}

// Same tells whether two images are the same.
func (s *Set) Same(i, j int) bool {
	s.guard()
	d := s.Shape.Pixels()
	switch {
	case s.Real != nil:
		return slices.Equal(s.Real[i*d:(i+1)*d], s.Real[j*d:(j+1)*d])
	case s.Deep != nil:
		return slices.Equal(s.Deep[i*d:(i+1)*d], s.Deep[j*d:(j+1)*d])
	}
	return bytes.Equal(s.Image(i), s.Image(j))
}

// Span is the least and the greatest pixel of image i, 0 to 1.
func (s *Set) Span(i int) (least, most float32) {
	if s.plain() {
		image := s.Image(i)
		return float32(slices.Min(image)) / 255, float32(slices.Max(image)) / 255
	}
	values := make([]float32, s.Shape.Pixels())
	s.Floats(values, i)
	return slices.Min(values), slices.Max(values)
}

// BlackAndWhite tells whether image i has no grey pixel.
func (s *Set) BlackAndWhite(i int) bool {
	if s.plain() {
		return !slices.ContainsFunc(s.Image(i), func(p uint8) bool { return p != 0 && p != 255 })
	}
	values := make([]float32, s.Shape.Pixels())
	s.Floats(values, i)
	return !slices.ContainsFunc(values, func(v float32) bool { return v != 0 && v != 1 })
}

// writeTo hashes the pixels.
func (s *Set) writeTo(h hash.Hash) {
	s.guard()
	h.Write(s.Pixels)
	var b [4]byte
	for _, v := range s.Deep {
		binary.LittleEndian.PutUint16(b[:], v)
		h.Write(b[:2])
	}
	for _, v := range s.Real {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
		h.Write(b[:])
	}
}

// drawn makes each grey value white with itself as the probability, exact to 2^-16.
func drawn(values []float32, r *rand.Rand) {
	var random [512]uint16
	for from := 0; from < len(values); from += len(random) {
		part := values[from:min(from+len(random), len(values))]
		fill16(random[:len(part)], r)
		for i, v := range part {
			part[i] = 0
			if float32(random[i]) < 65536*v {
				part[i] = 1
			}
		}
	}
}

// keptNames are names of images in a file.
type keptNames struct {
	ends []uint64 // of each in text
	text []byte
	from int // the number of the first image
}

func (n *keptNames) at(i int) string {
	i += n.from
	begin := uint64(0)
	if i > 0 {
		begin = n.ends[i-1]
	}
	return string(n.text[begin:n.ends[i]])
}

// intsOf are numbers of 8 bytes as this processor has them.
func intsOf(b []byte, n int) []int {
	if n == 0 {
		return []int{}
	}
	numbers := unsafe.Slice((*int64)(unsafe.Pointer(&b[0])), n)
	if strconv.IntSize == 64 {
		return unsafe.Slice((*int)(unsafe.Pointer(&b[0])), n)
	}
	ints := make([]int, n)
	for i, v := range numbers {
		ints[i] = int(v)
	}
	return ints
}

// aligned writes numbers of 8 bytes where memory has them.
type aligned struct {
	w *bufio.Writer
	n int
}

func alignedTo(w io.Writer) *aligned { return &aligned{w: bufio.NewWriterSize(w, 1<<20)} }

func (a *aligned) write(p []byte) error {
	n, err := a.w.Write(p)
	a.n += n
	return err
}

func (a *aligned) number(n uint64) error {
	return a.write(binary.LittleEndian.AppendUint64(a.w.AvailableBuffer(), n))
}

// align goes on to the next multiple of 8.
func (a *aligned) align() error { return a.write(make([]byte, alignment(a.n))) }

func alignment(n int) int { return -n & 7 }
