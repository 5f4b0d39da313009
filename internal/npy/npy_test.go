package npy

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"vae/internal/sample"
)

// file is a header by hand.
func file(major byte, text string) string {
	b := append([]byte(Magic), major, 0)
	if major == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	}
	return string(b) + text
}

func dict(dtype, order, shape string) string {
	return "{'descr': " + dtype + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n"
}

// What other programs write is read too: in another order, with other blanks, of Python 2.
func TestReadHeader(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for text, want := range map[string]Header{
		file(1, dict("'<f4'", "False", "(3, 4)")):                             {"<f4", Float, sample.Type{Kind: sample.Float, Size: 4, Order: little}, 4, false, []int{3, 4}},
		file(2, dict("'>i2'", "True", "(3,)")):                                {">i2", Signed, sample.Type{Kind: sample.Signed, Size: 2, Order: big}, 2, true, []int{3}},
		file(3, dict("'|u1'", "False", "()")):                                 {"|u1", Unsigned, sample.Type{Size: 1, Order: little}, 1, false, nil},
		file(1, "{ 'shape':(0 ,7L),'fortran_order':False, 'descr' : '=f8' }"): {"=f8", Float, sample.Type{Kind: sample.Float, Size: 8, Order: little}, 8, false, []int{0, 7}},
		file(1, dict("'|b1'", "False", "(2,)")):                               {"|b1", Bool, sample.Type{Size: 1, Order: little}, 1, false, []int{2}},
		file(1, dict("'>U5'", "False", "(2,)")):                               {">U5", Text, sample.Type{Size: 5, Order: big}, 20, false, []int{2}},
		file(1, dict("'|S5'", "False", "(2,)")):                               {"|S5", Bytes, sample.Type{Size: 5, Order: little}, 5, false, []int{2}},
		file(1, dict("'<f2'", "False", "(4611686018427387904,)")):             {"<f2", Float, sample.Type{Kind: sample.Float, Size: 2, Order: little}, 2, false, []int{1 << 62}},
	} {
		r := strings.NewReader(text + "rest")
		got, err := ReadHeader(iotest.OneByteReader(r))
		if err != nil || got.DType != want.DType || got.Kind != want.Kind || got.Number != want.Number || got.Width != want.Width || got.Fortran != want.Fortran || !slices.Equal(got.Shape, want.Shape) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
		if rest, err := io.ReadAll(r); string(rest) != "rest" {
			t.Errorf("%q: %q is left: %v", text, rest, err)
		}
	}
}

func TestHeader(t *testing.T) {
	h := Header{Width: 4, Shape: []int{3, 4, 5}}
	if h.Elements() != 60 || h.Size() != 240 || h.ShapeText() != "[3, 4, 5]" || h.IsText() || !(Header{Kind: Bytes}).IsText() {
		t.Error(h.Elements(), h.Size(), h.ShapeText(), h.IsText())
	}
}

