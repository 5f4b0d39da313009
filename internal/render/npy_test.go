package render

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"vae/internal/npy"
)

// readNPY reads the files written here, strictly.
func readNPY(b []byte) (shape []int, values []float32, err error) {
	if len(b) < 10 || string(b[:8]) != npy.Magic+"\x01\x00" {
		return nil, nil, errors.New("no magic")
	}
	end := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	if end%64 != 0 || len(b) < end || b[end-1] != '\n' {
		return nil, nil, fmt.Errorf("header ends at %d", end)
	}
	text, ok := strings.CutPrefix(string(b[10:end]), "{'descr': '<f4', 'fortran_order': False, 'shape': (")
	dims, spaces, ok2 := strings.Cut(text, "), }")
	if !ok || !ok2 || strings.Trim(spaces, " ") != "\n" {
		return nil, nil, fmt.Errorf("header %q", text)
	}
	size := 1
	for _, d := range strings.Split(strings.TrimSuffix(dims, ","), ", ") {
		var dim int
		if _, err := fmt.Sscanf(d, "%d", &dim); err != nil {
			return nil, nil, err
		}
		shape = append(shape, dim)
		size *= dim
	}
	if len(b)-end != 4*size {
		return nil, nil, fmt.Errorf("%d bytes for %d values", len(b)-end, size)
	}
	values = make([]float32, size)
	return shape, values, binary.Read(bytes.NewReader(b[end:]), binary.LittleEndian, values)
}

func TestNPYExact(t *testing.T) {
	var b bytes.Buffer
	n, err := NewNPY(&b, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(n.Write([]float32{1, -2, 0.5}), n.Write([]float32{float32(math.Inf(1))}), n.Close()); err != nil {
		t.Fatal(err)
	}
	if got, want := b.Bytes()[128:], []byte("\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\x00\x00\x80\x7f"); !bytes.Equal(got, want) {
		t.Errorf("values % x, want % x", got, want)
	}
}

func TestNPYErrors(t *testing.T) {
	for _, shape := range [][]int{{-1}, {1, -1}, {math.MaxInt, math.MaxInt}, {0, math.MaxInt, math.MaxInt}, make([]int, 33)} {
		if _, err := NewNPY(io.Discard, shape[0], shape[1:]...); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("shape %v: %v", shape, err)
		}
	}
	if _, err := NewNPY(&limited{100}, 1); !errors.Is(err, errFull) {
		t.Errorf("header on a full disk: %v", err)
	}
	var b bytes.Buffer
	n, err := NewNPY(&b, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Write(make([]float32, 5)); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err == nil || err.Error() != "npy array of 6 values: 1 missing" {
		t.Errorf("short: %v", err)
	}
	if err := n.Write(make([]float32, 3)); err == nil || err.Error() != "npy array of 6 values: 2 too many" {
		t.Errorf("long: %v", err)
	}
	if b.Len() != 128+5*4 {
		t.Errorf("%d bytes written", b.Len())
	}
}

func FuzzNPY(f *testing.F) {
	f.Add(3, 4, []byte("\x00\x00\x80\x3f\x00\x00\x80\xff"))
	f.Add(0, 7, []byte{})
	f.Add(1, 0, []byte{})
	f.Add(1000, 1, []byte("\x01\x00\xc0\x7f"))
	f.Fuzz(func(t *testing.T, rows, inner int, raw []byte) {
		if rows < 0 || inner < 0 || rows > 2000 || inner > 2000 || rows*inner > 100_000 {
			if _, err := NewNPY(io.Discard, rows, inner); err == nil && (rows < 0 || inner < 0) {
				t.Fatalf("negative shape %d, %d accepted", rows, inner)
			}
			return
		}
		values := make([]float32, rows*inner)
		for i := range values {
			if at := i * 4 % (len(raw) + 1); at+4 <= len(raw) {
				values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[at:]))
			}
		}
		var b bytes.Buffer
		n, err := NewNPY(&b, rows, inner)
		if err != nil {
			t.Fatal(err)
		}
		cut := len(raw) % (len(values) + 1)
		if err := errors.Join(n.Write(values[:cut]), n.Write(values[cut:]), n.Close()); err != nil {
			t.Fatal(err)
		}
		shape, got, err := readNPY(b.Bytes())
		if err != nil || !slices.Equal(shape, []int{rows, inner}) || !sameBits(got, values) {
			t.Fatalf("shape %v, %v", shape, err)
		}
		if inner > 0 {
			checkSpool(t, b.Bytes(), values, inner)
		}
	})
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// checkSpool holds a spool's output against the file of the same array.
func checkSpool(t *testing.T, want []byte, values []float32, inner int) {
	t.Helper()
	var b bytes.Buffer
	s, err := NewNPYSpool(&b, inner)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Abort()
	if err := errors.Join(s.Write(values), s.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Fatalf("spool of %d values differs from the array", len(values))
	}
}

// temporary makes an empty folder for temporary files and returns how many are in it.
func temporary(t *testing.T) func() int {
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
}

func TestNPYSpool(t *testing.T) {
	files := temporary(t)
	var b bytes.Buffer
	s, err := NewNPYSpool(&b, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, 6*5000)
	for i := range values {
		values[i] = float32(i)
	}
	for part := range slices.Chunk(values, 7777) {
		if err := s.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	shape, got, err := readNPY(b.Bytes())
	if err != nil || !slices.Equal(shape, []int{5000, 3, 2}) || !slices.Equal(got, values) {
		t.Errorf("shape %v, %v", shape, err)
	}
	if s.Close() == nil || s.Write(nil) == nil || s.Abort() != nil {
		t.Error("a closed spool still works")
	}
	if files() != 0 {
		t.Error("temporary file left")
	}
}

func TestNPYSpoolErrors(t *testing.T) {
	files := temporary(t)
	for _, inner := range [][]int{{0}, {3, 0}, {-1}} {
		if _, err := NewNPYSpool(io.Discard, inner...); err == nil {
			t.Errorf("inner shape %v accepted", inner)
		}
	}
	var b bytes.Buffer
	for _, c := range []struct {
		w    io.Writer
		end  func(*NPYSpool) error
		want string
	}{
		{&b, (*NPYSpool).Close, "npy array: the last row has 1 of 3 values"},
		{&b, (*NPYSpool).Abort, ""},
	} {
		s, err := NewNPYSpool(c.w, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(make([]float32, 4)); err != nil {
			t.Fatal(err)
		}
		if err := c.end(s); fmt.Sprint(err) != c.want && !(err == nil && c.want == "") {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if b.Len() != 0 {
		t.Errorf("%d bytes written", b.Len())
	}
	for _, room := range []int{0, 130} {
		s, err := NewNPYSpool(&limited{room}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(make([]float32, 100)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	if files() != 0 {
		t.Error("temporary files left")
	}
}

func BenchmarkNPY(b *testing.B) {
	values := make([]float32, 1<<16)
	b.SetBytes(4 << 16)
	b.ReportAllocs()
	n, err := NewNPY(io.Discard, math.MaxInt/64)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := n.Write(values); err != nil {
			b.Fatal(err)
		}
	}
}
