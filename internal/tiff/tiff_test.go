package tiff

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// seeds are files of all kinds.
func seeds(t testing.TB) (all [][]byte) {
	files, err := filepath.Glob(filepath.Join("..", "imagefile", "testdata", "formats", "*.tif"))
	if err != nil || len(files) < 100 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content)
	}
	return all
}

func plainJPEG(data []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(data)) }

// decodeAll reads all pages of at most limit pixels.
func decodeAll(content []byte, limit int) error {
	f, err := Open(content)
	if err != nil {
		return err
	}
	for i := range min(f.Len(), 20) {
		p, err := f.Page(i)
		if err != nil {
			return err
		}
		if p.Width < 1 || p.Height < 1 || p.Width > limit/p.Height {
			return fmt.Errorf("%dx%d", p.Width, p.Height)
		}
		r, err := p.Decode(plainJPEG)
		if err != nil {
			return err
		}
		if n := r.Width * r.Height * r.Samples; len(r.U8)+len(r.U16)+len(r.F32) != n || n == 0 {
			panic(fmt.Sprintf("%d samples", n))
		}
	}
	return nil
}

func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzTIFF: whatever the bytes, there are pages or an error in one line, without a
// panic, in bounded memory.
func FuzzTIFF(f *testing.F) {
	for _, content := range seeds(f) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		const limit = 1 << 14
		var err error
		n := allocated(func() { err = decodeAll(content, limit) })
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
		if most := uint64(100<<20 + 1000*len(content)); n > most {
			t.Errorf("%d bytes were allocated, more than %d", n, most)
		}
	})
}

// Every cut of a file is an error or a page, and so is every byte that is another.
func TestDamaged(t *testing.T) {
	for i, content := range seeds(t) {
		if i%7 != 0 {
			continue
		}
		for n := range min(len(content), 600) {
			_ = decodeAll(content[:n], 1<<16)
			bad := bytes.Clone(content)
			bad[n] ^= 0xff
			_ = decodeAll(bad, 1<<16)
		}
	}
}

// entry is a tag of a hand-made directory.
type entry struct {
	tag, kind uint16
	count     uint32
	value     uint32
}

// made is a little-endian file of one directory at 8, which leads to next.
func made(next uint32, tail []byte, entries ...entry) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("II*\x00"), 8)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	for _, e := range entries {
		b = binary.LittleEndian.AppendUint16(b, e.tag)
		b = binary.LittleEndian.AppendUint16(b, e.kind)
		b = binary.LittleEndian.AppendUint32(b, e.count)
		b = binary.LittleEndian.AppendUint32(b, e.value)
	}
	return append(binary.LittleEndian.AppendUint32(b, next), tail...)
}

