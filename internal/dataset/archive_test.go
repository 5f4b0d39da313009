package dataset

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// zipOf is a zip of files, by name; tarOf a packed tar.
func zipOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(files))) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name}) // stored
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, content := range files {
		err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o600, Typeflag: tar.TypeReg})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []interface{ Close() error }{w, z} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// pets are images of two labels, and what else lies in archives.
func pets(t *testing.T, around string) map[string][]byte {
	return map[string][]byte{
		around + "cats/1.png": grayFile(t, 2, 2, 1), around + "cats/2.png": grayFile(t, 2, 2, 2), around + "dogs/1.png": grayFile(t, 2, 2, 3),
		around + "notes.txt": []byte("notes"), around + "dogs/more.zip": []byte("PK"), "__MACOSX/cats/._1.png": []byte("x"), around + "dogs/3.avif": nil,
		around + "dogs/plain": grayFile(t, 2, 2, 4), "../out.png": grayFile(t, 2, 2, 9),
	}
}

// An archive is read as the folder that it was made of, by every name that it has.
func TestArchiveIsAFolder(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string][]byte{"a.zip": zipOf(t, pets(t, "")), "b.tar.gz": tarOf(t, pets(t, "")), "c.ZIP": zipOf(t, pets(t, "pets/")), "d.tgz": tarOf(t, pets(t, "data/pets/"))} {
		path := write(t, dir, name, content)
		wantLines(t, readAll(t, small(2, 2, 1), path), "cats/1.png|cats|1", "cats/2.png|cats|2", "dogs/1.png|dogs|3", "dogs/plain|dogs|4")
		items := readAll(t, small(2, 2, 1), path, path)
		if want := filepath.ToSlash(path) + "/cats/1.png"; len(items) != 8 || items[0].Name != want {
			t.Errorf("%s: %d items, the first %s, want %s", name, len(items), items[0].Name, want)
		}
		s := mustLoad(t, loadFrom(path), 1)
		if got := s.Train.Set; !slices.Equal(got.Names, []string{"cats/1.png", "cats/2.png", "dogs/1.png", "dogs/plain"}) || !slices.Equal(got.Classes, []string{"cats", "dogs"}) || s.Name != name {
			t.Errorf("%s: %v %v", name, got.Names, got.Classes)
		}
		found := strings.Join(s.Found, "\n")
		for _, part := range []string{"1 without an image", "1 .avif (not supported)", "1 packed within the archive", "1 with a name that leads out of the archive"} {
			if !strings.Contains(found, part) {
				t.Errorf("%s: %q does not say %q", name, found, part)
			}
		}
	}
}

// So is one of which images lie at the top: the folder that was packed is no label.
func TestArchiveOfAFolderWithImagesAtTheTop(t *testing.T) {
	for name, want := range map[string][]string{"only": {"1.png||1", "2.png||2"}, "nested": {"1.png||1", "2.png||2", "in/3.png|in|3"}} {
		files := map[string][]byte{"photos/1.png": grayFile(t, 2, 2, 1), "photos/2.png": grayFile(t, 2, 2, 2), "photos/notes.txt": nil}
		dir := t.TempDir()
		if name == "nested" {
			files["photos/in/3.png"] = grayFile(t, 2, 2, 3)
		}
		for name, content := range files {
			write(t, dir, name, content)
		}
		packed := write(t, dir, "photos.zip", zipOf(t, files))
		wantLines(t, readAll(t, small(2, 2, 1), filepath.Join(dir, "photos")), want...)
		wantLines(t, readAll(t, small(2, 2, 1), packed), want...)
		if got, of := mustLoad(t, loadFrom(packed), 1), mustLoad(t, loadFrom(filepath.Join(dir, "photos")), 1); !slices.Equal(got.Train.Set.Classes, of.Train.Set.Classes) {
			t.Errorf("%s: classes %v, of the folder %v", name, got.Train.Set.Classes, of.Train.Set.Classes)
		}
	}
}

// The split of the folder is that of the archive.
func TestArchiveWithASplit(t *testing.T) {
	files := map[string][]byte{}
	for _, name := range []string{"train/a/1", "train/a/2", "train/b/1", "train/b/2", "test/a/1", "valid/b/1"} {
		files["set/"+name+".png"] = grayFile(t, 2, 2, uint8(len(files)))
	}
	s := mustLoad(t, loadFrom(write(t, t.TempDir(), "set.zip", zipOf(t, files))), 1)
	if s.Train.Len() != 4 || s.Validation.Len() != 1 || s.Test.Len() != 1 || !slices.Contains(s.Found, "split: train/ 4, valid/ 1, test/ 1") {
		t.Errorf("%d %d %d, %q", s.Train.Len(), s.Validation.Len(), s.Test.Len(), s.Found)
	}
}

func TestArchiveFaults(t *testing.T) {
	dir := t.TempDir()
	bad := write(t, dir, "bad.zip", zipOf(t, map[string][]byte{"a/1.png": []byte("text"), "a/2.png": grayFile(t, 2, 2, 1)}))
	_, err := Load(loadFrom(bad), 1, 0)
	wantError(t, err, filepath.Join(bad, "a", "1.png")+": is not an image")
	items := readAll(t, small(2, 2, 1), bad)
	wantLines(t, items, "1.png||failed", "2.png||1")
	none := write(t, dir, "none.zip", zipOf(t, map[string][]byte{"a.txt": nil}))
	_, err = Load(loadFrom(none), 1, 0)
	wantError(t, err, none+": holds no image", "1 without an image")
	text := write(t, dir, "text.zip", []byte("no archive"))
	_, err = Load(loadFrom(text), 1, 0)
	wantError(t, err, text+": is no archive that this program reads")
	if strings.Count(err.Error(), text) != 1 {
		t.Errorf("%v names the file twice", err)
	}
	flipped := zipOf(t, map[string][]byte{"a.png": grayFile(t, 2, 2, 1)})
	flipped[bytes.Index(flipped, []byte("IHDR"))+9] ^= 1
	damaged := write(t, dir, "damaged.zip", flipped)
	if items := readAll(t, small(2, 2, 1), damaged); len(items) != 1 || items[0].Err == nil {
		t.Errorf("%v", items)
	}
	folder := filepath.Join(dir, "folder")
	write(t, folder, "x.zip", zipOf(t, pets(t, "")))
	_, err = Load(loadFrom(folder), 1, 0)
	wantError(t, err, "holds no image", "1 archive, which is read where it is named itself")
}
