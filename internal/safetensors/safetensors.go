// Package safetensors reads and writes the safetensors file format: named
// tensors behind a JSON header, with nothing in it that can be executed.
//
// A file is
//
//	8 bytes   N, the length of the header, little-endian
//	N bytes   the header, a JSON object in UTF-8, padded with spaces
//	the rest  the data of all tensors, without holes, little-endian, row-major
//
// The header maps each tensor's name to its dtype, shape and data_offsets
// (counted from the end of the header); the name __metadata__ is reserved for an
// object of strings. The format is https://github.com/huggingface/safetensors;
// [Read] says where this package is stricter than the implementation there.
package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
	"unsafe"
)

// MaxHeader is the longest header in bytes that is written or read, as in the
// reference implementation.
const MaxHeader = 100_000_000

// metadataKey is the one name in the header that is no tensor's.
const metadataKey = "__metadata__"

// A DType names the type of a tensor's elements, as the header spells it.
type DType string

// The element types that this package knows. The format's types of less than a
// byte (F4, F6) are not among them.
const (
	Bool   DType = "BOOL"
	U8     DType = "U8"
	I8     DType = "I8"
	F8E5M2 DType = "F8_E5M2"
	F8E4M3 DType = "F8_E4M3"
	F8E8M0 DType = "F8_E8M0"
	I16    DType = "I16"
	U16    DType = "U16"
	F16    DType = "F16"
	BF16   DType = "BF16"
	I32    DType = "I32"
	U32    DType = "U32"
	F32    DType = "F32"
	C64    DType = "C64"
	F64    DType = "F64"
	I64    DType = "I64"
	U64    DType = "U64"
)

var sizes = map[DType]int{
	Bool: 1, U8: 1, I8: 1, F8E5M2: 1, F8E4M3: 1, F8E8M0: 1,
	I16: 2, U16: 2, F16: 2, BF16: 2,
	I32: 4, U32: 4, F32: 4,
	C64: 8, F64: 8, I64: 8, U64: 8,
}

// Size returns the bytes of one element, or 0 for an unknown type.
func (d DType) Size() int { return sizes[d] }

// A Tensor is a named array. Data holds the elements in row-major order, each
// little-endian; an empty Shape is a scalar, and a 0 in it makes Data empty.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte
}

// A File is the content of one file. A nil Metadata is written as no metadata at
// all, an empty one as an empty object. Tensors are in the order of their data.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// A FormatError says why bytes are not a safetensors file.
type FormatError struct {
	Reason string
}

func (e *FormatError) Error() string { return "not a safetensors file: " + e.Reason }

func formatErrorf(format string, args ...any) error {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}

// little tells whether this machine has the byte order of the format, so that numbers in
// memory are those in a file: models are large, and a copy of one is too.
var little = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// Float32s returns an F32 tensor of values, which may share their memory: they must
// not change before it has been written. [Write] refuses it if shape and the number
// of values disagree.
func Float32s(name string, shape []int, values []float32) Tensor {
	t := Tensor{Name: name, DType: F32, Shape: append([]int{}, shape...)}
	if little && len(values) > 0 {
		t.Data = unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values))
		return t
	}
	t.Data = make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(t.Data[4*i:], math.Float32bits(v))
	}
	return t
}

// Float32 returns the elements of an F32 tensor, which may share the memory of Data. Any
// other dtype is an error, and so is a Data that is not as long as Shape says.
func (t Tensor) Float32() ([]float32, error) {
	if t.DType != F32 {
		return nil, fmt.Errorf("tensor %s has dtype %s, not F32", quote(t.Name), quote(string(t.DType)))
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	if p := unsafe.Pointer(unsafe.SliceData(t.Data)); little && len(t.Data) > 0 && uintptr(p)%4 == 0 {
		return unsafe.Slice((*float32)(p), len(t.Data)/4), nil
	}
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values, nil
}

// check reports whether dtype, shape and the length of the data agree.
func (t Tensor) check() error {
	n, err := byteLength(t.DType, t.Shape)
	if err != nil {
		return fmt.Errorf("tensor %s: %w", quote(t.Name), err)
	}
	if n != len(t.Data) {
		return fmt.Errorf("tensor %s: %s of shape %v takes %d bytes, its data have %d",
			quote(t.Name), t.DType, t.Shape, n, len(t.Data))
	}
	return nil
}

// byteLength returns the bytes of a tensor, or an error for an unknown dtype, a
// negative dimension, or a product that does not fit an int.
func byteLength(d DType, shape []int) (int, error) {
	size := d.Size()
	if size == 0 {
		return 0, fmt.Errorf("unknown dtype %s", quote(string(d)))
	}
	n := 1
	for _, dim := range shape {
		if dim < 0 {
			return 0, fmt.Errorf("negative dimension %d", dim)
		}
		if dim != 0 && n > math.MaxInt/dim {
			return 0, fmt.Errorf("the product of its dimensions overflows")
		}
		n *= dim
	}
	if n > math.MaxInt/size {
		return 0, fmt.Errorf("its size in bytes overflows")
	}
	return n * size, nil
}

// quote returns s quoted for an error message, shortened where it is long.
func quote(s string) string {
	const most = 80
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%q...", s[:cut])
}
