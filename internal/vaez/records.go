package vaez

import (
	"encoding/binary"
	"fmt"
)

// Head says what the images are.
type Head struct {
	Width, Height, Channels int
	Levels                  int  // that a value may have, 0 black to Levels-1 white: 2 to 65536
	Names                   bool // blocks have names
	Classes                 bool // blocks have labels
	Fitted                  bool // the images were brought to this shape, and are not the originals to the pixel
	Unordered               bool // the images came in another order
	Lossy                   bool // the images are near to the originals
}

// Values is how many an image has, D.
func (h Head) Values() int { return h.Width * h.Height * h.Channels }

func (h *Head) flags() []*bool {
	return []*bool{&h.Names, &h.Classes, &h.Fitted, &h.Unordered, &h.Lossy}
}

func (h Head) body() []byte {
	var flags uint64
	for i, flag := range h.flags() {
		if *flag {
			flags |= 1 << i
		}
	}
	b := []byte{Version}
	for _, v := range []uint64{flags, uint64(h.Width), uint64(h.Height), uint64(h.Channels), uint64(h.Levels)} {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

func parseHead(body []byte) (h Head, err error) {
	f := fields{rest: body}
	if version := f.bytes(1); version != nil && version[0] != Version {
		other := "a newer"
		if version[0] < Version {
			other = "the older"
		}
		return h, fmt.Errorf("is of version %d, where this program reads %d: use %s one", version[0], Version, other)
	}
	all := h.flags()
	flags := f.number("flags", 1<<len(all)-1)
	for i, flag := range all {
		*flag = flags>>i&1 == 1
	}
	h.Width, h.Height = int(f.number("width", MaxSide)), int(f.number("height", MaxSide))
	h.Channels, h.Levels = int(f.number("number of channels", 4)), int(f.number("number of levels", maxLevels))
	if err := f.end(); err != nil {
		return h, err
	}
	if h.Width*h.Height*h.Channels == 0 || h.Levels < 2 || h.Values() > MaxPixels {
		return h, fmt.Errorf("has images of %dx%dx%d with %d levels, which cannot be", h.Width, h.Height, h.Channels, h.Levels)
	}
	return h, nil
}

// Block is some images in succession, coded.
type Block struct {
	Images  int
	Method  byte   // how they are coded
	Plain   int    // so many at the end are coded by context
	Pace    int    // with a model: one more image of a step for so many coded before
	Sum     uint32 // checksum of the values of all images, see [Checksum]: a byte each, two of more than 256 levels, the lower first
	Listing []byte // names and labels, see [Listing]
	Payload []byte
}

func (b Block) body() []byte {
	var to []byte
	to = binary.AppendUvarint(to, uint64(b.Images))
	to = append(to, b.Method)
	to = binary.AppendUvarint(to, uint64(b.Plain))
	to = binary.AppendUvarint(to, uint64(b.Pace))
	to = binary.LittleEndian.AppendUint32(to, b.Sum)
	to = binary.AppendUvarint(to, uint64(len(b.Listing)))
	to = append(to, b.Listing...)
	return append(to, b.Payload...)
}

// MostImages is how many images of so many values a block can have.
func MostImages(values int) int { return min(max(1, MaxBlock/values), MaxImages) }

// parseBlock reads a block of images with so many values each.
func parseBlock(body []byte, values int) (b Block, err error) {
	f := fields{rest: body}
	b.Images = int(f.number("number of images", uint64(MostImages(values))))
	if m := f.bytes(1); m != nil {
		b.Method = m[0]
	}
	b.Plain = int(f.number("number of images coded by context", uint64(b.Images)))
	b.Pace = int(f.number("pace", MaxPace))
	b.Sum = f.uint32()
	b.Listing = f.bytes(int(f.number("length of names", uint64(len(f.rest)))))
	b.Payload, f.rest = f.rest, nil
	if f.err == nil && b.Images == 0 {
		f.err = fmt.Errorf("has no image")
	}
	return b, f.end()
}

// digestBytes is how much of the SHA-256 of all values is kept.
const digestBytes = 8

// End says where everything is, and that it is all there.
type End struct {
	Images int
	Coding int // bytes of the record of the coding; 0 for none
	Behind int // so many blocks stand before it
	Blocks []Entry
	Digest [digestBytes]byte // of SHA-256 over the values of all images, as those of [Block.Sum]
}

// Entry is a block's.
type Entry struct{ Images, Bytes int }

func (e End) body() []byte {
	var to []byte
	to = binary.AppendUvarint(to, uint64(e.Coding))
	if e.Coding > 0 {
		to = binary.AppendUvarint(to, uint64(e.Behind))
	}
	to = binary.AppendUvarint(to, uint64(len(e.Blocks)))
	for _, b := range e.Blocks {
		to = binary.AppendUvarint(to, uint64(b.Images))
		to = binary.AppendUvarint(to, uint64(b.Bytes))
	}
	return append(to, e.Digest[:]...)
}

func parseEnd(body []byte) (e End, err error) {
	f := fields{rest: body}
	if e.Coding = int(f.number("length of the coding", MaxRecord)); e.Coding > 0 {
		e.Behind = int(f.number("place of the coding", uint64(len(body)/2)))
	}
	blocks := f.number("number of blocks", uint64(len(body)/2))
	for range blocks {
		b := Entry{int(f.number("number of images", MaxImages)), int(f.number("length of a block", MaxRecord))}
		if f.err != nil {
			break
		}
		e.Images += b.Images
		e.Blocks = append(e.Blocks, b)
	}
	copy(e.Digest[:], f.bytes(digestBytes))
	return e, f.end()
}

// tailBytes are behind the end: the length of its record and that of the file.
const tailBytes = 4 + 8

func tail(end int, total int64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(end))
	return binary.LittleEndian.AppendUint64(b, uint64(total))
}
