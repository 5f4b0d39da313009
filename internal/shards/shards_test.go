package shards

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"vae/internal/archive"
	"vae/internal/folder"
)

// same holds lines against each other.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// Samples in their order, from shards as they are and packed, with what is beside images passed.
func TestSamples(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a-0.tar", tarOf(t, slices.Concat(files("./d/1.cls", "./d/1.png", "d/1.json", "d/2.JPG", "d/2.txt"), []member{{name: "d/2.cls", content: " 007\n"}}, files(".hidden.png", "readme"))...))
	write(t, dir, "a-1.tar", zipped(t, tarOf(t, slices.Concat(files("2.seg.png", "2.png"), []member{{name: "2.cls", content: "a cat"}, {name: "3.webp"}})...)))
	lines, s := all(t, filepath.Join(dir, "a-{0..1}.tar"))
	same(t, "samples", lines, []string{"d/1 9 image ./d/1.png", "d/2 7 image d/2.JPG", "2 a cat image 2.png", "3  "})
	if !s.Labelled() || s.Counts() != "" || s.LeftOut().String() != "1 file left out: 1 "+string(NoPicture) {
		t.Errorf("%v, %q, %q", s.Labelled(), s.Counts(), s.LeftOut())
	}
}

// Parts of a split are told by the names of shards, where there is one to train on and one besides.
func TestParts(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"x-train-0", "x-train-1", "x-val-0", "x-test-0", "other"} {
		write(t, dir, name+".tar", tarOf(t, files(name+".png")...))
	}
	for pattern, want := range map[string]string{
		"x-{train-{0..1},val-0,test-0}.tar": "train 2, val 1, test 1",
		"x-{test,train}-{0..0}.tar":         "train 1, test 1",
		"x-train-{0..1}.tar":                "",
		"x-{test,val}-{0..0}.tar":           "",
		"{x-train-0,x-test-0,other}.tar":    "",
	} {
		lines, s := all(t, filepath.Join(dir, pattern))
		if s.Counts() != want || strings.Contains(strings.Join(lines, ""), "part") != (want != "") {
			t.Errorf("%s: %q, want %q, of %q", pattern, s.Counts(), want, lines)
		}
	}
}

