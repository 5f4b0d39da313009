package vaez

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// drawn is a file as a program may write it.
type drawn struct {
	head   Head
	coding []byte
	behind int
	blocks []Block
	values [][]byte
}

func draw(t *rapid.T) (d drawn) {
	d.head = Head{
		Width: rapid.IntRange(1, 9).Draw(t, "width"), Height: rapid.IntRange(1, 300).Draw(t, "height"), Channels: rapid.IntRange(1, 4).Draw(t, "channels"),
		Levels: rapid.IntRange(2, 1<<16).Draw(t, "levels"),
	}
	for _, flag := range d.head.flags() {
		*flag = rapid.Bool().Draw(t, "flag")
	}
	d.coding = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "coding")
	for range rapid.IntRange(0, 5).Draw(t, "blocks") {
		b := Block{Images: rapid.IntRange(1, 300).Draw(t, "images"), Method: rapid.Byte().Draw(t, "method")}
		b.Plain = rapid.IntRange(0, b.Images).Draw(t, "plain")
		b.Pace = rapid.IntRange(0, MaxPace).Draw(t, "pace")
		b.Listing = rapid.SliceOf(rapid.Byte()).Draw(t, "listing")
		b.Payload = rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		values := rapid.SliceOf(rapid.Byte()).Draw(t, "values")
		b.Sum = Checksum(0, values)
		d.blocks, d.values = append(d.blocks, b), append(d.values, values)
	}
	d.behind = rapid.IntRange(0, len(d.blocks)).Draw(t, "behind")
	return d
}

func (d drawn) write(t testing.TB) ([]byte, Parts) {
	t.Helper()
	var to bytes.Buffer
	w, err := NewWriter(&to, d.head)
	for i := 0; i <= len(d.blocks) && err == nil; i++ {
		if i == d.behind && len(d.coding) > 0 {
			err = w.Coding(d.coding)
		}
		if i < len(d.blocks) && err == nil {
			err = w.Block(d.blocks[i], d.values[i])
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	parts, err := w.Close()
	if err != nil || parts.Total() != int64(to.Len()) {
		t.Fatalf("%d bytes are counted as %+v, %v", to.Len(), parts, err)
	}
	return to.Bytes(), parts
}

// read is what a reader gives of a file: blocks, and what is wrong.
type read struct {
	blocks []Block
	at     []int // number of each
	faults []error
}

func readAll(r *Reader) (all read) {
	for number := 0; ; number++ {
		b, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			all.faults = append(all.faults, err)
			continue
		}
		all.blocks, all.at = append(all.blocks, b), append(all.at, number)
	}
}

func sameBlocks(a, b []Block) bool {
	return slices.EqualFunc(a, b, func(a, b Block) bool {
		return a.Images == b.Images && a.Method == b.Method && a.Plain == b.Plain && a.Pace == b.Pace && a.Sum == b.Sum && bytes.Equal(a.Listing, b.Listing) && bytes.Equal(a.Payload, b.Payload)
	})
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt)
		file, _ := d.write(t)
		stream, err := NewReader(iotest.OneByteReader(bytes.NewReader(file)))
		if err != nil {
			rt.Fatal(err)
		}
		indexed, err := Open(bytes.NewReader(file), int64(len(file)))
		if err != nil || !indexed.Indexed() || stream.Indexed() {
			rt.Fatalf("index %v, %v", indexed.Indexed(), err)
		}
		if !bytes.Equal(indexed.Coding(), d.coding) {
			rt.Fatalf("coding %x is read as %x", d.coding, indexed.Coding())
		}
		for _, r := range []*Reader{stream, indexed} {
			all := readAll(r)
			if r.Head != d.head || !sameBlocks(all.blocks, d.blocks) || all.faults != nil || !bytes.Equal(r.Coding(), d.coding) {
				rt.Fatalf("%+v is read as %+v, %+v", d, r.Head, all)
			}
		}
		if !reflect.DeepEqual(stream.End(), indexed.End()) {
			rt.Fatalf("ends: %+v, %+v", stream.End(), indexed.End())
		}
		for i := range d.blocks {
			if b, err := indexed.Block(i); err != nil || !sameBlocks([]Block{b}, d.blocks[i:i+1]) {
				rt.Fatalf("block %d is %+v, %v", i, b, err)
			}
		}
	})
}

