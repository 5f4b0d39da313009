package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type entry struct{ name, content string }

var plain = []entry{{"b/2.png", "two"}, {"a.png", "one"}, {"b/1.png", ""}, {"ü/ä.png", "umlaut"}, {".hidden", "h"}}

// sorted is the order of plain.
const sorted = ".hidden=h a.png=one b/1.png= b/2.png=two ü/ä.png=umlaut"

func zipOf(t testing.TB, entries []entry, change func(*zip.FileHeader)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if change != nil {
			change(h)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, entries []entry, more ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if err := w.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.content)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range more {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func written(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// contents are the files of an archive, in order, and what was left out.
func contents(path string) (string, map[string]int, error) {
	a, err := Open(path)
	if err != nil {
		return "", nil, err
	}
	defer a.Close()
	var all []string
	for _, f := range a.Files {
		r, err := f.Open()
		if err != nil {
			return "", nil, err
		}
		content, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return "", nil, err
		}
		all = append(all, f.Name+"="+string(content))
	}
	return strings.Join(all, " "), a.LeftOut, nil
}

func TestArchives(t *testing.T) {
	stored := func(h *zip.FileHeader) { h.Method = zip.Store }
	for name, content := range map[string][]byte{
		"zip": zipOf(t, plain, nil), "stored zip": zipOf(t, plain, stored), "tar": tarOf(t, plain), "tar.gz": gzipped(t, tarOf(t, plain)),
		"tar.gz of two parts": append(gzipped(t, tarOf(t, plain)[:700]), gzipped(t, tarOf(t, plain)[700:])...),
	} {
		got, left, err := contents(written(t, content))
		if err != nil || got != sorted || len(left) != 0 {
			t.Errorf("%s: %q, %v left out, %v", name, got, left, err)
		}
	}
	bz2, err := os.ReadFile(filepath.Join("testdata", "two.tar.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	if got, _, err := contents(written(t, bz2)); err != nil || got != "a/1.txt=one\n b.txt=two\n" {
		t.Errorf("tar.bz2: %q, %v", got, err)
	}
}

// What leads out, is no file, encrypted, an archive or there twice is counted.
func TestLeftOut(t *testing.T) {
	names := []entry{{"../up.png", "x"}, {"/abs.png", "x"}, {"a/../../b.png", "x"}, {"C:/d.png", "x"}, {"more.ZIP", "x"}, {"t/more.tar.gz", "x"},
		{"a.png", "first"}, {"./a.png", "second"}, {"dir/", ""}}
	want := map[string]int{unsafeName: 4, nested: 2, again: 1}
	got, left, err := contents(written(t, zipOf(t, names, nil)))
	if err != nil || got != "a.png=second" || !maps.Equal(left, want) {
		t.Errorf("zip: %q, %v, %v", got, left, err)
	}
	links := []*tar.Header{{Name: "l.png", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}, {Name: "h.png", Linkname: "a.png", Typeflag: tar.TypeLink},
		{Name: "fifo.png", Typeflag: tar.TypeFifo}, {Name: "d/", Typeflag: tar.TypeDir}}
	want[notFile] = 3
	got, left, err = contents(written(t, tarOf(t, names[:8], links...)))
	if err != nil || got != "a.png=second" || !maps.Equal(left, want) {
		t.Errorf("tar: %q, %v, %v", got, left, err)
	}
	mixed := zipOf(t, []entry{{`a\1.png`, "x"}, {"b.png", "y"}, {"l.png", "target"}, {"e.png", "z"}}, func(h *zip.FileHeader) {
		switch h.Name {
		case "l.png":
			h.SetMode(os.ModeSymlink | 0o777)
		case "e.png":
			h.Flags |= 1
		}
	})
	got, left, err = contents(written(t, mixed))
	if err != nil || got != "a/1.png=x b.png=y" || !maps.Equal(left, map[string]int{notFile: 1, encrypted: 1}) {
		t.Errorf("%q, %v, %v", got, left, err)
	}
}

func TestRefused(t *testing.T) {
	bomb := zipOf(t, []entry{{"a", strings.Repeat("\x00", 1<<20)}}, nil)
	central := bytes.LastIndex(bomb, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(bomb[central+24:], 1<<31) // claims 2 GiB
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty": {nil, "is empty"}, "text": {[]byte("hello, this is a text"), "is no archive that this program reads"},
		"gz of text": {gzipped(t, bytes.Repeat([]byte("text "), 500)), "is packed, and holds no tar"},
		"short gz":   {gzipped(t, []byte("text")), "is packed, and holds no tar"},
		"zip cut":    {zipOf(t, plain, nil)[:200], "is damaged: zip"},
		"tar cut":    {tarOf(t, plain)[:1500], "ends too early"},
		"tar.gz cut": {gzipped(t, append(tarOf(t, plain), make([]byte, 1<<20)...))[:300], "ends too early"},
		"bad gzip":   {[]byte("\x1f\x8b\x08\x00garbage"), "is packed, and holds no tar"},
		"bomb":       {bomb, "is a zip bomb: its"},
	} {
		path := written(t, c.content)
		_, _, err := contents(path)
		if err == nil || strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.zip")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

// A file whose checksum is wrong is found when it is read.
func TestDamagedFile(t *testing.T) {
	content := zipOf(t, []entry{{"a", strings.Repeat("abc", 100)}}, func(h *zip.FileHeader) { h.Method = zip.Store })
	content[40]++
	if _, _, err := contents(written(t, content)); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Error(err)
	}
}

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{"a.zip": true, "A.TAR.GZ": true, "a.tgz": true, "a.tar": true, "a.tbz2": true, "a.gz": false, "zip": false, "train-images-idx3-ubyte.gz": false, "a.zip.png": false} {
		if IsName(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

// An unpacked tar leaves no file behind.
func TestSpoolIsGone(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	if _, _, err := contents(written(t, gzipped(t, tarOf(t, plain)))); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, ".vae-*"))
	if err != nil || len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// FuzzArchive: whatever the bytes, there are files with names that stay within, or an
// error in one line.
func FuzzArchive(f *testing.F) {
	f.Add(zipOf(f, plain, nil))
	f.Add(tarOf(f, plain))
	f.Add(gzipped(f, tarOf(f, plain)))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := written(t, content)
		a, err := Open(path)
		if err != nil {
			if strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
			return
		}
		defer a.Close()
		for i, file := range a.Files {
			if !filepath.IsLocal(filepath.FromSlash(file.Name)) || i > 0 && a.Files[i-1].Name >= file.Name || file.Size < 0 {
				t.Errorf("%q of %d bytes", file.Name, file.Size)
			}
			if r, err := file.Open(); err == nil {
				_, _ = io.Copy(io.Discard, io.LimitReader(r, 1<<20))
				r.Close()
			}
		}
	})
}