// What is a plain tar of folders, and what holds samples.
func TestIs(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		content []byte
		want    bool
	}{
		"classes.tar":    {tarOf(t, files("1.png", "1.cls")...), true},
		"packed.tgz":     {zipped(t, tarOf(t, files("1.png", "1.cls")...)), true},
		"plain.tar":      {tarOf(t, files("cats/1.png", "dogs/2.png")...), false},
		"no ending":      {tarOf(t, files("1.png", "1.cls")...), false},
		"broken.tar":     {[]byte("no tar"), false},
		"many-{0..1.tar": {nil, false},
	} {
		if got := Is(write(t, dir, name, c.content)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if Is(filepath.Join(dir, "none.tar")) || !Is("none-{0..1}.tar") {
		t.Error("what is not there")
	}
}

// hostile are tars that are wrong, and what is given of them.
func hostile(t testing.TB) map[string]struct {
	content []byte
	want    []string
} {
	good := files("1.png", "1.cls", "2.png", "2.cls")
	whole := tarOf(t, good...)
	large := bytes.Clone(whole)
	copy(large[124:136], "77777777777\x00") // claims 8 GiB
	copy(large[148:156], checksum(large[:512]))
	pax := tarOf(t, member{name: strings.Repeat("long/", 300) + "1.png", content: "x"})
	huge := bytes.Clone(pax)
	copy(huge[124:136], "00077777777\x00") // a PAX header of 16 MiB
	copy(huge[148:156], checksum(huge[:512]))
	return map[string]struct {
		content []byte
		want    []string
	}{
		"truncated content":    {whole[:2048+600], []string{"1 5 image 1.png", "  S/a-0.tar: ends too early, it is truncated"}},
		"truncated header":     {whole[:2048+100], []string{"  S/a-0.tar: ends too early, it is truncated"}},
		"no end":               {whole[:4*1024], []string{"1 5 image 1.png", "  S/a-0.tar: ends too early, it is truncated"}},
		"one block at the end": {whole[:4*1024+512], []string{"1 5 image 1.png", "2 5 image 2.png"}},
		"empty":                {nil, []string{"  S/a-0.tar: is empty"}},
		"text":                 {[]byte(strings.Repeat("text ", 1000)), []string{"  S/a-0.tar: is no archive that this program reads (zip, tar, tar.gz, tar.bz2)"}},
		"claims 8 GiB":         {large, []string{"  S/a-0.tar: ends too early, it is truncated"}},
		"a huge header":        {huge, []string{"  S/a-0.tar: is no archive that this program reads (zip, tar, tar.gz, tar.bz2)"}},
		"unordered": {tarOf(t, files("1.png", "2.png", "1.cls", "2.cls", "3.png", "3.cls")...),
			[]string{"1  image 1.png", "2  image 2.png", "1  a-0.tar/1.cls: " + again, "2  a-0.tar/2.cls: " + again, "3 5 image 3.png"}},
		"twice":                     {tarOf(t, slices.Concat(good, good)...), []string{"1 5 image 1.png", "2 5 image 2.png", "1  a-0.tar/1.png: " + again, "2  a-0.tar/2.png: " + again}},
		"two images":                {tarOf(t, files("1.png", "1.jpg", "1.cls", "2.png", "2.cls")...), []string{"1  a-0.tar/1.jpg: is a second image of its sample, beside 1.png: which one is meant?", "2 5 image 2.png"}},
		"a class without an image":  {tarOf(t, files("0.cls", "1.png", "1.cls")...), []string{"1 5 image 1.png"}},
		"an image without a class":  {tarOf(t, files("0.png", "1.png", "1.cls")...), []string{"0  image 0.png", "1 5 image 1.png"}},
		"names that lead out":       {tarOf(t, files("../1.png", "/2.png", "a/../../3.png", "C:4.png", "5\\..\\6.png", "7.png")...), []string{"7  image 7.png"}},
		"links, devices, a pipe":    {tarOf(t, slices.Concat([]member{{"1.png", "", tar.TypeSymlink}, {"2.png", "", tar.TypeLink}, {"3.png", "", tar.TypeBlock}, {"4.png", "", tar.TypeFifo}, {"5.png", "", tar.TypeDir}}, files("6.png"))...), []string{"6  image 6.png"}},
		"an empty class":            {tarOf(t, member{name: "1.png"}, member{name: "1.cls", content: " \n"}), []string{"1  a-0.tar/1.cls: is empty: a class is a whole number or a name"}},
		"a class of several lines":  {tarOf(t, member{name: "1.png"}, member{name: "1.cls", content: "1\n2"}), []string{"1  a-0.tar/1.cls: holds more than a class, which is a whole number or a name on one line"}},
		"a class that is a novel":   {tarOf(t, member{name: "1.png"}, member{name: "1.cls", content: strings.Repeat("x", 9999)}), []string{"1  a-0.tar/1.cls: has 9999 bytes: a class is a whole number or a name, of at most 256"}},
		"no image in any sample":    {tarOf(t, files("1.cls", "1.json", "2.txt")...), nil},
		"gz that ends too early":    {zipped(t, append(whole, make([]byte, 1<<20)...))[:300], []string{"  S/a-0.tar: ends too early, it is truncated"}},
		"a name with a line's end":  {tarOf(t, files("a\nb.png")...), []string{"a\nb  image a\nb.png"}},
		"the last header is broken": {append(bytes.Clone(whole[:4096]), bytes.Repeat([]byte("x"), 1024)...), []string{"1 5 image 1.png", "  S/a-0.tar: is damaged: archive/tar: invalid tar header"}},
	}
}

const again = "has a key that stood before, with other samples between: the files of a sample must follow each other, as tar writes them that sorts by name, and no two samples have one key"

// checksum is that of a header.
func checksum(header []byte) string {
	sum := 0
	for i, b := range header {
		if i >= 148 && i < 156 {
			b = ' '
		}
		sum += int(b)
	}
	return fmt.Sprintf("%06o\x00 ", sum)
}

// Whatever a shard holds ends in lines that say what and where; the shard behind it is read.
func TestHostile(t *testing.T) {
	for name, c := range hostile(t) {
		dir := filepath.Join(t.TempDir(), "S")
		mkdir(t, dir)
		write(t, dir, "a-0.tar", c.content)
		write(t, dir, "a-1.tar", tarOf(t, files("last.png")...))
		s, err := Open(context.Background(), filepath.Join(dir, "a-{0..1}.tar"))
		if err != nil {
			if len(c.want) == 0 || !strings.HasSuffix(c.want[0], strings.TrimPrefix(err.Error(), filepath.Join(dir, "a-0.tar: "))) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var lines []string
		for image, ok := s.Next(); ok; image, ok = s.Next() {
			lines = append(lines, strings.TrimPrefix(line(t, image), "a-0.tar"))
		}
		s.Close()
		same(t, name, lines, append(c.want, "last  image last.png"))
	}
}

// Images of many shards are read at once, with few of these open, and after the walk has gone on.
func TestReadAtOnce(t *testing.T) {
	dir := t.TempDir()
	const n = 40
	for i := range n {
		write(t, dir, fmt.Sprintf("a-%d.tar", i), tarOf(t, files(fmt.Sprintf("%d.png", i), fmt.Sprintf("%d.cls", i))...))
	}
	s, err := Open(context.Background(), filepath.Join(dir, fmt.Sprintf("a-{0..%d}.tar", n-1)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var images []folder.Image
	for image, ok := s.Next(); ok; image, ok = s.Next() {
		images = append(images, image)
		if len(s.open) > idle+1 {
			t.Fatalf("%d shards are open", len(s.open))
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, image := range images {
				if got, want := line(t, image), fmt.Sprintf("%d %d image %d.png", i, len(fmt.Sprintf("%d.cls", i)), i); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
		})
	}
	wg.Wait()
	if len(images) != n || len(s.open) > idle+4 {
		t.Errorf("%d images, %d shards are open", len(images), len(s.open))
	}
}

func TestEnds(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a-0.tar", tarOf(t, files("1.png", "2.png")...))
	ctx, stop := context.WithCancel(context.Background())
	s, err := Open(ctx, filepath.Join(dir, "a-{0,0}.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, ok := s.Next(); !ok {
		t.Error("no image")
	}
	stop()
	if _, ok := s.Next(); ok {
		t.Error("an image after the end")
	}
}

// FuzzShard reads any bytes as a shard: no panic, an end, and images with bytes that are there.
func FuzzShard(f *testing.F) {
	for _, c := range hostile(f) {
		f.Add(c.content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file := write(t, t.TempDir(), "a.tar", content)
		s, err := Open(context.Background(), file)
		if err != nil {
			return
		}
		defer s.Close()
		for n := 0; ; n++ {
			image, ok := s.Next()
			if !ok {
				break
			}
			if n > len(content)/512+1 && !strings.HasPrefix(string(content), "\x1f\x8b") && !strings.HasPrefix(string(content), "BZh") {
				t.Fatal("more images than there is room for")
			}
			if image.Err != nil {
				continue
			}
			r, err := image.File.Open()
			if err != nil {
				t.Fatal(err)
			}
			if read, err := io.Copy(io.Discard, r); err != nil || read != image.File.Size {
				t.Fatalf("%d of %d bytes, %v", read, image.File.Size, err)
			}
			r.Close()
		}
		_ = archive.IsTar(file)
	})
}