// small is a file of three blocks.
func small() drawn {
	d := drawn{head: Head{Width: 3, Height: 2, Channels: 1, Levels: 256, Names: true}, coding: []byte("coding"), behind: 1}
	for i := range 3 {
		d.blocks = append(d.blocks, Block{Images: i + 1, Method: 1, Listing: []byte("names"), Payload: bytes.Repeat([]byte{byte(i)}, 9)})
		d.values = append(d.values, bytes.Repeat([]byte{byte(i)}, 6*(i+1)))
		d.blocks[i].Sum = Checksum(0, d.values[i])
	}
	return d
}

// Whatever byte is changed: it is noticed, and costs one block at the most, or with the head all.
func TestFlippedBytes(t *testing.T) {
	d := small()
	file, _ := d.write(t)
	head := len(Magic) + len(appendRecord(nil, HeadRecord, d.head.body()))
	for at := range file {
		for _, flip := range []byte{1, 0x80, 0xff} {
			bad := slices.Clone(file)
			bad[at] ^= flip
			for _, open := range []func() (*Reader, error){
				func() (*Reader, error) { return Open(bytes.NewReader(bad), int64(len(bad))) },
				func() (*Reader, error) { return NewReader(bytes.NewReader(bad)) },
			} {
				r, err := open()
				if (err != nil) != (at < head) {
					t.Fatalf("byte %d ^ %d: %v", at, flip, err)
				}
				if err != nil {
					continue
				}
				all := readAll(r)
				whole := len(all.faults) == 0 && bytes.Equal(r.Coding(), d.coding) && r.End() != nil
				if whole {
					t.Fatalf("byte %d ^ %d is not noticed", at, flip)
				}
				if r.Indexed() && len(all.blocks) < len(d.blocks)-1 {
					t.Fatalf("byte %d ^ %d costs %v", at, flip, all.faults)
				}
				for i, b := range all.blocks {
					if !slices.ContainsFunc(d.blocks, func(o Block) bool { return sameBlocks([]Block{o}, []Block{b}) }) {
						t.Fatalf("byte %d ^ %d: block %d is another", at, flip, i)
					}
				}
			}
		}
	}
}

// What stands behind the end is noticed, and costs nothing else.
func TestMoreBehindTheEnd(t *testing.T) {
	d := small()
	file, _ := d.write(t)
	file = append(file, file[:9]...)
	for _, open := range []func() (*Reader, error){
		func() (*Reader, error) { return Open(bytes.NewReader(file), int64(len(file))) },
		func() (*Reader, error) { return NewReader(bytes.NewReader(file)) },
	} {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		if all := readAll(r); !sameBlocks(all.blocks, d.blocks) || len(all.faults) != 1 {
			t.Errorf("%+v", all)
		}
	}
}

// A file that was cut has what was whole before.
func TestCuts(t *testing.T) {
	d := small()
	file, _ := d.write(t)
	for n := range file {
		r, err := Open(bytes.NewReader(file[:n]), int64(n))
		if err != nil {
			continue
		}
		all := readAll(r)
		if r.Indexed() || !sameBlocks(all.blocks, d.blocks[:len(all.blocks)]) {
			t.Fatalf("%d of %d bytes: %+v", n, len(file), all)
		}
		if len(all.faults) == 0 && r.End() == nil {
			t.Fatalf("%d of %d bytes: nothing is missing", n, len(file))
		}
	}
}

