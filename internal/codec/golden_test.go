package codec

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vae/internal/kernel"
	"vae/internal/model"
)

var writeGolden = flag.Bool("write-golden", false, "write the files of testdata anew, which every later program has to open")

// Files of every kind of model are opened by each path of the kernels on whatever machine this is, and written to the byte again.
func TestGoldenFiles(t *testing.T) {
	path := kernel.Path()
	defer func() {
		if err := kernel.SelectPath(path); err != nil {
			t.Error(err)
		}
	}()
	for name, k := range kinds {
		m, all := k.model(t), k.images(40, 21)
		for suffix, o := range map[string]Options{"": {Model: m, Fast: true}, "-3": {Model: m, Samples: 3, Fast: true}, "-mixed": {Model: m, Samples: 2, Fast: true, Mix: MixAlways}, "-context": {}} {
			file := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+suffix+".vaez")
			h := k.head()
			h.Names, h.Classes = false, len(m.Classes()) > 0
			want := all
			for i := range want {
				if want[i].Name = ""; !h.Classes {
					want[i].Label = ""
				}
			}
			for _, path := range []string{"exact", "avx2", "avx512"} {
				if kernel.SelectPath(path) != nil {
					continue // a processor without it
				}
				data, _ := compress(t, h, o, want)
				if *writeGolden {
					if err := os.WriteFile(file, data, 0o666); err != nil {
						t.Fatal(err)
					}
				}
				golden, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if !h.Classes && !bytes.Equal(data, golden) { // labels are deflated, which another Go may do otherwise
					t.Errorf("%s, %s: other bytes are written", file, path)
				}
				r, err := open(golden, true, func(*Coding) (*model.Model, error) { return m, nil })
				if err != nil {
					t.Fatal(err)
				}
				got, faults := decompress(r)
				if faults != nil {
					t.Fatalf("%s, %s: %v", file, path, faults)
				}
				sameImages(t, got, want)
			}
		}
	}
}
