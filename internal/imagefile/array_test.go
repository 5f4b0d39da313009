package imagefile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// yielded is what an array's image is, of all images of a file.
type yielded struct {
	name, part, label string
	index             int
	img               Image
}

// readArrays is all images of a file, in order.
func readArrays(path string, o Options) (all []yielded, err error) {
	arrays, err := OpenArrays(path, o)
	if err != nil {
		return nil, err
	}
	for _, a := range arrays.Images {
		r, err := a.Open(o)
		if err != nil {
			return all, err
		}
		defer r.Close()
		for i := 0; ; i++ {
			img, err := r.Next()
			if errors.Is(err, io.EOF) && i == a.N {
				break
			}
			if err != nil {
				return all, err
			}
			y := yielded{a.Name, a.Part, "", i, img}
			if a.Labels != nil {
				y.label = strconv.Quote(a.Labels[i])
			}
			all = append(all, y)
		}
	}
	return all, nil
}

// NumPy's files are held against NumPy; testdata/make_arrays.py made them.
func TestArrays(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "arrays", "expected.txt"))
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string][]string{}
	for line := range strings.Lines(string(content)) {
		file, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		expected[file] = append(expected[file], rest)
	}
	if len(expected) < 90 {
		t.Fatalf("%d files", len(expected))
	}
	for file, lines := range expected {
		t.Run(file, func(t *testing.T) {
			all, err := readArrays(filepath.Join("testdata", "arrays", file), Options{})
			if reason, ok := strings.CutPrefix(lines[0], "refused "); ok {
				wantError(t, err, filepath.Join("testdata", "arrays")+string(filepath.Separator), reason)
				return
			}
			if err != nil || len(all) != len(lines) {
				t.Fatalf("%d images, want %d: %v", len(all), len(lines), err)
			}
			for i, line := range lines {
				wantYielded(t, all[i], strings.Fields(line))
			}
		})
	}
}

func wantYielded(t *testing.T, y yielded, fields []string) {
	t.Helper()
	for i, got := range []string{y.name, y.part, y.label, strconv.Itoa(y.index)} {
		if want := fields[i]; got != want && !(got == "" && want == "-") {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	wantSamples(t, y.img, fields[3:])
}

// With one channel asked for colors become grey, with three greys become colors.
func TestArraysInChannels(t *testing.T) {
	for _, file := range []string{"u1-rgb.npy", "u1.npy"} {
		for _, channels := range []int{1, 3} {
			all, err := readArrays(filepath.Join("testdata", "arrays", file), Options{Channels: channels})
			if err != nil || all[0].img.Channels != channels || len(all[0].img.U8) != all[0].img.Width*all[0].img.Height*channels {
				t.Errorf("%s: %v, %v", file, all, err)
			}
		}
	}
	_, err := OpenArrays(filepath.Join("testdata", "arrays", "u1.npy"), Options{MaxPixels: 19})
	wantError(t, err, "u1.npy: claims 5x4 pixels, more than the limit of 19")
}

func TestArrayName(t *testing.T) {
	for name, want := range map[string]struct {
		role Role
		part string
	}{
		"x": {ImageRole, ""}, "Y": {LabelRole, ""}, "x_train": {ImageRole, "train"}, "train_images": {ImageRole, "train"}, "y-valid": {LabelRole, "validation"},
		"Test": {NoRole, "test"}, "arr_0": {ImageRole, ""}, "arr_1": {LabelRole, ""}, "arr_2": {NoRole, ""}, "x_y": {NoRole, ""}, "x_train_test": {NoRole, ""},
		"x_final": {NoRole, ""}, "": {NoRole, ""}, "dev.labels": {LabelRole, "validation"},
	} {
		if role, part := ArrayName(name); role != want.role || part != want.part {
			t.Errorf("%q: %v %q, want %v", name, role, part, want)
		}
	}
}

// What is left out is named, an array in Fortran's order is not read beyond its end,
// and a file that changed is not taken for what it was.
func TestArraysLeftOut(t *testing.T) {
	arrays, err := OpenArrays(filepath.Join("testdata", "arrays", "sprites.npz"), Options{})
	if err != nil || strings.Join(arrays.LeftOut, " ") != "latents_values metadata" {
		t.Errorf("%v, %v", arrays, err)
	}
	content, err := os.ReadFile(filepath.Join("testdata", "arrays", "u1.npy"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if arrays, err = OpenArrays(path, Options{}); err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(content), "(3, 4, 5)", "(3, 5, 4)", 1)
	if err := os.WriteFile(path, []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = arrays.Images[0].Open(Options{})
	wantError(t, err, path+": has changed while it was read")
}

// FuzzArrays: whatever the bytes, there are images or an error in one line that begins
// with the path, in bounded memory.
func FuzzArrays(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "arrays", "*.np?"))
	if err != nil || len(files) < 90 {
		f.Fatal(len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		const limit = 1 << 12
		n := allocated(func() {
			all, err := readArrays(path, Options{MaxPixels: limit})
			if err != nil && (!strings.HasPrefix(err.Error(), path+": ") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("the error is %q", err)
			}
			for _, y := range all {
				if err := wellFormed(y.img, limit); err != nil {
					t.Error(err)
				}
			}
		})
		if most := uint64(64<<20 + 5000*len(content)); n > most {
			t.Errorf("%d bytes were allocated, more than %d", n, most)
		}
	})
}
