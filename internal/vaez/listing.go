package vaez

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Listing are the names and the labels of a block's images; nil where there are none.
type Listing struct{ Names, Labels []string }

// maxListing bounds a listing once it is inflated.
const maxListing = 1 << 26

// ErrListing is about names or labels that take more than a block may have.
var ErrListing = fmt.Errorf("names and labels of one block take more than %d MiB: put fewer images into a block, or leave them out", maxListing>>20)

// Check refuses a listing that would not be read.
func (l Listing) Check() error {
	names, labels := 0, 0
	for _, name := range l.Names {
		names += textBytes(name)
	}
	classes := map[string]bool{}
	for _, label := range l.Labels {
		if !classes[label] {
			labels += textBytes(label)
			classes[label] = true
		}
	}
	const number = 3 // bytes of that of a class, and of how many there are; there are fewer than MaxImages
	if labels += number * (len(l.Labels) + 1); names > maxListing || len(l.Labels) > 0 && labels > maxListing {
		return ErrListing
	}
	return nil
}

// textBytes are at most those of a text and its length.
func textBytes(text string) int { return len(text) + binary.MaxVarintLen32 }

// Append writes the listing. Names that count on, as those of files of many images do, take next to nothing.
func (l Listing) Append(to []byte) []byte {
	names, labels := l.names(), l.labels()
	if len(names)+len(labels) == 0 {
		return to
	}
	to = binary.AppendUvarint(to, uint64(len(names)))
	return append(append(to, names...), labels...)
}

// The forms of names.
const (
	counted  = 'c'
	deflated = 'd'
)

func (l Listing) names() []byte {
	if l.Names == nil {
		return nil
	}
	if c, ok := countOf(l.Names[0]); ok && c.digits <= maxDigits && c.names(l.Names) {
		to := appendText([]byte{counted}, c.prefix)
		to = binary.AppendUvarint(to, uint64(c.digits))
		return binary.AppendUvarint(to, c.first)
	}
	return deflate([]byte{deflated}, l.Names)
}

// count is names that count on: a prefix and a number of at least so many digits.
type count struct {
	prefix string
	digits int
	first  uint64
}

// countOf is what a name may be the first of.
func countOf(name string) (count, bool) {
	prefix := strings.TrimRight(name, "0123456789")
	digits := name[len(prefix):]
	first, err := strconv.ParseUint(digits, 10, 62)
	return count{prefix, len(digits), first}, err == nil
}

// maxDigits are the most of a name that counts on.
const maxDigits = 20

func (c count) name(i int) string {
	return fmt.Sprintf("%s%0*d", c.prefix, c.digits, c.first+uint64(i))
}

// names tells whether these are the names.
func (c count) names(all []string) bool {
	for i, name := range all {
		if name != c.name(i) {
			return false
		}
	}
	return true
}

// labels are the classes in the order in which they come, and the number of each image's.
func (l Listing) labels() []byte {
	if l.Labels == nil {
		return nil
	}
	var classes []string
	numbers := map[string]int{}
	var rest []byte
	for _, label := range l.Labels {
		if _, ok := numbers[label]; !ok {
			numbers[label] = len(classes)
			classes = append(classes, label)
		}
		rest = binary.AppendUvarint(rest, uint64(numbers[label]))
	}
	all := binary.AppendUvarint(nil, uint64(len(classes)))
	for _, class := range classes {
		all = appendText(all, class)
	}
	return deflateBytes(nil, append(all, rest...))
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

func deflate(to []byte, texts []string) []byte {
	var all []byte
	for _, text := range texts {
		all = appendText(all, text)
	}
	return deflateBytes(to, all)
}

func deflateBytes(to, all []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression) // of that level there is no error
	w.Write(all)
	w.Close()
	return append(to, b.Bytes()...)
}

var errListing = errors.New("has names or labels that are damaged")

// ParseListing reads the listing of a block of so many images.
func ParseListing(from []byte, images int) (l Listing, err error) {
	if len(from) == 0 {
		return l, nil
	}
	f := fields{rest: from}
	names := f.bytes(int(f.number("length of names", uint64(len(from)))))
	if f.err != nil {
		return l, errListing
	}
	if len(names) > 0 {
		l.Names, err = parseNames(names, images)
	}
	if len(f.rest) > 0 && err == nil {
		l.Labels, err = parseLabels(f.rest, images)
	}
	return l, err
}

func parseNames(from []byte, images int) ([]string, error) {
	f := fields{rest: from[1:]}
	if from[0] == deflated {
		all, err := inflate(from[1:])
		if err != nil {
			return nil, err
		}
		f.rest = all
		names := f.texts(images)
		if f.end() != nil {
			return nil, errListing
		}
		return names, nil
	}
	c := count{prefix: f.text(), digits: int(f.number("number of digits", maxDigits)), first: f.number("number", 1<<62-1)}
	if f.end() != nil || from[0] != counted || int64(len(c.prefix))*int64(images) > maxListing {
		return nil, errListing
	}
	names := make([]string, images)
	for i := range names {
		names[i] = c.name(i)
	}
	return names, nil
}

func parseLabels(from []byte, images int) ([]string, error) {
	all, err := inflate(from)
	if err != nil {
		return nil, err
	}
	f := fields{rest: all}
	classes := f.texts(int(f.number("number of classes", uint64(images))))
	if f.err != nil || len(classes) == 0 {
		return nil, errListing
	}
	labels := slices.Grow([]string(nil), min(images, len(f.rest)))
	for i := 0; i < images && f.err == nil; i++ {
		labels = append(labels, classes[f.number("class", uint64(len(classes)-1))])
	}
	if f.end() != nil {
		return nil, errListing
	}
	return labels, nil
}

func (f *fields) text() string { return string(f.bytes(int(f.number("length of a text", maxListing)))) }

func (f *fields) texts(n int) (all []string) {
	for i := 0; i < n && f.err == nil; i++ {
		all = append(all, f.text())
	}
	return all
}

func inflate(from []byte) ([]byte, error) {
	all, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(from)), maxListing+1))
	if err != nil || len(all) > maxListing {
		return nil, errListing
	}
	return all, nil
}
