package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
)

// TestMapTableColumns: which columns of a table are codes, names, labels and places.
func TestMapTableColumns(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		table   string
		columns []string
		values  []float32
		places  []float32
		placed  []bool
		name    string
		label   string
	}{
		{"name,label,x,y,mu_0,mu_1\na.png,7,1,2,3,4\n", []string{"mu_0", "mu_1"}, []float32{3, 4}, []float32{1, 2}, nil, "a.png", "7"},
		{"mu_1,y,mu_0,x,logvar_0,placed\n1,2,3,4,5,1\n", []string{"mu_0", "mu_1"}, []float32{3, 1}, []float32{4, 2}, []bool{true}, "", ""},
		{"name,z_0,hue\nb,5,6\n", []string{"z_0"}, []float32{5}, nil, nil, "b", ""},
		{",a,b,label\n0,1,2,cat\n", []string{"a", "b"}, []float32{1, 2}, nil, nil, "", "cat"},
		{"x,a\n1,2\n", []string{"x", "a"}, []float32{1, 2}, nil, nil, "", ""},
		{"x,y,name\n1,2,n\n", nil, nil, []float32{1, 2}, nil, "n", ""},
		{"n,cat,1,2\nm,dog,3,4\n", []string{"mu_0", "mu_1"}, []float32{1, 2, 3, 4}, nil, nil, "n", "cat"},
	} {
		writeText(t, "t.csv", c.table)
		w := &mapping{mapOptions: &mapOptions{}, ctx: t.Context(), notes: console.Notes{Quiet: true}}
		rows, err := w.readCodes("t.csv", 0)
		if err != nil {
			t.Errorf("%q: %v", c.table, err)
			continue
		}
		if !slices.Equal(rows.columns, c.columns) || !slices.Equal(rows.values, c.values) || !slices.Equal(rows.places, c.places) ||
			!slices.Equal(rows.placed, c.placed) || rows.names[0] != c.name || rows.labels[0] != c.label {
			t.Errorf("%q is read as %+v", c.table, rows)
		}
	}
}

func TestMapTableFaults(t *testing.T) {
	t.Chdir(t.TempDir())
	for table, want := range map[string]string{
		"name,label\na,b\n":        "t.csv: has no column of codes, mu_0, mu_1, ..., and none of a map, x and y",
		"mu_0,z_0\n1,2\n":          "t.csv: has columns mu_... and z_...: leave one of them out",
		"mu_0,mu_2\n1,2\n":         "t.csv: has no column mu_1, and others of that name",
		"a,b,c,1\n":                "t.csv: has 3 columns of text before the first number: at most name and label are understood",
		"mu_0,x,y,placed\n1,2,3,2": "t.csv: line 2: the column placed is 2: it is 1 for what was put on the map, and 0 for the others",
		"mu_0\n":                   "t.csv: holds no row of codes",
		"mu_0\nNaN\n":              `t.csv: line 2, column "mu_0": `,
	} {
		writeText(t, "t.csv", table)
		w := &mapping{mapOptions: &mapOptions{}, ctx: t.Context(), notes: console.Notes{Quiet: true}}
		if _, err := w.readCodes("t.csv", 0); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", table, err, want)
		}
	}
}

// TestThumbnailsAreMeans: a large image is kept as the means of its squares, a small one as it is.
func TestThumbnailsAreMeans(t *testing.T) {
	w := &mapping{mapOptions: &mapOptions{thumbnails: true}}
	small := w.newThumbnails(config.Shape{Width: 2, Height: 1, Channels: 3})
	pixels := []uint8{1, 2, 3, 4, 5, 6}
	if err := small.add(dataset.Bytes(pixels)); err != nil || !bytes.Equal(small.pixels, pixels) {
		t.Errorf("a small image becomes %v, %v", small.pixels, err)
	}
	large := w.newThumbnails(config.Shape{Width: 3 * maxThumbnail, Height: 4, Channels: 1})
	if want := (config.Shape{Width: maxThumbnail, Height: 2, Channels: 1}); large.shape != want {
		t.Fatalf("shape %v, want %v", large.shape, want)
	}
	image := make([]uint8, 3*maxThumbnail*4)
	for i := range image {
		image[i] = uint8(i % 3 * 30)
	}
	image[len(image)-1] = 0 // of the last square, 3x1
	if err := large.add(dataset.Bytes(image)); err != nil {
		t.Fatal(err)
	}
	if got := large.pixels; len(got) != 2*maxThumbnail || got[0] != 30 || got[len(got)-2] != 30 || got[len(got)-1] != 10 {
		t.Errorf("means %v", got)
	}
	w.thumbnails = false
	if w.newThumbnails(config.Shape{Width: 2, Height: 1, Channels: 1}) != nil {
		t.Error("images are kept that nobody wants")
	}
}

// canceling ends a context when a text is written to it.
type canceling struct {
	bytes.Buffer
	at     string
	cancel func()
}

func (c *canceling) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.at)) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

// TestMapStops: an interruption in the midst of a map, which is when its bar is first seen,
// ends it and leaves no file.
func TestMapStops(t *testing.T) {
	t.Chdir(t.TempDir())
	var b strings.Builder
	b.WriteString("mu_0,mu_1,mu_2\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "%d,%d,%d\n", i%211, i*i%307, i%5)
	}
	writeText(t, "codes.csv", b.String())
	for _, c := range []struct {
		method mapMethod
		stage  string
	}{{mapTSNE, "neighbors"}, {mapTSNE, "t-SNE"}, {mapUMAP, "UMAP"}, {mapPCA, "measure"}} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		errs := &canceling{at: c.stage, cancel: cancel}
		code := Run(ctx, []string{"map", "codes.csv", "--method", string(c.method), "-o", "map.png"}, console.Streams{
			In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: errs, ErrTerminal: true, Size: func() (int, int) { return 80, 24 }, Env: func(string) string { return "" },
		})
		if code != 130 || ctx.Err() == nil {
			t.Errorf("%s, stopped at %s: exit code %d, %q", c.method, c.stage, code, errs.String())
		}
		if left, err := os.ReadDir("."); err != nil || len(left) != 1 {
			t.Errorf("%s leaves %v (%v)", c.method, left, err)
		}
	}
}

// A table that outgrows the memory is refused in words, before it does.
func TestMapTableNeedsMemory(t *testing.T) {
	before := freeMemory
	t.Cleanup(func() { freeMemory = before })
	freeMemory = func() float64 { return 64<<20 + 100 }
	r := &mapRows{columns: latentColumns("mu", 3)}
	var err error
	for range 10 {
		if err = r.add("", "", []float32{1, 2, 3}); err != nil {
			break
		}
	}
	if want := "2 rows need more memory than there is (67.1 MB): give fewer with -n"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if r.len() != 1 {
		t.Errorf("%d rows were taken", r.len())
	}
}