func TestHeads(t *testing.T) {
	whole, _ := small().write(t)
	other := func(version byte) []byte {
		body := append([]byte{version}, "what is not known"...)
		return append([]byte(Magic), appendRecord(nil, HeadRecord, body)...)
	}
	for _, c := range []struct {
		file []byte
		want string
	}{
		{nil, "is empty"},
		{[]byte("\x89PNG\r\n\x1a\n"), "is no .vaez file"},
		{[]byte("VAZ"), "as text"},
		{bytes.ReplaceAll(whole, []byte("\r\n"), []byte("\n")), "as text"},
		{whole[:len(Magic)+3], "its head is damaged"},
		{other(Version + 1), "version 3, where this program reads 2: use a newer one"},
		{other(Version - 1), "version 1, where this program reads 2: use the older one"},
		{append([]byte(Magic), appendRecord(nil, HeadRecord, Head{Width: 1, Height: 0, Channels: 1, Levels: 2}.body())...), "1x0x1"},
		{append([]byte(Magic), appendRecord(nil, HeadRecord, Head{Width: 1, Height: 1, Channels: 1, Levels: 1}.body())...), "with 1 levels"},
		{append([]byte(Magic), appendRecord(nil, HeadRecord, Head{Width: MaxSide, Height: MaxSide, Channels: 1, Levels: 2}.body())...), "cannot be"},
		{append([]byte(Magic), appendRecord(nil, HeadRecord, Head{Width: MaxSide + 1, Height: 1, Channels: 1, Levels: 2}.body())...), "width of 65537"},
		{append([]byte(Magic), appendRecord(nil, EndRecord, nil)...), "its head is damaged"},
	} {
		if _, err := NewReader(bytes.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q: %v, want %q", c.file, err, c.want)
		}
	}
}

// A length that a damaged file claims takes no memory.
func TestClaims(t *testing.T) {
	file := append([]byte(Magic), appendRecord(nil, HeadRecord, small().head.body())...)
	file = append(file, byte(BlockRecord), 0xff, 0xff, 0xff, 0xff, 0x03)
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1, func() { _, _ = r.Next() }); n > 50 {
		t.Errorf("%g allocations", n)
	}
	if all := readAll(r); len(all.blocks) > 0 {
		t.Errorf("%+v", all)
	}
}

func TestDamageErrors(t *testing.T) {
	for want, err := range map[string]*DamageError{
		"block 0: x":                 {0, 0, 0, errors.New("x")},
		"block 2: x":                 {2, -1, 3, errors.New("x")},
		"block 1, image 7: x":        {1, 7, 1, errors.New("x")},
		"block 1, images 7 to 16: x": {1, 7, 10, errors.New("x")},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

func TestListing(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "0", "a/00009", "a/00010", "\x00\n", "../x", "00018446744073709551617", "x/0000000000000000000000000000007"}))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "images")
		var l Listing
		if rapid.Bool().Draw(t, "names") {
			l.Names = rapid.SliceOfN(texts, n, n).Draw(t, "all names")
		}
		if rapid.Bool().Draw(t, "count") {
			first := rapid.Uint64Range(0, 1<<40).Draw(t, "first")
			l.Names = make([]string, n)
			for i := range l.Names {
				l.Names[i] = fmt.Sprintf("x/%05d", first+uint64(i))
			}
		}
		if rapid.Bool().Draw(t, "labels") {
			l.Labels = rapid.SliceOfN(texts, n, n).Draw(t, "all labels")
		}
		got, err := ParseListing(l.Append(nil), n)
		if err != nil || !slices.Equal(got.Names, l.Names) || !slices.Equal(got.Labels, l.Labels) || (got.Names == nil) != (l.Names == nil) || (got.Labels == nil) != (l.Labels == nil) {
			t.Fatalf("%+v is read as %+v, %v", l, got, err)
		}
	})
	var many Listing
	for i := range 1000 {
		many.Names = append(many.Names, fmt.Sprintf("t10k/%05d", 99_500+i))
	}
	if n := len(many.Append(nil)); n > 16 {
		t.Errorf("names that count on take %d bytes", n)
	}
}

