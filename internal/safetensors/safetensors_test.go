package safetensors

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// example has metadata, a scalar, an empty tensor and several dtypes.
func example() *File {
	return &File{
		Metadata: map[string]string{"b": "2", "a": "line\n\"quoted\" <é>"},
		Tensors: []Tensor{
			Float32s("w", []int{2, 3}, []float32{1, -2, 3.5, 0, 1e-40, float32(math.Inf(1))}),
			Float32s("scalar", nil, []float32{7}),
			Float32s("none", []int{0, 5}, nil),
			{Name: "half", DType: F16, Shape: []int{1}, Data: []byte{0, 0x3c}},
			{Name: "", DType: I64, Shape: []int{1, 1}, Data: []byte{1, 2, 3, 4, 5, 6, 7, 8}},
		},
	}
}

func encode(t testing.TB, f *File) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, f); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func decode(data []byte) (*File, error) {
	return Read(bytes.NewReader(data), int64(len(data)))
}

func TestWriteBytes(t *testing.T) {
	got := encode(t, &File{
		Metadata: map[string]string{"z": "<", "a": "1"},
		Tensors: []Tensor{
			{Name: "x", DType: U8, Shape: []int{2}, Data: []byte{9, 8}},
			Float32s("y", nil, []float32{1}),
		},
	})
	header := `{"__metadata__":{"a":"1","z":"<"},` +
		`"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},` +
		`"y":{"dtype":"F32","shape":[],"data_offsets":[2,6]}}`
	header += strings.Repeat(" ", (8-len(header)%8)%8)
	want := string([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}) + header + "\x09\x08\x00\x00\x80\x3f"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestWriteEmpty(t *testing.T) {
	want := "\x08\x00\x00\x00\x00\x00\x00\x00{}      "
	if got := string(encode(t, &File{})); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	want := example()
	data := encode(t, want)
	got, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want.Tensors[2].Data = []byte{}
	want.Tensors[1].Shape = []int{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again := encode(t, got); !bytes.Equal(data, again) {
		t.Error("the file read back is written differently")
	}
}

func TestRoundTripProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawFile(t)
		var buf bytes.Buffer
		if err := Write(&buf, want); err != nil {
			t.Fatal(err)
		}
		got, err := decode(buf.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func drawFile(t *rapid.T) *File {
	f := &File{Tensors: []Tensor{}}
	if rapid.Bool().Draw(t, "with metadata") {
		f.Metadata = rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "metadata")
	}
	dtypes := []DType{Bool, U8, I8, F8E5M2, F8E4M3, F8E8M0, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64}
	names := rapid.SliceOfNDistinct(rapid.String(), 0, 6, rapid.ID[string]).Draw(t, "names")
	for _, name := range names {
		dtype := rapid.SampledFrom(dtypes).Draw(t, "dtype")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n := dtype.Size()
		for _, dim := range shape {
			n *= dim
		}
		data := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "data")
		f.Tensors = append(f.Tensors, Tensor{Name: name, DType: dtype, Shape: shape, Data: data})
	}
	return f
}

// TestPython reads a file of the reference implementation (testdata/make.py) and
// writes the same bytes again.
func TestPython(t *testing.T) {
	data, err := os.ReadFile("testdata/python.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	want := &File{
		Metadata: map[string]string{"név": "é \"<&>\" \n"},
		Tensors: []Tensor{
			{Name: "scalar", DType: F64, Shape: []int{}, Data: []byte{0, 0, 0, 0, 0, 0, 0x1c, 0x40}},
			{Name: "empty", DType: F32, Shape: []int{0, 4}, Data: []byte{}},
			Float32s("fc_mu.bias", []int{2}, []float32{1, 2}),
			Float32s("fc_mu.weight", []int{2, 3},
				[]float32{0.5, -1.25, 3, 1e-30, 65504, float32(math.Copysign(0, -1))}),
			{Name: "labels", DType: I16, Shape: []int{2}, Data: []byte{0xff, 0xff, 0x2c, 0x01}},
			{Name: "flags", DType: Bool, Shape: []int{3}, Data: []byte{1, 0, 1}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(data, encode(t, got)) {
		t.Error("the file is written differently than by the reference implementation")
	}
}

// Numbers that are not in place in memory, as on a machine of the other byte order, are
// copied, and are the same.
func TestFloat32Copies(t *testing.T) {
	values := []float32{0, 1.5, -3e38, 1e-45}
	shared := Float32s("x", []int{4}, values)
	defer func(before bool) { little = before }(little)
	little = false
	copied := Float32s("x", []int{4}, values)
	if !bytes.Equal(copied.Data, shared.Data) || &copied.Data[0] == &shared.Data[0] {
		t.Errorf("copied %v, shared %v", copied.Data, shared.Data)
	}
	for _, order := range []bool{false, true} {
		little = order
		moved := append([]byte{0}, shared.Data...)[1:] // not aligned, where the other is
		for _, data := range [][]byte{copied.Data, moved} {
			got, err := Tensor{Name: "x", DType: F32, Shape: []int{4}, Data: data}.Float32()
			if err != nil || cmp.Diff(values, got) != "" {
				t.Errorf("%v, %v, want %v", got, err, values)
			}
		}
	}
}

func TestFloat32(t *testing.T) {
	want := []float32{0, 1.5, -3e38, 1e-45}
	tensor := Float32s("x", []int{4}, want)
	got, err := tensor.Float32()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string]Tensor{
		`tensor "x" has dtype "F16", not F32`: {Name: "x", DType: F16, Shape: []int{2}, Data: make([]byte, 4)},
		`tensor "x": F32 of shape [2] takes 8 bytes, its data have 7`: {
			Name: "x", DType: F32, Shape: []int{2}, Data: make([]byte, 7)},
	} {
		if _, err := bad.Float32(); err == nil || err.Error() != name {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float32{1}
	for want, f := range map[string]File{
		`tensor "x": the name occurs twice`:               {Tensors: []Tensor{Float32s("x", nil, one), Float32s("x", nil, one)}},
		`tensor "__metadata__": the name is reserved`:     {Tensors: []Tensor{Float32s("__metadata__", nil, one)}},
		`tensor "\xff": the name is not valid UTF-8`:      {Tensors: []Tensor{Float32s("\xff", nil, one)}},
		`tensor "x": negative dimension -1`:               {Tensors: []Tensor{Float32s("x", []int{-1}, one)}},
		`tensor "x": unknown dtype "F3"`:                  {Tensors: []Tensor{{Name: "x", DType: "F3"}}},
		`tensor "x": F32 of shape [2] takes 8 bytes, its`: {Tensors: []Tensor{Float32s("x", []int{2}, one)}},
		`tensor "x": the product of its dimensions`:       {Tensors: []Tensor{Float32s("x", []int{math.MaxInt, 2}, one)}},
		`tensor "x": its size in bytes overflows`:         {Tensors: []Tensor{Float32s("x", []int{math.MaxInt}, one)}},
		`metadata "k": not valid UTF-8`:                   {Metadata: map[string]string{"k": "\xff"}},
	} {
		var buf bytes.Buffer
		err := Write(&buf, &f)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if buf.Len() != 0 {
			t.Errorf("%s: %d bytes were written all the same", want, buf.Len())
		}
	}
}

// TestWriteFails lets the writer fail at every byte.
func TestWriteFails(t *testing.T) {
	full := errors.New("disk full")
	size := len(encode(t, example()))
	for n := range size {
		if err := Write(&shortWriter{n, full}, example()); !errors.Is(err, full) {
			t.Fatalf("after %d bytes: got %v", n, err)
		}
	}
}

type shortWriter struct {
	left int
	err  error
}

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return w.left, w.err
	}
	w.left -= len(p)
	return len(p), nil
}

func TestReadFails(t *testing.T) {
	data := encode(t, example())
	broken := errors.New("broken disk")
	for n := range data {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))
		_, err := Read(r, int64(len(data)))
		var format *FormatError
		if !errors.Is(err, broken) || errors.As(err, &format) {
			t.Fatalf("after %d bytes: got %v", n, err)
		}
	}
}