func TestHostile(t *testing.T) {
	grey := []entry{{tagWidth, 3, 1, 4}, {tagLength, 3, 1, 2}, {tagBits, 3, 1, 8}, {tagPhotometric, 3, 1, 1}}
	with := func(more ...entry) []entry { return append(append([]entry(nil), grey...), more...) }
	strip := []entry{{tagStripOffsets, 4, 1, 94}, {tagStripCounts, 4, 1, 8}}
	good := made(0, make([]byte, 100), with(strip...)...)
	if err := decodeAll(good, 1<<10); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"no page", made(0, nil)[:4], "EOF"},
		{"a first page nowhere", []byte("II*\x00\xff\xff\xff\xff"), "EOF"},
		{"no first page", []byte("II*\x00\x00\x00\x00\x00"), "no page"},
		{"an offset nowhere", made(0, nil, with(entry{tagStripOffsets, 4, 1, 1 << 31}, entry{tagStripCounts, 4, 1, 8})...), "EOF"},
		{"more than there is", made(0, make([]byte, 100), with(entry{tagStripOffsets, 4, 1, 94}, entry{tagStripCounts, 4, 1, 1 << 31}, entry{tagCompression, 3, 1, 5})...), "EOF"},
		{"a strip for each row and one offset", made(0, make([]byte, 100), with(append(strip, entry{tagRowsPerStrip, 3, 1, 1})...)...), "1 of the 2 strips"},
		{"2^31 offsets", made(0, nil, with(entry{tagStripOffsets, 4, 1 << 31, 8})...), "0 of the 1 strips"},
		{"vast tiles", made(0, make([]byte, 100), with(entry{tagTileWidth, 4, 1, 1 << 31}, entry{tagTileLength, 4, 1, 1 << 31}, entry{tagTileOffsets, 4, 1, 94}, entry{tagTileCounts, 4, 1, 8})...), "tiles of"},
		{"tiles of nothing", made(0, make([]byte, 100), with(entry{tagTileWidth, 4, 1, 0}, entry{tagTileLength, 4, 1, 16}, entry{tagTileOffsets, 4, 1, 94})...), "tiles of 0x16"},
		{"many samples", made(0, make([]byte, 100), with(append(strip, entry{tagSamples, 4, 1, 1 << 30})...)...), "samples a pixel"},
		{"no bits", made(0, make([]byte, 100), append(strip, entry{tagWidth, 3, 1, 4}, entry{tagLength, 3, 1, 2}, entry{tagBits, 3, 1, 0}, entry{tagPhotometric, 3, 1, 1})...), "samples of 0 bits"},
		{"no meaning", made(0, make([]byte, 100), append(strip, grey[:3]...)...), "does not say what its samples stand for"},
		{"another version", []byte("II\x2c\x00\x08\x00\x00\x00"), "version 44"},
		{"old LZW", made(0, []byte("\x00\x01\x00\x00\x00\x00\x00\x00"), with(entry{tagStripOffsets, 4, 1, 98}, entry{tagStripCounts, 4, 1, 8}, entry{tagCompression, 3, 1, 5})...), "LZW of an old kind"},
	} {
		err := decodeAll(c.content, 1<<10)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Pages in a circle, or that break off, are said; those before can be read.
func TestChain(t *testing.T) {
	strip := []entry{{tagWidth, 3, 1, 4}, {tagLength, 3, 1, 2}, {tagBits, 3, 1, 8}, {tagPhotometric, 3, 1, 1}, {tagStripOffsets, 4, 1, 86}, {tagStripCounts, 4, 1, 8}}
	for next, want := range map[uint32]string{8: "in a circle", 1 << 31: "EOF"} {
		content := made(next, make([]byte, 100), strip...)
		f, err := Open(content)
		if err != nil || f.Len() != 1 || f.Rest == nil || !strings.Contains(f.Rest.Error(), want) {
			t.Errorf("%d: %v, %v", next, f, err)
		}
		if err := decodeAll(content, 1<<10); err != nil {
			t.Error(err)
		}
	}
	f, err := Open(made(0, make([]byte, 100), strip...))
	if err != nil || f.Rest != nil {
		t.Error(f.Rest, err)
	}
}

// Every code of a run, as libtiff writes it; testdata/make_runs.py made the file.
func TestFaxCodes(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "runs.tif"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(content)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Decode(plainJPEG)
	if err != nil {
		t.Fatal(err)
	}
	const rows, width = 64 + 40, 5121
	if r.Width != width || r.Height != rows {
		t.Fatalf("%dx%d", r.Width, r.Height)
	}
	for y := range rows {
		n := y
		if y >= 64 {
			n = 64 * (y - 63)
		}
		for x, v := range r.U8[y*width:][:width] {
			if black := x >= n && x < 2*n; (v == 0) != black {
				t.Fatalf("run of %d: pixel %d is %d", n, x, v)
			}
		}
	}
	for color, codes := range faxCodes() {
		known := map[faxCode]bool{}
		for _, c := range codes {
			known[c] = true
		}
		if len(known) != 64+27+13+1 { // and none
			t.Errorf("color %d has %d codes", color, len(known))
		}
	}
}