// Listings that no reader takes are refused, and those that Check lets through are read.
func TestListingsOfTooMuch(t *testing.T) {
	names := func(n, long int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("%0*d.png", long, i))
		}
		return all
	}
	long := strings.Repeat("x", maxListing-100)
	same := make([]string, 1<<17)
	for i := range same {
		same[i] = long[:500] // once in a listing
	}
	for _, c := range []struct {
		l    Listing
		want bool
	}{
		{Listing{Names: names(1000, 200)}, true},
		{Listing{Names: names(1<<17, 600)}, false},
		{Listing{Names: []string{long}}, true},
		{Listing{Names: []string{long, long}}, false},
		{Listing{Labels: same}, true},
		{Listing{Labels: names(1<<17, 600)}, false},
		{Listing{}, true},
	} {
		err := c.l.Check()
		if (err == nil) != c.want {
			t.Errorf("%d names, %d labels: %v", len(c.l.Names), len(c.l.Labels), err)
		}
		if n := max(len(c.l.Names), len(c.l.Labels)); c.want && n > 0 {
			got, err := ParseListing(c.l.Append(nil), n)
			if err != nil || !slices.Equal(got.Names, c.l.Names) || !slices.Equal(got.Labels, c.l.Labels) {
				t.Errorf("%d names, %d labels: %v", len(c.l.Names), len(c.l.Labels), err)
			}
		}
	}
}

// A record that no reader takes is refused.
func TestRecordsOfTooMuch(t *testing.T) {
	w, err := NewWriter(io.Discard, small().head)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Coding(make([]byte, MaxRecord+1)); err == nil {
		t.Error("a coding that is too long is written")
	}
}

// To find a block in the index takes no longer for there being many.
func TestManyBlocks(t *testing.T) {
	var to bytes.Buffer
	w, err := NewWriter(&to, Head{Width: 1, Height: 1, Channels: 1, Levels: 2})
	for i := 0; i < 300_000 && err == nil; i++ {
		err = w.Block(Block{Images: 1}, []byte{0})
	}
	if err == nil {
		_, err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(bytes.NewReader(to.Bytes()), int64(to.Len()))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if all := readAll(r); len(all.blocks) != 300_000 {
		t.Errorf("%d blocks", len(all.blocks))
	}
	if took := time.Since(start); took > 15*time.Second { // by their square half a minute
		t.Errorf("reading takes %v", took)
	}
}

func FuzzRead(f *testing.F) {
	file, _ := small().write(f)
	f.Add(file)
	f.Add(file[:len(file)-5])
	f.Fuzz(func(t *testing.T, file []byte) {
		if r, err := Open(bytes.NewReader(file), int64(len(file))); err == nil {
			readAll(r)
		}
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			return
		}
		for _, b := range readAll(r).blocks {
			_, _ = ParseListing(b.Listing, b.Images)
		}
	})
}

func FuzzListing(f *testing.F) {
	f.Add(Listing{Names: []string{"a/1", "a/2"}, Labels: []string{"x", "y"}}.Append(nil), 2)
	f.Add(Listing{Names: []string{"b", "a"}}.Append(nil), 2)
	f.Fuzz(func(t *testing.T, from []byte, images int) {
		if images < 1 || images > 1000 {
			return
		}
		l, err := ParseListing(from, images)
		if err == nil && (l.Names != nil && len(l.Names) != images || l.Labels != nil && len(l.Labels) != images) {
			t.Errorf("%d images have %d names and %d labels", images, len(l.Names), len(l.Labels))
		}
	})
}

// A block of one image has one class at most, and a listing that claims more takes no memory for them.
func TestMoreClassesThanImages(t *testing.T) {
	l := Listing{Labels: []string{"a", "b", "c"}}
	from := l.Append(nil)
	if _, err := ParseListing(from, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseListing(from, 2); err == nil {
		t.Error("two images have three classes")
	}
}
