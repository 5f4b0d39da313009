package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// npyBytes is an array of NumPy, of type u1 or f4.
func npyBytes(t *testing.T, kind string, shape []int, values []float64) []byte {
	t.Helper()
	text := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(shape)), ", "), "[]")
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }\n", map[string]string{"u1": "|u1", "u2": "<u2", "f4": "<f4", "i8": "<i8"}[kind], text)
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	b = append(b, header...)
	var err error
	for _, v := range values {
		switch kind {
		case "u1":
			b = append(b, uint8(v))
		case "u2":
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		case "f4":
			b, err = binary.Append(b, binary.LittleEndian, float32(v))
		default:
			b, err = binary.Append(b, binary.LittleEndian, int64(v))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func npzBytes(t *testing.T, arrays map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range arrays {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func count(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i % 256)
	}
	return values
}

func TestArraysOfAFile(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "d.npz", npzBytes(t, map[string][]byte{
		"x_train": npyBytes(t, "u1", []int{24, 2, 3}, count(144)), "y_train": npyBytes(t, "i8", []int{24}, slices.Repeat([]float64{10, 2, 3}, 8)),
		"x_test": npyBytes(t, "u1", []int{3, 2, 3}, count(18)), "y_test": npyBytes(t, "i8", []int{3}, []float64{3, 10, 2}),
		"seed": npyBytes(t, "i8", []int{1}, []float64{7}),
	}))
	s := mustLoad(t, loadFrom(file), 1)
	if s.Train.Len() != 22 || s.Validation.Len() != 2 || s.Test.Len() != 3 || !s.Own || s.Train.Set.Shape.String() != "3x2x1" {
		t.Errorf("%d, %d, %d images of %v", s.Train.Len(), s.Validation.Len(), s.Test.Len(), s.Train.Set.Shape)
	}
	if set := s.Test.Set; !slices.Equal(set.Classes, []string{"2", "3", "10"}) || set.Label(0) != "3" || set.Label(1) != "10" || !bytes.Equal(set.Image(1), ramp(12)[6:]) {
		t.Errorf("classes %q, labels %v", set.Classes, set.Labels)
	}
	if got := strings.Join(s.Found, "; "); got != "arrays: x_train 24, x_test 3; arrays left out, as they are neither images nor labels: seed" {
		t.Error(got)
	}
	items := readAll(t, small(3, 2, 1), file)
	if len(items) != 27 || items[25].Name != "d.npz/x_test/00001" || items[25].Label != "10" || !bytes.Equal(items[25].Pixels.Bytes(), ramp(12)[6:]) {
		t.Errorf("%d items, %+v", len(items), items[25])
	}
}

// Floats have no range of their own: it is asked for, with the ends that are there.
func TestArraysOfFloats(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "x.npy", npyBytes(t, "f4", []int{20, 2, 3}, slices.Repeat([]float64{-5, 0, 10, 20, 30, 35}, 20)))
	_, err := Load(loadFrom(file), 1, 0)
	wantError(t, err, file+": 20 of its images hold floating-point values, here from -5 to 35", "\x00⟨data.range -5:35⟩\x00")
	cfg := loadFrom(file)
	cfg.Range = "-5:35"
	set := mustLoad(t, cfg, 1).Train.Set
	if want := []float32{0, 0.125, 0.375, 0.625, 0.875, 1}; !slices.Equal(set.Real[:6], want) {
		t.Errorf("%v", set.Real[:6])
	}
	cfg.ImageSize = "6x4"
	if set := mustLoad(t, cfg, 1).Train.Set; set.Shape.String() != "6x4x1" || len(set.Real)%24 != 0 {
		t.Errorf("%v", set.Shape)
	}
	if _, err := Open(t.Context(), []string{write(t, dir, "bad.npy", []byte("text"))}, small(3, 2, 1)); err == nil {
		t.Error("text was taken for an array")
	}
}

// An array of two sizes is one image, and rows that may be images are not taken for one.
func TestArraysOfRows(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "rows.npy", npyBytes(t, "u1", []int{20, 6}, count(120)))
	_, err := Load(loadFrom(file), 1, 0)
	wantError(t, err, file+": has the shape [20, 6]: make it [N, height, width]")
	if _, err = Open(t.Context(), []string{file}, small(3, 2, 1)); err == nil {
		t.Error("rows were taken for one image")
	} else {
		wantError(t, err, file+": has the shape [20, 6], a row an image of 3x2x1: make it [N, height, width]")
	}
	if items := readAll(t, small(6, 20, 1), file); len(items) != 1 || items[0].Err != nil {
		t.Errorf("one image: %v", items)
	}
}

// What is given as data and cannot be is named once, with what to do.
func TestFilesThatAreNoData(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"x.tar.xz": {[]byte("\xfd7zXZ\x00"), "archive is not supported; unpack it and name the folder"},
		"x.h5":     {[]byte("\x89HDF\r\n\x1a\n"), "HDF5 is not supported; save its arrays as NPY or NPZ"},
		"x.zip":    {[]byte("no zip at all"), "is no archive that this program reads"},
		"x.txt":    {[]byte("text"), "is a file; "},
		"x.npy":    {npyBytes(t, "u1", []int{99999999, 99999999, 99999999}, nil), "which no array can have"},
	} {
		file := write(t, dir, name, c.content)
		_, err := Load(loadFrom(file), 1, 0)
		wantError(t, err, file+": ", c.want)
		if strings.Count(err.Error(), file) != 1 {
			t.Errorf("%s is named more than once: %v", file, err)
		}
	}
	write(t, dir, "arrays/a.npy", npyBytes(t, "u1", []int{2, 2, 2}, count(8)))
	_, err := Load(loadFrom(dir+"/arrays"), 1, 0)
	wantError(t, err, "holds no image", "1 file left out: 1 .npy (to be named itself)")
}
