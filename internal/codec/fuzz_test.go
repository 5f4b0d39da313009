package codec

import (
	"context"
	"errors"
	"slices"
	"testing"

	"vae/internal/model"
	"vae/internal/vaez"
)

// Whatever a file says: what can be read without its model is, and all else is an error. What needs the model FuzzBlocks has, for to
// prepare one takes long.
func FuzzDecompress(f *testing.F) {
	k := kinds["conditional"]
	m := k.model(f)
	for _, o := range []Options{{Model: m, Fast: true}, {Model: m, Samples: 3, Fast: true}, {}} {
		file, _ := compress(f, k.head(), o, k.images(20, 1))
		f.Add(file)
	}
	none := func(*Coding) (*model.Model, error) { return nil, errors.New("there is none") }
	f.Fuzz(func(_ *testing.T, file []byte) {
		file = mended(file)
		for _, indexed := range []bool{true, false} {
			if r, err := open(file, indexed, none); err == nil && r.in.Head.Values() < 1<<10 {
				decompress(r)
				Describe(r.in.Coding())
			}
		}
	})
}

// fuzzed is a reader of files of one model, with a chain of each of some codings.
type fuzzed struct {
	*Reader
	chains []*chain
}

// newFuzzed makes what takes long.
func newFuzzed(t testing.TB, k kind) fuzzed {
	r := &Reader{ctx: context.Background(), in: &vaez.Reader{Head: k.head()}, model: k.model(t)}
	f := fuzzed{Reader: r}
	shifts := make([]int, len(r.model.Levels()))
	for i := range shifts {
		shifts[i] = usualShift
	}
	for _, samples := range []int{1, 3} {
		for _, mix := range [][]int{nil, make([]int, weightCount)} {
			if mix != nil && k.levels != BlackAndWhite {
				continue
			}
			c, err := newChain(r.model, &Coding{Rows: 4, Samples: samples, Shifts: shifts, Mix: mix}, k.levels)
			if err != nil {
				t.Fatal(err)
			}
			f.chains = append(f.chains, c)
		}
	}
	return f
}

// as has a chain code as a record says.
func (f fuzzed) as(c *chain, coding *Coding) bool {
	if coding.check(f.model, f.in.Head.Levels) != nil {
		return false
	}
	for i, shift := range coding.Shifts {
		c.levels[i].grid.Shift = uint(shift)
	}
	c.levels[c.top()].idle = coding.Idle
	for i, w := range coding.Mix {
		if c.mixer != nil {
			c.mixer.weights[i] = int64(w)
		}
	}
	return true
}

// Whatever a block and what it is coded with say, it is decoded, or is an error.
func FuzzBlocks(f *testing.F) {
	var all []fuzzed
	for i, name := range []string{"conditional", "two levels", "dmol", "bernoulli"} {
		k := kinds[name]
		one := newFuzzed(f, k)
		all = append(all, one)
		for _, o := range []Options{{}, {Fast: true}, {Fast: true, Samples: 3}, {Fast: true, Mix: MixAlways}, {Fast: true, Lossy: &Lossy{Quality: 50}}} {
			if o.Model = one.model; o.Lossy != nil && name == "dmol" {
				continue
			}
			h := k.head()
			h.Lossy = o.Lossy != nil
			h.Unordered = o.Mix == MixIfShorter
			file, _ := compress(f, h, o, k.images(20, 1))
			r, err := open(file, true, always(one.model))
			if err != nil {
				f.Fatal(err)
			}
			b, err := r.in.Block(0)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), uint8(o.Samples), uint8(b.Images), b.Method, uint8(b.Plain), uint8(b.Pace), r.in.Coding(), b.Listing, b.Payload)
		}
	}
	f.Fuzz(func(t *testing.T, kind, chain, images, method, plain, pace uint8, coding, listing, payload []byte) {
		one := all[int(kind)%len(all)]
		c := one.chains[int(chain)%len(one.chains)]
		r := one.Reader
		read, err := parseCoding(coding)
		if err != nil || images == 0 || images > 64 {
			return
		}
		b := vaez.Block{Images: int(images), Method: method, Plain: min(int(plain), int(images)), Pace: int(pace), Listing: listing, Payload: payload}
		if b.Method == byLatents {
			_, _ = decodeNumbers(payload, b.Images, 5)
			return
		}
		if read.Lossy() || !one.as(c, read) {
			return
		}
		out := r.decode(c, b)
		if out.err == nil && len(out.Values) != b.Images {
			t.Errorf("%d images of %d", len(out.Values), b.Images)
		}
	})
}

// mended is a file with the checksums that its records would have, so that what is fuzzed gets past them.
func mended(file []byte) []byte {
	file = slices.Clone(file)
	at := len(vaez.Magic)
	for at < len(file) {
		length, n := uvarint(file[at+1:])
		end := at + 1 + n + length
		if n <= 0 || length < 0 || end+4 > len(file) || end < at {
			break
		}
		sum := vaez.Checksum(0, file[at:end])
		file[end], file[end+1], file[end+2], file[end+3] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		at = end + 4
	}
	return file
}

func uvarint(b []byte) (v, n int) {
	for i, c := range b {
		if v |= int(c&0x7f) << (7 * i); c < 0x80 {
			return v, i + 1
		}
		if i == 4 {
			break
		}
	}
	return 0, 0
}