func TestRefused(t *testing.T) {
	unread := func(dtype string) string {
		return "has elements of type " + dtype + ", which are not read; save it as uint8, uint16 or float32"
	}
	for text, want := range map[string]string{
		"":                                 io.ErrUnexpectedEOF.Error(),
		Magic:                              io.ErrUnexpectedEOF.Error(),
		Magic + "\x01\x00":                 io.ErrUnexpectedEOF.Error(),
		file(1, "{'descr'}")[:15]:          io.ErrUnexpectedEOF.Error(),
		"\x93NUMPX\x01\x00":                "is not in NumPy's format",
		file(0, "{}"):                      "has version 0.0 of NumPy's format, which is not read",
		file(4, "{}"):                      "has version 4.0 of NumPy's format, which is not read",
		Magic + "\x02\x00\x01\x00\x01\x00": "has a header of 65537 bytes, more than 65536",
		file(1, "{}"):                      "has a damaged header: no descr, fortran_order and shape",
		file(1, dict("[('x', '<f4')]", "False", "(3,)")):               "has elements of several parts (a structured dtype), which are not read",
		file(1, dict("'|O'", "False", "(3,)")):                         "holds Python objects, which are not read; save it as uint8, uint16 or float32",
		file(1, dict("'<c8'", "False", "(3,)")):                        unread(`"<c8"`),
		file(1, dict("'<f1'", "False", "(3,)")):                        unread(`"<f1"`),
		file(1, dict("'<i3'", "False", "(3,)")):                        unread(`"<i3"`),
		file(1, dict("'<f16'", "False", "(3,)")):                       unread(`"<f16"`),
		file(1, dict("'<U1001'", "False", "(3,)")):                     unread(`"<U1001"`),
		file(1, dict("'<u\n'", "False", "(3,)")):                       unread(`"<u\n"`),
		file(1, dict("'<f4'", "False", "(3, -4)")):                     "has the shape (3, -4), which no array can have",
		file(1, dict("'<f4'", "False", "(x\n)")):                       "has a damaged header: no descr, fortran_order and shape",
		file(1, dict("'<f4'", "False", "(3, x)")):                      "has the shape (3, x), which no array can have",
		file(1, dict("'<f4'", "False", "(9223372036854775808,)")):      "has the shape (9223372036854775808,), which no array can have",
		file(1, dict("'<f4'", "False", "(4294967296, 4294967296)")):    "has the shape (4294967296, 4294967296), which no array can have",
		file(1, dict("'<f4'", "False", "(0, 4294967296, 4294967296)")): "has the shape (0, 4294967296, 4294967296), which no array can have",
		file(1, dict("'<f4'", "False", "(9223372036854775807,)")):      "has the shape (9223372036854775807,), which no array can have",
	} {
		if h, err := ReadHeader(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v; want %s", text, h, err, want)
		}
	}
}

// Headers as numpy 2.4 writes them.
func TestFloat32Header(t *testing.T) {
	for _, c := range []struct {
		rows   int
		inner  []int
		shape  string
		spaces int
	}{
		{3, []int{4}, "(3, 4)", 58},
		{3, nil, "(3,)", 60},
		{0, []int{20}, "(0, 20)", 57},
		{100000, []int{28, 28, 1}, "(100000, 28, 28, 1)", 45},
	} {
		want := "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': " + c.shape + ", }" + strings.Repeat(" ", c.spaces) + "\n"
		if got, _, err := Float32Header(c.rows, c.inner...); err != nil || string(got) != want {
			t.Errorf("shape %s: %v\n%q, want\n%q", c.shape, err, got, want)
		}
	}
}

func TestFloat32HeaderRefused(t *testing.T) {
	for _, shape := range [][]int{{-1}, {1, -1}, {math.MaxInt, math.MaxInt}, {0, math.MaxInt, math.MaxInt}, make([]int, 33)} {
		if _, _, err := Float32Header(shape[0], shape[1:]...); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("shape %v: %v", shape, err)
		}
	}
}

// What is written is read back.
func FuzzFloat32Header(f *testing.F) {
	f.Add(3, 4, 5)
	f.Add(0, 1, 1<<40)
	f.Fuzz(func(t *testing.T, rows, height, width int) {
		header, elements, err := Float32Header(rows, height, width)
		if err != nil {
			return
		}
		h, err := ReadHeader(bytes.NewReader(header))
		if err != nil || !slices.Equal(h.Shape, []int{rows, height, width}) || int64(h.Elements()) != elements || h.Kind != Float || h.Width != 4 || h.Fortran || len(header)%64 != 0 {
			t.Errorf("%q: %v, %v; %d elements", header, h, err, elements)
		}
	})
}

// FuzzReadHeader: whatever the bytes, there is a header whose elements can be counted or an
// error in one line.
func FuzzReadHeader(f *testing.F) {
	for _, text := range []string{file(1, dict("'<f4'", "False", "(3, 4)")), file(2, dict("'>U7'", "True", "(3,)")), file(3, dict("[('x', '<f4')]", "False", "()"))} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r := bytes.NewReader(content)
		h, err := ReadHeader(r)
		if err != nil {
			if err == io.EOF || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q", err)
			}
			return
		}
		if read := len(content) - r.Len(); read > MaxStart {
			t.Errorf("%d bytes were read", read)
		}
		n, size := 1., float64(h.Width)
		for _, d := range h.Shape {
			n *= float64(d)
		}
		if math.Abs(float64(h.Elements())-n) > 1e-9*n || math.Abs(float64(h.Size())-n*size) > 1e-9*n*size {
			t.Errorf("%v has %d elements in %d bytes", h, h.Elements(), h.Size())
		}
	})
}
